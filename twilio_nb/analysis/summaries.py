"""What texts add up to, by whatever is asked: one function, a table for each answer."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from twilio_nb.analysis import keywords, responses, tables, turns
from twilio_nb.analysis.given import given
from twilio_nb.analysis.groups import CLOCK, groups, on_clock, ways
from twilio_nb.errors import ConfigurationError
from twilio_nb.storage import aggregates
from twilio_nb.storage.database import Database
from twilio_nb.storage.selection import condition

if TYPE_CHECKING:
    from twilio_nb.reading import Reading


@dataclass(frozen=True)
class _Counted:
    """A summary of texts that are alike: in what, whether when matters, which texts, and what it looks like."""

    keys: tuple[str, ...]
    table: Callable[[pd.DataFrame], pd.DataFrame]
    ends: bool = False
    inbound: bool = False
    longest: int | None = None

    def in_frame(
        self, texts: Any, *, since: datetime | None, until: datetime | None, tz: str
    ) -> pd.DataFrame:
        more = {"time": self.ends, "direction": self.inbound}
        columns = {*self._columns, *(name for name, needed in more.items() if needed)}
        known = given(texts, sorted(columns), since=since, until=until)
        if self.inbound:
            known = known[ways(known["direction"])[0]]
        if self.longest is not None:
            known = known[(known["body"].str.len() <= self.longest).fillna(False)]
        return groups(self._on_clock(known, tz), self.keys, ends=self.ends)

    def in_mongodb(
        self, service: Any, *, since: datetime | None, until: datetime | None, tz: str
    ) -> pd.DataFrame:
        direction = "inbound" if self.inbound else None
        chosen = condition(service.name, direction=direction, since=since, until=until)
        found = aggregates.groups(
            service.database, chosen, self._columns, ends=self.ends, longest=self.longest
        )
        return self._on_clock(found, tz)

    @property
    def _columns(self) -> list[str]:
        return list(dict.fromkeys("time" if name in CLOCK else name for name in self.keys))

    def _on_clock(self, texts: pd.DataFrame, tz: str) -> pd.DataFrame:
        return on_clock(texts, self.keys, tz) if "time" in self._columns else texts


_COUNTED = {
    "hour": _Counted(("hour", "direction"), tables.hours),
    "weekday_hour": _Counted(("weekday", "hour", "direction"), tables.weekday_hours),
    "day": _Counted(("day", "direction", "num_segments"), tables.days),
    "sender": _Counted(("from",), tables.senders, ends=True, inbound=True),
    "status": _Counted(("status", "direction"), tables.statuses),
    "keyword": _Counted(("body", "from"), keywords.keywords, inbound=True, longest=keywords.LONGEST),
    "error": _Counted(("error_code", "direction"), tables.errors),
    "segments": _Counted(("num_segments", "direction"), tables.segments),
}
_RESPONSE_TIME = "response_time"


def summary(
    texts: pd.DataFrame | Reading,
    by: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    tz: str = "UTC",
) -> pd.DataFrame:
    """Count texts by hour, day, sender, status, ...

    A frame is counted by pandas, the texts of a service by MongoDB; both give the same table. A service is the
    faster way to a window, such as the last week, and to most single tables of the whole history. For several of
    those load it once, ``frame = service.texts()``: each then takes pandas a fraction of a second.

    Parameters
    ----------
    texts : pandas.DataFrame or Service
        A frame of texts, whole or filtered; or the service, for all of its texts.
    by : str
        Which table, see below.
    since, until : datetime, optional
        Only texts at or after, and before, an aware time.
    tz : str
        Zone whose hours, weekdays and days count, such as ``"America/New_York"``; summer time included.

    Returns
    -------
    pandas.DataFrame
        Arrow-backed columns, an index that counts from 0, the same columns also where there is no text.
        *received* are inbound texts, *sent* are outbound ones, however they were sent.

        ``"hour"``
            24 rows: ``hour`` (int64, 0 to 23), ``received``, ``sent`` (int64).
        ``"weekday_hour"``
            168 rows: ``weekday`` (int64, 0 is Monday), ``hour``, ``received``, ``sent`` (int64).
        ``"day"``
            Each day from the first to the last with a text: ``day`` (date32), ``received``, ``sent``,
            ``segments`` (int64; of both, where their number is known).
        ``"sender"``
            Each address that texted, the busiest first: ``from`` (string), ``texts`` (int64), ``first``,
            ``last`` (timestamp in UTC), ``share`` (double; of all inbound texts).
        ``"status"``
            Each status that occurs: ``direction`` (string: ``"inbound"``, ``"outbound"``; null for a text that
            is neither), ``status`` (string), ``texts`` (int64), ``share`` (double; of the same direction).
            Inbound first, then the most frequent.
        ``"keyword"``
            What inbound texts of up to 30 characters say, the most frequent first: ``keyword`` (string; in
            lower case, without the punctuation around it), ``texts``, ``senders`` (int64; different ones).
        ``"error"``
            Each error of an outbound text, the most frequent first: ``error_code``, ``texts`` (int64),
            ``share`` (double; of all outbound texts), ``advice`` (string: what to do about it; null for a rare
            code).
        ``"segments"``
            How long texts are: ``direction`` (string, as by status), ``num_segments``, ``texts``, ``segments``
            (int64; of all these texts), the shortest first.
        ``"response_time"``
            How long inbound texts waited for an answer, in ten rows: ``at_least``, ``under`` (duration),
            ``texts`` (int64), ``share`` (double; of all of them, null if there are none). The bounds are 0, 1 s,
            10 s, 1 min, 10 min, 1 h, 6 h, 1 day and 7 days; ``under`` is null where these end, and both are
            in the last row, of those without an answer.

            The answer to a text is the next one, at the same time or later, from the address that it was sent
            to to the one that it came from; so one answer may end the wait of several texts. Text and answer are
            looked for among the texts that are given: with ``until``, what is answered later has no answer.

        A null is a group of its own: a row with a null in ``from``, ``status`` or ``num_segments``. Texts
        without a time are in no hour and no day; without a time or an address they are not waiting; without a body
        they are no keyword, without an error no error; and what is neither inbound nor outbound counts only by
        status and by segments.

    Raises
    ------
    ConfigurationError
        If there is no such summary or zone, the frame lacks a column that is needed, or has times without zone.
    StorageError
        If MongoDB refused, or was away.

    Examples
    --------
    >>> twilio_nb.summary(service, by="hour", since=datetime.now(UTC) - timedelta(days=7), tz="Europe/Vienna")
    >>> twilio_nb.summary(frame[frame["webhook"] == "survey"], by="keyword").head(10)
    """
    if by not in (*_COUNTED, _RESPONSE_TIME):
        message = f"There is no summary by {by!r}; choose {', '.join([*_COUNTED, _RESPONSE_TIME])}."
        raise ConfigurationError(message)
    _check_zone(tz)
    if not isinstance(texts, pd.DataFrame) and not isinstance(getattr(texts, "database", None), Database):
        message = (
            f"A summary is made of a frame of texts or a service, and {type(texts).__name__} is neither: "
            "give service.texts(), or the service itself."
        )
        raise ConfigurationError(message)
    if counted := _COUNTED.get(by):
        count = counted.in_frame if isinstance(texts, pd.DataFrame) else counted.in_mongodb
        return counted.table(count(texts, since=since, until=until, tz=tz))
    if not isinstance(texts, pd.DataFrame):
        # MongoDB takes longer to find the answers (with $setWindowFields) than to send what is needed for it.
        texts = texts.texts(since=since, until=until, columns=turns.COLUMNS)
    return responses.responses(given(texts, turns.COLUMNS, since=since, until=until))


def _check_zone(tz: str) -> None:
    try:
        zoneinfo.ZoneInfo(tz)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, TypeError, OSError) as error:
        message = f"There is no time zone {tz!r}; give a name such as 'UTC' or 'America/New_York'."
        raise ConfigurationError(message) from error
