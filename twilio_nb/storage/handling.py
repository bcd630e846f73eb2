"""The handling of inbound texts: who claims one runs its handler, who settles it answers.

Each step is one atomic write that names the state it starts from, so that of many who try one succeeds, and a
handler runs at most once by itself. Leases are a matter of MongoDB's clock alone: those of kernels and
receivers may be wrong, or be set while a text is on its way.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pymongo import ASCENDING, ReturnDocument

from twilio_nb.domain.messages import Document, HandlingState, storable
from twilio_nb.storage.database import Database

LEASE = timedelta(seconds=30)
"""How long a running text belongs to its owner without word of it."""

_UNFINISHED = {
    "handling.state": {"$in": [HandlingState.RUNNING.value, HandlingState.LATE.value]},
    "handling.finished": {"$exists": False},
}


class Handling:
    """The part of the message log that is about handling.

    Parameters
    ----------
    database : Database
        Where the messages are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._messages = database.collection("messages")

    def claim(
        self,
        sid: str,
        *,
        owner: str,
        request_id: str,
        lease: timedelta = LEASE,
        states: Iterable[str] = (HandlingState.PENDING,),
    ) -> Document | None:
        """Take the handling of a text, unless somebody else has it.

        Parameters
        ----------
        sid : str
            The text.
        owner : str
            Who takes it.
        request_id : str
            Under which name its log entry will be.
        lease : timedelta
            How long nobody else may take it for abandoned.
        states : iterable of str
            From which states it may be taken.

        Returns
        -------
        dict or None
            The text, now running; None if it was in none of these states. Of several who claim it at the same
            time, one gets it.
        """
        taken = {
            "handling.state": HandlingState.RUNNING.value,
            "handling.owner": {"$literal": owner},
            "handling.request_id": {"$literal": request_id},
            "handling.lease": _in(lease),
            "handling.error": None,
        }
        with self._database.operation():
            return self._messages.find_one_and_update(
                {"_id": sid, "handling.state": {"$in": [str(state) for state in states]}},
                [{"$set": taken}, {"$unset": "handling.finished"}],
                return_document=ReturnDocument.AFTER,
            )

    def settle(
        self,
        sid: str,
        *,
        owner: str,
        request_id: str,
        state: str,
        answer: Mapping[str, Any] | None = None,
        replies: Sequence[Mapping[str, Any]] | None = None,
        error: str | None = None,
        from_states: Iterable[str] = (HandlingState.RUNNING,),
    ) -> bool:
        """End the handling of a claimed text, or declare it late. Who gets True, and nobody else, answers.

        A text that became late without its replies is still being worked on; settled once more, from
        late, with its replies or its error, it is finished.

        Parameters
        ----------
        sid, owner, request_id : str
            The text, and what it was claimed with.
        state : str
            What becomes of it: answered, late, failed or interrupted.
        answer : Mapping, optional
            What Twilio was told: ``status``, ``twiml``.
        replies : sequence of Mapping, optional
            The replies, each with ``body`` and ``media``, and ``sid`` and ``status`` if known.
        error : str, optional
            Class and message of what the handler raised.
        from_states : iterable of str
            In which states it may be.

        Returns
        -------
        bool
            False if somebody else has settled it, or has claimed it since.
        """
        changes: dict[str, Any] = {"handling.state": str(state)}
        if answer is not None:
            changes["handling.answer"] = storable(answer)
        if replies is not None:
            changes["handling.replies"] = [_reply(n, reply) for n, reply in enumerate(replies)]
        if error is not None:
            changes["handling.error"] = storable(error)
        update: dict[str, Any] = {"$set": changes}
        if state != HandlingState.LATE or replies is not None or error is not None:
            update["$currentDate"] = {"handling.finished": True}
        claimed = {
            "_id": sid,
            "handling.owner": owner,
            "handling.request_id": request_id,
            "handling.state": {"$in": [str(state) for state in from_states]},
            "handling.finished": {"$exists": False},
        }
        with self._database.operation():
            return self._messages.update_one(claimed, update).matched_count == 1

    def renew(self, owner: str, lease: timedelta = LEASE) -> int:
        """Extend the leases of an owner that is known to live.

        Parameters
        ----------
        owner : str
            Who claimed them.
        lease : timedelta
            How long from now nobody may take them for abandoned.

        Returns
        -------
        int
            How many there are.
        """
        with self._database.operation():
            return self._messages.update_many(
                _UNFINISHED | {"handling.owner": owner}, [{"$set": {"handling.lease": _in(lease)}}]
            ).matched_count

    def give_back(self, owner: str, in_hand: Iterable[str]) -> int:
        """Make texts pending again that were claimed for an owner who has never heard of it.

        Parameters
        ----------
        owner : str
            For whom they were claimed.
        in_hand : iterable of str
            The requests that it has heard of.

        Returns
        -------
        int
            How many there were.
        """
        unheard = {"handling.owner": owner, "handling.request_id": {"$nin": list(in_hand)}}
        running = {"handling.state": HandlingState.RUNNING.value, "handling.finished": {"$exists": False}}
        with self._database.operation():
            return self._messages.update_many(
                unheard | running, {"$set": {"handling.state": HandlingState.PENDING.value}}
            ).modified_count

    def interrupt_expired(self) -> int:
        """Mark as interrupted what is running, or late and unfinished, under a lease that has run out.

        Returns
        -------
        int
            How many there were.
        """
        return self._interrupt(_UNFINISHED | {"$expr": {"$lt": ["$handling.lease", "$$NOW"]}})

    def interrupt_owner(self, owner: str) -> int:
        """Mark as interrupted what an owner that is gone was running.

        What was already late is left to its lease, since an owner that merely lost its connection may
        yet come back with the reply.

        Parameters
        ----------
        owner : str
            Who claimed them.

        Returns
        -------
        int
            How many there were.
        """
        return self._interrupt({"handling.state": HandlingState.RUNNING.value, "handling.owner": owner})

    def _interrupt(self, abandoned: dict[str, Any]) -> int:
        update = {
            "$set": {"handling.state": HandlingState.INTERRUPTED.value},
            "$currentDate": {"handling.finished": True},
        }
        with self._database.operation():
            return self._messages.update_many(abandoned, update).modified_count

    def waiting(
        self,
        service: str,
        webhook: str,
        states: Iterable[str],
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[str]:
        """List the texts of a webhook that are in one of some states.

        Parameters
        ----------
        service, webhook : str
            Where they arrived.
        states : iterable of str
            The states.
        since, until : datetime, optional
            From when on, and up to when they arrived, both aware and included.

        Returns
        -------
        list of str
            Their SIDs, the oldest first.
        """
        wanted: dict[str, Any] = {
            "handling.state": {"$in": [str(state) for state in states]},
            "service": service,
            "webhook": webhook,
        }
        span = {"$gte": since, "$lte": until}
        if bounds := {operator: time for operator, time in span.items() if time is not None}:
            wanted["time"] = bounds
        with self._database.operation():
            found = self._messages.find(wanted, ["_id"]).sort([("time", ASCENDING), ("_id", ASCENDING)])
            return [document["_id"] for document in found]

    def counts(self, services: Iterable[str], states: Iterable[str]) -> dict[tuple[str, str, str], int]:
        """Count the texts of all webhooks of some services that are in some states.

        Parameters
        ----------
        services : iterable of str
            Their names.
        states : iterable of str
            The states.

        Returns
        -------
        dict
            By service, webhook and state, what is not none.
        """
        names = list(services)
        wanted = {"handling.state": {"$in": [str(state) for state in states]}, "service": {"$in": names}}
        alike = {"service": "$service", "webhook": "$webhook", "state": "$handling.state"}
        with self._database.operation():
            found = self._messages.aggregate(
                [{"$match": wanted}, {"$group": {"_id": alike, "texts": {"$sum": 1}}}]
            )
            return {tuple(row["_id"][name] for name in alike): row["texts"] for row in found}


def _in(span: timedelta) -> dict[str, Any]:
    """Return the expression of a time so far from now."""
    return {"$add": ["$$NOW", round(span.total_seconds() * 1000)]}


def _reply(n: int, reply: Mapping[str, Any]) -> Document:
    blank = {"n": n, "body": "", "media": [], "sid": None, "status": None}
    complete: Document = storable(blank | dict(reply))
    return complete
