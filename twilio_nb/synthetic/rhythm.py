"""When things happen: the day and the week of people, and the hours of the library.

Times are milliseconds since 1970 in UTC, durations milliseconds; the clock on the wall is Phoenix's, which
is seven hours behind UTC all year.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from twilio_nb.synthetic.draws import Draws, Integers
from twilio_nb.synthetic.rates import RATES

MINUTE, HOUR, DAY, WEEK = 60_000, 3_600_000, 86_400_000, 604_800_000
BEHIND = 7 * HOUR
"""How far Phoenix is behind UTC."""

# fmt: off
#: How much is texted in each hour of a day, 0 to 23 h, relative to the others.
HOURS = (
    0.06, 0.03, 0.02, 0.02, 0.03, 0.08, 0.25, 0.6, 1.0, 1.45, 1.6, 1.5,
    1.3, 1.1, 1.1, 1.25, 1.5, 1.7, 1.55, 1.2, 0.9, 0.6, 0.3, 0.14,
)
# fmt: on
#: How much on each day of a week, Monday first.
DAYS = (1.2, 1.1, 1.05, 1.05, 1.1, 0.8, 0.35)
#: From when to when the library is open, in hours of each day.
OPEN = ((9, 18), (9, 18), (9, 18), (9, 18), (9, 18), (10, 14), (0, 0))
NIGHT = (23, 7)

_FIRST_MONDAY = 4 * DAY  # 1970 began on a Thursday


def of_week(time: Any) -> Any:
    """Return how far into their week, which begins on Monday at midnight, times are."""
    return (time - BEHIND - _FIRST_MONDAY) % WEEK


def beginnings(draws: Draws, since: int, until: int, count: int) -> Integers:
    """Draw when conversations begin, by the hour of the day and the day of the week."""
    # By the hours of the clock, of which the first and the last may be parts.
    edges = np.concatenate([[since], np.arange(since - since % HOUR + HOUR, until, HOUR), [until]])
    begins, lengths = edges[:-1], np.diff(edges)
    hour = of_week(begins) // HOUR
    weights = np.array(HOURS)[hour % 24] * np.array(DAYS)[hour // 24] * lengths
    drawn = draws.pick(weights, count)
    times: Integers = begins[drawn] + (draws.uniform(count) * lengths[drawn]).astype(np.int64)
    return times


def notices(draws: Draws, wanted: Integers) -> Integers:
    """Move what the library would write while it is closed to the first hours after it has opened."""
    wait = until_open(wanted)
    morning = (draws.uniform(len(wanted)) * 3 * HOUR).astype(np.int64)
    return wanted + np.where(wait, wait + morning, 0)


def until_open(time: Integers) -> Integers:
    """Return how long it takes until the library opens; 0 while it is open."""
    waits: Integers = _UNTIL_OPEN[of_week(time) // MINUTE]
    # Tables count in minutes, of which a part is over; nobody opens before the hour.
    return np.maximum(waits * MINUTE - np.where(waits > 0, time % MINUTE, 0), 0)


def replies(draws: Draws, asked: Integers) -> Integers:
    """Draw when the library replies: soon while it is open, else mostly after it has opened again."""
    count = len(asked)
    wait = until_open(asked)
    median = np.where(wait, RATES.backlog_minutes, RATES.reply_minutes)
    soon = draws.lognormal(median, RATES.reply_spread, count)
    on_call = draws.lognormal(RATES.on_call_minutes, RATES.reply_spread, count)
    awake = draws.chance(RATES.on_call, count) & (on_call * MINUTE < wait)
    delay = np.where(awake, on_call * MINUTE, wait + soon * MINUTE)
    return asked + delay.astype(np.int64)


def people(draws: Draws, since: Integers, median: Any, spread: float) -> Integers:
    """Draw when people go on, with a median delay in minutes; who would be asleep mostly waits for the morning."""
    count = len(since)
    time = since + (draws.lognormal(median, spread, count) * MINUTE).astype(np.int64)
    begin, end = NIGHT
    clock = (time - BEHIND) % DAY
    late = clock >= begin * HOUR
    asleep = (late | (clock < end * HOUR)) & draws.chance(RATES.asleep, count)
    morning = time - clock + end * HOUR + np.where(late, DAY, 0)
    after = (draws.lognormal(40, 0.8, count) * MINUTE).astype(np.int64)
    return np.where(asleep, morning + after, time)


def at(since: int, until: int, share: float, hour: int) -> int:
    """Return an hour of a working day, about so far through a time; its end where that is too short."""
    near = since + int((until - since) * share)
    midnight = near - (near - BEHIND) % DAY
    for day in range(7):
        time = midnight + day * DAY + hour * HOUR
        if int(of_week(time)) // DAY < 4 and time >= near:
            return time if time < until else near
    return near


def _table() -> NDArray[np.int64]:
    """Return for each minute of a week how many it takes until the library opens."""
    minutes = np.arange(7 * 24 * 60)
    begins = np.array([begin for begin, _ in OPEN])[minutes // 1440] * 60
    ends = np.array([end for _, end in OPEN])[minutes // 1440] * 60
    opened = (minutes % 1440 >= begins) & (minutes % 1440 < ends)
    following = np.where(opened, minutes, 2 * len(minutes))
    following = np.minimum.accumulate(np.append(following, following + len(minutes))[::-1])[::-1]
    return following[: len(minutes)] - minutes


_UNTIL_OPEN = _table()
