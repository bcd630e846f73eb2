"""Claims: who was, or may have been, sent the message of a key, so that nobody gets it twice."""

from datetime import UTC, datetime
from typing import Any, Literal

from pymongo.errors import DuplicateKeyError

from twilio_nb.storage.database import Database

Document = dict[str, Any]
State = Literal["sent", "unknown", "failed"]


class Sends:
    """The collection ``sends``: one document for each key and recipient.

    Its ``state`` is ``claimed`` (being sent, or its sender ended before it knew), ``sent``, ``unknown``
    (no verdict came) or ``failed`` (certainly not sent).

    Parameters
    ----------
    database : Database
        Where the collection is.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sends = database.collection("sends")

    def claim(self, key: str, recipient: str) -> Document | None:
        """Take the right to send the message of a key to a recipient, or return who took it before.

        Of several that claim at once, one wins. What certainly failed may be claimed again; what may
        have been sent may not.

        Parameters
        ----------
        key : str
            What is to happen once.
        recipient : str
            Normalised address.

        Returns
        -------
        dict or None
            None if the claim is the caller's, who then sends and calls :meth:`finish`. Else the earlier
            claim: ``state``, ``sid`` (None unless sent), ``claimed`` (time).

        Raises
        ------
        StorageError
            If MongoDB refuses or cannot be reached; nothing is claimed then.
        """
        identity = {"key": key, "recipient": recipient}
        claim = {"state": "claimed", "sid": None, "claimed": datetime.now(UTC)}
        with self._database.operation():
            try:
                self._sends.insert_one({"_id": identity, **claim})
            except DuplicateKeyError:
                again = self._sends.find_one_and_update({"_id": identity, "state": "failed"}, {"$set": claim})
                return None if again is not None else self._sends.find_one({"_id": identity})
        return None

    def finish(self, key: str, recipient: str, *, state: State, sid: str | None = None) -> None:
        """Write down what became of a claim.

        Parameters
        ----------
        key, recipient : str
            As claimed.
        state : {"sent", "unknown", "failed"}
            What became of it.
        sid : str, optional
            The message's SID, if it was sent.

        Raises
        ------
        StorageError
            If MongoDB refuses or cannot be reached; the claim then stays and prevents a second send.
        """
        with self._database.operation():
            self._sends.update_one(
                {"_id": {"key": key, "recipient": recipient}}, {"$set": {"state": state, "sid": sid}}
            )
