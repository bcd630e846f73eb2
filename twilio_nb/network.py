"""What lies between a simulated account and its phones: it carries texts, and knows what became of them."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from twilio_nb.domain.entries import in_words, leading
from twilio_nb.domain.messages import HandlingState
from twilio_nb.far_end import FarEnd
from twilio_nb.ringing import Hear, Ringing
from twilio_nb.storage.database import Database
from twilio_nb.storage.messages import MessageLog
from twilio_nb.storage.registry import Registry

_CALLBACK = 1.0  # seconds; most take a fiftieth

Record = dict[str, Any]
File = tuple[str | None, bytes]


class Network:
    """The way between one account and all phones.

    Parameters
    ----------
    far_end : FarEnd
        The account's process.
    request : callable
        Uses one of its controls, unless the account is closed.
    facts : dict
        What it says of itself: ``numbers``, ``phone`` and ``whatsapp``.
    database : callable
        Returns the database with its texts.

    Attributes
    ----------
    name : str
        Name of the account.
    numbers : list of str
        Its numbers in E.164.
    phone : str
        The number of the phone that is meant when none is named.
    whatsapp, join : str
        The sender of its WhatsApp sandbox, and the words that join.
    """

    def __init__(
        self,
        far_end: FarEnd,
        request: Callable[..., Any],
        facts: dict[str, Any],
        database: Callable[[], Database],
    ) -> None:
        self.name = far_end.name
        self.numbers: list[str] = facts["numbers"]
        self.phone: str = facts["phone"]
        self.whatsapp: str = facts["whatsapp"]["sender"]
        self.join: str = facts["whatsapp"]["join"]
        self._far_end = far_end
        self._request = request
        self._database = database
        self._ringing = Ringing(far_end.url, far_end.credentials)

    def reachable(self, number: str) -> list[str]:
        """Return which of the account's addresses a phone can text."""
        return [self.whatsapp] if number.lower().startswith("whatsapp:") else list(self.numbers)

    def text(
        self, number: str, to: str, body: str, files: Sequence[File] = ()
    ) -> tuple[list[Record], str | None]:
        """Text the account and wait for the answer of its webhook.

        Parameters
        ----------
        number, to : str
            The phone, and one of the account's addresses.
        body : str
            The text.
        files : sequence of (str or None, bytes)
            MIME type, where it is known, and content of each file.

        Returns
        -------
        messages : list of dict
            The text and the replies that came at once.
        note : str or None
            A sentence that a phone would not know: why there is no reply, or what went wrong.

        Raises
        ------
        InvalidMessage
            If the account refuses the text.
        ConfigurationError
            If it does not answer, or is closed.
        """
        media = [
            {"content_type": content_type, "content": base64.b64encode(content).decode()}
            for content_type, content in files
        ]
        answer = self._request(
            "POST", "/sandbox/texts", {"from": number, "to": to, "body": body, "media": media}
        )
        inbound, replies, error = answer["inbound"], answer["replies"], answer["error"]
        # Of what Twilio answers by itself no callback tells.
        self._await_told([reply["sid"] for reply in replies if reply["sid"] != answer["own_reply"]])
        note = answer["note"] or (None if replies else self._outcome(inbound["sid"]))
        if error is not None:
            said = f"{error['message'].rstrip('.')} (Twilio's code {error['code']})."
            note = f"{note.rstrip('.')}. {said}" if note else said
        return [inbound, *replies], note

    def misbehave(self, number: str, order: dict[str, Any]) -> None:
        """Let the next messages to a phone end as an order says, see :meth:`twilio_nb.phones.Phone.misbehave`."""
        self._request("POST", "/sandbox/deliveries", {"to": number, **order})

    def conversation(
        self, number: str, limit: int | None = None, before: str | None = None
    ) -> tuple[list[Record], int]:
        """Return what a phone sent and received, oldest first.

        Parameters
        ----------
        number : str
            The phone.
        limit : int, optional
            Only the last so many.
        before : str, optional
            Only what stands before the message of this SID.

        Returns
        -------
        messages : list of dict
            Twilio's records.
        earlier : int
            How many there are before these.
        """
        wanted = {"limit": limit, "before": before}
        query = urlencode({name: value for name, value in wanted.items() if value is not None})
        answer = self._request("GET", f"/sandbox/phones/{number}?{query}")
        return answer["messages"], answer["earlier"]

    def fetch(self, url: str, largest: int) -> tuple[str, bytes]:
        """Fetch a file of a message, see :meth:`twilio_nb.far_end.FarEnd.fetch`."""
        return self._far_end.fetch(url, largest)

    def listen(self, number: str, hear: Hear) -> Callable[[], None]:
        """Hear what a phone sends and receives, see :meth:`twilio_nb.ringing.Ringing.listen`."""
        return self._ringing.listen(number, hear)

    def close(self) -> None:
        """Hang up."""
        self._ringing.close()

    def _await_told(self, replies: list[str]) -> None:
        """Wait until status callbacks told of replies, so that what reads the texts next finds them.

        It is Twilio that makes a message of a reply, and a callback the first that we hear of it; some get lost.
        """
        log, until = MessageLog(self._database()), time.monotonic() + _CALLBACK
        while replies and not log.are_readable(replies) and time.monotonic() < until:
            time.sleep(0.005)

    def _outcome(self, sid: str) -> str | None:
        """Say why a text got no reply, which a phone could not know."""
        document = MessageLog(self._database()).get(sid)
        handling = document.get("handling") if document else None
        if not document or not handling:
            return None
        webhook = document["webhook"]
        stored = Registry(self._database()).webhook(self.name, webhook)
        if handling["state"] == HandlingState.PENDING and stored is not None and not stored.enabled:
            return f"Stored. {webhook!r} is paused; resume it to have it answered."
        if handling["state"] == HandlingState.ANSWERED:
            return (
                None
                if stored is None or stored.respond_result
                else f"{webhook!r} ran, and texts nothing back: define it with --respond-result if it shall."
            )
        why = leading(in_words(str(handling["error"])), handling["request_id"])
        runs = f"The handler of {webhook!r} still runs; its reply comes later."
        return {
            HandlingState.STORED: "Stored. Nothing answers here; %%twilio_webhook defines what does.",
            HandlingState.PENDING: f"Stored. No handler of {webhook!r} lives; run its cell to have it answered.",
            HandlingState.RUNNING: runs,  # Twilio had its answer; that it is late is about to be written
            HandlingState.LATE: runs,
            HandlingState.FAILED: f"{webhook!r} failed, see the cell that defines it: {why}",
            HandlingState.REFUSED: f"Stored. {webhook!r} was not asked: {why}",
            HandlingState.INTERRUPTED: f"The kernel of {webhook!r} left; %twilio_replay {webhook} {sid} runs it again.",
        }.get(handling["state"])
