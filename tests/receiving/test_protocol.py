"""What goes over the kernels socket."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twilio_nb.receiving.protocol import LINE_LIMIT, encode, read


def read_all(*chunks: bytes) -> list[dict[str, Any] | None]:
    async def reading() -> list[dict[str, Any] | None]:
        reader = asyncio.StreamReader(limit=LINE_LIMIT)
        for chunk in chunks:
            reader.feed_data(chunk)
        reader.feed_eof()
        messages: list[dict[str, Any] | None] = []
        while not messages or messages[-1] is not None:
            messages.append(await read(reader))
        return messages

    return asyncio.run(reading())


@given(st.text())
def test_any_text_arrives_as_it_was_sent(body: str) -> None:
    message = {"type": "call", "payload": [["Body", body]]}

    assert read_all(encode(message)) == [message, None]


def test_a_message_is_one_line_of_ascii() -> None:
    line = encode({"type": "ping", "text": "é\n\u2028\ud800"})

    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert line.isascii()


def test_messages_may_arrive_in_pieces() -> None:
    line = encode({"type": "ping"}) + encode({"type": "pong"})

    assert read_all(line[:5], line[5:18], line[18:]) == [{"type": "ping"}, {"type": "pong"}, None]


def test_a_connection_that_ends_within_a_line_has_ended() -> None:
    assert read_all(b'{"type": "pi') == [None]


@pytest.mark.parametrize(
    "line", [b"\n", b"[]\n", b"{}\n", b'{"type": 1}\n', b"\xff\n", b"{'type': 'ping'}\n"]
)
def test_a_line_that_is_no_message_is_refused_without_being_quoted(line: bytes) -> None:
    with pytest.raises(ValueError, match=f"A line of {len(line)} bytes on the kernels socket") as caught:
        read_all(line)

    assert "ping" not in str(caught.value)


def test_a_line_beyond_the_limit_is_neither_sent_nor_read() -> None:
    with pytest.raises(ValueError, match="at most 1048576"):
        encode({"type": "answer", "outcome": "x" * LINE_LIMIT})
    with pytest.raises(ValueError, match="limit"):
        read_all(b"x" * (LINE_LIMIT + 2) + b"\n")
