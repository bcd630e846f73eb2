"""A simulated account's made-up past: ``account.history()``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from twilio_nb.domain.markup import Markup, Shown, aside, frame, tag
from twilio_nb.errors import ConfigurationError
from twilio_nb.synthetic.rates import RATES, Rates
from twilio_nb.synthetic.surveys import SURVEYS, Survey

if TYPE_CHECKING:
    from twilio_nb.simulated import SandboxService

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class History(Shown):
    """A history that was made; what :meth:`Historic.history` returns.

    Attributes
    ----------
    count, added : int
        How many texts it has, and how many of them were not there before.
    people : int
        How many people take part.
    begin, end : datetime
        The times of its first and its last text, in UTC.
    rates : Rates
        The rates that it was drawn with; ``history.rates?`` explains each.
    surveys : tuple of Survey
        The surveys in it, each with its question, its choices, and how many people mean each of them.
    """

    def __init__(self, *, count: int, added: int, people: int, begin: datetime, end: datetime) -> None:
        self.count = count
        self.added = added
        self.people = people
        self.begin = begin
        self.end = end
        # No properties: of one, ``history.rates?`` would explain the property.
        self.rates: Rates = RATES
        self.surveys: tuple[Survey, ...] = SURVEYS

    def _sentences(self) -> tuple[str, str]:
        new = {self.count: "all of them new", 0: "none of them new"}.get(
            self.added, f"{self.added:,} of them new"
        )
        return (
            f"A made-up history: {self.count:,} texts with {self.people:,} people, from {self.begin:%Y-%m-%d} "
            f"to {self.end:%Y-%m-%d}, {new}.",
            "account.service.texts() reads it; history.rates is what it was drawn with.",
        )

    def _text(self) -> str:
        return "\n".join(self._sentences())

    def _html(self) -> Markup:
        what, how = self._sentences()
        return frame(tag("div", what), aside(how))


class Historic:
    """What a simulated account has of a past; part of :class:`twilio_nb.account.SandboxAccount`."""

    service: SandboxService
    numbers: list[str]

    def _check_open(self) -> None:
        raise NotImplementedError

    def history(
        self,
        *,
        seed: int = 1,
        days: int = 90,
        people: int = 200,
        texts: int | None = None,
        until: datetime | None = None,
    ) -> History:
        """Make a past for the account: texts that people and a library might have exchanged.

        People ask, in English or Spanish, and the library replies, sooner while it is open; it sends notices,
        and three surveys, whose answers come in all forms that people give to answers. Texts fail, some have
        pictures, and some people text STOP. They get into the account's database at once, through a path of
        their own, with ``"synthetic"`` as their ``source``; the simulated Twilio knows nothing of them.

        The same parameters and the same `until` make the same texts. Their SIDs do not depend on `until`, so
        that doing it again, at whatever time, adds nothing twice. After an interruption give the same `until`.

        Parameters
        ----------
        seed : int
            Any number from 0; each makes another history.
        days : int
            How long it lasts, 3,650 at most.
        people : int
            How many take part, a million at most.
        texts : int, optional
            How many texts there are, exactly, five million at most. By default one for every two days and person.
            A million take a minute or two.
        until : datetime, optional
            When it ends, aware; by default now.

        Returns
        -------
        History
            What was made; ``history.rates?`` states all rates, and ``history.surveys`` what people mean.

        Raises
        ------
        ConfigurationError
            If a parameter makes no sense, or the account is closed.
        StorageError
            If MongoDB refused, or was away.

        Examples
        --------
        >>> account.history(days=30, people=500)
        >>> account.service.texts(direction="inbound").groupby("webhook")["from"].nunique()
        """
        from twilio_nb.storage import bulk
        from twilio_nb.storage.messages import MessageLog
        from twilio_nb.synthetic.documents import documents
        from twilio_nb.synthetic.history import MOST_TEXTS, PER_DAY, draw
        from twilio_nb.synthetic.people import MOST

        self._check_open()
        _check("seed", seed, 0, 2**63)
        _check("days", days, 1, 3650)
        _check("people", people, 1, MOST)
        count = texts if texts is not None else min(max(1, round(people * days * PER_DAY)), MOST_TEXTS)
        _check("texts", count, 1, MOST_TEXTS)
        end = (_moment(until) - _EPOCH) // timedelta(milliseconds=1)

        past = draw(seed=seed, days=days, people=people, count=count, until=end)
        definition, log = self.service.definition, MessageLog(self.service.database)
        made = documents(
            past, service=definition.name, account_sid=definition.account_sid, numbers=self.numbers
        )
        added = bulk.store(log, made)
        # As they are stored, which may have been at another time.
        first, last = (log.get(sid) or {} for sid in (past.sids[0], past.sids[-1]))
        return History(count=count, added=added, people=people, begin=first["time"], end=last["time"])


def _check(name: str, value: Any, least: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        message = f"{name} is {value!r}; give a whole number from {least:,} to {most:,}."
        raise ConfigurationError(message)


def _moment(until: datetime | None) -> datetime:
    if until is None:
        return datetime.now(UTC)
    if not isinstance(until, datetime) or until.tzinfo is None or not 2000 <= until.year < 2100:
        message = f"until is {until!r}; give an aware datetime of this century, such as datetime.now(UTC)."
        raise ConfigurationError(message)
    return until
