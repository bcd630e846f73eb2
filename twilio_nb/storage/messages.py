"""The message log: every text that came or went.

Callable from any thread. It knows neither Twilio nor HTTP; which status overrides which is decided in
`twilio_nb.domain.messages`.
"""

from collections.abc import Sequence
from datetime import datetime

from pymongo.errors import BulkWriteError
from pymongo.read_concern import ReadConcern

from twilio_nb.domain.messages import Document, Form
from twilio_nb.errors import StorageError
from twilio_nb.storage import statuses
from twilio_nb.storage.failures import refused
from twilio_nb.storage.handling import Handling

_DUPLICATE = 11000


class MessageLog(Handling):
    """The messages of a database.

    Every method raises `StoreUnavailable` within the database's timeout when MongoDB is away, and
    `StorageError` when it refuses.

    Parameters
    ----------
    database : Database
        Where they are kept.
    """

    def insert_many(self, documents: Sequence[Document]) -> list[bool | StorageError]:
        """Store new messages durably, in one write.

        Parameters
        ----------
        documents : sequence of dict
            Made by `twilio_nb.domain.messages`.

        Returns
        -------
        list
            For each document: True if it is stored, False if its SID was there already, and an error for
            one that MongoDB refused, which does the others no harm.
        """
        outcomes: list[bool | StorageError] = [True] * len(documents)
        if not documents:
            return outcomes
        with self._database.operation():
            try:
                self._messages.insert_many(documents, ordered=False)
            except BulkWriteError as error:
                if error.details.get("writeConcernErrors"):
                    raise
                for refusal in error.details["writeErrors"]:
                    duplicate = refusal["code"] == _DUPLICATE
                    outcomes[refusal["index"]] = False if duplicate else refused(refusal)
        return outcomes

    def get(self, sid: str) -> Document | None:
        """Return a message.

        Parameters
        ----------
        sid : str
            Its SID.

        Returns
        -------
        dict or None
            None if it is not known.
        """
        with self._database.operation():
            return self._messages.find_one({"_id": sid})

    def are_readable(self, sids: Sequence[str]) -> bool:
        """Tell whether frames, which read what a majority of the servers has, would have some messages by now.

        Parameters
        ----------
        sids : sequence of str
            Which messages, each once.

        Returns
        -------
        bool
            Whether all of them are there.
        """
        messages = self._messages.with_options(read_concern=ReadConcern("majority"))
        with self._database.operation():
            return messages.count_documents({"_id": {"$in": list(sids)}}) == len(sids)

    def details(self, sids: Sequence[str]) -> dict[str, Document]:
        """Return what frames have no columns for: media, and the handling with its replies and its error.

        Parameters
        ----------
        sids : sequence of str
            Which messages; a few hundred at most.

        Returns
        -------
        dict of str to dict
            Of each that is known: ``media``, and ``handling`` where there is one, with ``state``, ``error``,
            ``replies``, ``finished`` and ``request_id``.
        """
        wanted = [
            "media",
            "time",
            *(f"handling.{name}" for name in ("state", "error", "replies", "finished", "request_id")),
        ]
        with self._database.operation():
            return {
                found["_id"]: found for found in self._messages.find({"_id": {"$in": list(sids)}}, wanted)
            }

    def standing(self, sids: Sequence[str]) -> dict[str, Document]:
        """Tell where messages stand.

        Parameters
        ----------
        sids : sequence of str
            Their SIDs.

        Returns
        -------
        dict of str to dict
            Of each that is known ``status``, ``error_code`` and ``error_message``, as far as there are such.
        """
        fields = ["status", "error_code", "error_message"]
        with self._database.operation():
            return {
                found["_id"]: found for found in self._messages.find({"_id": {"$in": list(sids)}}, fields)
            }

    def known(self, sids: Sequence[str]) -> set[str]:
        """Tell which messages are there.

        Parameters
        ----------
        sids : sequence of str
            Their SIDs.

        Returns
        -------
        set of str
            Those that are.
        """
        with self._database.operation():
            return {found["_id"] for found in self._messages.find({"_id": {"$in": list(sids)}}, ["_id"])}

    def delete(self, sid: str) -> bool:
        """Forget a message here; at Twilio it stays.

        Parameters
        ----------
        sid : str
            Its SID.

        Returns
        -------
        bool
            Whether there was one.
        """
        with self._database.operation():
            return self._messages.delete_one({"_id": sid}).deleted_count == 1

    def record_outbound(self, document: Document) -> Document:
        """Store Twilio's record of a message; what callbacks have said before stays.

        Parameters
        ----------
        document : dict
            Made by `twilio_nb.domain.messages.outbound`.

        Returns
        -------
        dict
            The message as it now stands.
        """
        with self._database.operation():
            return statuses.record(self._messages, document)

    def update_status(self, sid: str, status: str, *, service: str, form: Form, time: datetime) -> Document:
        """Store what a status callback says. Callbacks may repeat and come in any order.

        Parameters
        ----------
        sid, status : str
            Which message, and where it stands.
        service : str
            The service the callback came for.
        form : sequence of (str, str)
            The callback's form.
        time : datetime
            When it came, aware.

        Returns
        -------
        dict
            The message as it now stands; little more than its status, if nothing else told of it yet.
        """
        with self._database.operation():
            return statuses.update(self._messages, sid, form, time, status, {"service": service})

    def adopt_reply(self, inbound_sid: str, n: int, form: Form, *, service: str, time: datetime) -> Document:
        """Store what a status callback says of a reply that Twilio was given as TwiML.

        Its first callback is also the first that is heard of its SID: the message is made from the reply.

        Parameters
        ----------
        inbound_sid : str
            The text it replies to.
        n : int
            Which of the replies it is, from 0.
        form : sequence of (str, str)
            The callback's form, with MessageSid and MessageStatus.
        service : str
            The service the callback came for.
        time : datetime
            When it came, aware.

        Returns
        -------
        dict
            The reply's own message as it now stands. Without such a text or reply it is what `update_status`
            would have made of the callback.
        """
        with self._database.operation():
            return statuses.adopt(self._messages, inbound_sid, n, form, time, service)

    def link_reply(self, inbound_sid: str, n: int, sid: str, status: str) -> bool:
        """Note under a text that one of its replies left as a message of its own.

        Parameters
        ----------
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
        with self._database.operation():
            return statuses.link(self._messages, inbound_sid, n, sid, status)
