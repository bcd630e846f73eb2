"""Texts and conversations as a page shows them: plain values, and sentences for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from twilio_nb.domain.entries import hidden, in_words, leading
from twilio_nb.domain.markup import plain
from twilio_nb.domain.messages import Direction, HandlingState
from twilio_nb.sending.advice import advice
from twilio_nb.sending.pictures import TYPES

if TYPE_CHECKING:
    import pandas as pd

    from twilio_nb.analysis.correspondence import Conversation, Correspondence

Row = dict[str, Any]

_EXCERPT = 120  # characters of the newest text that a list shows
_BAD = ("failed", "undelivered")
_SENTENCES = {
    HandlingState.PENDING: "Waits: {webhook} is paused, or its handler lives nowhere. Resume it, or run its cell.",
    HandlingState.RUNNING: "{webhook} is running.",
    HandlingState.ANSWERED: "Answered by {webhook}.",
    HandlingState.LATE: "{webhook} is still running; its reply comes later.",
    HandlingState.FAILED: "{webhook} failed.",
    HandlingState.REFUSED: "The condition of {webhook} does not hold for it.",
    HandlingState.INTERRUPTED: "The kernel of {webhook} left before it was done.",
}
_AGAIN = {
    HandlingState.PENDING: "Run it now",
    HandlingState.FAILED: "Run it again",
    HandlingState.REFUSED: "Ask it again",
    HandlingState.INTERRUPTED: "Run it again",
    HandlingState.ANSWERED: "Run it again",
    HandlingState.LATE: "Run it again",
}


def conversation_row(one: Conversation, name: str = "") -> Row:
    """Return a conversation as lists show it, with the name of whom it is with."""
    excerpt = one.last_body[:_EXCERPT]
    return {
        "key": one.key,
        "ours": plain(one.ours),
        "theirs": plain(one.theirs),
        "name": plain(name),
        "texts": one.texts,
        "unanswered": one.unanswered,
        "time": one.last,
        "inbound": one.last_inbound,
        "excerpt": plain(" ".join(excerpt.split())),
    }


def text_rows(
    texts: pd.DataFrame,
    conversations: Correspondence,
    details: Mapping[str, Mapping[str, Any]],
    name: Callable[[str], str] = lambda _: "",
) -> list[Row]:
    """Return texts as threads and tables show them.

    Parameters
    ----------
    texts : pandas.DataFrame
        A window of the live frame.
    conversations : Correspondence
        Which conversation each is in.
    details : mapping of str to mapping
        What `Feed.details` returned of those that have any.
    name : callable
        Returns the name of whom an address is of, an empty string if it has none.

    Returns
    -------
    list of dict
        In the same order.
    """
    import pandas as pd

    def values(name: str) -> list[Any]:
        return [None if value is pd.NA else value for value in texts[name].tolist()]

    columns = {name: values(name) for name in texts.columns if name != "time"}
    known = texts["time"].notna().tolist()
    times = texts["time"].to_numpy("datetime64[ms]").astype("int64").tolist()
    found = []
    for n, sid in enumerate(columns["sid"]):
        one = {name: column[n] for name, column in columns.items()}
        more = details.get(sid, {})
        inbound = one["direction"] == Direction.INBOUND
        found.append(
            {
                "sid": sid,
                "key": conversations.of(sid),
                "time": times[n] if known[n] else None,
                "inbound": inbound,
                "name": plain(name(one["from" if inbound else "to"] or "")),
                "from": plain(one["from"]),
                "to": plain(one["to"]),
                "body": plain(one["body"]),
                "status": plain(one["status"]),
                "segments": one["num_segments"],
                "webhook": plain(one["webhook"]),
                "files": _files(one["num_media"], more.get("media")),
                "advice": _advice(one),
                "handling": _handling(one, more),
            }
        )
    return found


def has_details(texts: pd.DataFrame) -> list[str]:
    """Return the SIDs of texts about which there is more to know than the frame holds."""
    return texts["sid"][texts["state"].notna() | (texts["num_media"] > 0).fillna(False)].tolist()


def _advice(text: Mapping[str, Any]) -> str:
    code = text["error_code"]
    if code is None and text["status"] not in _BAD:
        return ""
    helps = advice(code, to=text["to"])
    return f"Error {code}. {helps}".strip() if code else helps


def _files(count: int | None, media: Any) -> list[Row]:
    """Return what a page says of media: their types, and whether one is a picture that can be shown."""
    known = media if isinstance(media, list) else []
    kinds = [one.get("content_type") if isinstance(one, dict) else None for one in known]
    kinds += [None] * (min(count or 0, 10) - len(kinds))
    return [{"type": plain(kind), "picture": kind in TYPES} for kind in kinds]


def _handling(text: Mapping[str, Any], details: Mapping[str, Any]) -> Row | None:
    """Return who answered, what went wrong, and which replies Twilio was given but has not called back about."""
    state = text["state"]
    if state not in _SENTENCES:
        return None
    handling = details.get("handling") or {}
    finished = handling.get("finished")
    sentence = _SENTENCES[state].format(webhook=plain(text["webhook"]))
    if state == HandlingState.LATE and finished is not None:
        sentence = f"Answered by {plain(text['webhook'])}, later than Twilio waits."
    replies = [reply for reply in handling.get("replies") or [] if isinstance(reply, dict)]
    error, request_id = in_words(str(handling.get("error") or "")), handling.get("request_id")
    if error and request_id:
        error = leading(error, str(request_id))
    again = _AGAIN.get(state, "") if state != HandlingState.LATE or finished is not None else ""
    return {
        "state": state,
        "sentence": sentence,
        "error": plain(error),
        "hidden": "“…” stands for words of this text." if hidden(error) else "",
        "again": again,
        # Who was answered would be answered once more.
        "ask": state in (HandlingState.ANSWERED, HandlingState.LATE),
        "replies": [
            {"body": plain(reply.get("body")), "files": len(reply.get("media") or [])}
            for reply in replies
            if not reply.get("sid")
        ],
    }
