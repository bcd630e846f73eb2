"""The kernel's end of the kernels socket: one connection to the receiver, from hello to its end."""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from twilio_nb import __version__
from twilio_nb.errors import ConfigurationError
from twilio_nb.receiving.outcomes import Outcome
from twilio_nb.receiving.protocol import LINE_LIMIT, PROTOCOL, SOCKET, encode, read
from twilio_nb.storage.connections import fingerprint

_GREETING = 5.0
_WORD = 30.0  # seconds for the receiver to say who delivers
_PING_EVERY = 5.0
_PINGS = 3
_PONG_WITHIN = 2.0


class Link:
    """An open connection to the receiver; made by `dial`.

    Attributes
    ----------
    welcome : dict
        What the receiver said first.
    hung : bool
        Whether the connection was given up because pings went unanswered.
    is_silent : bool
        Whether the last ping has not been answered so far.
    """

    def __init__(
        self, sock: socket.socket, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.welcome: dict[str, Any] = {}
        self._sock = sock
        self._reader = reader
        self._writer = writer
        self.hung = False
        self.is_silent = False
        self._heard = 0
        self._settling: dict[str, asyncio.Future[str | None]] = {}

    @classmethod
    async def dial(cls, directory: Path, owner: str) -> "Link":
        """Connect and introduce this kernel.

        Parameters
        ----------
        directory : Path
            Where the receiver's sockets are.
        owner : str
            The name under which this kernel claims texts.

        Returns
        -------
        Link

        Raises
        ------
        ConfigurationError
            If the receiver refuses, or speaks otherwise: it runs another release, or uses another MongoDB.
        OSError
            If it does not answer.
        """
        sock = socket.socket(socket.AF_UNIX)
        try:
            sock.setblocking(False)
            await asyncio.get_running_loop().sock_connect(sock, str(directory / SOCKET))
            reader, writer = await asyncio.open_unix_connection(sock=sock, limit=LINE_LIMIT)
        except BaseException:
            sock.close()
            raise
        link = cls(sock, reader, writer)
        try:
            introduction = {"owner": owner, "pid": os.getpid(), "store": fingerprint()}
            link.send("hello", protocol=PROTOCOL, version=__version__, **introduction)
            async with asyncio.timeout(_GREETING):
                link.welcome = _admitted(await read(reader))
        except ValueError as error:
            message = (
                f"The receiver cannot be understood ({error}); install one release of twilio_nb everywhere."
            )
            raise ConfigurationError(message) from error
        finally:
            if not link.welcome:
                link.close()
        return link

    def send(self, kind: str, **fields: Any) -> None:
        """Send a message; over a connection that has ended it goes nowhere."""
        if not self._writer.is_closing():
            self._writer.write(encode({"type": kind, **fields}))

    async def messages(self) -> AsyncIterator[dict[str, Any]]:
        """Yield what the receiver sends, until the connection ends."""
        pinging = asyncio.ensure_future(self._ping())
        try:
            with contextlib.suppress(OSError, ValueError):  # what cannot be read ends it, too
                while (message := await read(self._reader)) is not None:
                    self._heard += 1
                    if message["type"] == "settled":
                        self._settle(message["call"], message["by"])
                    else:
                        yield message
        finally:
            pinging.cancel()
            self.close()

    async def answer(self, call: str, outcome: Outcome) -> str | None:
        """Hand in the outcome of a call.

        Parameters
        ----------
        call : str
            Its id.
        outcome : Outcome
            How it ended.

        Returns
        -------
        str or None
            Who delivers: ``"twiml"`` (the receiver) or ``"rest"`` (this kernel); None if the connection ended
            before the receiver said so.
        """
        if self._writer.is_closing():
            return None
        word: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._settling[call] = word
        self.send("answer", call=call, outcome=outcome.to_wire())
        try:
            return await asyncio.wait_for(word, _WORD)
        except TimeoutError:
            return None
        finally:
            self._settling.pop(call, None)

    def close(self) -> None:
        """End the connection and whatever waits for it."""
        self._writer.close()
        for word in self._settling.values():
            if not word.done():
                word.set_result(None)

    def forget(self) -> None:
        """Give up the socket in a forked process, without a word to the receiver: it is the parent's."""
        with contextlib.suppress(OSError):
            os.close(self._sock.detach())

    def _settle(self, call: str, by: str) -> None:
        word = self._settling.get(call)
        if word is not None and not word.done():
            word.set_result(by)

    async def _ping(self) -> None:
        """Give up a receiver that is connected and does not answer."""
        while True:
            await asyncio.sleep(_PING_EVERY)
            heard = self._heard
            for _ in range(_PINGS):
                self.send("ping")
                # More than one wait: after C code that held the interpreter, all clocks have run out.
                await asyncio.sleep(_PONG_WITHIN if self._heard == heard else 0)
                self.is_silent = self._heard == heard
            if self._heard == heard:
                self.hung = True
                self.close()
                return


def _admitted(message: dict[str, Any] | None) -> dict[str, Any]:
    if message is None:
        error = "The receiver closed the connection."
        raise ConnectionError(error)
    if message["type"] == "refused":
        error = f"The receiver refused this kernel: {message['reason']}"
        raise ConfigurationError(error)
    if (message["type"], message.get("protocol"), message.get("version")) != (
        "welcome",
        PROTOCOL,
        __version__,
    ):
        error = (
            f"The receiver runs twilio_nb {message.get('version')}, this kernel {__version__}. Install the "
            "same release in both environments, then restart Jupyter."
        )
        raise ConfigurationError(error)
    return message
