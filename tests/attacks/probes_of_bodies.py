"""Probes of what follows the head: lengths, chunks, forms."""

import gzip

from tests.attacks.probe import MALFORMED, Probe, with_lines
from tests.attacks.raw_requests import NOTHING

LIMIT = 64 * 1024
NO_LENGTH = ("Content-Length",)
NO_TYPE = ("Content-Type",)
ENCODINGS = ("identity", "gzip, chunked", "chunked, chunked", "xchunked", ",chunked", "chunked;q=1", "")
SIZES = ("-6", "+6", "0x6", "6 ", "6;a=1", "6_", "x", "")


def _length(length: str, *answers: int) -> Probe:
    # The head alone where it is enough to be refused: what follows it may arrive too late to be read.
    return Probe(
        f"length {length[:30]}",
        lambda text: text.raw(f"Content-Length: {length}", without=NO_LENGTH, body=b""),
        answers or (400,),
    )


def _chunks(name: str, *chunks: bytes, end: bytes = b"0\r\n\r\n", lines: tuple[str, ...] = ()) -> Probe:
    return Probe(name, lambda text: text.chunked(*chunks, end=end, lines=lines), MALFORMED)


def _encoding(encoding: str) -> Probe:
    return Probe(
        f"transfer encoding {encoding!r}",
        lambda text: text.raw(f"Transfer-Encoding: {encoding}", without=NO_LENGTH),
        MALFORMED,
    )


def _size(size: str) -> Probe:
    return _chunks(f"a chunk of size {size!r}", size.encode() + b"\r\nBody=1\r\n")


BODIES = [
    _length(str(LIMIT + 1), 413),
    _length("400000000", 413),
    _length("9" * 5000, 413),
    *map(_length, ("abc", "-1", "+1", "1.0", "0x10", "1_0", "", "1,1", "1, 2", "\xb2")),
    Probe("two equal lengths", lambda text: text.raw(f"Content-Length: {len(text.body)}"), (400,)),
    Probe("two lengths", lambda text: text.raw("Content-Length: 0"), (400,)),
    Probe(
        "a length that is too small",
        lambda text: text.raw(f"Content-Length: {len(text.body) - 1}", without=NO_LENGTH),
        (403,),
        has_rest=True,
    ),
    Probe("no length", lambda text: text.raw(without=NO_LENGTH), (403,), has_rest=True),
    Probe(
        "a body beyond the limit",
        lambda text: text.with_(("More", "x" * LIMIT)).raw(),
        (413, NOTHING),  # closed before it is read
    ),
    Probe("a length and chunks", lambda text: text.raw("Transfer-Encoding: chunked"), MALFORMED),
    Probe(
        "chunks, and a length that hides a request",
        lambda text: text.raw("Transfer-Encoding: chunked", body=b"0\r\n\r\n" + text.raw()),
        MALFORMED,
    ),
    *map(_encoding, ENCODINGS),
    _chunks("two transfer encodings", lines=("Transfer-Encoding: identity",)),
    _chunks("chunks beyond the limit", *[b"8000\r\n" + b"x" * 0x8000 + b"\r\n"] * 3),
    _chunks("a chunk of 16 EiB", b"ffffffffffffffff\r\nx"),
    *map(_size, SIZES),
    _chunks("a chunk that is longer than its size", b"3\r\nBody=1\r\n"),
    _chunks("a trailer", end=b"0\r\nX-Twilio-Signature: x\r\n\r\n"),
    _chunks("a size without an end", b"6;" + b"x" * 100_000),
    with_lines("another content type", "Content-Type: application/json", without=NO_TYPE),
    with_lines("a multipart form", "Content-Type: multipart/form-data; boundary=x", without=NO_TYPE),
    with_lines("no content type", without=NO_TYPE),
    with_lines("two content types", "Content-Type: text/plain"),
    Probe(
        "a compressed body",
        lambda text: text.raw("Content-Encoding: gzip", body=gzip.compress(text.body)),
        (403,),
    ),
    Probe("a thousand and one parameters", lambda text: text.with_(*[("a", "b")] * 1000).raw(), (400,)),
    Probe("a parameter that is not signed", lambda text: text.raw(body=text.body + b"&Body=No"), (403,)),
    Probe("no form", lambda text: text.raw(body=b""), (403,)),
    Probe("bytes that are no UTF-8", lambda text: text.raw(body=text.body + b"\xff%ff"), (403,)),
    Probe("a GET with a body", lambda text: text.as_get().raw(body=text.body), (400,)),
    Probe("a GET that is not signed", lambda text: text.as_get().unsigned().raw(), (403,)),
]
