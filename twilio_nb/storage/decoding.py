"""Batches of BSON as MongoDB sends them, turned into Arrow columns without a Python object for each value.

Documents of one shape (the same fields in the same order, as those that a program writes are) are read together:
numpy moves a cursor through all of them, field by field, and Arrow copies the values out. A document of a rare
shape, or with a value of an unexpected type, is decoded by `bson` and fitted by `columns.record_batch`, so that
both ways give the same. The format: https://bsonspec.org/spec.html.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from struct import Struct
from typing import Any, NamedTuple, TypeAlias

import bson
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from bson.codec_options import CodecOptions, DatetimeConversion
from bson.errors import BSONError
from numpy.typing import NDArray

from twilio_nb.storage import columns

_Numbers: TypeAlias = NDArray[Any]

_DOUBLE, _STRING, _DOCUMENT, _ARRAY, _DATE, _NULL, _INT32, _INT64 = 1, 2, 3, 4, 9, 10, 16, 18
_SHAPES = 16  # so many are read together in one batch; what has yet another one goes the long way
_FEW = 8  # documents that are decoded one by one as fast
_EMPTY = 5  # bytes of an array without items
_LENGTH = Struct("<i")
_SLACK = bytes(32)  # so that the longest name may be looked for at the last byte
_FIRST, _LAST = -62_135_596_800_000, 253_402_300_799_999  # the years 1 to 9999, which Python's datetimes have

_KINDS = {
    pa.string(): (_STRING, _NULL),
    pa.int64(): (_INT32, _INT64, _NULL),
    pa.float64(): (_STRING, _NULL),
}
_TIMES = (_DATE, _NULL)

#: A date beyond the year 9999, or bytes that are no UTF-8, must not end the whole read.
LENIENT: dict[str, Any] = {
    "datetime_conversion": DatetimeConversion.DATETIME_AUTO,
    "unicode_decode_error_handler": "replace",
}
_OPTIONS: CodecOptions[dict[str, Any]] = CodecOptions(tz_aware=True, **LENIENT)


def record_batch(batch: bytes, names: Sequence[str]) -> pa.RecordBatch:
    """Turn documents, one behind the other, into columns.

    Parameters
    ----------
    batch : bytes
        What ``find_raw_batches`` yields, read with `columns.projection` of the same names.
    names : sequence of str
        Names of `columns.SCHEMA`.

    Returns
    -------
    pyarrow.RecordBatch
        A row a document, in their order; the same that `columns.record_batch` makes of them.
    """
    return _Batch(batch, names).columns()


class _Field(NamedTuple):
    """A step through a document: the bytes that begin it, the kind of its value, and where it stands."""

    head: bytes
    kind: int
    path: str


@dataclass
class _Column:
    """What has been found of one column: for each document, where its value is, and whether it has one."""

    kinds: tuple[int, ...]  # of its values in BSON
    start: _Numbers  # of a string's bytes; or a number itself
    end: _Numbers
    there: _Numbers


class _Batch:
    def __init__(self, batch: bytes, names: Sequence[str]) -> None:
        self._names = names
        self._buffer = buffer = batch + _SLACK
        # Overlapping views: a word begins at every byte.
        self._int32 = np.ndarray(len(buffer) - 3, "<i4", buffer, strides=(1,))
        self._int64 = np.ndarray(len(buffer) - 7, "<i8", buffer, strides=(1,))
        bounds = np.array(_bounds(batch), np.int64)
        self._begin, self._end = bounds[:-1], bounds[1:]
        paths = {name: columns.PATHS.get(name, name) for name in names}
        self._columns = {path: self._column(name) for name, path in paths.items()}
        self._parents = {path.partition(".")[0] for path in self._columns if "." in path}

    def _column(self, name: str) -> _Column:
        nothing = np.zeros(len(self._begin), bool)
        return _Column(_kinds(name), self._begin.copy(), self._begin.copy(), nothing)

    def columns(self) -> pa.RecordBatch:
        odd = np.arange(len(self._begin))
        for _ in range(_SHAPES):
            if len(odd) <= _FEW:
                break
            shape = self._shape(int(odd[0]))
            if shape is None:  # it goes to the end of the queue, and whatever follows has its turn
                odd = np.roll(odd, -1)
                continue
            odd = np.setdiff1d(odd, self._read(shape, odd), assume_unique=True)
        try:
            arrays = [self._array(name) for name in self._names]
        except pa.ArrowInvalid:  # a text that is no UTF-8, a price that is no number
            return self._decoded(np.arange(len(self._begin)))
        batch = pa.record_batch(arrays, columns.schema(self._names))
        return self._with(batch, odd) if len(odd) else batch

    def _shape(self, document: int) -> list[_Field] | None:
        """Return the fields of a document; None if one of them is rare."""
        shape: list[_Field] = []
        seen: set[str] = set()
        position, prefix = int(self._begin[document]) + 4, ""
        while kind := self._buffer[position] or prefix:
            if kind == prefix:  # the embedded document ends
                shape.append(_Field(b"\0", 0, ""))
                position, prefix = position + 1, ""
                continue
            stop = self._buffer.index(0, position + 1) + 1
            head = self._buffer[position:stop]
            path = prefix + head[1:-1].decode("utf-8", "replace")
            if (
                path in seen or b"." in head[1:]
            ):  # MongoDB stores a name twice, and one that looks like a path
                return None
            seen.add(path)
            if not prefix and path in self._parents and kind == _DOCUMENT:
                shape.append(_Field(head, _DOCUMENT, ""))
                position, prefix = stop + 4, path + "."
                continue
            column = self._columns.get(path)
            if column is None or kind not in column.kinds:
                return None
            shape.append(_Field(head, kind, path))
            size = _LENGTH.unpack_from(self._buffer, stop)[0]
            position = stop + {_STRING: size + 4, _ARRAY: size, _NULL: 0, _INT32: 4}.get(kind, 8)
        return shape

    def _read(self, shape: list[_Field], documents: _Numbers) -> _Numbers:
        """Read those of the documents that have this shape, and tell which they are."""
        at = self._begin[documents] + 4
        for field in (*shape, _Field(b"\0", 0, "")):
            same = self._begins(at, field.head)
            if not same.all():
                documents, at = documents[same], at[same]
            at = at + len(field.head)
            if field.path:
                at = self._value(self._columns[field.path], field.kind, documents, at)
            elif field.kind == _DOCUMENT:
                at += 4
        for field in shape:
            if field.path and field.kind != _NULL:
                self._columns[field.path].there[documents] = True
        return documents

    def _begins(self, at: _Numbers, head: bytes) -> _Numbers:
        """Tell where these bytes stand, eight at a time."""
        same = np.ones(len(at), bool)
        for offset in range(0, len(head), 8):
            part = head[offset : offset + 8]
            word = np.int64(int.from_bytes(part.ljust(8, b"\0"), "little", signed=True))
            found = self._int64[at + offset if offset else at]
            if len(part) < 8:
                found &= np.int64((1 << 8 * len(part)) - 1)
            same &= found == word
        return same

    def _value(self, column: _Column, kind: int, documents: _Numbers, at: _Numbers) -> _Numbers:
        """Note where the values are, or the values themselves, and return the places behind them."""
        if kind == _STRING:
            behind: _Numbers = at + 4 + self._int32[at]
            column.start[documents], column.end[documents] = at + 4, behind - 1
            return behind
        if kind == _ARRAY:
            behind = at + self._int32[at]
            column.start[documents], column.end[documents] = at, behind
            return behind
        if kind == _NULL:
            column.start[documents] = column.end[documents] = at
            return at
        column.start[documents] = self._int32[at] if kind == _INT32 else self._int64[at]
        following: _Numbers = at + (4 if kind == _INT32 else 8)
        return following

    def _array(self, name: str) -> pa.Array:
        column, wanted = self._columns[columns.PATHS.get(name, name)], columns.SCHEMA.field(name).type
        missing = ~column.there
        if _ARRAY in column.kinds:
            return self._media(name, column)
        if pa.types.is_timestamp(wanted):
            missing |= (column.start < _FIRST) | (column.start > _LAST)
            return pa.array(column.start, pa.int64(), mask=missing).cast(wanted)
        if pa.types.is_integer(wanted):
            return pa.array(column.start, pa.int64(), mask=missing)
        # The strings and what stands between them are one array; every other one of it is wanted.
        count = len(missing)
        offsets = np.empty(2 * count, np.int32)
        offsets[0::2], offsets[1::2] = column.start, column.end
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(self._buffer)]
        strings = pa.Array.from_buffers(pa.binary(), max(2 * count - 1, 0), buffers)
        strings.validate(full=True)  # Arrow would read beyond the buffer, where an offset is wrong
        places = pa.array(np.arange(0, 2 * count, 2), mask=missing)
        found = strings.take(places).cast(pa.string()).cast(wanted)
        if pa.types.is_floating(wanted) and pc.any(pc.is_nan(found)).as_py():
            raise pa.ArrowInvalid  # Arrow takes "nan(cent)" for a number
        return found

    def _media(self, name: str, column: _Column) -> pa.Array:
        documents: list[dict[str, Any]] = [{}] * len(column.there)
        for n in np.flatnonzero(column.there & (column.end - column.start > _EMPTY)):
            array = self._buffer[column.start[n] : column.end[n]]
            documents[n] = _document(_LENGTH.pack(len(array) + 12) + b"\4media\0" + array + b"\0")
        return columns.record_batch(documents, [name]).column(0)

    def _decoded(self, documents: _Numbers) -> pa.RecordBatch:
        bounds = zip(self._begin[documents].tolist(), self._end[documents].tolist(), strict=True)
        whole = [_document(self._buffer[begin:end]) for begin, end in bounds]
        return columns.record_batch(whole, self._names)

    def _with(self, batch: pa.RecordBatch, odd: _Numbers) -> pa.RecordBatch:
        """Put the odd documents in their places."""
        order = np.arange(batch.num_rows)
        order[odd] = batch.num_rows + np.arange(len(odd))
        both = pa.Table.from_batches([batch, self._decoded(odd)]).take(order)
        return both.combine_chunks().to_batches()[0]


def _document(raw: bytes) -> dict[str, Any]:
    """Decode a document; one that MongoDB took and `bson` does not, such as one with a false length, is empty."""
    try:
        return bson.decode(raw, _OPTIONS)
    except BSONError:
        return {}


def _kinds(name: str) -> tuple[int, ...]:
    """Return the kinds of value in BSON that a column's are read from; others go the long way."""
    if columns.PATHS.get(name) == "media":
        return _ARRAY, _NULL
    wanted = columns.SCHEMA.field(name).type
    return _TIMES if pa.types.is_timestamp(wanted) else _KINDS[wanted]


def _bounds(batch: bytes) -> list[int]:
    """Return where each document begins, and where the last one ends."""
    bounds, position, end, length = [], 0, len(batch), _LENGTH.unpack_from
    while position < end:
        bounds.append(position)
        position += length(batch, position)[0]
    bounds.append(position)
    return bounds
