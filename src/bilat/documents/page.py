"""HTML becomes the lines of its main text, in bounded time whatever the page holds."""

from __future__ import annotations

import html
import logging
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from bilat.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Of a page with more tags all text is taken, since looking for the main one would take minutes.
MOST_TAGS = 60_000


# below this size extraction gives up on lists and paragraphs, and all text is as good
_SHORT = 300


class Page(NamedTuple):
    """The text of a page and what its metadata says of it."""

    text: str
    published: str | None
    title: str | None
    url: str | None
    remarks: tuple[str, ...]


def read_page(source: str, name: str) -> Page:
    """The main text, or all text with a remark where none stands out.

    Nothing is fetched and no entity of the page's own is expanded. Raises InputError for a page
    without text.
    """
    cleaned, linked_data = _cleaned(source)
    published = title = url = None
    remarks: tuple[str, ...] = ()
    tree = _parsed(cleaned)
    text, headline = "", None
    if tree is not None:
        published, title, url = _published(tree, linked_data), _title(tree), _url(tree)
        headline = _headline(tree)
        text = _main_text(tree)
    if len(text) < _SHORT:
        main, text = text, _all_text(cleaned)
        if len(text) > 2 * len(main):
            remarks = ("no main text stands out in the page, so all of its text was read",)
        if not text:
            raise InputError(
                f"{name}: is HTML without text; if a script fills it in, save it from a browser"
            )
    if headline and headline not in text[:2000]:
        text = f"{headline}\n\n{text}"
    return Page(text + "\n", published, title, url, remarks)


# --- tags -----------------------------------------------------------------------------------

_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*+)")
# the rest of a tag; quotes only count after the equals sign
_ATTRIBUTES = re.compile(
    r"""(?:[\s/]++|[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>]*+))?+)*+>"""
)
_RAW = frozenset(["script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"])
_LONGEST_TAG = 2000


def _cleaned(source: str) -> tuple[str, list[str]]:
    """The page without comments, scripts and styles, and its linked data.

    Overlong tags lose their attributes: a parser takes quadratic time for those of one tag.
    """
    kept: list[str] = []
    linked_data: list[str] = []
    place = 0
    while (start := source.find("<", place)) >= 0:
        kept.append(source[place:start])
        if source.startswith("<!--", start):
            end = source.find("-->", start + 4)
            place = end + 3 if end >= 0 else len(source)
            continue
        if source.startswith(("<!", "<?"), start):
            end = source.find(">", start)
            if source.find("[", start, end) >= 0:  # declarations of the page's own entities
                end = source.find("]>", start) + 1 or end
            place = end + 1 if end >= 0 else len(source)
            continue
        tag = _TAG.match(source, start)
        if tag is None:
            kept.append("&lt;")
            place = start + 1
            continue
        attributes = _ATTRIBUTES.match(source, tag.end())
        if attributes is None:  # the page ends within the tag
            return "".join(kept), linked_data
        place = attributes.end()
        slash, element = tag[1], tag[2].lower()
        if element in _RAW and not slash:
            closing = re.compile(rf"</{element}(?=[\s/>])", re.I).search(source, place)
            end = closing.start() if closing else len(source)
            content = source[place:end]
            if element == "title":
                kept.append(f"<title>{html.escape(_unescaped(content[:2000]))}</title>")
            elif element == "script" and "ld+json" in source[start:place][:200]:
                linked_data.append(content)
            kept.append(" ")
            place = end
        elif element in _RAW:
            pass  # closed already
        elif place - start > _LONGEST_TAG:
            kept.append(f"<{slash}{element[:40]}>")
        else:
            kept.append(source[start:place])
    kept.append(source[place:])
    return "".join(kept), linked_data


def _unescaped(text: str) -> str:
    # the longest character reference that means something has seven digits
    return html.unescape(re.sub(r"&#[xX]?[0-9a-fA-F]{9,};?", "\ufffd", text))


def _parsed(cleaned: str) -> Any:
    """The tree of the page, or none where it is too large or nests too deeply for one."""
    from lxml import etree
    from lxml.html import HTMLParser, document_fromstring

    if cleaned.count("<") > MOST_TAGS:
        return None
    try:
        # a null ends the text for the parser
        tree = document_fromstring(cleaned.replace("\0", ""), parser=HTMLParser(no_network=True))
    except (etree.LxmlError, ValueError):
        return None
    depth = deepest = 0
    for event, _ in etree.iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
    return tree if deepest < _DEEPEST else None


# the parser drops what follows where elements nest 256 deep; looking for the main text recurses
_DEEPEST = 200


# --- metadata -------------------------------------------------------------------------------

_PUBLISHED = (
    "article:published_time", "og:published_time", "og:article:published_time", "datepublished",
    "date.issued", "dc.date.issued", "dcterms.issued", "dc.date", "dcterms.date",
    "dcterms.created", "pubdate", "publishdate", "publish_date", "publish-date",
    "publication_date", "publicationdate", "article.published", "parsely-pub-date",
    "sailthru.date", "cxenseparse:recs:publishtime", "date",
)  # fmt: skip


def _metadata(tree: Any) -> dict[str, str]:
    """Contents of the page's ``meta`` by name; of two the first."""
    found: dict[str, str] = {}
    for meta in tree.iter("meta"):
        content = (meta.get("content") or "").strip()
        for attribute in ("property", "name", "itemprop"):
            if content and (key := meta.get(attribute)):
                found.setdefault(key.strip().lower(), content)
    return found


def _published(tree: Any, linked_data: list[str]) -> str | None:
    """The day on which the page says it was published; nothing is guessed from its words."""
    metadata = _metadata(tree)
    said = [metadata[key] for key in _PUBLISHED if key in metadata]
    for element in tree.xpath("//*[@itemprop='datePublished' or @pubdate]"):
        said.append(element.get("datetime") or element.get("content") or element.text or "")
    for script in linked_data:
        said += re.findall(r'"datePublished"\s*:\s*"([^"]{8,40})"', script)[:1]
    for value in said:
        if day := _day(value):
            return day
    times = {_day(element.get("datetime")) for element in tree.xpath("//time[@datetime]")}
    return times.pop() if len(times) == 1 else None  # of several any could be another article's


def _day(value: str) -> str | None:
    """The day of a date in a form that has only one meaning."""
    from datetime import date
    from email.utils import parsedate

    value = value.strip()[:60]
    if found := re.match(r"(\d{4})[-/.]?(\d\d)[-/.]?(\d\d)(?!\d)", value):
        numbers = found.groups()
    elif found := re.match(r"(\d\d)\.(\d\d)\.(\d{4})(?!\d)", value):
        numbers = found.groups()[::-1]
    elif given := parsedate(value):
        numbers = tuple(map(str, given[:3]))
    else:
        return None
    try:
        return date(*map(int, numbers)).isoformat()
    except ValueError:
        return None


def _title(tree: Any) -> str | None:
    metadata = _metadata(tree)
    element = tree.find(".//title")
    title = metadata.get("og:title") or (element.text if element is not None else None)
    return _spaced(title) or None if title else None


def _url(tree: Any) -> str | None:
    said = [link.get("href") for link in tree.xpath("//link[@rel='canonical']")]
    said.append(_metadata(tree).get("og:url"))
    addresses = (address.strip() for address in said if address)
    return next(
        (address for address in addresses if re.fullmatch(r"https?://\S{1,2000}", address)), None
    )


# --- text -----------------------------------------------------------------------------------


def _main_text(tree: Any) -> str:
    from trafilatura import bare_extraction

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    _mark_items(tree)
    try:
        # the other algorithms, which fast leaves out, lose the lists, and one takes quadratic time
        extracted = bare_extraction(tree, fast=True, include_comments=False, include_tables=True)
    except Exception:  # it raises of many kinds for odd pages; all text is taken of those
        return ""
    if extracted is None:
        return ""
    body: Any = extracted.body  # type: ignore[union-attr]
    if body is None:
        return ""
    lines = _Lines()
    lines.block(body)
    return lines.text()


def _headline(tree: Any) -> str | None:
    """The heading that is the page's title too; extraction may leave it out."""
    title = _title(tree) or ""
    headings = [_spaced(heading.text_content()) for heading in tree.iter("h1")]
    return next((heading for heading in headings if heading and title.startswith(heading)), None)


_MARKED = re.compile(r"\s*(?:[-–—•*·▪●○◦‣⁃]|[(]?(?:\d{1,3}|\w|[ivxIVX]{1,5})[.)])\s*\S")


def _mark_items(tree: Any) -> None:
    """Write the bullet or number of each list item, which only a browser shows, into its text."""
    for items in tree.iter("ol", "ul", "menu"):
        ordered = items.tag == "ol"
        number = _whole_number(items.get("start"), 1)
        step = 1
        if ordered and items.get("reversed") is not None:
            step = -1
            number = _whole_number(items.get("start"), sum(1 for _ in items.iterchildren("li")))
        for item in items.iterchildren("li"):
            number = _whole_number(item.get("value"), number) if ordered else number
            _prefix(item, f"{_numeral(number, items.get('type'))}. " if ordered else "- ")
            number += step


def _whole_number(value: str | None, otherwise: int) -> int:
    return int(value) if value and re.fullmatch(r"-?\d{1,6}", value.strip()) else otherwise


def _numeral(number: int, kind: str | None) -> str:
    if kind in ("a", "A") and 1 <= number <= 26:
        return chr(ord(kind) + number - 1)
    if kind in ("i", "I") and 1 <= number <= 39:
        ones = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")
        roman = "x" * (number // 10) + ones[number % 10]
        return roman if kind == "i" else roman.upper()
    return str(number)


def _prefix(item: Any, marker: str) -> None:
    """Put the marker before the first words of the item, unless they bring one of their own."""
    for element in item.iter():
        if not isinstance(element.tag, str):
            continue
        if element is not item and element.tag in ("li", "table"):
            return
        if element.text and element.text.strip():
            if not _MARKED.match(element.text):
                element.text = marker + element.text.lstrip()
            return
        previous = element.getprevious()
        if element is not item and previous is not None and previous.tail and previous.tail.strip():
            return
    return


# what no reader sees: soft hyphens, zero-width marks, marks of direction
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def _spaced(text: str) -> str:
    return " ".join(_INVISIBLE.sub("", text).split())


class _Lines:
    """Lines of text, filled from the elements of an extracted body."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.words: list[str] = []
        self.indent = 0
        self.gap = False  # whether the next line begins a new paragraph

    def text(self) -> str:
        self.end_line()
        return "\n".join(self.lines).strip("\n")

    def end_line(self) -> None:
        line = _spaced("".join(self.words))
        self.words = []
        if not line:
            return
        if self.gap and self.lines:
            self.lines.append("")
        self.gap = False
        self.lines.append(" " * self.indent + line)

    def end_paragraph(self) -> None:
        self.end_line()
        self.gap = True

    def add(self, text: str | None) -> None:
        if text:
            self.words.append(text)

    def block(self, element: Any) -> None:
        """What the element holds, each block below it on lines of its own."""
        self.add(element.text)
        for child in element:
            if child.tag == "lb":
                self.end_line()
            elif child.tag == "list":
                self.end_paragraph()
                self.items(child)
                self.end_paragraph()
            elif child.tag == "table":
                self.end_paragraph()
                for row in child.iter("row"):
                    self.row(row)
                self.end_paragraph()
            elif child.tag in _BLOCKS:
                self.end_paragraph()
                self.block(child)
                self.end_paragraph()
            else:
                self.block(child)
            self.add(child.tail)

    def items(self, element: Any) -> None:
        """A line for each item; lists in an item follow it, indented."""
        self.add(element.text)
        self.end_line()
        for child in element:
            if child.tag == "item":
                self.item(child)
            else:
                self.block(child)
            self.end_line()
            self.gap = False
            self.add(child.tail)
            self.end_line()

    def item(self, element: Any) -> None:
        self.add(element.text)
        for child in element:
            if child.tag == "list":
                self.end_line()
                self.indent += 2
                self.items(child)
                self.indent -= 2
            elif child.tag == "table":
                self.end_line()
                for row in child.iter("row"):
                    self.row(row)
            else:
                self.add(" " if child.tag == "lb" or child.tag in _BLOCKS else None)
                self.item(child)
                self.add(" " if child.tag in _BLOCKS else None)
            self.add(child.tail)

    def row(self, element: Any) -> None:
        cells = list(element.iterchildren("cell"))
        texts = [_spaced(_flat(cell)) for cell in cells]
        filled = [cell for cell, text in zip(cells, texts, strict=True) if text]
        if len(filled) == 1 and any(child.tag in _LAID_OUT for child in filled[0]):
            self.block(filled[0])  # a table that only lays out the page
            self.end_paragraph()
        elif filled:
            self.add(" | ".join(texts))
            self.end_line()


_BLOCKS = frozenset(["p", "head", "quote", "code", "div", "ab", "row", "cell", "item"])
_LAID_OUT = frozenset(["p", "head", "quote", "list"])


def _flat(element: Any) -> str:
    return "".join(_pieces(element))


def _pieces(element: Any) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        apart = " " if child.tag == "lb" or child.tag in _BLOCKS or child.tag == "list" else ""
        yield apart
        yield from _pieces(child)
        yield apart
        yield child.tail or ""


_ENDS_LINE = {
    "address", "article", "aside", "blockquote", "body", "br", "dd", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6",
    "header", "hr", "li", "main", "nav", "ol", "option", "p", "pre", "section", "summary",
    "table", "tr", "ul",
}  # fmt: skip


_MENUS = ("nav", "header", "footer", "aside", "button", "select")
_IN_CELL = frozenset(["p", "br", "div"])


def _all_text(cleaned: str) -> str:
    """The text of a page without its menus, by its tags alone: linear however they nest."""
    # only where each that opens is closed, or the page would end with the menu
    menus = {
        element
        for element in _MENUS
        if len(re.findall(rf"<{element}\b", cleaned, re.I))
        == len(re.findall(rf"</{element}\b", cleaned, re.I))
    }
    words: list[str] = []
    numbers: list[int | None] = []  # the last item of each open list, none where it has bullets
    marked = False  # whether the line is only a bullet or number yet
    inside = 0  # how many menus
    in_cell = False
    place = 0

    def take(piece: str) -> None:
        nonlocal marked
        if not inside:
            words.append(_unescaped(piece).replace("\n", " "))
            marked = marked and not piece.strip()

    for tag in _TAG.finditer(cleaned):
        if tag.start() < place:
            continue
        attributes = _ATTRIBUTES.match(cleaned, tag.end())
        if attributes is None:
            break
        take(cleaned[place : tag.start()])
        place = attributes.end()
        closes, element = tag[1] == "/", tag[2].lower()
        if element == "title" and not closes:
            place = max(cleaned.find("</title>", place), place)
        elif element in menus:
            inside = max(inside + (-1 if closes else 1), 0)
            words.append("\n")
        elif element in ("ol", "ul"):
            if not closes:
                numbers.append(0 if element == "ol" else None)
            elif numbers:
                numbers.pop()
        if inside:
            continue
        if in_cell and element in _IN_CELL:
            words.append(" ")
        elif element in _ENDS_LINE and (closes or not marked or element == "li"):
            words.append("\n")
            in_cell = False
        if element == "li" and not closes:
            last = numbers[-1] if numbers else None
            if last is not None:
                numbers[-1] = last + 1
            words.append("- " if last is None else f"{last + 1}. ")
            marked = True
        elif element in ("td", "th"):
            words.append(" | " if closes else " ")
            in_cell = not closes
    take(re.sub("<[^>]*+$", "", cleaned[place:]))
    lines = (_spaced(line).removesuffix("|").rstrip() for line in "".join(words).split("\n"))
    return "\n".join(line for line in lines if line.strip("-|. 0123456789"))
