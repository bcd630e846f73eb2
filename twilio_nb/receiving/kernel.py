"""One kernel, as the receiver sees it: a connection on which handlers are called."""

import asyncio
from typing import Any

from twilio_nb.receiving.protocol import Call, WireOutcome, encode
from twilio_nb.receiving.stores import Store


class KernelGone(Exception):
    """The kernel left before it answered."""


class Kernel:
    """One kernel's connection.

    Attributes
    ----------
    owner : str
        The name under which its texts are claimed.
    stores : dict
        Where the texts of each of its services go.
    """

    def __init__(self, owner: str, writer: asyncio.StreamWriter) -> None:
        self.owner = owner
        self.stores: dict[str, Store] = {}
        self._writer = writer
        self._calls: dict[str, asyncio.Future[WireOutcome]] = {}
        self._gone = False

    @property
    def _has_left(self) -> bool:
        """Whether its connection has ended, which may not have been noticed yet: nothing can be written then."""
        return self._gone or self._writer.is_closing()

    def send(self, kind: str, **fields: Any) -> None:
        """Send a message; to a kernel that has left it goes nowhere."""
        if not self._has_left:
            self._writer.write(encode({"type": kind, **fields}))

    def call(self, message: Call) -> asyncio.Future[WireOutcome]:
        """Have a handler run.

        Parameters
        ----------
        message : Call
            The text to handle, claimed for this kernel.

        Returns
        -------
        asyncio.Future
            How it ended; `KernelGone` when the kernel leaves before.
        """
        answer: asyncio.Future[WireOutcome] = asyncio.get_running_loop().create_future()
        answer.add_done_callback(lambda done: done.cancelled() or done.exception())  # it need not be awaited
        if self._has_left:
            answer.set_exception(KernelGone())
        else:
            self._calls[message["call"]] = answer
            self._writer.write(encode(message))
        return answer

    def answered(self, call: str, outcome: WireOutcome) -> None:
        """Take in the outcome of a call."""
        answer = self._calls.pop(call, None)
        if answer and not answer.done():
            answer.set_result(outcome)

    def leave(self) -> None:
        """End the connection and whatever waits for it."""
        self._gone = True
        self._writer.close()
        for answer in self._calls.values():
            if not answer.done():
                answer.set_exception(KernelGone())
        self._calls.clear()
