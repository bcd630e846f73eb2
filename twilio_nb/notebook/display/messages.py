"""A message, and a message to be."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from twilio_nb.domain.markup import (
    ACCENT,
    COLOURS,
    MUTED,
    Markup,
    Shown,
    aside,
    badge,
    body,
    bubble,
    facts,
    frame,
    plain,
    tag,
)
from twilio_nb.domain.segments import Segments, segments
from twilio_nb.domain.twiml import BODY_LIMIT
from twilio_nb.sending.advice import advice

Document = dict[str, Any]

_WEB_ADDRESS = re.compile(r"https?://[^\s/]", re.IGNORECASE)

_STATES = {
    "delivered": "ok",
    "read": "ok",
    "received": "ok",
    "sent": "ok",
    "partially_delivered": "warning",
    "canceled": "warning",
    "undelivered": "problem",
    "failed": "problem",
}
_UNDECIDED = "var(--jp-ui-font-color2,#808080)"


class Message(Shown):
    """A message as it stood when it was last read.

    Every field of the stored document is an attribute: ``to``, ``body``, ``status``, ``direction``,
    ``num_segments``, ``num_media``, ``media``, ``error_code``, ``error_message``, ``time`` …

    Parameters
    ----------
    document : dict
        A document of the collection ``messages``.
    refresh : callable or None
        Returns the document as it stands now.
    note : str
        A sentence to show with it.

    Attributes
    ----------
    document : dict
        The document itself.
    """

    # A handler that ends with `return service.send(…)` would otherwise text the receipt to the sender.
    __twilio_nb_receipt__ = True

    def __init__(
        self, document: Document, refresh: Callable[[], Document | None] | None = None, note: str = ""
    ) -> None:
        self.document = document
        self._refresh = refresh
        self._note = note

    @property
    def sid(self) -> str:
        """The Message SID."""
        return str(self.document["_id"])

    @property
    def from_(self) -> str | None:
        """The sender; None while a Messaging Service has not chosen one."""
        return self.document.get("from")

    @property
    def note(self) -> str:
        """What is worth knowing about the send, such as that it was sent before; empty if nothing is."""
        return self._note

    def __getattr__(self, name: str) -> Any:
        document = self.__dict__.get("document", {})  # empty while a copy is being made
        if name in document and not name.startswith("_"):
            return document[name]
        message = (
            f"A message has no {name!r}; this one has: {', '.join(key for key in document if key != '_id')}."
        )
        raise AttributeError(message)

    def __dir__(self) -> list[str]:
        fields = (key for key in self.document if key.isidentifier() and key not in ("_id", "from"))
        return sorted({*super().__dir__(), *fields})

    def refresh(self) -> "Message":
        """Read the message anew, its status above all.

        Returns
        -------
        Message
            This same object.
        """
        if self._refresh is not None:
            self.document = self._refresh() or self.document
        return self

    def _details(self) -> list[str]:
        document = self.document
        segments, media = document.get("num_segments"), document.get("num_media")
        error = " ".join(
            str(part) for part in (document.get("error_code"), document.get("error_message")) if part
        )
        return [
            *([f"error {error}"] if error else []),
            *([_counted(segments, "segment")] if segments else []),
            *([_counted(media, "medium", "media")] if media else []),
            *([f"service {document['service']}"] if document.get("service") else []),
            self.sid,
        ]

    @property
    def _advice(self) -> str:
        return advice(self.document.get("error_code"), to=self.document.get("to"))

    def _text(self) -> str:
        document = self.document
        route = f"{document.get('from') or '…'} → {document.get('to') or '…'}"
        lines = [
            f"{route}: {document.get('status', 'unknown')} ({', '.join(self._details())})",
            document.get("body"),
            self._advice,
            self._note,
        ]
        return "\n".join(plain(line) for line in lines if line)

    def _html(self) -> Markup:
        document = self.document
        status = str(document.get("status", "unknown"))
        colour = COLOURS.get(_STATES.get(status, ""), _UNDECIDED)
        return frame(
            tag("div", _route(document), " ", badge(status, colour)),
            *([bubble(document["body"])] if document.get("body") else []),
            aside(" · ".join(self._details())),
            *([aside(self._advice)] if self._advice else []),
            *([aside(self._note)] if self._note else []),
        )


class Preview(Shown):
    """What a send would send.

    Parameters
    ----------
    to, from_ : str
        Recipient and sender; the sender may be a Messaging Service.
    body : str
        The text.
    segments : Segments
        How carriers would cut the text.
    media : sequence of str
        Addresses of media.
    warnings : sequence of str
        Sentences on why Twilio would not take it.
    service : str
        Name of the service; empty where it is known.
    """

    def __init__(
        self,
        *,
        to: str,
        from_: str,
        body: str,
        segments: Segments,
        media: Sequence[str] = (),
        warnings: Sequence[str] = (),
        service: str = "",
    ) -> None:
        self.to = to
        self.from_ = from_
        self.body = body
        self.segments = segments
        self.media = tuple(media)
        self.warnings = tuple(warnings)
        self.service = service

    @classmethod
    def of(cls, arguments: Mapping[str, Any], service: str = "") -> "Preview":
        """Return the preview of a send.

        Parameters
        ----------
        arguments : mapping
            As ``service.checked`` returns them: ``to``, ``from``, ``body``, ``mediaUrl``.
        service : str
            Name of the service that would send it; empty where it is known.
        """
        body, media = arguments["body"], arguments["mediaUrl"]
        refused = [
            *([21617] if len(body) > BODY_LIMIT else []),
            *([21620] if not all(map(_WEB_ADDRESS.match, media)) else []),
        ]
        return cls(
            to=arguments["to"],
            from_=arguments["from"],
            body=body,
            segments=segments(body),
            media=media,
            warnings=[f"Twilio would refuse it with error {code}. {advice(code)}" for code in refused],
            service=service,
        )

    @property
    def facts(self) -> dict[str, object]:
        """Recipient, sender, service, size and media, as they are shown."""
        counted = self.segments
        size = (
            f"{_counted(counted.count, 'segment')}: {_counted(counted.units, 'unit')} in {counted.encoding}"
        )
        if counted.forced_by:
            size += f", because of {counted.forced_by} (U+{ord(counted.forced_by[0]):04X})"
        rows: dict[str, object] = {"to": self.to, "from": self.from_}
        rows |= {"service": self.service} if self.service else {}
        rows["size"] = size
        return {**rows, "media": ", ".join(self.media)} if self.media else rows

    def _text(self) -> str:
        lines = [f"{name:7} {plain(value)}" for name, value in self.facts.items()]
        lines += [f"! {plain(warning)}" for warning in self.warnings]
        return "\n".join(["Nothing was sent. This would be:", *lines, "", plain(self.body)]).rstrip()

    def _html(self) -> Markup:
        return frame(
            tag("div", tag("strong", "Nothing was sent."), " This would be:"),
            facts(self.facts),
            *(tag("div", f"! {warning}", style=f"color:{COLOURS['problem']}") for warning in self.warnings),
            tag(
                "div", body(self.body), style=f"border-left:3px solid {ACCENT};padding:2px 10px;margin:4px 0"
            ),
        )


def _route(document: Mapping[str, Any]) -> Markup:
    ends = [tag("span", document.get(end) or "…", style="white-space:nowrap") for end in ("from", "to")]
    return tag("span", ends[0], tag("span", " → ", style=MUTED), ends[1])


def _counted(number: object, one: str, many: str | None = None) -> str:
    return f"{number} {one if str(number) == '1' else many or one + 's'}"
