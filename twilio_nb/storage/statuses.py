"""Where messages stand: writes that may come in any order, and repeatedly, and end in the same state.

Each is one atomic update with an aggregation pipeline, in which MongoDB compares the ranks of the status it
holds and of the one that comes. Values from outside are wrapped in ``$literal``: a text that begins with
``$`` is a text, never the name of a field.
"""

from datetime import datetime
from typing import Any

from pymongo import ReturnDocument
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from twilio_nb.domain.messages import FIELDS, Direction, Document, Form, called_back, storable
from twilio_nb.domain.statuses import Status, rank

Messages = Collection[Document]

_WORDS = [status.value for status in Status]
_ORIGIN = ("service", "webhook", "source")  # who was first to say where a message came from is right
_GROWING = ("num_segments", "num_media", "date_updated")  # Twilio counts 0 until it has counted
_RANKED = ("status", "error_code", "error_message")


def record(messages: Messages, document: Document) -> Document:
    """Store what Twilio's record says of a message, over what callbacks have already said.

    Parameters
    ----------
    messages : pymongo.collection.Collection
        The message log.
    document : dict
        Made by `twilio_nb.domain.messages.outbound`.

    Returns
    -------
    dict
        The message as it now stands.
    """
    values = {name: value for name, value in document.items() if name != "_id"}
    ranked = {name: values.pop(name) for name in _RANKED}
    changes = {name: _given(value) for name, value in values.items()}
    changes |= {
        name: _kept(name, value) for name, value in values.items() if value in (None, []) or name in _ORIGIN
    }
    changes |= {name: {"$max": [f"${name}", _given(values[name])]} for name in _GROWING}
    # A callback that was first has no source, and knows only when it came itself.
    unknown = {"$eq": [{"$ifNull": ["$source", None]}, None]}
    changes["time"] = {"$cond": [unknown, _given(values["time"]), _kept("time", values["time"])]}
    return _upsert(messages, document["_id"], changes | _if_later(ranked["status"], ranked))


def update(
    messages: Messages, sid: str, form: Form, time: datetime, status: str, known: Document
) -> Document:
    """Store what a status callback says, making the message's document if it is the first to tell of it.

    Parameters
    ----------
    messages : pymongo.collection.Collection
        The message log.
    sid : str
        The message.
    form : sequence of (str, str)
        The callback's form. Of all callbacks, that of the furthest status is the document's ``payload``.
    time : datetime
        When the callback came, aware.
    status : str
        Where the message stands.
    known : dict
        What else is known of it, for fields that have no value yet.

    Returns
    -------
    dict
        The message as it now stands.
    """
    said = called_back(form)
    status = storable(status)
    ranked = {
        "status": status,
        "error_code": said.pop("error_code"),
        "error_message": None,
    }
    values = {**dict.fromkeys(FIELDS[1:]), "media": [], "num_media": 0, "time": time, **said, **known}
    changes = {name: _kept(name, storable(value)) for name, value in values.items()}
    if "direction" in known:  # a guess until now
        changes["direction"] = _given(known["direction"])
    else:
        changes["direction"] = _kept("direction", Direction.OUTBOUND_API.value)
    came_in = {"$eq": ["$status", Status.RECEIVED.value]}  # nothing that is called back is about it
    changes["payload"] = {
        "$cond": [_is_told_beyond(status, came_in), "$payload", _given(storable(form))],
    }
    latest = {"$max": ["$date_updated", _given(time)]}
    changes["date_updated"] = {"$cond": [came_in, "$date_updated", latest]}
    return _upsert(messages, sid, changes | _if_later(status, storable(ranked)))


def adopt(messages: Messages, inbound_sid: str, n: int, form: Form, time: datetime, service: str) -> Document:
    """Store what a status callback says of a TwiML reply, which it is the first to give a SID.

    Parameters
    ----------
    messages : pymongo.collection.Collection
        The message log.
    inbound_sid : str
        The text it replies to.
    n : int
        Which of the replies it is, from 0.
    form : sequence of (str, str)
        The callback's form, with MessageSid and MessageStatus.
    time : datetime
        When the callback came, aware.
    service : str
        The service it came for.

    Returns
    -------
    dict
        The reply's own message as it now stands.
    """
    fields = dict(reversed(list(form)))
    sid, status = fields["MessageSid"], fields["MessageStatus"]
    known: Document = {"service": service}
    text = messages.find_one({"_id": inbound_sid, "service": service, "handling.replies.n": n})
    replies = text["handling"]["replies"] if text else []
    reply = next((each for each in replies if each["n"] == n and each["sid"] in (None, sid)), None)
    if text is not None and reply is not None:
        known |= {
            "direction": Direction.OUTBOUND_REPLY.value,
            "from": text["to"],
            "to": text["from"],
            "body": reply["body"],
            "media": [{"url": url, "content_type": None} for url in reply["media"]],
            "num_media": len(reply["media"]),
            "source": "reply",
            "webhook": text["webhook"],
        }
        link(messages, inbound_sid, n, sid, status)
    return update(messages, sid, form, time, status, known)


def link(messages: Messages, inbound_sid: str, n: int, sid: str, status: str) -> bool:
    """Note under a text that one of its replies left as a message of its own.

    Parameters
    ----------
    messages : pymongo.collection.Collection
        The message log.
    inbound_sid : str
        The text.
    n : int
        Which of its replies, from 0.
    sid, status : str
        The reply's message, and where it stands.

    Returns
    -------
    bool
        False if there is no such reply, it is linked to another message, or further already.
    """
    status = storable(status)
    not_earlier = [word for word in _WORDS if rank(word) >= rank(status)]
    reply = {"n": n, "sid": {"$in": [None, sid]}, "status": {"$nin": [*not_earlier, status]}}
    noted = messages.update_one(
        {"_id": inbound_sid, "handling.replies": {"$elemMatch": reply}},
        {"$set": {"handling.replies.$.sid": sid, "handling.replies.$.status": status}},
    )
    return noted.matched_count == 1


def _given(value: Any) -> dict[str, Any]:
    return {"$literal": value}


def _kept(name: str, value: Any) -> dict[str, Any]:
    return {"$ifNull": [f"${name}", _given(value)]}


def _is_told_beyond(status: str, came_in: Document) -> Document:
    """Tell whether the payload is to stay: that of a text, or of a callback that told this status or a later one."""
    words = {
        "$filter": {
            "input": "$payload",
            "as": "pair",
            "cond": {"$eq": [{"$first": "$$pair"}, "MessageStatus"]},
        }
    }
    told = {"$indexOfArray": [_WORDS, {"$last": {"$first": words}}]}
    return {"$and": [{"$isArray": "$payload"}, {"$or": [came_in, {"$gte": [told, rank(status)]}]}]}


def _if_later(status: str | None, values: Document) -> dict[str, Any]:
    """Set these fields together if the status advances, and fill in those that lack if it stays."""
    nothing = {"$lte": ["$status", None]}  # null, or no such field
    earlier = {"$lt": [{"$indexOfArray": [_WORDS, "$status"]}, rank(status)]}
    advances = {"case": {"$or": [nothing, earlier]}}
    stays = {"case": {"$eq": ["$status", _given(status)]}}
    return {
        name: {
            "$switch": {
                "branches": [advances | {"then": _given(value)}, stays | {"then": _kept(name, value)}],
                "default": _kept(name, None),
            }
        }
        for name, value in values.items()
    }


def _upsert(messages: Messages, sid: str, changes: dict[str, Any]) -> Document:
    def write() -> Document:
        written = messages.find_one_and_update(
            {"_id": sid}, [{"$set": changes}], upsert=True, return_document=ReturnDocument.AFTER
        )
        assert written is not None  # an upsert leaves a document
        return written

    try:
        return write()
    except DuplicateKeyError:
        # Two were first at the same time; now there is a document for both.
        return write()
