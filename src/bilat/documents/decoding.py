"""Bytes of unknown encoding become text, with remarks on what was guessed or is broken."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from bilat.record import Remark

_MARKS = (  # UTF-32's begins as UTF-16's does
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CYRILLIC = {"cp1251": "windows-1251", "koi8_r": "KOI8-R", "koi8_u": "KOI8-U", "cp866": "IBM866"}
_CYRILLIC["iso8859_5"] = "ISO 8859-5"
_LATIN = {"cp1250": "windows-1250", "cp1252": "windows-1252", "cp1254": "windows-1254"}
_NAMES = {**_CYRILLIC, **_LATIN, "utf-8": "UTF-8"}

_NO_CHARSETS = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"}
_NO_CHARSETS |= {"base64", "bz2", "hex", "quopri", "rot13", "uu", "zlib"}

# the web has these labels mean the Windows code pages
_LABELS = {"ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254"}


class Decoded(NamedTuple):
    """The text, with ``\\n`` line ends, and what was doubtful about it."""

    text: str
    remarks: tuple[Remark, ...]


def decode(data: bytes, *, html: bool = False) -> Decoded:
    """The text of the bytes; of ``html`` the declared charset counts where it holds."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _whole(data[len(mark) :], encoding)
    if unmarked := _unmarked_utf16(data):
        return _whole(data, unmarked)
    try:
        return Decoded(_lines(data.decode("utf-8")), ())  # whatever else is declared
    except UnicodeDecodeError:
        pass
    if html and (declared := _declared(data)):
        try:
            return Decoded(_lines(data.decode(declared)), ())
        except (UnicodeDecodeError, ValueError):
            pass
    return _guessed(data)


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _whole(data: bytes, encoding: str) -> Decoded:
    """The text in an encoding that is certain, broken or not."""
    text = _lines(data.decode(encoding, "replace"))
    broken = text.find("\ufffd")
    if broken < 0 or "\ufffd".encode(encoding) in data:
        return Decoded(text, ())
    name = encoding.removesuffix("-le").removesuffix("-be").upper()
    return Decoded(
        text, (_remark(text, broken, f"broken {name}: what could not be read is \ufffd"),)
    )


def _remark(text: str, offset: int, message: str) -> Remark:
    return Remark(text.count("\n", 0, offset) + 1, message)


def _unmarked_utf16(data: bytes) -> str | None:
    """UTF-16 without a mark: every second byte is one of few."""
    sample = data[:4096]
    if len(sample) < 4 or len(data) % 2:
        return None
    for encoding, high, low in (
        ("utf-16-le", sample[1::2], sample[0::2]),
        ("utf-16-be", sample[0::2], sample[1::2]),
    ):
        # Latin, Cyrillic and punctuation; some null is there, if only of a space or a line end
        few = sum(map(high.count, (b"\0", b"\x01", b"\x04", b"\x20")))
        if b"\0" in high and few * 10 >= len(high) * 9 and b"\0" not in low:
            return encoding
    return None


def _declared(data: bytes) -> str | None:
    """The codec of the charset that an HTML page declares near its beginning."""
    found = re.search(rb"""<\?xml[^>]*?encoding\s*=\s*["']?([\w.:-]+)""", data[:1024], re.I)
    found = (
        re.search(rb"""<meta\b[^>]*?\bcharset\s*=\s*["']?\s*([\w.:-]+)""", data[:8192], re.I)
        or found
    )
    if found is None:
        return None
    try:
        codec = codecs.lookup(found[1].decode("ascii")).name
    except LookupError:
        return None
    # neither what has been tried and failed, nor the codecs that are no charsets
    if codec.startswith("utf") or codec in _NO_CHARSETS:
        return None
    return _LABELS.get(codec, codec)


def _guessed(data: bytes) -> Decoded:
    escaped = data.decode("utf-8", "surrogateescape")
    stray = _count("[\udc80-\udcff]+", escaped)
    if _count("[^\0-\x7f]+", escaped) >= 2 * stray:
        return _mixed(escaped)
    encoding = _likeliest(data)
    text = data.decode(encoding, "replace")
    name = _NAMES[encoding]
    first = re.search("[^\0-\x7f]", text)
    place = first.start() if first else 0
    remark = _remark(
        _lines(text), place, f"the text is not UTF-8; it was read as {name}, the likeliest"
    )
    remarks = [remark]
    if (broken := text.find("\ufffd")) >= 0:
        remarks.append(
            _remark(_lines(text), broken, f"bytes that {name} has not were read as \ufffd")
        )
    return Decoded(_lines(text), tuple(remarks))


def _count(pattern: str, text: str) -> int:
    """How many characters the matches have."""
    return len(text) - len(re.sub(pattern, "", text))


def _mixed(escaped: str) -> Decoded:
    """UTF-8 with lines in another encoding, or with broken characters."""
    foreign: list[int] = []
    broken: list[int] = []
    lines = _lines(escaped).split("\n")
    cyrillic = 2 * _count("[а-яё]+", escaped) > _count("[^\0-\x7f]+", escaped)
    encoding = "cp1251" if cyrillic else "cp1252"
    for number, line in enumerate(lines):
        stray = _count("[\udc80-\udcff]+", line)
        if not stray:
            continue
        data = line.encode("utf-8", "surrogateescape")
        if stray < _count("[^\0-\x7f]+", line):  # some of the line is UTF-8
            lines[number] = data.decode("utf-8", "replace")
            broken.append(number + 1)
        else:
            if stray > 3 and not foreign:
                encoding = _likeliest(data)
            lines[number] = data.decode(encoding, "replace")
            foreign.append(number + 1)
    remarks = []
    if foreign:
        what = f"not UTF-8 as the rest is; read as {_NAMES[encoding]}"
        remarks.append(Remark(foreign[0], what + _others(foreign)))
    if broken:
        what = "broken UTF-8: what could not be read is \ufffd"
        remarks.append(Remark(broken[0], what + _others(broken)))
    return Decoded("\n".join(lines), tuple(remarks))


def _others(numbers: list[int]) -> str:
    more = len(numbers) - 1
    return f" (and {more} more lines)" if more > 1 else f" (and line {numbers[1]})" if more else ""


def _likeliest(data: bytes) -> str:
    from charset_normalizer import from_bytes

    # only what is not ASCII tells anything: with its neighbours, and not all of a long text
    words = [word for word in data[:1_000_000].split() if not word.isascii()]
    sample = b" ".join(words[:5000])[:60_000]
    # Cyrillic has whole words of such bytes; where they come singly the detector guesses wildly
    if re.search(rb"[\x80-\xff]{3}", sample):
        best = from_bytes(sample, cp_isolation=[*_CYRILLIC, *_LATIN]).best()
        if best and best.encoding in _CYRILLIC:
            return best.encoding
    # nor can it tell these three apart; the letters that only one of them has can:
    # š ž ć ł ą ż beside other letters, or letters of Turkish where cp1252 has those of Icelandic
    if re.search(
        rb"[A-Za-z][\x8a\x8e\x9a\x9e\xe6\xb3\xb9\xbf]|[\x8a\x8e\x9a\x9e\xb3\xb9\xbf][a-z]", sample
    ):
        return "cp1250"
    return "cp1254" if re.search(rb"[\xd0\xdd\xde\xf0\xfd\xfe]", sample) else "cp1252"
