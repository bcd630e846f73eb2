"""Batches of BSON become the columns that their documents, decoded one by one, would become."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from struct import pack
from typing import Any
from unittest.mock import patch

import bson
import pytest
from bson import Decimal128, Int64, ObjectId
from bson.datetime_ms import DatetimeMS
from hypothesis import given, settings
from hypothesis import strategies as st

from twilio_nb.domain.messages import inbound, outbound
from twilio_nb.storage import columns, decoding

ALL = columns.SCHEMA.names
NOW = datetime(2026, 11, 26, 12, 0, 0, 123_000, tzinfo=UTC)

TEXTS = st.text(max_size=12)
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.integers(-9, 9)
MOMENTS = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0)
)
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(),
    NUMBERS,
    TEXTS,
    MOMENTS,
    st.binary(max_size=5),
    st.just({}),
    st.just([]),
    st.sampled_from(
        [ObjectId("0" * 24), Decimal128("1.5"), DatetimeMS(2**60), DatetimeMS(-(2**60)), Int64(3)]
    ),
    st.dictionaries(TEXTS.filter(lambda name: "\0" not in name), NUMBERS, max_size=2),
)
MEDIA = st.lists(st.fixed_dictionaries({"url": TEXTS, "content_type": TEXTS | st.none()}), max_size=2)


def usual(name: str) -> st.SearchStrategy[Any]:
    kind = columns.SCHEMA.field(name).type
    if name.startswith("media"):
        return MEDIA
    if name == "price":
        return st.sampled_from(["-0.00750", "-1", "7"])
    return {"string": TEXTS, "int64": NUMBERS}.get(str(kind), MOMENTS)


@st.composite
def documents(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A few shapes, and documents of each, with what may be null and with what should not be there."""
    found: list[dict[str, Any]] = []
    for _ in range(draw(st.integers(0, 3))):
        names = draw(st.permutations(ALL))[: draw(st.integers(0, len(ALL)))]
        for _ in range(draw(st.integers(1, 12))):
            document: dict[str, Any] = {}
            for name in names:
                value = draw(st.one_of(usual(name), usual(name), usual(name), st.none(), ODD))
                head, _, rest = columns.PATHS.get(name, name).partition(".")
                if head == "media" and "media" in document:
                    continue
                if rest:
                    document.setdefault(head, {})[rest] = value
                else:
                    document[head] = value
            if draw(st.integers(0, 9)) == 0 and "state" in names:
                document["handling"] = draw(ODD)
            found.append(document)
    return draw(st.permutations(found))


def projected(document: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """What MongoDB would send of a document."""
    paths = [columns.PATHS.get(name, name) for name in names]
    heads = {path.partition(".")[0] for path in paths}
    kept: dict[str, Any] = {}
    for key, value in document.items():
        if key not in heads:
            continue
        if key == "handling":
            if isinstance(value, dict):
                kept[key] = {inner: value[inner] for inner in value if f"handling.{inner}" in paths}
            continue
        kept[key] = value
    return kept


@settings(max_examples=100, deadline=None)
@given(documents(), st.permutations(ALL), st.integers(1, len(ALL)))
def test_a_batch_is_read_as_its_documents_are(
    found: list[dict[str, Any]], order: list[str], count: int
) -> None:
    names = order[:count]
    sent = [projected(document, names) for document in found]
    raw = b"".join(bson.encode(document) for document in sent)
    decoded = [bson.decode(bson.encode(document), decoding._OPTIONS) for document in sent]

    with patch.object(decoding, "_FEW", 0):  # a few are decoded one by one
        batch = decoding.record_batch(raw, names)

    expected = columns.record_batch(decoded, names)
    assert batch.schema == expected.schema
    assert str(batch.to_pydict()) == str(expected.to_pydict())  # as text, because no number is NaN but NaN


def texts(count: int) -> list[dict[str, Any]]:
    """What this package itself writes, in and out."""
    found = []
    for n in range(count):
        sid, time = f"SM{n:032x}", NOW + timedelta(seconds=n)
        form = [("MessageSid", sid), ("From", "+15558675309"), ("To", "+15558675310"), ("Body", f"in {n}")]
        if n % 2:
            found.append(
                inbound(form, service="s", webhook="w", source="webhook", time=time, store_only=False)
            )
        else:
            record = {"sid": sid, "body": f"out {n}", "date_created": time, "price": "-0.00750"}
            found.append(outbound(record, service="s", source="send"))
    return found


@pytest.mark.parametrize("names", [columns.DEFAULT, ALL])
def test_no_text_of_our_own_goes_the_long_way(names: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> None:
    long_way: list[int] = []
    decoded = decoding._Batch._decoded

    def noted(batch: Any, documents: Any) -> Any:
        long_way.extend(documents)
        return decoded(batch, documents)

    monkeypatch.setattr(decoding._Batch, "_decoded", noted)
    found = texts(1000)

    batch = decoding.record_batch(b"".join(bson.encode(projected(one, names)) for one in found), names)

    assert long_way == []
    assert batch.column("body").to_pylist() == [one["body"] for one in found]
    assert batch.column("time").to_pylist() == [one["time"] for one in found]


def test_an_empty_batch_has_its_columns() -> None:
    batch = decoding.record_batch(b"", ALL)

    assert batch.num_rows == 0
    assert batch.schema == columns.SCHEMA


def test_many_shapes_and_many_odd_documents_are_all_read_in_their_places() -> None:
    found: list[dict[str, Any]] = []
    for n in range(2000):
        document = {"_id": f"SM{n:032x}", "body": str(n), "time": NOW, "to": "+1"}
        rotated = list(document.items())[n % 4 :] + list(document.items())[: n % 4]
        odd = {"num_segments": 2.5, "error_code": True} if n % 7 == 0 else {}
        found.append(dict(rotated) | odd | ({f"extra{n}": n} if n % 5 == 0 else {}))

    batch = decoding.record_batch(b"".join(bson.encode(one) for one in found), columns.DEFAULT)

    assert batch.column("body").to_pylist() == [str(n) for n in range(2000)]
    assert batch.column("sid").to_pylist() == [one["_id"] for one in found]
    assert batch.column("num_segments").null_count == 2000


@pytest.mark.parametrize("name", ALL)
def test_the_last_document_may_lack_what_all_others_have(name: str) -> None:
    head, _, rest = columns.PATHS.get(name, name).partition(".")
    found: list[dict[str, Any]] = [{head: {rest: "7"} if rest else "7"}] * 20

    batch = decoding.record_batch(b"".join(bson.encode(one) for one in [*found, {}]), [name])

    assert batch.num_rows == 21
    assert batch.column(name).to_pylist() == columns.record_batch([*found, {}], [name]).column(0).to_pylist()


def element(kind: int, name: str, value: bytes) -> bytes:
    return bytes([kind]) + name.encode() + b"\0" + value


def text_element(name: str, text: str) -> bytes:
    return element(2, name, pack("<i", len(text) + 1) + text.encode() + b"\0")


def raw(*elements: bytes) -> bytes:
    return pack("<i", sum(map(len, elements)) + 5) + b"".join(elements) + b"\0"


@pytest.mark.parametrize(
    "odd",
    [
        raw(text_element("body", "a"), text_element("body", "b")),
        raw(
            element(3, "handling", raw(text_element("state", "a"))),
            element(3, "handling", raw(text_element("request_id", "b"))),
        ),
        raw(text_element("handling.state", "a")),
        raw(element(4, "media", raw(*[element(3, "0", raw(text_element("url", url))) for url in "ab"]))),
        raw(text_element("price", "nan(cent)")),
        raw(text_element("body", "a"), element(255, "to", b""), element(127, "from", b"")),
        raw(element(11, "body", b"(\0i\0"), element(13, "to", pack("<i", 2) + b"a\0")),
    ],
    ids=[
        "twice",
        "embedded twice",
        "like a path",
        "one place in an array twice",
        "no number",
        "keys",
        "code",
    ],
)
def test_a_document_that_no_program_writes_is_read_as_bson_reads_it(odd: bytes) -> None:
    batch = decoding.record_batch(odd * 20, ALL)

    assert str(batch.to_pylist()) == str(columns.record_batch([bson.decode(odd)] * 20, ALL).to_pylist())


def test_a_document_that_bson_refuses_is_a_row_of_nulls_among_the_others() -> None:
    false_length = element(5, "body", pack("<i", 7) + b"\2" + pack("<i", 99) + b"abc")  # MongoDB stores it
    found = [raw(text_element("_id", "good"))] * 10 + [raw(text_element("_id", "odd"), false_length)]

    batch = decoding.record_batch(b"".join(found), ["sid", "body"])

    assert batch.column("sid").to_pylist() == ["good"] * 10 + [None]
