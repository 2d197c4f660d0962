"""Documents become text: every encoding, HTML with its lists and tables, PDF, and all bad input."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bilat.documents import LARGEST, Document, load, load_bytes
from bilat.errors import InputError

RUSSIAN = "Президент Казахстана принял участие в церемонии. Стороны подписали меморандум."
ENGLISH = "The ministers signed a memorandum of understanding on trade – “a first step”."


def text_of(page: str, name: str = "page.html") -> str:
    return load_bytes(page.encode(), name).text


# ---- text and its encoding


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1))
def test_utf8_is_read_as_it_was_written(text: str) -> None:
    text = f"Signed: {text}\nin two copies\n"
    assert load_bytes(text.encode(), "a.txt").text == text


@given(
    text=st.text("аяёбвхъцЩЙЖ azZ.,«»–(1)\n", min_size=1),
    encoding=st.sampled_from(["utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be"]),
)
def test_unicode_is_found_out(text: str, encoding: str) -> None:
    text = f"Подписан: {text}"
    text += " " * (len(text) % 2)
    document = load_bytes(text.encode(encoding), "a.txt")
    assert document.text == text
    assert document.remarks == ()


@given(
    words=st.lists(st.sampled_from(RUSSIAN.split()), min_size=3),
    encoding=st.sampled_from(["cp1251", "koi8-r", "cp866", "iso8859-5"]),
)
def test_cyrillic_code_pages_are_guessed_with_a_remark(words: list[str], encoding: str) -> None:
    text = f"{RUSSIAN} {' '.join(words)}"
    document = load_bytes(text.encode(encoding), "a.txt")
    assert document.text == text
    assert "not UTF-8" in document.remarks[0].message and document.remarks[0].line == 1


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (ENGLISH, "cp1252"),
        ("The agreement with Côte d’Ivoire, signed in São Tomé", "cp1252"),
        ("Entré en vigueur à Genève: « été »", "latin-1"),
        ("President Vučić and Minister Đurić met in Niš", "cp1250"),
        ("Cumhurbaşkanı Erdoğan ile İlham Aliyev görüştü", "cp1254"),
    ],
)
def test_latin_code_pages_are_told_apart(text: str, encoding: str) -> None:
    assert load_bytes(text.encode(encoding), "a.txt").text == text


def test_line_ends_and_the_mark_are_dropped() -> None:
    assert load_bytes(b"\xef\xbb\xbfone\r\ntwo\rthree\n", "a.txt").text == "one\ntwo\nthree\n"


def test_mixed_encodings_are_read_with_a_remark() -> None:
    data = f"{RUSSIAN}\n{RUSSIAN}\n".encode() + RUSSIAN.encode("cp1251") + b"\n"
    document = load_bytes(data, "a.txt")
    assert document.text == f"{RUSSIAN}\n" * 3
    assert [(r.line, "windows-1251" in r.message) for r in document.remarks] == [(3, True)]


def test_a_broken_character_is_marked_and_remarked() -> None:
    document = load_bytes(RUSSIAN.encode()[:-2] + b"\n" + RUSSIAN.encode(), "a.txt")
    assert document.text.split("\n") == [RUSSIAN[:-2] + "\ufffd", RUSSIAN]
    assert document.remarks[0].line == 1 and "broken UTF-8" in document.remarks[0].message


def test_half_a_character_of_utf16_is_remarked() -> None:
    document = load_bytes(RUSSIAN.encode("utf-16") + b"\x04", "a.txt")
    assert document.text.startswith(RUSSIAN)
    assert "broken UTF-16" in document.remarks[0].message


@pytest.mark.parametrize("declared", ["windows-1251", "koi8-r", "iso-8859-5", "cp866"])
@pytest.mark.parametrize("style", ['<meta charset="{}">', "<meta content='text/html;charset={}'>"])
def test_the_declared_charset_of_a_page_counts(declared: str, style: str) -> None:
    page = f"<html><head>{style.format(declared)}</head><body><p>Да.</p></body></html>"
    document = load_bytes(page.encode(declared), "a.html")
    assert document.text == "Да.\n" and document.remarks == ()


@pytest.mark.parametrize("declared", ["no-such-charset", "utf-8", "idna", "base64", "utf-16"])
def test_a_wrong_charset_does_not(declared: str) -> None:
    page = f'<meta charset="{declared}"><p>{RUSSIAN}</p>'
    assert text_of(page) == f"{RUSSIAN}\n"
    assert load_bytes(page.encode("cp1251"), "a.html").text == f"{RUSSIAN}\n"


@given(st.binary(max_size=200))
def test_any_bytes_give_a_document_or_a_clear_error(data: bytes) -> None:
    for name in ("a.txt", "a.html", "a.md", "a"):
        try:
            document = load_bytes(data, name)
        except InputError as error:
            assert str(error).startswith(name)
        else:
            assert (
                document.text.encode() and "\0" not in document.text and "\r" not in document.text
            )


# ---- media type


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.txt", b"# a list\n", "text/plain"),
        ("a.md", b"plain words", "text/markdown"),
        ("-", b"# Heading\n\nwords", "text/markdown"),
        ("-", b"see [it](https://example.org)", "text/markdown"),
        ("-", b"plain words", "text/plain"),
        ("a.txt", b"<!DOCTYPE html><p>words", "text/html"),
        ("a", b"\n<!-- saved -->\n<html><p>words", "text/html"),
        ("a", b"<p>words</p>", "text/html"),
        ("a.html", b"words", "text/html"),
        ("a.txt", b"<yesterday> words", "text/plain"),
        ("a", "<html><p>слова".encode("utf-16"), "text/html"),
    ],
)
def test_content_tells_the_media_type_before_the_ending(
    name: str, data: bytes, expected: str
) -> None:
    document = load_bytes(data, name)
    assert document.media_type == expected and document.text.strip()


# ---- bad input


BAD = {
    "empty": (b"", "is empty"),
    "blank": (b" \n\n\t", "is empty"),
    "only a mark": (b"\xef\xbb\xbf", "is empty"),
    "png": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "PNG image"),
    "jpeg": (b"\xff\xd8\xff\xe0\0\x10JFIF", "JPEG image"),
    "word": (b"PK\x03\x04\x14\0", "Word"),
    "rtf": (b"{\\rtf1\\ansi Agreement}", "RTF"),
    "gzip": (b"\x1f\x8b\x08\0\0", "gzip"),
    "program": (b"\x7fELF\x02\x01\x01\0", "program"),
    "binary": (bytes(range(256)) * 10, "binary"),
    "controls": (b"a\x01b\x02c\x03d\x04" * 99, "binary"),
    "xml": (b'<?xml version="1.0"?><rss><title>a</title></rss>', "XML"),
    "page without text": (b"<html><script>f()</script><img src=x></html>", "without text"),
    "script alone": (b"<html><script>f('<p>words</p>')", "without text"),
    "damaged pdf": (b"%PDF-1.7\nnothing", "damaged PDF"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_content_is_refused_clearly(case: str) -> None:
    data, words = BAD[case]
    with pytest.raises(InputError, match=words) as raised:
        load_bytes(data, "some/file")
    assert str(raised.value).startswith("some/file: ")


def test_bad_places_are_refused_clearly(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for name, words in {
        "missing.txt": "No such file",
        ".": "is a directory",
        "pipe": "no regular file",
        "loop": "cannot be read",
    }.items():
        with pytest.raises(InputError, match=words):
            load(tmp_path / name)
    with pytest.raises(InputError, match="no regular file"):
        load("/dev/zero")
    with pytest.raises(InputError, match="save the page"):
        load("https://example.org/news")
    with pytest.raises(InputError, match="null character"):
        load("a\0b")


def test_a_large_file_is_refused_without_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "large.txt"
    with path.open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    started = time.perf_counter()
    with pytest.raises(InputError, match=r"209,715,200 bytes, more than 16 MiB"):
        load(path)
    assert time.perf_counter() - started < 0.1
    with pytest.raises(InputError, match="more than 16 MiB"):
        load_bytes(b"a" * (LARGEST + 1), "bytes")


def test_a_file_and_its_bytes_are_the_same_document(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(ENGLISH, encoding="utf-8")
    assert load(path) == load(str(path)) == load_bytes(path.read_bytes(), str(path))


# ---- Markdown


def test_markdown_keeps_lists_and_loses_marks() -> None:
    source = """---
title: "Talks in Astana"
date: 2026-02-27T10:00
url: https://example.org/talks
---
# The *talks*

The **Ministry** of [Health](https://example.org/h "title") signed:<br>

1. a _memorandum_ of `health_care`;
2. an ![x](y.png)agreement[^1] \\*as is\\*
- [ ] a protocol
* a [treaty][t]

> quoted <!-- a comment --> words
---
| side | paper |
|------|:-----:|
| KZ   | MoU   |

```
code_stays *so*
```
[t]: https://example.org/t
snake_case_stays, 2 * 3 * 4 stays
"""
    document = load_bytes(source.encode(), "a.md")
    assert document.text.split("\n") == [
        "The talks",
        "",
        "The Ministry of Health signed:",
        "",
        "1. a memorandum of health_care;",
        "2. an xagreement[^1] *as is*",
        "- a protocol",
        "* a treaty",
        "",
        "quoted  words",
        "side | paper",
        "KZ | MoU",
        "",
        "code_stays *so*",
        "snake_case_stays, 2 * 3 * 4 stays",
        "",
    ]
    assert document.title == "Talks in Astana" and document.published == "2026-02-27"
    assert document.url == "https://example.org/talks"


HOSTILE_MARKDOWN = [
    "[",
    "](",
    "*",
    "**a",
    "`",
    "![",
    "<",
    "<!--",
    "> ",
    "# ",
    "|",
    "\\",
    "_",
    "[a]((",
]


@pytest.mark.parametrize("piece", HOSTILE_MARKDOWN)
def test_hostile_markdown_takes_bounded_time(piece: str) -> None:
    started = time.perf_counter()
    load_bytes(("Signed. " + piece * 300_000).encode(), "a.md")
    assert time.perf_counter() - started < 10


# ---- HTML


FILLER = (
    "<p>The heads of delegations noted the steady growth of trade, praised the work of the "
    "commission and agreed to meet again next year in the capital of the other country.</p>"
)
PAGE = f"""<!DOCTYPE html><html lang="en"><head>
<title>Kazakhstan and Serbia sign documents | News</title>
<meta property="og:title" content="Kazakhstan and Serbia sign documents">
<meta property="article:published_time" content="2026-02-27T23:30:00+05:00">
<link rel="canonical" href="https://example.org/news/1">
<style>p {{ color: red }}</style></head>
<body><nav><ul><li><a href="/">Home</a></li><li><a href="/n">News</a></li></ul></nav>
<article><h1>Kazakhstan and Serbia sign documents</h1>
{FILLER}<p>The   following <a href="/d">documents</a>&nbsp;were <b>signed</b>:</p>
<ol start="3"><li>Memorandum on <em>health</em> between the ministries;</li>
<li><p>Memorandum on culture<br>and the arts;</p></li>
<li value="7">Three protocols:<ul><li>on customs</li><li>on transit</li></ul></li></ol>
<ul><li>Roadmap on trade</li><li>– Plan with a dash of its own</li></ul>
<ol type="a"><li>first</li><li>second</li></ol>
<table><tr><th>No.</th><th>Document</th><th>Signed by</th></tr>
<tr><td>1</td><td><p>MoU on <i>space</i></p></td><td>Minister A<br>Minister B</td></tr>
<tr><td>2</td><td>MoU on sports</td><td></td></tr></table>
{FILLER.replace("year", "autumn")}</article>
<aside><p>Related: <a href="/x">another agreement</a></p></aside>
<footer>All rights reserved</footer><script>alert("script")</script></body></html>"""


def test_html_keeps_lists_and_tables_as_lines() -> None:
    lines = text_of(PAGE).split("\n")
    assert lines[0] == "Kazakhstan and Serbia sign documents"
    start = lines.index("The following documents were signed:")
    assert [line for line in lines[start + 1 :] if line][:12] == [
        "3. Memorandum on health between the ministries;",
        "4. Memorandum on culture and the arts;",
        "7. Three protocols:",
        "  - on customs",
        "  - on transit",
        "- Roadmap on trade",
        "– Plan with a dash of its own",
        "a. first",
        "b. second",
        "No. | Document | Signed by",
        "1 | MoU on space | Minister A Minister B",
        "2 | MoU on sports |",
    ]
    text = "\n".join(lines)
    assert not any(word in text for word in ("Home", "Related", "rights", "script", "color"))


def test_html_tells_its_date_title_and_address() -> None:
    document = load_bytes(PAGE.encode(), "page")
    assert document.published == "2026-02-27"
    assert document.title == "Kazakhstan and Serbia sign documents"
    assert document.url == "https://example.org/news/1"
    assert document.remarks == ()


@pytest.mark.parametrize(
    ("head", "day"),
    [
        ('<meta name="DC.date.issued" content="2024-07-12">', "2024-07-12"),
        ('<meta name="pubdate" content="20240712">', "2024-07-12"),
        ('<meta name="date" content="12.07.2024 10:00">', "2024-07-12"),
        ('<meta name="pubdate" content="Fri, 12 Jul 2024 10:00:00 GMT">', "2024-07-12"),
        ('<time itemprop="datePublished" datetime="2024-07-12T10:00">x</time>', "2024-07-12"),
        (
            '<script type="application/ld+json">{"datePublished": "2024-07-12"}</script>',
            "2024-07-12",
        ),
        ('<time datetime="2024-07-12">x</time>', "2024-07-12"),
        ('<time datetime="2024-07-12">x</time><time datetime="2024-07-13">x</time>', None),
        ('<meta name="date" content="07/12/2024">', None),
        ('<meta name="date" content="2024-13-45">', None),
        ('<meta name="date" content="yesterday">', None),
        ("<p>Published on 12 July 2024</p>", None),
        ('<link rel="canonical" href="https://example.org/2024/07/12/news">', None),
    ],
)
def test_the_publication_date_is_of_the_metadata_alone(head: str, day: str | None) -> None:
    document = load_bytes(f"<html>{head}<body>{FILLER}</body></html>".encode(), "a.html")
    assert document.published == day


LAYOUTS = {
    "links": '<ol><li><a href="1">Memorandum A</a></li><li><a href="2">Memorandum B</a></li></ol>',
    "divs": "<div>1. Memorandum A</div><div>2. Memorandum B</div>",
    "breaks": "<p>1. Memorandum A<br>2. Memorandum B</p>",
    "spans": "<ol><li><span>Memorandum <b>A</b></span></li><li><p>Memorandum B</p></li></ol>",
    "unclosed": "<ol><li>Memorandum A<li>Memorandum B</ol>",
    "layout": "<table><tr><td></td><td><ol><li>Memorandum A</li><li>Memorandum B</li></ol></td>"
    "</tr></table>",
}


@pytest.mark.parametrize("filler", [FILLER * 3, "<p>They signed:</p>"], ids=["long", "short"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_items_stay_lines_in_any_layout(layout: str, filler: str) -> None:
    page = f"<html><body><div class='content'>{filler}{LAYOUTS[layout]}</div></body></html>"
    lines = [line.strip() for line in text_of(page).split("\n")]
    assert "1. Memorandum A" in lines and "2. Memorandum B" in lines


def test_a_page_without_main_text_is_read_whole() -> None:
    page = "<title>t</title><nav>Menu</nav><ol><li><p>Memorandum</p></ol><table><tr><td>a<td>b"
    assert text_of(page) == "1. Memorandum\na b\n"


WORDS = "<p>Kazakhstan and Serbia signed an agreement on trade today.</p>"
HOSTILE = {
    "deep": "<div>" * 10_000 + WORDS + "</div>" * 10_000,
    "deep lists": "<ul><li>" * 10_000 + WORDS,
    "deep tables": "<table><tr><td>" * 10_000 + WORDS,
    "deep emphasis": "<p>" + "<b>" * 10_000 + WORDS,
    "as deep as goes": "<div>" * 190 + WORDS,
    "lists as deep as goes": "<ul><li>a" * 95 + WORDS,
    "long attribute": f'<p class="{"x" * 10_000_000}">a</p>{WORDS}',
    "many attributes": "<p " + " ".join(f'a{i}="<"' for i in range(300_000)) + f">a</p>{WORDS}",
    "unclosed attributes": "<p " + 'a=" ' * 1_000_000 + f">{WORDS}",
    "many references": "<p>" + "&amp;" * 1_000_000 + f"</p>{WORDS}",
    "huge reference": f"<p>&#{'9' * 1_000_000};</p>{WORDS}",
    "less-thans": "<" * 1_000_000 + WORDS,
    "many paragraphs": "<p>" * 1_000_000 + WORDS,
    "many items": "<ol>" + "<li>agreement" * 50_000 + f"</ol>{WORDS}",
    "many lists": "<ul><li>agreement</li></ul>" * 14_000 + WORDS,
    "many cells": "<table><tr>" + "<td>agreement" * 25_000 + f"</table>{WORDS}",
    "many comments": "<!-- -->" * 500_000 + WORDS,
    "spaces": " " * 5_000_000 + WORDS,
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_pages_take_bounded_time_and_lose_no_words(case: str) -> None:
    started = time.perf_counter()
    text = text_of(f"<!DOCTYPE html><html><body>{HOSTILE[case]}</body></html>")
    assert "Kazakhstan and Serbia signed an agreement on trade today." in text
    assert time.perf_counter() - started < 30


def test_entities_of_the_page_are_not_expanded(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the secret")
    declared = "".join(f'<!ENTITY e{i + 1} "{f"&e{i};" * 10}">' for i in range(20))
    page = (
        f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY e0 "lol">{declared}'
        f'<!ENTITY file SYSTEM "file://{secret}">]>'
        f"<html><body><p>&e20; &file;</p>{WORDS}</body></html>"
    )
    text = text_of(page)
    assert "Kazakhstan" in text and "lol" not in text and "secret" not in text
    assert len(text) < 200


def test_reading_a_page_needs_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert "Memorandum on health" in text_of(PAGE)


# ---- PDF


def pdf(*pages: str) -> bytes:
    """A PDF as matplotlib makes it, with the fonts embedded."""
    import matplotlib
    from matplotlib.backends.backend_pdf import PdfPages
    from matplotlib.figure import Figure

    out = io.BytesIO()
    with matplotlib.rc_context({"pdf.fonttype": 42}), PdfPages(out) as file:
        for page in pages:
            figure = Figure(figsize=(8, 11))
            figure.text(0.05, 0.9, page, va="top")
            file.savefig(figure)
    return out.getvalue()


def test_pdf_gives_the_lines_of_its_pages() -> None:
    pytest.importorskip("pypdf", reason="the extra bilat[pdf] is not installed")
    document = load_bytes(pdf("1. Memorandum on health\n2. Протокол", "3. Plan"), "a.pdf")
    assert document.media_type == "application/pdf"
    lines = [line.strip() for line in document.text.split("\n") if line.strip()]
    assert lines == ["1. Memorandum on health", "2. Протокол", "3. Plan"]


def test_pdf_without_text_or_with_a_password_is_refused() -> None:
    pypdf = pytest.importorskip("pypdf", reason="the extra bilat[pdf] is not installed")
    with pytest.raises(InputError, match="without text"):
        load_bytes(pdf(""), "scan.pdf")
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf("secret")))
    writer.encrypt("word", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    with pytest.raises(InputError, match="password"):
        load_bytes(out.getvalue(), "locked.pdf")


@given(st.data())
def test_a_damaged_pdf_is_an_error_or_read(data: st.DataObject) -> None:
    whole = SMALL_PDF
    start = data.draw(st.integers(8, len(whole)))
    end = data.draw(st.integers(start, len(whole)))
    try:
        assert isinstance(load_bytes(whole[:start] + whole[end:], "a.pdf"), Document)
    except InputError as error:
        assert str(error).startswith("a.pdf: is a ")


SMALL_PDF = b"""%PDF-1.4
1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj
2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj
3 0 obj <</Type/Page/Parent 2 0 R/Contents 4 0 R/MediaBox[0 0 99 99]
/Resources<</Font<</F <</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>> endobj
4 0 obj <</Length 42>> stream
BT /F 9 Tf 9 9 Td (Agreement signed) Tj ET
endstream endobj
trailer <</Root 1 0 R>>
%%EOF
"""


def test_without_the_extra_a_pdf_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(SMALL_PDF)
    code = (
        "import sys; sys.modules['pypdf'] = None\n"
        "from bilat.documents import load\n"
        "from bilat.errors import InputError\n"
        "try: load('a.pdf')\n"
        "except InputError as error: print(error)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert "pip install 'bilat[pdf]'" in result.stdout
