"""What became of each part of an export, in a sentence: the lines that a report is made of."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from twilio_nb.domain.markup import plain
from twilio_nb.errors import ConfigurationError


class Kind(StrEnum):
    """What became of a part, or what is to be done about it."""

    NEEDED = "needed"
    LOOK = "look at"
    DAMAGED = "damaged"
    LEFT_OUT = "not converted"
    CHANGED = "changed"
    TAKEN = "taken"


@dataclass(frozen=True)
class Decision:
    """One line of a report.

    Attributes
    ----------
    kind : Kind
        What became of the part.
    place : str
        Where it stands in the export, as a path; the export's own name for the whole.
    sentence : str
        What was found, what was done, and what to do where something is. No secret, and no text's words.
    """

    kind: Kind
    place: str
    sentence: str


class Decisions:
    """The lines of a report, gathered as the export is read; none stands there twice.

    Examples
    --------
    >>> decisions = Decisions()
    >>> decisions.say(Kind.TAKEN, "services/hotline/config.json", "The service hotline.")
    >>> [line.kind.value for line in decisions]
    ['taken']
    """

    def __init__(self) -> None:
        self._lines: dict[Decision, None] = {}

    def say(self, kind: Kind, place: str, *sentences: str) -> None:
        """Note what became of a part.

        Parameters
        ----------
        kind : Kind
            What became of it.
        place : str
            Where it stands.
        *sentences : str
            A line each; control characters in them become visible.
        """
        for sentence in sentences:
            self._lines[Decision(kind, plain(place), plain(sentence).replace("\n", " "))] = None

    def hide(self, hidden: Callable[[str], str]) -> None:
        """Take out of every line what must not be written, also what was met after the line was noted."""
        self._lines = {
            Decision(line.kind, hidden(line.place), hidden(line.sentence)): None for line in self._lines
        }

    def of(self, kinds: Iterable[Kind]) -> list[Decision]:
        """Return the lines of some kinds, in the order they were noted."""
        wanted = set(kinds)
        return [line for line in self if line.kind in wanted]

    def __iter__(self) -> Iterator[Decision]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)


def many(count: int, what: str) -> str:
    """Return a number of things in words.

    Examples
    --------
    >>> many(1, "rule"), many(0, "webhook")
    ('1 rule', 'no webhooks')
    """
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"


def as_it_came(error: ConfigurationError) -> str:
    """Return why a part cannot be taken; of a name that is a token nothing is to be done in a cell.

    Examples
    --------
    >>> as_it_came(ConfigurationError("That rule has no name."))
    'That rule has no name.'
    """
    said = str(error)
    if "looks like an auth token" in said:
        return "Its name looks like an auth token. Give it another in the export, and import again."
    return said
