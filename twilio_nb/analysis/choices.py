"""Answers to a question with given options, read out of what people text."""

import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, overload

import pandas as pd

from twilio_nb.analysis.bodies import bodies
from twilio_nb.analysis.words import normalized, whole
from twilio_nb.errors import ConfigurationError

Options = Sequence[Hashable] | Mapping[Any, str | Sequence[str]]

READINGS = ("exact", "mentioned", "ambiguous", "unparsed")
ENGLISH = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")

_LEAD = "option|answer|choice|number"
_FILLER = frozenset(["option", "answer", "choice", "number", "and", "or", "please", "pls", "thanks"])


@overload
def parse_choice(texts: str, options: Options, *, number_words: Sequence[str] = ENGLISH) -> Any: ...
@overload
def parse_choice(
    texts: pd.DataFrame | pd.Series,
    options: Options,
    *,
    latest: bool = False,
    number_words: Sequence[str] = ENGLISH,
) -> pd.DataFrame: ...
def parse_choice(
    texts: str | pd.DataFrame | pd.Series,
    options: Options,
    *,
    latest: bool = False,
    number_words: Sequence[str] = ENGLISH,
) -> Any:
    """Read which option each text chooses; what cannot be told is marked, never guessed.

    A text that is an answer and nothing else is read in any spelling: "YES!!", "b)", "Option 2, please".
    In a longer text the names of options are looked for, whole, and also "option 2"; a lone digit or letter
    there means nothing ("a nice day", "back at 2"). "not pizza" mentions pizza: look through the mentioned.

    Parameters
    ----------
    texts : pandas.DataFrame, pandas.Series or str
        Texts, of which the inbound ones are read; or bodies; or one body, as a handler gets it.
    options : sequence, or mapping of answer to str or sequence of str
        The answers. In a sequence each may also be given by its place, as digit, letter or word ("2", "b",
        "two"), unless answers are digits or letters themselves; a mapping names what else stands for each.
    latest : bool
        Keep one text of each sender: the latest that answers, else the latest.
    number_words : sequence of str
        Words for 1, 2, 3 and so on in the language of the texts.

    Returns
    -------
    pandas.DataFrame
        The inbound texts with two columns more: ``answer``, a category with the options in their order,
        missing where there is none; and ``reading``: "exact"; "mentioned" in a longer text; "ambiguous", where
        several answers are named; "unparsed". Of a Series, these two columns alone; of one body, its answer, or
        None.

    Raises
    ------
    ConfigurationError
        If there is no option, one has no letter, digit or symbol, two are spelled alike, or the texts lack a
        column.

    Examples
    --------
    >>> answers = twilio_nb.parse_choice(texts, {"yes": ["y", "sure"], "no": ["n", "nope"]}, latest=True)
    >>> answers["answer"].value_counts()
    >>> twilio_nb.parse_choice(payload["Body"], ["yes", "no"])
    """
    names, places = _spellings(options, number_words)
    reader = _Reader(names, names | places)
    if latest and not isinstance(texts, pd.DataFrame):
        message = "The latest answer of each sender needs texts with 'from' and 'time', not bodies alone."
        raise ConfigurationError(message)
    if isinstance(texts, str):
        return reader.read(texts)[0]
    if isinstance(texts, pd.DataFrame) and "direction" in texts.columns:
        texts = texts[(texts["direction"] == "inbound").fillna(False).astype(bool)]
    given = bodies(texts)
    read = [reader.read(body if isinstance(body, str) else "") for body in given.astype(object)]
    answers = pd.Categorical([answer for answer, _ in read], list(options))
    added = {"answer": answers, "reading": pd.Categorical([how for _, how in read], READINGS)}
    if isinstance(texts, pd.Series):
        return pd.DataFrame(added, given.index)
    return _latest(texts.assign(**added)) if latest else texts.assign(**added)


class _Reader:
    """What reads one body."""

    def __init__(self, names: dict[str, Any], spellings: dict[str, Any]) -> None:
        self.spellings = spellings
        # "2" and "y" answer a question when they stand alone, and mean anything else in a sentence.
        self.names = re.compile(whole(name for name in names if not _is_short(name)))
        self.referred = re.compile(rf"(?:{_LEAD}) (?:{whole(spellings)})")

    def read(self, body: str) -> tuple[Any, str]:
        text = normalized(body.replace("\u20e3", ""))  # 2️⃣
        if text in self.spellings:
            return self.spellings[text], "exact"
        words = [word for word in re.split(r"[\s,.;:!?/&()#-]+", text) if word and word not in _FILLER]
        if words and all(word in self.spellings for word in words):
            return self._one((self.spellings[word] for word in words), "exact")
        found = [self.spellings[match[0]] for match in self.names.finditer(text)]
        found += [self.spellings[match[0].split(" ", 1)[1]] for match in self.referred.finditer(text)]
        return self._one(found, "mentioned")

    def _one(self, answers: Iterable[Any], reading: str) -> tuple[Any, str]:
        different = list(dict.fromkeys(answers))
        if len(different) == 1:
            return different[0], reading
        return None, "ambiguous" if different else "unparsed"


def _spellings(options: Any, number_words: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the answers by their names, and by their places, which names come before."""
    if isinstance(options, str) or not len(options):
        message = f"{options!r} gives no options; name them in a list, ['yes', 'no'], or a dict."
        raise ConfigurationError(message)
    names: dict[str, Any] = {}
    for answer in options:
        others = options[answer] if isinstance(options, Mapping) else ()
        for spelling in (answer, *([others] if isinstance(others, str) else others)):
            key = normalized(str(spelling))
            if not key:
                message = f"The option {spelling!r} has no letter, digit or symbol that could be found."
                raise ConfigurationError(message)
            if names.setdefault(key, answer) != answer:
                message = f"{spelling!r} stands for two options, {names[key]!r} and {answer!r}; choose one."
                raise ConfigurationError(message)
    places: dict[str, Any] = {}
    if not isinstance(options, Mapping) and not any(name.isdecimal() for name in names):
        places = {str(n): answer for n, answer in enumerate(options, 1)}
        if not any(len(name) == 1 and name.isalpha() for name in names):
            places |= dict(zip("abcdefghijklmnopqrstuvwxyz", options, strict=False))
    known = places | names
    for n, word in enumerate(number_words, 1):
        if str(n) in known:
            places[normalized(word)] = known[str(n)]
    return names, {key: answer for key, answer in places.items() if key not in names}


def _is_short(name: str) -> bool:
    return name.isdecimal() or (len(name) == 1 and name.isalpha())


def _latest(answered: pd.DataFrame) -> pd.DataFrame:
    for name in ("from", "time"):
        if name not in answered.columns:
            message = f"The latest answer of each sender needs the column {name!r}; read the texts with it."
            raise ConfigurationError(message)
    keys = pd.DataFrame({"from": answered["from"], "time": answered["time"]})
    keys["answers"] = answered["answer"].notna()
    keys["row"] = range(len(keys))
    last = keys.sort_values(["answers", "time", "row"]).drop_duplicates("from", keep="last")
    return answered.iloc[last["row"].sort_values()]
