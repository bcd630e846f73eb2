"""A phone on the screen: its texts in bubbles, as they come, and a line to write in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from twilio_nb.domain.markup import plain
from twilio_nb.errors import ConfigurationError
from twilio_nb.notebook.widgets.view import Answer, View, asked_slowly, source

WINDOW = 100
"""Texts that a page gets at once; it holds twice as many at most."""
LARGEST = 5 * 1024 * 1024
"""Bytes of pictures that go with a text from a page, and of one that it shows: a websocket carries 10 MB."""

Record = dict[str, Any]


class Network(Protocol):
    """What a phone asks of the network that it is in."""

    name: str
    join: str

    def reachable(self, number: str) -> list[str]:
        """Return which addresses a phone can text."""

    def text(
        self, number: str, to: str, body: str, files: Sequence[tuple[str | None, bytes]] = ()
    ) -> tuple[list[Record], str | None]:
        """Text an address; return the text and the replies, and a note on what became of it."""

    def conversation(
        self, number: str, limit: int | None = None, before: str | None = None
    ) -> tuple[list[Record], int]:
        """Return what a phone sent and received, and how many texts are before these."""

    def fetch(self, url: str, largest: int) -> tuple[str, bytes]:
        """Fetch a file."""

    def listen(self, number: str, hear: Callable[[list[Record] | None], None]) -> Callable[[], None]:
        """Hear what is new; returns what ends it."""


class PhoneView(View):
    """One phone of a simulated account, in every page that shows it.

    Parameters
    ----------
    network : Network
        The network it is in.
    number : str
        Its own number.
    """

    _esm = source("phone_screen.js", "phone.js")
    _css = source("bubbles.css", "phone.css")

    def __init__(self, network: Network, number: str) -> None:
        super().__init__()
        self._network = network
        self._number = number
        self._told = 0
        self._telling = threading.Lock()
        self._hang_up: Callable[[], None] | None = None

    @asked_slowly
    def hello(self) -> Answer:
        """Say who this phone is and show its newest texts; from then on the page hears of new ones."""
        self._listen()
        told = self._told  # before the texts are read: what is told meanwhile comes twice, and is not missed
        return {
            "number": self._number,
            "reachable": self._network.reachable(self._number),
            "join": self._network.join if self._number.startswith("whatsapp:") else None,
            "largest": LARGEST,
            "told": told,
            **self._texts(),
        }

    @asked_slowly
    def earlier(self, before: str) -> Answer:
        """Show the texts before one."""
        return self._texts(before)

    @asked_slowly
    def text(
        self, body: str, to: str, types: Sequence[str] = (), buffers: Sequence[memoryview] = ()
    ) -> Answer:
        """Text the account, with pictures in `buffers`; the answer comes once the webhook has answered."""
        if sum(len(one) for one in buffers) > LARGEST:
            message = (
                f"The pictures of one text have at most {LARGEST >> 20} MB together; choose smaller ones."
            )
            raise ConfigurationError(message)
        files = [(kind or None, bytes(content)) for kind, content in zip(types, buffers, strict=True)]
        messages, note = self._network.text(self._number, to, body, files)
        return {"texts": [_shown(one) for one in messages], "note": plain(note)}

    @asked_slowly
    def picture(self, url: str) -> Answer:
        """Fetch a picture of a text."""
        content_type, content = self._network.fetch(url, LARGEST)
        return {"type": content_type.partition(";")[0].strip().lower()}, [content]

    def close(self) -> None:
        """Take it off the page and hang up."""
        super().close()  # first, so that a page that says hello meanwhile does not listen again
        with self._telling:
            hang_up, self._hang_up = self._hang_up, None
        if hang_up:
            hang_up()

    def _listen(self) -> None:
        with self._telling:
            if self._hang_up is None and self.is_open:
                self._hang_up = self._network.listen(self._number, self._hear)

    def _hear(self, messages: list[Record] | None) -> None:
        with self._telling:
            self._told += 1
            if messages is None:
                self.tell("forgotten", n=self._told)
            else:
                self.tell("texts", n=self._told, texts=[_shown(one) for one in messages])

    def _texts(self, before: str | None = None) -> dict[str, Any]:
        messages, earlier = self._network.conversation(self._number, WINDOW, before)
        return {"texts": [_shown(one) for one in messages], "earlier": earlier}


def _shown(record: Record) -> Record:
    """Return what a page shows of a message."""
    return {
        "sid": record["sid"],
        "from": plain(record["from"]),
        "to": plain(record["to"]),
        "own": record["direction"] == "inbound",
        "body": plain(record["body"]),
        "time": record["time"],
        "asking": record["asking"],
        "change": record["change"],
        "files": [
            {"url": url, "type": kind}
            for url, kind in zip(record["media_url"], record["media_type"], strict=True)
        ],
    }
