"""Claims: who was, or may have been, sent the message of a key, so that nobody gets it twice."""

from datetime import UTC, datetime
from typing import Any, Literal

from pymongo.errors import DuplicateKeyError

from twilio_nb.storage.database import Database

Document = dict[str, Any]
Key = str | dict[str, str]
State = Literal["sent", "failed"]


class Sends:
    """The collection ``sends``: one document for each key and recipient.

    Its ``state`` is ``claimed`` (being sent, or its sender ended before it knew), ``sent``, ``unknown``
    (no verdict came) or ``failed`` (certainly not sent). While it is open what became of it, ``attempt`` says
    what to look for at Twilio.

    Every method raises `StorageError` if MongoDB refuses or cannot be reached; nothing has changed then.

    Parameters
    ----------
    database : Database
        Where the collection is.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sends = database.collection("sends")

    def claim(self, key: Key, recipient: str, attempt: Document) -> Document | None:
        """Take the right to send the message of a key to a recipient, or return who took it before.

        Of several that claim at once, one wins. What certainly failed may be claimed again; what may
        have been sent may not.

        Parameters
        ----------
        key : str or dict
            What is to happen once.
        recipient : str
            Normalised address.
        attempt : dict
            What is to be sent.

        Returns
        -------
        dict or None
            None if the claim is the caller's, who then sends and calls :meth:`finish`. Else the earlier
            claim: ``state``, ``sid`` (None unless sent), ``claimed`` (time), ``attempt``.
        """
        identity, claim = _identity(key, recipient), _claim("claimed", attempt)
        with self._database.operation():
            try:
                self._sends.insert_one({"_id": identity, **claim})
            except DuplicateKeyError:
                again = self._sends.find_one_and_update({"_id": identity, "state": "failed"}, {"$set": claim})
                return None if again is not None else self._sends.find_one({"_id": identity})
        return None

    def get(self, key: Key, recipient: str) -> Document | None:
        """Return a claim, or None if there is none."""
        with self._database.operation():
            return self._sends.find_one({"_id": _identity(key, recipient)})

    def retake(self, key: Key, recipient: str, earlier: Document, attempt: Document) -> bool:
        """Take over a claim that certainly led to nothing, unless somebody was quicker.

        Parameters
        ----------
        key, recipient, attempt
            As for :meth:`claim`.
        earlier : dict
            The claim as it was read.

        Returns
        -------
        bool
            Whether it is the caller's now.
        """
        same = {"_id": _identity(key, recipient), "state": earlier["state"], "claimed": earlier["claimed"]}
        with self._database.operation():
            taken = self._sends.update_one(same, {"$set": _claim("claimed", attempt)})
        return taken.matched_count == 1

    def finish(self, key: Key, recipient: str, *, state: State, sid: str | None = None) -> None:
        """Write down what became of a claim.

        Parameters
        ----------
        key, recipient
            As claimed.
        state : {"sent", "failed"}
            What became of it.
        sid : str, optional
            The message's SID, if it was sent.
        """
        with self._database.operation():
            self._sends.update_one(
                {"_id": _identity(key, recipient)},
                {"$set": {"state": state, "sid": sid}, "$unset": {"attempt": ""}},
            )

    def leave_open(self, key: Key, recipient: str, attempt: Document) -> None:
        """Write down that no verdict came on an attempt, whether it was claimed before or not."""
        with self._database.operation():
            self._sends.update_one(
                {"_id": _identity(key, recipient)}, {"$set": _claim("unknown", attempt)}, upsert=True
            )

    def remove(self, key: Key, recipient: str, earlier: Document) -> bool:
        """Remove a claim as it was read; return whether nobody was quicker."""
        same = {"_id": _identity(key, recipient), "state": earlier["state"], "claimed": earlier["claimed"]}
        with self._database.operation():
            return self._sends.delete_one(same).deleted_count == 1


def _identity(key: Key, recipient: str) -> Document:
    return {"key": key, "recipient": recipient}


def _claim(state: str, attempt: Document) -> Document:
    return {"state": state, "sid": None, "claimed": datetime.now(UTC), "attempt": attempt}
