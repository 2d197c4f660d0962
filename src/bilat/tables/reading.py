"""Tables in files: CSV, TSV, Excel and Parquet, also with gzip, row by row and as text.

A row is known by its number in the file, as RFC 7111 counts them and as a spreadsheet shows them:
the header is 1, unless empty rows stand above it; in Parquet, without one, the first record is 1.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import os
import re
import zipfile
import zlib
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from bilat.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

#: A file that unpacks to more than this, and to more than so many times its size, is not read.
MAX_UNPACKED, MAX_RATIO = 16 << 20, 250
#: No file that unpacks to more than this is read at all.
MAX_BYTES = 8 << 30
#: Rows of Parquet held at once.
SLICE = 50_000
DELIMITERS = (",", ";", "\t", "|")
TEXTS = (".csv", ".tsv", ".tab", ".txt")
SHEETS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
PARQUETS = (".parquet", ".pq")


class Row(NamedTuple):
    """A row: its number, the line on which it begins, its cells."""

    number: int
    line: int
    cells: Sequence[str]


@dataclass(frozen=True)
class Layout:
    """How a file is to be read, where that does not show.

    ``header`` is the first row that can have the names of the columns.
    """

    encoding: str = "utf-8"
    delimiter: str | None = None
    sheet: str | None = None
    header: int = 1


class Table:
    """A table in a file.

    Opening reads the header. Raises InputError for what cannot be read, also while rows are read.
    """

    def __init__(self, path: str, layout: Layout = Layout()) -> None:
        self.path, self.name = path, os.path.basename(path)
        self._layout = layout
        self._suffix, self._packed = _kind(path)
        self.delimiter: str | None = None
        with self._failures():
            self.size = os.path.getsize(path)
            if self._suffix in PARQUETS:
                self._header_row, header = 0, self._parquet_header()
            else:
                self._header_row, header = self._first_row()
        self.header = tuple(" ".join(name.split()) for name in header)

    def sha256(self) -> str:
        """The digest of the file's bytes."""
        with self._failures(), open(self.path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def rows(self, done: Callable[[int], None] = lambda _: None) -> Iterator[Row]:
        """The rows below the header, without those that are empty.

        ``done`` is told from time to time how many bytes of the file have been read.
        """
        with self._failures():
            yield from self._reader()(done)

    def _reader(self) -> Callable[[Callable[[int], None]], Iterator[Row]]:
        if self._suffix in SHEETS:
            return self._sheet_rows
        return self._parquet_rows if self._suffix in PARQUETS else self._text_rows

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except UnicodeDecodeError as error:
            raise InputError(self._undecodable(error)) from None
        except UnicodeError as error:
            wrong = f"is not {self._layout.encoding.upper()} ({error})"
            raise InputError(f"{self.path}: {wrong}; name its --encoding") from None
        except LookupError:
            known = "such as utf-8, cp1252 or utf-16"
            raise InputError(
                f"{self.path}: no encoding is called {self._layout.encoding!r}; name one {known}"
            ) from None
        except OSError as error:
            reason = error.strerror or str(error)
            raise InputError(f"{self.path}: cannot be read ({reason})") from None
        except (EOFError, zlib.error):
            raise InputError(f"{self.path}: the compressed file is damaged or cut off") from None

    def _undecodable(self, error: UnicodeDecodeError) -> str:
        line = _line_of(
            self._open, error.object[error.start : error.start + 1], self._layout.encoding
        )
        wide = error.object[error.start : error.start + 2] in (BOM_UTF16_LE, BOM_UTF16_BE)
        return (
            f"{self.path}{line}: the byte 0x{error.object[error.start]:02x} is not "
            f"{self._layout.encoding.upper()}; save the file as UTF-8, or say how it is written, "
            f"for instance --encoding {'utf-16' if wide else 'cp1252'}"
        )

    # ---- text

    def _first_row(self) -> tuple[int, list[str]]:
        """The number and the cells of the first row that says anything."""
        if self._suffix in SHEETS:
            rows = ([_shown(value) for value in values] for values in self._sheet())
        else:
            self.delimiter = self._layout.delimiter or self._delimiter()
            rows = (list(row.cells) for row in self._records())
        for number, cells in enumerate(rows, 1):
            if number >= self._layout.header and _says(cells):
                return number, cells
        raise self._nothing()

    def _nothing(self) -> InputError:
        what = "holds nothing but empty lines" if self.size else "is empty"
        expected = "expected the names of the columns and rows below them"
        return InputError(f"{self.path}: {what}; {expected}")

    def _delimiter(self) -> str:
        """What stands between the cells of the first line that says anything."""
        with self._open() as file:
            text = io.TextIOWrapper(file, encoding=self._encoding, newline="")
            every = iter(lambda: text.readline(1 << 20), "")
            lines = islice(every, self._layout.header - 1, None)
            line = next((line for line in lines if line.strip("".join(DELIMITERS) + ' "\r\n')), "")
        if not line:
            raise self._nothing()
        if line.startswith(("PK\x03\x04", "PAR1", "\x1f\x8b")):
            raise InputError(
                f"{self.path}: is no text; does the ending of its name say what it is?"
            )
        return "\t" if self._suffix in (".tsv", ".tab") else max(DELIMITERS, key=line.count)

    @property
    def _encoding(self) -> str:
        return (
            "utf-8-sig"
            if self._layout.encoding.lower() in ("utf-8", "utf8")
            else self._layout.encoding
        )

    @contextmanager
    def _open(self) -> Iterator[IO[bytes]]:
        with open(self.path, "rb") as file:
            if not self._packed:
                yield file
                return
            with gzip.open(file) as unpacked:
                raw: Any = _Limited(unpacked, self.path, self.size)
                yield io.BufferedReader(raw, 1 << 16)

    def _records(self, done: Callable[[int], None] = lambda _: None) -> Iterator[Row]:
        with open(self.path, "rb") as file, _unpacked(file, self) as source:
            text = io.TextIOWrapper(source, encoding=self._encoding, newline="")
            reader = csv.reader(text, delimiter=self.delimiter or ",", strict=True)
            number = before = 0
            while True:
                try:
                    cells = next(reader, None)
                except csv.Error as error:
                    raise InputError(self._broken(number + 1, before + 1, error)) from None
                if cells is None:
                    return
                number += 1
                yield Row(number, before + 1, cells)
                before = reader.line_num
                if not number & 0x3FF:
                    done(file.tell())

    def _broken(self, row: int, line: int, error: csv.Error) -> str:
        if "unexpected end" in str(error) or "field larger" in str(error):
            reason = "a quotation mark is opened here and never closed"
        else:
            reason = f"quotation marks do not match ({error})"
        return f"{self.path}:{line}: row {row}: {reason}; double those that are part of a text"

    def _text_rows(self, done: Callable[[int], None]) -> Iterator[Row]:
        first = self._header_row
        return (row for row in self._records(done) if row.number > first and _says(row.cells))

    # ---- sheets

    def _sheet(self) -> Iterator[list[Any]]:
        try:
            from python_calamine import CalamineError, CalamineWorkbook
        except ImportError:
            what = "reading a spreadsheet needs pip install 'bilat[excel]'"
            raise InputError(f"{self.path}: {what}; or save it as CSV") from None
        self._refuse_bomb()
        try:
            book = CalamineWorkbook.from_path(self.path)
            names = book.sheet_names
            name = self._layout.sheet or names[0]
            if name not in names:
                raise InputError(
                    f"{self.path}: has no sheet {name!r}; there are {', '.join(names)}"
                )
            yield from book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        except CalamineError as error:
            raise InputError(f"{self.path}: no spreadsheet that can be read ({error})") from None

    def _refuse_bomb(self) -> None:
        if not zipfile.is_zipfile(self.path):
            return
        try:
            with zipfile.ZipFile(self.path) as archive:
                total = sum(entry.file_size for entry in archive.infolist())
        except (zipfile.BadZipFile, ValueError) as error:
            raise InputError(f"{self.path}: no spreadsheet that can be read ({error})") from None
        _refuse(self.path, total, self.size)

    def _sheet_rows(self, done: Callable[[int], None]) -> Iterator[Row]:
        for number, values in enumerate(self._sheet(), 1):
            cells = [_shown(value) for value in values]
            if number > self._header_row and _says(cells):
                yield Row(number, number, cells)
        done(self.size)

    # ---- Parquet

    def _frame(self) -> Any:
        import polars as pl

        if self._packed:
            raise InputError(f"{self.path}: Parquet is compressed in itself; unpack the file first")
        with open(self.path, "rb") as file:
            head = file.read(4)
            file.seek(max(self.size - 4, 0))
            if (head, file.read(4)) != (b"PAR1", b"PAR1"):
                raise InputError(f"{self.path}: no whole Parquet file; it may have been cut off")
        return pl.scan_parquet(self.path)

    @contextmanager
    def _parquet_failures(self) -> Iterator[None]:
        import polars as pl

        try:
            yield
        except pl.exceptions.PolarsError as error:
            reason = str(error).splitlines()[0]
            raise InputError(f"{self.path}: the Parquet file cannot be read ({reason})") from None

    def _parquet_header(self) -> list[str]:
        with self._parquet_failures():
            names: list[str] = self._frame().collect_schema().names()
            return names

    def _parquet_rows(self, done: Callable[[int], None]) -> Iterator[Row]:
        import polars as pl

        frame = self._frame()
        with self._parquet_failures():
            total = frame.select(pl.len()).collect().item()
            for start in range(0, total, SLICE):
                part = frame.slice(start, SLICE).collect()
                for number, values in enumerate(part.iter_rows(), start + 1):
                    yield Row(number, number, [_shown(value) for value in values])
                done(self.size * min(start + SLICE, total) // total)


def _kind(path: str) -> tuple[str, bool]:
    """The ending that says what the file is, and whether it is compressed with gzip."""
    name = path.lower()
    packed = name.endswith(".gz")
    suffix = os.path.splitext(name.removesuffix(".gz"))[1]
    known = (*TEXTS, *SHEETS, *PARQUETS)
    if suffix not in known or (packed and suffix in SHEETS):
        raise InputError(
            f"{path}: unknown kind of table {suffix + '.gz' * packed!r}; known are "
            f"{', '.join(known)}, those of text also with .gz"
        )
    return suffix, packed


@contextmanager
def _unpacked(file: IO[bytes], table: Table) -> Iterator[IO[bytes]]:
    if not table._packed:
        yield file
        return
    with gzip.open(file) as unpacked:
        limited: Any = _Limited(unpacked, table.path, table.size)
        yield io.BufferedReader(limited, 1 << 16)


class _Limited(io.RawIOBase):
    """What a compressed file holds, up to what is sensible."""

    def __init__(self, file: Any, path: str, size: int) -> None:
        self._file, self._path, self._size, self._total = file, path, size, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count: int = self._file.readinto(buffer)
        self._total += count
        _refuse(self._path, self._total, self._size)
        return count


def _refuse(path: str, unpacked: int, packed: int) -> None:
    """Raise InputError for a file that unpacks to more than a table of its size would."""
    if unpacked > MAX_BYTES or unpacked > max(MAX_UNPACKED, MAX_RATIO * packed):
        raise InputError(
            f"{path}: unpacks to more than {unpacked >> 20} MiB from {packed / 2**20:.1f} MiB, as "
            "no table does; unpack it by hand if it is one"
        )


def _line_of(opened: Callable[[], Any], byte: bytes, encoding: str) -> str:
    """``:line`` of the first line that is not in the encoding."""
    with opened() as file:
        for number, line in enumerate(file, 1):
            if byte in line:
                try:
                    line.decode(encoding)
                except UnicodeDecodeError:
                    return f":{number}"
    return ""


def _says(cells: Sequence[str]) -> bool:
    """Whether a row is not empty."""
    return any(cell and not cell.isspace() for cell in cells)


def _shown(value: Any) -> str:
    """A value of a spreadsheet or of Parquet as text."""
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date):
        return re.sub(r"T00:00:00(\.0+)?$", "", value.isoformat())
    return str(value)
