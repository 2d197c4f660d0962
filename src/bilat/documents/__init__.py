"""Documents: a file, standard input or bytes become the text that a reader takes.

>>> load_bytes("Меморандум о взаимопонимании подписан.".encode("cp1251"), "news.txt").text
'Меморандум о взаимопонимании подписан.'
"""

from __future__ import annotations

import os
import re
import stat
import sys
from dataclasses import dataclass

from bilat.documents.decoding import decode
from bilat.errors import InputError
from bilat.record import Remark

#: A document of more bytes is refused before it is read.
LARGEST = 16 * 1024 * 1024

PLAIN, MARKDOWN, HTML, PDF = "text/plain", "text/markdown", "text/html", "application/pdf"

_ENDINGS = {
    ".txt": PLAIN,
    ".text": PLAIN,
    ".md": MARKDOWN,
    ".markdown": MARKDOWN,
    ".html": HTML,
    ".htm": HTML,
    ".xhtml": HTML,
}

# what begins with these bytes is no text, whatever its name
_SIGNATURES = {
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"RIFF": "an image, sound or video file",
    b"II*\x00": "a TIFF image",
    b"MM\x00*": "a TIFF image",
    b"PK\x03\x04": "a ZIP archive, as Word, OpenDocument and EPUB files are",
    b"\xd0\xcf\x11\xe0": "a Word, Excel or Outlook file",
    b"{\\rtf": "an RTF file",
    b"\x1f\x8b": "a gzip archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
    b"\x7fELF": "a program",
    b"SQLite format": "a database",
    b"%!PS": "a PostScript file",
}
_READABLE = "bilat reads plain text, Markdown, HTML and PDF"


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it is read; offsets of a record count the code points of ``text``.

    ``text`` has ``\\n`` line ends and no byte order mark; plain text is otherwise as written.
    Of HTML it is the main text without menus, each list item a line with its bullet or number and
    each table row a line with `` | `` between the cells; of Markdown the lines without link targets
    and marks of emphasis and headings; of PDF the lines as they are set. ``published``, ``title``
    and ``url`` are what the document says of itself, ``sha256`` is that of its bytes, and
    ``remarks`` say what was doubtful in getting the text.
    """

    name: str
    text: str
    media_type: str
    published: str | None
    title: str | None
    url: str | None
    sha256: str
    remarks: tuple[Remark, ...] = ()


def load(path: str | os.PathLike[str]) -> Document:
    """The document in a file, or on standard input for ``-``.

    Raises InputError for what is no regular file, is empty, is larger than :data:`LARGEST`, or is
    not text, Markdown, HTML or PDF.
    """
    name = os.fspath(path)
    if name == "-":
        return load_bytes(_standard_input(), "standard input")
    return load_bytes(_bytes_of(name), name)


def load_bytes(data: bytes, name: str) -> Document:
    """The document in these bytes; ``name`` is for messages, its ending tells the media type
    where the bytes do not.

    Text is taken as UTF-8, UTF-16 or UTF-32 where it is that, as HTML declares, or else in the
    likeliest of windows-1251, KOI8, IBM866, ISO 8859-5 and windows-1250, -1252 and -1254.
    """
    from hashlib import sha256

    if len(data) > LARGEST:
        raise _too_large(name, len(data))
    if not data.strip(b" \t\r\n\f\x00\xef\xbb\xbf\xfe\xff"):
        raise InputError(f"{name}: is empty; a document with text was expected")
    digest = sha256(data).hexdigest()
    ending = os.path.splitext(name)[1].lower()
    if b"%PDF-" in data[:1024]:
        from bilat.documents.pdf import read_pdf

        text, title = read_pdf(data, name)
        return Document(name, text, PDF, None, title, None, digest)
    _refuse_binary(data, name)
    decoded = decode(data, html=_is_html(data[:4096].decode("latin-1"), ending))
    text, remarks = decoded.text, decoded.remarks
    if _is_control(text):
        raise InputError(f"{name}: is binary; {_READABLE}")
    if _is_html(text[:4096], ending):
        from bilat.documents.page import read_page

        page = read_page(text, name)
        # the remarks on bytes count lines of the source, which the reader of the text does not see
        remarks = tuple(Remark(1, remark.message) for remark in remarks)
        remarks += tuple(Remark(1, message) for message in page.remarks)
        return Document(
            name, page.text, HTML, page.published, page.title, page.url, digest, remarks
        )
    if re.match(r"\s*<\?xml", text):
        raise InputError(f"{name}: is XML, but not XHTML; {_READABLE}")
    if ending in _ENDINGS:
        markdown = _ENDINGS[ending] == MARKDOWN
    else:
        from bilat.documents.markdown import is_markdown

        markdown = is_markdown(text)
    if not markdown:
        return Document(name, text, PLAIN, None, None, None, digest, remarks)
    from bilat.documents.markdown import read_markdown

    notes = read_markdown(text)
    if not notes.text.strip():
        raise InputError(f"{name}: holds no text besides Markdown's own marks")
    return Document(
        name, notes.text, MARKDOWN, notes.published, notes.title, notes.url, digest, remarks
    )


def _bytes_of(name: str) -> bytes:
    if re.match(r"https?://", name):
        raise InputError(f"{name}: is an address, not a file; save the page and name the file")
    try:
        # a FIFO without a writer would block, and what the name stands for may change
        descriptor = os.open(name, os.O_RDONLY | os.O_NONBLOCK)
    except ValueError:
        raise InputError(f"{name!r}: is no file name; it holds a null character") from None
    except OSError as error:
        raise InputError(f"{name}: cannot be read ({error.strerror})") from None
    try:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise InputError(f"{name}: is a directory; name its files, such as {name}/*.txt")
        if not stat.S_ISREG(status.st_mode):
            raise InputError(f"{name}: is no regular file; to read a pipe, give - for the file")
        if status.st_size > LARGEST:
            raise _too_large(name, status.st_size)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        raise InputError(f"{name}: cannot be read ({error.strerror})") from None
    finally:
        os.close(descriptor)


def _standard_input() -> bytes:
    if sys.stdin is None:
        raise InputError("standard input: is closed; name a file")
    try:
        data = sys.stdin.buffer.read(LARGEST + 1)
    except OSError as error:
        raise InputError(f"standard input: cannot be read ({error.strerror})") from None
    if len(data) > LARGEST:
        raise InputError(
            f"standard input: holds more than {LARGEST >> 20} MiB, the most that is read"
        )
    return data


def _too_large(name: str, size: int) -> InputError:
    return InputError(
        f"{name}: holds {size:,} bytes, more than {LARGEST >> 20} MiB, the most that is read"
    )


def _refuse_binary(data: bytes, name: str) -> None:
    for signature, kind in _SIGNATURES.items():
        if data.startswith(signature):
            raise InputError(f"{name}: is {kind}; {_READABLE}, so save its text as one of these")


def _is_control(text: str) -> bool:
    """Whether there are characters in it that no text has."""
    controls = len(re.findall(r"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]", text[:65536]))
    return "\0" in text or controls * 20 > min(len(text), 65536)


def _is_html(beginning: str, ending: str) -> bool:
    if _ENDINGS.get(ending) == HTML:
        return True
    # a page, or a piece of one as it is pasted
    before = r"(?:\s|\ufeff|ï»¿|<!--(?>.*?-->)|<\?xml[^>]*+>)*+"
    start = re.match(before + r"<(!doctype\s+html|\w+)", beginning, re.I | re.S)
    if start is None:
        return False
    name = start[1].lower()
    return name.startswith("!doctype") or name in _PAGE_ELEMENTS


_PAGE_ELEMENTS = {
    "html", "head", "body", "title", "meta", "link", "article", "section", "main", "div", "p",
    "span", "h1", "h2", "h3", "h4", "ul", "ol", "table",
}  # fmt: skip
