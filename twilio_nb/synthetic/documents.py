"""The documents of a history: what the message log would hold, had the texts ever been."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from twilio_nb.domain.messages import Direction, Document, HandlingState, inbound, outbound
from twilio_nb.domain.paths import INBOX
from twilio_nb.domain.statuses import Status
from twilio_nb.domain.twiml import Reply, render
from twilio_nb.synthetic.history import Past
from twilio_nb.synthetic.phrases import answers, pictures, pool
from twilio_nb.synthetic.texts import ANSWERED, FAILED, INTERRUPTED, NAMES, SENT, SLOW, Kind
from twilio_nb.synthetic.words import PICTURE_TYPES

SOURCE = "synthetic"
"""What marks a text that never was."""

WEBHOOK = "survey"
"""The webhook whose handler answers the surveys; all other texts are stored and no more."""

PRICE = 0.0079
"""US dollars for a segment."""

ERRORS = {
    30003: "Unreachable destination handset",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Message filtered",
    30008: "Unknown error",
}

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STATES = {
    ANSWERED: HandlingState.ANSWERED,
    FAILED: HandlingState.FAILED,
    SLOW: HandlingState.LATE,
    INTERRUPTED: HandlingState.INTERRUPTED,
}
_NOTHING = {"status": 200, "twiml": render([])}


def documents(past: Past, *, service: str, account_sid: str, numbers: Sequence[str]) -> Iterator[Document]:
    """Make the documents of a history, one after the other, the oldest first.

    Parameters
    ----------
    past : Past
        What was drawn.
    service, account_sid : str
        Whose texts they become.
    numbers : sequence of str
        The numbers of the account: the first for conversations, the last for surveys.

    Yields
    ------
    dict
        Ready to be stored, with the source `SOURCE`.
    """
    writer = _Writer(past, service, account_sid, numbers)
    # A slice at a time: Python objects for all of a million rows would take a gigabyte.
    for begin in range(0, len(past.texts), _SLICE):
        columns = [past.texts[name][begin : begin + _SLICE].tolist() for name in NAMES]
        for place, values in enumerate(zip(*columns, strict=True), begin):
            yield writer.document(place, dict(zip(NAMES, values, strict=True)))


_SLICE = 10_000


class _Writer:
    """Makes documents of texts."""

    def __init__(self, past: Past, service: str, account_sid: str, numbers: Sequence[str]) -> None:
        self._past = past
        self._service = service
        self._account_sid = account_sid
        self._numbers = (numbers[0], numbers[-1])
        self._languages = ["es" if spanish else "en" for spanish in past.people.spanish.tolist()]

    def document(self, place: int, text: dict[str, Any]) -> Document:
        """Return the document of the text in this place."""
        return self._inbound(place, text) if text["kind"] <= Kind.ANSWER else self._outbound(place, text)

    def _said(self, text: dict[str, Any]) -> tuple[str, int]:
        language, kind = self._languages[text["person"]], text["kind"]
        if text["pictures"]:
            ways = pictures(language)
        elif kind == Kind.ANSWER:
            ways = answers(text["topic"], language, text["meaning"], text["form"])
        else:
            ways = pool(kind, language, text["topic"])
        return ways.say(text["way"], text["filler"])

    def _inbound(self, place: int, text: dict[str, Any]) -> Document:
        sid, (body, segments) = self._past.sids[place], self._said(text)
        form = [
            ("MessageSid", sid),
            ("AccountSid", self._account_sid),
            ("From", self._past.people.numbers[text["person"]]),
            ("To", self._numbers[text["number"]]),
            ("Body", body),
            ("NumSegments", str(segments)),
            ("NumMedia", str(text["pictures"])),
        ]
        for n in range(text["pictures"]):
            medium = f"ME{sid[-31:]}{n}"
            url = f"https://api.twilio.com/2010-04-01/Accounts/{self._account_sid}/Messages/{sid}/Media/{medium}"
            kind = PICTURE_TYPES[int(text["way"] * len(PICTURE_TYPES) * 10) % len(PICTURE_TYPES)]
            form += [(f"MediaUrl{n}", url), (f"MediaContentType{n}", kind)]
        asked = text["number"] == 1
        document = inbound(
            form,
            service=self._service,
            webhook=WEBHOOK if asked else INBOX,
            source=SOURCE,
            time=_moment(text["time"]),
            store_only=not asked,
        )
        if asked:
            document["handling"] = self._handling(place, text, document["time"])
        return document

    def _handling(self, place: int, text: dict[str, Any], time: datetime) -> Document:
        """Return how the handler of the survey ended with a text."""
        receipt = int(self._past.receipts[place])
        state = _STATES[text["handled"]]
        handling: Document = {
            "state": state.value,
            "owner": SOURCE,
            "lease": time + timedelta(seconds=30),
            "request_id": None,  # nothing ran, so the log has no entry
            "answer": None if state is HandlingState.INTERRUPTED else _NOTHING,
            "replies": [],
            "error": "KeyError: 'answer'" if state is HandlingState.FAILED else None,
            "finished": time + timedelta(milliseconds=100),
        }
        if receipt >= 0:
            reply = self._past.texts[receipt]
            body, _ = self._said({name: reply[name].item() for name in NAMES})
            if state is HandlingState.ANSWERED:
                handling["answer"] = {"status": 200, "twiml": render([Reply(body)])}
            sent = {"sid": self._past.sids[receipt], "status": _status(int(reply["code"]))}
            handling["replies"] = [{"n": 0, "body": body, "media": [], **sent}]
            handling["finished"] = _moment(int(reply["time"]))
        return handling

    def _outbound(self, place: int, text: dict[str, Any]) -> Document:
        time, code, (body, segments) = _moment(text["time"]), text["code"], self._said(text)
        replied = text["kind"] == Kind.RECEIPT and text["handled"] == ANSWERED
        sent = time.replace(microsecond=0) + timedelta(seconds=1)
        record = {
            "sid": self._past.sids[place],
            "account_sid": self._account_sid,
            "direction": (Direction.OUTBOUND_REPLY if replied else Direction.OUTBOUND_API).value,
            "from": self._numbers[text["number"]],
            "to": self._past.people.numbers[text["person"]],
            "body": body,
            "status": _status(code),
            "num_segments": segments,
            "num_media": 0,
            "error_code": code if code > SENT else None,
            "error_message": ERRORS.get(code),
            "price": f"-{segments * PRICE:.5f}",
            "price_unit": "USD",
            "date_created": time.replace(microsecond=0),
            "date_sent": sent,
            "date_updated": sent + timedelta(seconds=1 + text["way"] * 8),
        }
        document = outbound(record, service=self._service, source=SOURCE, sent=time)
        return document | {"webhook": WEBHOOK} if replied else document


def _moment(milliseconds: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=milliseconds)


def _status(code: int) -> str:
    if code > SENT:
        return Status.UNDELIVERED.value
    return (Status.SENT if code == SENT else Status.DELIVERED).value
