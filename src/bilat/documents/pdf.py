"""PDF becomes the lines of its pages, where the extra ``bilat[pdf]`` is installed."""

from __future__ import annotations

import io
import logging
import re

from bilat.errors import InputError

#: No communiqué has more pages; a book would take minutes.
MOST_PAGES = 500


def read_pdf(data: bytes, name: str) -> tuple[str, str | None]:
    """The text of the pages, one after the other, and the title if the file names one."""
    try:
        from pypdf import PdfReader
    except ImportError:
        raise InputError(f"{name}: is a PDF; to read it, run: pip install 'bilat[pdf]'") from None
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it warns of every slip in a file
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise InputError(f"{name}: is a PDF with a password; save it without one")
        if len(reader.pages) > MOST_PAGES:
            raise InputError(
                f"{name}: has {len(reader.pages)} pages, more than the {MOST_PAGES} that are read"
            )
        text = "\n".join(page.extract_text() for page in reader.pages)
        title = reader.metadata.title if reader.metadata else None
    except InputError:
        raise
    except Exception as error:  # the library raises of many kinds for damaged files
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise InputError(
            f"{name}: is a damaged PDF, or one of a kind not supported ({reason})"
        ) from None
    text = _clean(text)
    if not text.strip():
        raise InputError(f"{name}: is a PDF without text, such as a scan; recognise its text first")
    return text, str(title).strip() or None if title else None


def _clean(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ").replace("\xad", "")
    for ligature, letters in (("ﬀ", "ff"), ("ﬁ", "fi"), ("ﬂ", "fl"), ("ﬃ", "ffi"), ("ﬄ", "ffl")):
        text = text.replace(ligature, letters)
    # half of a character of two, or what no font has a character for
    text = re.sub("[\ud800-\udfff\0]", "\ufffd", text)
    return "\n".join(line.rstrip() for line in text.split("\n")).strip("\n") + "\n"
