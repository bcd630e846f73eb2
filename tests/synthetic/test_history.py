"""A history is the same for the same seed, has as many texts as wanted, and nobody texts who must not."""

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

import pytest

from twilio_nb.domain.messages import Document
from twilio_nb.synthetic import rhythm
from twilio_nb.synthetic.documents import documents
from twilio_nb.synthetic.history import Past, draw

SMALL: dict[str, Any] = {"seed": 1, "days": 30, "people": 40, "count": 600}
STOP, START = {"STOP", "UNSUBSCRIBE", "QUIT"}, {"START", "UNSTOP"}


def made(past: Past) -> list[Document]:
    return list(documents(past, service="s", account_sid="AC" + "0" * 32, numbers=["+15550100001"]))


def test_the_same_parameters_make_the_same_texts(until: int) -> None:
    assert made(draw(**SMALL, until=until)) == made(draw(**SMALL, until=until))


@pytest.mark.parametrize("change", [{"seed": 2}, {"days": 31}, {"people": 41}, {"count": 601}])
def test_any_other_parameter_makes_other_texts(until: int, change: dict[str, int]) -> None:
    one, other = draw(**SMALL, until=until), draw(**SMALL | change, until=until)

    assert not set(one.sids) & set(other.sids)


def test_what_a_seed_makes_is_known(until: int) -> None:
    past = draw(**SMALL, until=until)
    first = made(past)[0]

    assert first["_id"] == "SM00faefd17163629d32f556a76c547c89"
    assert (first["from"], f"{first['time']:%F %H:%M}") == ("+15557946134", "2026-10-06 21:32")


@pytest.mark.parametrize("hours", [1, 7, 26, 100, 24 * 7 * 5 + 3])
def test_the_end_moves_the_texts_and_not_their_sids(until: int, hours: int) -> None:
    one, other = draw(**SMALL, until=until), draw(**SMALL, until=until + hours * rhythm.HOUR)

    assert set(one.sids) == set(other.sids)
    assert one.texts["time"][-1] < other.texts["time"][-1]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("days", "people", "count"),
    [(1, 1, 1), (90, 1, 5000), (1, 300, 200), (3, 3, 3000), (400, 500, 20), (30, 20, 20_000)],
)
def test_there_are_exactly_as_many_texts_as_wanted_each_in_its_time(
    until: int, seed: int, days: int, people: int, count: int
) -> None:
    past = draw(seed=seed, days=days, people=people, count=count, until=until)

    assert len(past.texts) == len(set(past.sids)) == count
    times = past.texts["time"]
    assert until - days * rhythm.DAY <= times[0]
    assert times[-1] <= until
    assert (times[1:] >= times[:-1]).all()


def test_nothing_is_texted_between_stop_and_start(written: list[Document]) -> None:
    stopped: dict[tuple[str, str], bool] = defaultdict(bool)
    stops = starts = 0
    for text in written:
        inbound = text["direction"] == "inbound"
        pair = (text["from"], text["to"]) if inbound else (text["to"], text["from"])
        word = text["body"].strip().upper() if inbound else ""
        if word in START:
            starts += 1
            stopped[pair] = False
        assert not stopped[pair], text
        if word in STOP:
            stops += 1
            stopped[pair] = True

    assert stops > 50
    assert starts > 5


def test_a_survey_goes_out_on_a_working_day_at_five_in_the_afternoon(written: list[Document]) -> None:
    asked = [text["time"] for text in written if "Reply A, B or C" in text["body"]]
    first = min(asked).astimezone(UTC)

    assert (first.hour - 7) % 24 == 17
    assert first.weekday() < 5
    assert first > datetime(2026, 7, 1, tzinfo=UTC)
