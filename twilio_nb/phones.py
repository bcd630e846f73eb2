"""A phone at the far end of a sandbox account: it texts a number and shows what comes back."""

from __future__ import annotations

import mimetypes
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from twilio_nb.domain.addresses import recipient
from twilio_nb.errors import TwilioNBError
from twilio_nb.network import Network
from twilio_nb.notebook.conversation import Conversation

if TYPE_CHECKING:
    from twilio_nb.notebook.widgets.phone import PhoneView

File = str | os.PathLike[str] | bytes
Callbacks = Literal["in order", "repeated", "out of order", "lost"]

_SHOWN = 20  # texts where no widget can be shown


class Phone:
    """A simulated phone; made by :meth:`twilio_nb.account.SandboxAccount.phone`.

    As the last line of a cell it is a phone on the screen: it texts the account, and shows what comes as it comes.
    Shown again, it is the same phone.

    Attributes
    ----------
    number : str
        The phone's own number in E.164, with its channel if it has one.
    """

    def __init__(self, network: Network, number: str) -> None:
        self._network = network
        self._view: PhoneView | None = None
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
        to = to or self._network.reachable(self.number)[0]
        messages, note = self._network.text(self.number, to, body, [_read(file) for file in files])
        return Conversation(self.number, messages, note=note)

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
        self._network.misbehave(self.number, order)

    @property
    def messages(self) -> Conversation:
        """All that this phone sent and received, oldest first."""
        return Conversation(self.number, self._network.conversation(self.number)[0])

    def close(self) -> None:
        """Take the phone off the screen. Its texts stay; shown again, it has them."""
        view, self._view = self._view, None
        if view is not None:
            view.close()

    def _ipython_display_(self) -> None:
        shown = self._repr_mimebundle_()
        assert self._view is not None  # it was made for that
        self._view._place(shown)

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, Any], dict[str, Any]]:
        from twilio_nb.notebook.widgets.phone import PhoneView

        if self._view is None or not self._view.is_open:
            self._view = PhoneView(self._network, self.number)
        shown = self._view._repr_mimebundle_()
        assert shown is not None  # only a widget without a view has none
        return {**shown[0], "text/plain": repr(self)}, shown[1]

    def __repr__(self) -> str:
        try:
            messages, earlier = self._network.conversation(self.number, limit=_SHOWN)
        except TwilioNBError as error:
            return f"Phone {self.number}. {error}"
        first = [f"Phone {self.number}", *([f"({earlier:,} earlier)"] if earlier else [])]
        return "\n".join([*first, repr(Conversation(self.number, messages))])


def _read(file: File) -> tuple[str | None, bytes]:
    """Return type and content of a file; its name says its type, or else its first bytes will."""
    if isinstance(file, bytes):
        return None, file
    return mimetypes.guess_type(os.fspath(file))[0], Path(file).read_bytes()
