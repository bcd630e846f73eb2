"""How texts are worded: ways to say a thing, and the segments they take."""

from collections.abc import Sequence
from functools import cache

from twilio_nb.domain.segments import segments
from twilio_nb.synthetic import words
from twilio_nb.synthetic.surveys import SURVEYS
from twilio_nb.synthetic.texts import Kind


class Pool:
    """Ways to say one thing.

    Parameters
    ----------
    middles, begins, ends : sequence of str
        Every combination is one way; a ``{}`` in it takes a filler.
    fillers : sequence of str
        What there is to talk about.
    """

    def __init__(
        self,
        middles: Sequence[str],
        begins: Sequence[str] = ("",),
        ends: Sequence[str] = ("",),
        fillers: Sequence[str] = ("",),
    ) -> None:
        self._ways = [begin + middle + end for begin in begins for middle in middles for end in ends]
        self._fillers = fillers

    def say(self, way: float, filler: float) -> tuple[str, int]:
        """Return a body and its segments; which, say two numbers from 0 to below 1."""
        body = self._ways[int(way * len(self._ways))]
        return _counted(body.replace("{}", self._fillers[int(filler * len(self._fillers))]))


@cache  # of all combinations there are a few ten thousand, however many texts
def _counted(body: str) -> tuple[str, int]:
    return body, segments(body).count


@cache
def pool(kind: Kind, language: str, topic: int) -> Pool:
    """Return the ways to say something.

    Parameters
    ----------
    kind : Kind
        What is said.
    language : {"en", "es"}
        The language of the person.
    topic : int
        What a conversation is about, or which survey it is.
    """
    fillers = words.FILLERS[language]
    match kind:
        case Kind.ASK:
            return Pool(
                words.ASKS[language][topic], words.HELLO[language], words.BYE[language], fillers[topic]
            )
        case Kind.REPLY:
            return Pool(
                words.REPLIES[language][topic], ends=words.FROM_DESK[language], fillers=fillers[topic]
            )
        case Kind.QUESTION:
            return Pool([SURVEYS[topic].question[language]])
        case _:
            return Pool(words.OTHERS[kind][language], fillers=fillers[0])


@cache
def pictures(language: str) -> Pool:
    """Return what people write along with pictures, which is often nothing."""
    return Pool(words.PICTURES[language])


@cache
def answers(survey: int, language: str, meaning: int, form: int) -> Pool:
    """Return the ways to answer a survey."""
    return Pool(SURVEYS[survey].answers(language, meaning, form))
