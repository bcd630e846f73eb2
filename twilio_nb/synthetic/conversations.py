"""Conversations: who begins, who goes on, when, and what gets lost on the way."""

import numpy as np
from numpy.typing import NDArray

from twilio_nb.synthetic import rhythm
from twilio_nb.synthetic.draws import Booleans, Draws, Integers
from twilio_nb.synthetic.people import People
from twilio_nb.synthetic.rates import RATES
from twilio_nb.synthetic.surveys import FORM_SHARES, SURVEYS
from twilio_nb.synthetic.texts import ANSWERED, CONVERSATIONS, SENT, SLOW, Kind, Texts, make
from twilio_nb.synthetic.texts import SURVEYS as SURVEY_NUMBER
from twilio_nb.synthetic.words import ASKS

PACE = 1000
"""Milliseconds between the questions of a survey, as Twilio sends them from one number."""

_HANDLED = (1 - RATES.failed - RATES.slow - RATES.interrupted, RATES.failed, RATES.slow, RATES.interrupted)
_CODES = np.array([0, 30003, 30007, 30008, SENT], np.int32)


def outcomes(draws: Draws, people: People, to: Integers) -> NDArray[np.int32]:
    """Draw what becomes of outbound texts: 0 for delivered, `SENT`, or Twilio's code of the failure."""
    failed = (RATES.unreachable, RATES.filtered, RATES.unexplained)
    delivered = 1 - sum(failed) - RATES.unconfirmed
    drawn = _CODES[draws.pick((delivered, *failed, RATES.unconfirmed), len(to))]
    return np.where(people.dead[to], people.dead[to], drawn)


def conversations(draws: Draws, people: People, since: int, until: int, count: int) -> Texts:
    """Make conversations.

    Parameters
    ----------
    draws : Draws
        Decides.
    people : People
        Who takes part.
    since, until : int
        Between when they begin, in milliseconds since 1970; they may last longer.
    count : int
        How many.

    Returns
    -------
    array of TEXT
        By conversation and place, conversations in no order.
    """
    noticed = draws.chance(RATES.notices, count)
    everybody = draws.pick(people.activity, count)
    person = np.where(noticed, everybody, people.texting(draws, count))
    began = rhythm.beginnings(draws, since, until, count)
    began = np.where(noticed, rhythm.notices(draws, began), began)
    topic = np.where(noticed, 0, draws.pick((1,) * len(ASKS["en"]), count))
    filler = draws.uniform(count)

    def step(who: Booleans, kind: NDArray[np.int8] | Kind, time: Integers, place: int) -> Texts:
        """Make the texts of those conversations that come this far."""
        thread = np.flatnonzero(who)
        texts = make(
            len(thread),
            thread=thread,
            place=place,
            person=person[who],
            number=CONVERSATIONS,
            kind=np.broadcast_to(kind, count)[who],
            time=time[who],
            topic=topic[who],
            way=draws.uniform(len(thread)),
            filler=filler[who],
        )
        outbound = texts["kind"] > Kind.ANSWER
        texts["code"][outbound] = outcomes(draws, people, texts["person"][outbound])
        return texts

    def arrived(texts: Texts) -> Booleans:
        """Tell which conversations have just had a text that arrived, and so may go on."""
        here = np.zeros(count, bool)
        here[texts["thread"][texts["code"] <= SENT]] = True
        return here

    def person_goes_on(since: Integers) -> Integers:
        return rhythm.people(draws, since, RATES.person_minutes, RATES.person_spread)

    first = step(np.ones(count, bool), np.where(noticed, Kind.NOTICE, Kind.ASK).astype(np.int8), began, 0)
    going = arrived(first)

    # A notice may be answered, and a question of a person is replied to.
    stops = noticed & (began >= since + people.leaves[person] * (until - since))
    responds = noticed & draws.chance(RATES.responded, count)
    replied = ~noticed & draws.chance(RATES.replied, count)
    time = np.where(noticed, person_goes_on(began), rhythm.replies(draws, began))
    kind = np.where(noticed, np.where(stops, Kind.STOP, Kind.RESPONSE), Kind.REPLY).astype(np.int8)
    second = step(going & (stops | responds | replied), kind, time, 1)
    going = arrived(second) & ~noticed

    # A reply is thanked for, or leads to another question.
    goes = draws.pick((RATES.thanked, RATES.continued, 1 - RATES.thanked - RATES.continued), count)
    time = person_goes_on(time)
    kind = np.where(goes == 0, Kind.THANKS, Kind.MORE).astype(np.int8)
    third = step(going & (goes <= 1), kind, time, 2)
    going = arrived(third) & (goes == 1)

    time = rhythm.replies(draws, time)
    fourth = step(going & draws.chance(RATES.replied, count), Kind.DETAIL, time, 3)
    going = arrived(fourth)
    fifth = step(going & draws.chance(RATES.thanked, count), Kind.THANKS, person_goes_on(time), 4)
    texts = np.concatenate([first, second, third, fourth, fifth])
    return texts[np.lexsort((texts["place"], texts["thread"]))]


def survey(draws: Draws, people: People, which: int, asked: Integers, at: int) -> Texts:
    """Make a survey: its question to people, their answers, and the receipts of its handler.

    Parameters
    ----------
    draws : Draws
        Decides.
    people : People
        Who there is.
    which : int
        Its place in `SURVEYS`.
    asked : array of int
        Whom it is sent to, in this order.
    at : int
        When, in milliseconds since 1970.

    Returns
    -------
    array of TEXT
        By person and place.
    """
    count = len(asked)
    common = {"person": asked, "number": SURVEY_NUMBER, "topic": which}
    time = at + np.arange(count) * PACE
    code = outcomes(draws, people, asked)
    questions = make(count, **common, thread=np.arange(count), kind=Kind.QUESTION, time=time, code=code)

    comes = draws.pick((RATES.answered, RATES.stopped, 1 - RATES.answered - RATES.stopped), count)
    delays = np.where(draws.chance(RATES.late, count), RATES.late_days * 24 * 60, RATES.answer_minutes)
    answered = rhythm.people(draws, time, delays, RATES.answer_spread)
    answers = make(
        count,
        **common,
        thread=np.arange(count),
        place=1,
        time=answered,
        kind=np.where(comes == 0, Kind.ANSWER, Kind.STOP),
        way=draws.uniform(count),
        meaning=draws.pick(SURVEYS[which].shares, count),
        form=draws.pick(FORM_SHARES, count),
        handled=draws.pick(_HANDLED, count),
    )
    answers = answers[(code <= SENT) & (comes <= 1)]

    handled = answers["handled"]
    replied = (answers["kind"] == Kind.ANSWER) & ((handled == ANSWERED) | (handled == SLOW))
    receipts = answers[replied].copy()
    slow = receipts["handled"] == SLOW
    seconds = draws.lognormal(np.where(slow, 18.0, 0.6), 0.4, len(receipts)) + np.where(slow, 10, 0.1)
    receipts["time"] += (seconds * 1000).astype(np.int64)
    receipts["place"], receipts["kind"] = 2, Kind.RECEIPT
    receipts["code"] = outcomes(draws, people, receipts["person"])
    texts = np.concatenate([questions, answers, receipts])
    return texts[np.lexsort((texts["place"], texts["thread"]))]
