"""Rules, kept so that they bind every notebook; what they mean is `twilio_nb.sending.rules`' matter."""

from typing import ClassVar

from twilio_nb.domain.definitions import RuleDefinition
from twilio_nb.storage.database import Database
from twilio_nb.storage.registry import of_service, readable


class StoredRules:
    """The rules that a database holds.

    Every method raises `StoreUnavailable` within the database's timeout when MongoDB is away, and
    `StorageError` when it refuses.

    Parameters
    ----------
    database : Database
        Where they are kept.
    """

    _unreadable: ClassVar[set[str]] = set()  # what was said once

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rules = database.collection("rules")

    def of(self, service: str) -> list[RuleDefinition]:
        """List the rules of a service.

        Parameters
        ----------
        service : str
            Its name.

        Returns
        -------
        list of RuleDefinition
            By name, without those that cannot be read, which therefore allow nothing; they are named in the log.
        """
        with self._database.operation():
            return readable(
                RuleDefinition, self._rules.find(of_service(service)).sort("_id"), self._unreadable
            )

    def save(self, definition: RuleDefinition) -> None:
        """Store a rule in place of the one that has its name.

        Parameters
        ----------
        definition : RuleDefinition
            The rule; its condition holds no Python function.
        """
        with self._database.operation():
            self._rules.replace_one({"_id": definition.key}, definition.to_document(), upsert=True)

    def remove(self, definition: RuleDefinition) -> None:
        """Forget a rule.

        Parameters
        ----------
        definition : RuleDefinition
            One of its name; nothing happens if none is stored.
        """
        with self._database.operation():
            self._rules.delete_one({"_id": definition.key})
