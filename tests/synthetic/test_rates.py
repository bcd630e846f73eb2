"""What is stated is what is there: measured shares and medians lie where the stated ones put them by chance."""

import dataclasses
import inspect
import math
import re
from statistics import NormalDist

import numpy as np
import pytest

from twilio_nb.synthetic import rhythm
from twilio_nb.synthetic.draws import Booleans, Integers
from twilio_nb.synthetic.history import Past
from twilio_nb.synthetic.rates import RATES, Rates
from twilio_nb.synthetic.surveys import FORM_SHARES, SURVEYS
from twilio_nb.synthetic.texts import SENT, Kind, Texts

FAR = 4  # deviations: once in sixteen thousand times by chance, and the seed is fixed


def agrees(happened: Booleans, share: float) -> None:
    """Check a share of independent events."""
    deviation = math.sqrt(share * (1 - share) / len(happened))
    assert len(happened) * share > 10, "too few to tell"
    assert abs(happened.mean() - share) < FAR * deviation, f"{happened.mean():.4f} instead of {share}"


def of(texts: Texts, *kinds: Kind) -> Texts:
    return texts[np.isin(texts["kind"], kinds)]


def followed(texts: Texts, first: Texts, *kinds: Kind) -> Booleans:
    """Tell which texts are followed by one of a kind in their conversation."""
    found = of(texts, *kinds)
    return np.isin(_places(first) + 1, _places(found))


def _places(texts: Texts) -> Integers:
    places: Integers = texts["thread"] * 100 + texts["place"]
    return places


@pytest.fixture(scope="module")
def texts(past: Past, until: int) -> Texts:
    """The texts whose conversations had the time to go on."""
    begun: Texts = past.texts[past.texts["time"] < until - 14 * rhythm.DAY]
    return past.texts[np.isin(past.texts["thread"], begun["thread"][begun["place"] == 0])]


def test_the_table_states_what_is_used() -> None:
    stated = re.findall(r"^(\w+) +([\d.]+)  \S", inspect.getdoc(Rates) or "", re.MULTILINE)

    assert {name: float(value) for name, value in stated} == dataclasses.asdict(RATES)


def test_people_and_their_numbers(past: Past) -> None:
    agrees(past.people.spanish, RATES.spanish)
    agrees(past.people.dead == 30005, RATES.unknown)
    agrees(past.people.dead == 30006, RATES.landline)
    agrees(np.isfinite(past.people.leaves), RATES.tired)


def test_nothing_arrives_at_a_dead_number_and_nothing_comes_from_there(past: Past) -> None:
    dead = past.people.dead[past.texts["person"]]
    concerned = past.texts[dead > 0]

    assert len(concerned) > 100
    assert (concerned["code"] == dead[dead > 0]).all()
    assert (concerned["kind"] > Kind.ANSWER).all()


@pytest.mark.parametrize(
    ("code", "share"),
    [
        (30003, RATES.unreachable),
        (30007, RATES.filtered),
        (30008, RATES.unexplained),
        (SENT, RATES.unconfirmed),
    ],
)
def test_outbound_texts_fail(past: Past, code: int, share: float) -> None:
    outbound = past.texts[(past.texts["kind"] > Kind.ANSWER) & (past.people.dead[past.texts["person"]] == 0)]

    agrees(outbound["code"] == code, share)


def test_who_begins(texts: Texts) -> None:
    agrees(of(texts, Kind.ASK, Kind.NOTICE)["kind"] == Kind.NOTICE, RATES.notices)


def test_conversations_go_on(texts: Texts) -> None:
    asked, notices = of(texts, Kind.ASK, Kind.MORE), of(texts, Kind.NOTICE)
    replies, details = of(texts, Kind.REPLY), of(texts, Kind.DETAIL)
    replies, details, notices = (some[some["code"] <= SENT] for some in (replies, details, notices))

    agrees(followed(texts, asked, Kind.REPLY, Kind.DETAIL), RATES.replied)
    agrees(followed(texts, np.concatenate([replies, details]), Kind.THANKS), RATES.thanked)
    agrees(followed(texts, replies, Kind.MORE), RATES.continued)
    agrees(followed(texts, notices, Kind.RESPONSE), RATES.responded)


def test_surveys_are_answered(texts: Texts) -> None:
    questions = of(texts, Kind.QUESTION)
    questions = questions[questions["code"] <= SENT]

    agrees(followed(texts, questions, Kind.ANSWER), RATES.answered)
    agrees(followed(texts, questions, Kind.STOP), RATES.stopped)


@pytest.mark.parametrize("form", range(len(FORM_SHARES)))
def test_answers_come_in_all_forms(past: Past, form: int) -> None:
    agrees(of(past.texts, Kind.ANSWER)["form"] == form, FORM_SHARES[form])


@pytest.mark.parametrize("which", range(len(SURVEYS)))
def test_people_mean_what_is_stated(past: Past, which: int) -> None:
    answers = of(past.texts, Kind.ANSWER)
    answers = answers[answers["topic"] == which]

    for meaning, share in enumerate(SURVEYS[which].shares):
        agrees(answers["meaning"] == meaning, share)


def test_handlers_fail_are_late_and_are_interrupted(past: Past) -> None:
    shares = (1 - RATES.failed - RATES.slow - RATES.interrupted, RATES.failed, RATES.slow, RATES.interrupted)

    for handled, share in enumerate(shares):
        agrees(of(past.texts, Kind.ANSWER, Kind.STOP)["handled"] == handled, share)


def test_pictures(past: Past) -> None:
    assert (past.texts["pictures"] > 0).sum() == round(len(past.texts) * RATES.pictures)


def test_the_library_replies_soon_while_it_is_open_and_later_when_it_is_closed(texts: Texts) -> None:
    questions = of(texts, Kind.ASK)
    replies = of(texts, Kind.REPLY)
    _, one, other = np.intersect1d(questions["thread"], replies["thread"], return_indices=True)
    asked, replied = questions["time"][one], replies["time"][other]
    minutes = (replied - asked) / rhythm.MINUTE
    opened = rhythm.until_open(asked) == 0

    # The median of a lognormal: half of all are below it.
    agrees(minutes[opened] < RATES.reply_minutes, 0.5)
    # Within a spread of the logarithm to either side lie 68 %.
    agrees(np.abs(np.log(minutes[opened] / RATES.reply_minutes)) < RATES.reply_spread, 0.6827)
    assert np.median(minutes[~opened]) > 10 * RATES.reply_minutes
    waited = minutes[~opened] - rhythm.until_open(asked[~opened]) / rhythm.MINUTE
    agrees(waited[waited >= 0] < RATES.backlog_minutes, 0.5)
    long = rhythm.until_open(asked) > 12 * rhythm.HOUR  # nearly nobody on call takes that long
    agrees(replied[long] < (asked + rhythm.until_open(asked))[long], RATES.on_call)


def test_people_take_as_long_as_stated_to_go_on(texts: Texts) -> None:
    replies, thanks = of(texts, Kind.REPLY), of(texts, Kind.THANKS)
    _, one, other = np.intersect1d(_places(replies) + 1, _places(thanks), return_indices=True)
    minutes = (thanks["time"][other] - replies["time"][one]) / rhythm.MINUTE

    agrees(minutes < RATES.person_minutes, 0.5)


def test_surveys_are_answered_within_minutes_or_days(past: Past, until: int) -> None:
    questions, answers = of(past.texts, Kind.QUESTION), of(past.texts, Kind.ANSWER)
    questions = questions[questions["topic"] == 0]  # the first, whose late answers have all come
    _, one, other = np.intersect1d(questions["thread"], answers["thread"], return_indices=True)
    minutes = (answers["time"][other] - questions["time"][one]) / rhythm.MINUTE
    spread, day = RATES.answer_spread, 24 * 60
    slow = NormalDist(math.log(RATES.late_days * day), spread).cdf(math.log(RATES.answer_minutes))
    long = 1 - NormalDist(math.log(RATES.answer_minutes), spread).cdf(math.log(day))
    longer = 1 - NormalDist(math.log(RATES.late_days * day), spread).cdf(math.log(day))

    agrees(minutes < RATES.answer_minutes, (1 - RATES.late) * 0.5 + RATES.late * slow)
    agrees(minutes > day, (1 - RATES.late) * long + RATES.late * longer)


def test_some_who_stopped_start_again(past: Past, until: int) -> None:
    stops = of(past.texts, Kind.STOP)
    stops = stops[stops["time"] < until - 10 * RATES.restart_days * rhythm.DAY]

    agrees(followed(past.texts, stops, Kind.START), RATES.restarted)


def test_most_who_would_answer_a_survey_at_night_wait_for_the_morning(past: Past) -> None:
    answers = of(past.texts, Kind.ANSWER)
    hours = (answers["time"] - rhythm.BEHIND) % rhythm.DAY // rhythm.HOUR

    at_night, in_the_morning = ((hours < 7) | (hours >= 23)).sum(), ((hours >= 7) & (hours < 9)).sum()
    assert in_the_morning > 2 * at_night > 0


@pytest.mark.parametrize("hour", range(24))
def test_people_write_by_the_hour_of_the_day(past: Past, hour: int) -> None:
    asked = of(past.texts, Kind.ASK)["time"]

    agrees(rhythm.of_week(asked) // rhythm.HOUR % 24 == hour, rhythm.HOURS[hour] / sum(rhythm.HOURS))


@pytest.mark.parametrize("day", range(7))
def test_people_write_by_the_day_of_the_week(past: Past, until: int, day: int) -> None:
    asked = of(past.texts, Kind.ASK)["time"]
    asked = asked[asked > until - 16 * rhythm.WEEK]  # whole weeks

    agrees(rhythm.of_week(asked) // rhythm.DAY == day, rhythm.DAYS[day] / sum(rhythm.DAYS))
