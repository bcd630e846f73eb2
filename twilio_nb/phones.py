"""A phone at the far end of a sandbox account: it texts a number and shows what comes back."""

from __future__ import annotations

import base64
import mimetypes
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

from twilio_nb.domain.addresses import recipient
from twilio_nb.notebook.conversation import Conversation

File = str | os.PathLike[str] | bytes
Callbacks = Literal["in order", "repeated", "out of order", "lost"]


class Phone:
    """A simulated phone; made by :meth:`twilio_nb.account.SandboxAccount.phone`.

    Attributes
    ----------
    number : str
        The phone's own number in E.164, with its channel if it has one.
    """

    def __init__(
        self,
        request: Callable[..., Any],
        number: str,
        to: str,
        outcome: Callable[[str], str | None],
        told: Callable[[list[str]], None],
    ) -> None:
        self._request = request
        self._outcome = outcome
        self._told = told
        self._to = to
        self.number = recipient(number)

    def text(
        self, body: str = "", *, to: str | None = None, media: File | Sequence[File] = ()
    ) -> Conversation:
        """Text the account, wait for the answer of its webhook, and show both.

        Parameters
        ----------
        body : str
            The text.
        to : str, optional
            One of the account's numbers; by default the first, and on WhatsApp the account's sender there.
        media : path, bytes, or a sequence of them
            Up to ten pictures or other files to send along, 5 MB together (on WhatsApp 16). The account's webhook
            is told where each of them can be fetched.

        Returns
        -------
        Conversation
            The text and the replies that came at once; a late reply is found in :attr:`messages`.

        Raises
        ------
        InvalidMessage
            If the simulated account refuses the text, such as one of more than 1,600 characters, or a file
            whose type is not known.
        OSError
            If a file cannot be read.
        ConfigurationError
            If the simulated account does not answer.
        """
        files = [media] if isinstance(media, str | os.PathLike | bytes) else media
        text = {
            "from": self.number,
            "to": to or self._to,
            "body": body,
            "media": [_packed(file) for file in files],
        }
        answer = self._request("POST", "/sandbox/texts", text)
        error = answer["error"]
        self._told([reply["sid"] for reply in answer["replies"] if reply["status"] != "delivered"])
        note = answer["note"] or (None if answer["replies"] else self._outcome(answer["inbound"]["sid"]))
        if error is not None:
            note = f"{error['message']} (Twilio's code {error['code']})"
        return Conversation(self.number, [answer["inbound"], *answer["replies"]], note=note)

    def misbehave(
        self,
        error_code: int | None = None,
        *,
        status: Literal["failed", "undelivered"] | None = None,
        callbacks: Callbacks = "in order",
        times: int | None = 1,
    ) -> None:
        """Let the next messages to this phone come to a bad end, or their status callbacks.

        Parameters
        ----------
        error_code : int, optional
            Twilio's code for why they do not arrive, such as 30003. By default they do.
        status : {"failed", "undelivered"}, optional
            How they end; by default as at Twilio with that code.
        callbacks : {"in order", "repeated", "out of order", "lost"}
            How their status callbacks travel.
        times : int, optional
            How many messages are concerned; None for all until :meth:`SandboxAccount.behave
            <twilio_nb.account.SandboxAccount.behave>`.

        Raises
        ------
        InvalidMessage
            If this makes no sense.
        """
        order = {"error_code": error_code, "status": status, "callbacks": callbacks, "times": times}
        self._request("POST", "/sandbox/deliveries", {"to": self.number, **order})

    @property
    def messages(self) -> Conversation:
        """All that this phone sent and received, oldest first."""
        return Conversation(self.number, self._request("GET", f"/sandbox/phones/{self.number}")["messages"])

    def _repr_html_(self) -> str:
        return self.messages._repr_html_()

    def __repr__(self) -> str:
        return repr(self.messages)


def _packed(file: File) -> dict[str, Any]:
    """Return a file as it is handed over; its name says its type, or else its first bytes will."""
    if isinstance(file, bytes):
        content, content_type = file, None
    else:
        content, content_type = Path(file).read_bytes(), mimetypes.guess_type(os.fspath(file))[0]
    return {"content": base64.b64encode(content).decode(), "content_type": content_type}
