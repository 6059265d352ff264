"""CSV in chunks. What was read is written back byte for byte: no value is parsed and printed again.

Text passes as Latin-1, which maps every byte to one character and back. That is safe for UTF-8 and GB18030: no byte of
a longer character looks like a comma, a semicolon, a tab, a quote or a line end.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa

from app.errors import FileError
from app.files.encodings import detect
from app.files.rows import CHUNK_ROWS, Chunk, Points, text_of

RAW = "latin-1"
SAMPLE_BYTES = 1 << 20
DELIMITERS = ",;\t|"
MAX_FIELD = 1 << 27
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class CsvChunk:
    """Records as they stand in the file (`raw`, line ends included) and the fields they hold (`records`)."""

    def __init__(self, fields: list[str], raw: list[str], records: list[list[str]], codec: str) -> None:
        self.raw = raw
        self.records = records
        self._fields = fields
        self._codec = codec

    @property
    def rows(self) -> int:
        return len(self.records)

    def column(self, field: str) -> pa.Array:
        """Text; null where a record is too short to have the field."""
        at = self._fields.index(field)
        cells = [record[at] if at < len(record) else None for record in self.records]
        return pa.array([cell if cell is None or cell.isascii() else self._text(cell) for cell in cells], pa.string())

    def points(self) -> Points | None:
        return None

    def table(self) -> pa.Table:
        return pa.table({field: self.column(field) for field in self._fields})

    def _text(self, cell: str) -> str:
        return cell.encode(RAW).decode(self._codec, errors="replace")


class CsvSource:
    """A CSV file with a header line; delimiter and encoding are found by looking."""

    has_geometry = False
    crs: str | None = None

    def __init__(self, handle: BinaryIO, name: str) -> None:
        self.name = name
        self._size = handle.seek(0, io.SEEK_END)
        handle.seek(0)
        sample = handle.read(SAMPLE_BYTES)
        if sample.startswith(UTF16_MARKS) or b"\0" in sample:
            raise FileError("not a CSV text in UTF-8 or GBK", file=name, remedy="save it as CSV UTF-8")
        self.bom = sample[:3] == codecs.BOM_UTF8
        self.codec = "utf-8" if self.bom else _codec(sample)
        handle.seek(3 if self.bom else 0)
        self._handle = handle
        self._lines = io.TextIOWrapper(handle, RAW, newline="")  # newline="": line ends come as they are
        self.delimiter = _delimiter(sample)
        csv.field_size_limit(MAX_FIELD)
        self._taken: list[str] = []
        self._reader = csv.reader(self._tee(), delimiter=self.delimiter)
        header = next(self._reader, None)
        self.header, self._taken = "".join(self._taken), []
        self.fields = [cell.encode(RAW).decode(self.codec, errors="replace").strip() for cell in header or []]
        self._check_header()

    @property
    def schema(self) -> pa.Schema:
        return pa.schema([(field, pa.string()) for field in self.fields])

    def __getstate__(self) -> dict[str, Any]:
        """What sinks ask; a copy reads nothing."""
        kept = ("name", "fields", "bom", "codec", "delimiter", "header")
        return {"_size": 0} | {name: getattr(self, name) for name in kept}

    def fraction(self) -> float:
        return min(self._handle.tell() / self._size, 1.0) if self._size and not self._handle.closed else 1.0

    def chunks(self) -> Iterator[Chunk]:
        first = True
        while True:
            chunk = self._chunk()
            if chunk.rows or first:
                yield chunk
            if chunk.rows < CHUNK_ROWS:
                return
            first = False

    def _check_header(self) -> None:
        if not any(self.fields):
            raise FileError("no header line", file=self.name, remedy="the first line must name the fields")
        twice = {field for field in self.fields if self.fields.count(field) > 1}
        if twice:
            raise FileError(f"the field {min(twice)!r} is there twice", file=self.name, row=1)

    def _tee(self) -> Iterator[str]:
        """Lines for the reader, noted down as they go by."""
        for line in self._lines:
            self._taken.append(line)
            yield line

    def _chunk(self) -> CsvChunk:
        raw: list[str] = []
        records: list[list[str]] = []
        try:
            for record in self._reader:
                text = self._taken[0] if len(self._taken) == 1 else "".join(self._taken)
                self._taken.clear()
                if record:  # a blank line is no row
                    raw.append(text if len(record) == len(self.fields) else self._levelled(text, record))
                    records.append(record)
                    if len(records) == CHUNK_ROWS:
                        break
        except csv.Error as error:
            raise FileError(str(error), file=self.name, row=self._reader.line_num) from None
        return CsvChunk(self.fields, raw, records, self.codec)

    def _levelled(self, text: str, record: list[str]) -> str:
        """A record with as many fields as the header, so that what is added stands in its own columns."""
        bare = text.rstrip("\r\n")
        missing = len(self.fields) - len(record)
        if missing > 0:
            return bare + self.delimiter * missing + text[len(bare) :]
        if not bare.endswith(self.delimiter * -missing):
            found = f"{len(record)} fields, and the header names {len(self.fields)}"
            remedy = f"quote the values that hold a {self.delimiter!r}"
            raise FileError(found, file=self.name, row=self._reader.line_num, remedy=remedy)
        return bare[:missing] + text[len(bare) :]


class CsvSink:
    """CSV beside a CSV source (its text with fields added at the end of each record), or from any other table."""

    def __init__(self, handle: BinaryIO, source: object, added: pa.Schema) -> None:
        self._handle = handle
        self._like = source if isinstance(source, CsvSource) else None
        self._codec = self._like.codec if self._like else "utf-8"
        self._delimiter = self._like.delimiter if self._like else ","
        if self._like:
            handle.write(codecs.BOM_UTF8 if self._like.bom else b"")
            self._write_beside([self._like.header], [added.names])
        else:
            fields = source.schema.names  # type: ignore[attr-defined]
            self._write_whole([[*fields, *added.names]])

    def write(self, chunk: Chunk, added: pa.Table) -> None:
        columns = [column.to_pylist() for column in added.columns]
        rows = [[text_of(value) for value in row] for row in zip(*columns, strict=True)]
        if isinstance(chunk, CsvChunk) and self._like:
            self._write_beside(chunk.raw, rows)
        else:
            own = [column.to_pylist() for column in chunk.table().columns]
            texts = [[text_of(value) for value in row] for row in zip(*own, strict=True)]
            self._write_whole([mine + more for mine, more in zip(texts, rows, strict=True)])

    def close(self) -> None:
        self._handle.flush()

    def _write_beside(self, raw: list[str], rows: list[list[str]]) -> None:
        """A code with a comma is quoted; a character that the file's encoding lacks becomes `?`."""
        text = io.StringIO()
        csv.writer(text, delimiter=self._delimiter, lineterminator="\n").writerows(rows)
        encoded = text.getvalue().encode(self._codec, errors="replace").decode(RAW)
        made = []
        for record, more in zip(raw, encoded.split("\n"), strict=False):
            bare = record.rstrip("\r\n")
            made.append(f"{bare}{self._delimiter}{more}{record[len(bare) :] or chr(10)}")
        self._handle.write("".join(made).encode(RAW))

    def _write_whole(self, rows: list[list[str]]) -> None:
        text = io.StringIO()
        csv.writer(text, delimiter=self._delimiter, lineterminator="\n").writerows(rows)
        self._handle.write(text.getvalue().encode(self._codec, errors="replace"))


def _codec(sample: bytes) -> str:
    """UTF-8 where the sample is valid, else what its characters make likeliest. A sample may end inside a character."""
    lines = sample.split(b"\n")
    whole = lines[:-1] if len(sample) == SAMPLE_BYTES else lines
    return detect([line for line in whole if not line.isascii()]).codec


def _delimiter(sample: bytes) -> str:
    """The delimiter that the header line has most of; a comma when it has none."""
    header = sample.split(b"\n", 1)[0].decode(RAW)
    return max(DELIMITERS, key=header.count)
