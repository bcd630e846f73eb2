"""The bodies of texts: normalised for matching, and tagged by what stands in them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import overload

import pandas as pd

from twilio_nb.analysis.kinds import TEXT
from twilio_nb.analysis.words import normalized, whole
from twilio_nb.errors import ConfigurationError

#: What finds a text: a word or phrase, or a regular expression that was compiled.
Finder = str | re.Pattern[str]


def bodies(texts: pd.DataFrame | pd.Series) -> pd.Series:
    """Return the bodies of texts.

    Parameters
    ----------
    texts : pandas.DataFrame or pandas.Series
        Texts with a column ``body``, or bodies.

    Returns
    -------
    pandas.Series
        As they are.

    Raises
    ------
    ConfigurationError
        If there is no such column, or it is neither.
    """
    if isinstance(texts, pd.Series):
        return texts
    _check_frame(texts)
    if "body" not in texts.columns:
        message = "These texts have no column 'body'; read them with it, or pass the bodies as a Series."
        raise ConfigurationError(message)
    return texts["body"]


def _check_frame(texts: object) -> None:
    if not isinstance(texts, pd.DataFrame):
        message = (
            f"Texts are a DataFrame, and bodies a Series, and {type(texts).__name__} is neither: give what "
            "service.texts() returns, or pandas.Series([…])."
        )
        raise ConfigurationError(message)


@overload
def normalize(texts: str) -> str: ...
@overload
def normalize(texts: pd.DataFrame | pd.Series) -> pd.Series: ...
def normalize(texts: str | pd.DataFrame | pd.Series) -> str | pd.Series:
    """Return bodies in a form in which what people mean alike reads alike: "YES!!" as "yes".

    Unicode's form NFKC, case folded; curly quotes straight; invisible marks removed (zero-width blanks, marks of
    direction, variants of emoji); each run of blanks and line breaks one space; punctuation and blanks at both
    ends removed. Accents, emoji and other symbols (``$``, ``+``) stay. A text of punctuation alone becomes "".

    Parameters
    ----------
    texts : pandas.DataFrame, pandas.Series or str
        Texts, bodies, or one body.

    Returns
    -------
    pandas.Series or str
        One for each, under the same index; missing where there is no body.

    Raises
    ------
    ConfigurationError
        If a DataFrame has no column ``body``, or it is none of these.

    Examples
    --------
    >>> texts[twilio_nb.normalize(texts) == "yes"]
    """
    if isinstance(texts, str):
        return normalized(texts)
    given = bodies(texts)
    made = [normalized(body) if isinstance(body, str) else None for body in given.astype(object)]
    return pd.Series(made, given.index, TEXT, given.name)


def tag(
    texts: pd.DataFrame | pd.Series,
    tags: Mapping[str, Finder | Sequence[Finder]],
    *,
    column: str | None = None,
) -> pd.DataFrame:
    r"""Mark texts by what stands in them: a column of True and False for each tag.

    Parameters
    ----------
    texts : pandas.DataFrame or pandas.Series
        Texts, or bodies.
    tags : mapping of str to str, re.Pattern or a sequence of these
        What finds the texts of each tag. A string is a word or phrase and found whole, however it is written
        (both sides as `normalize` makes them); a compiled regular expression is searched in the body as
        it was sent, with its own flags.
    column : str, optional
        Add one column of this name instead, a category: the first of the tags, in their order, that fits,
        and missing where none does.

    Returns
    -------
    pandas.DataFrame
        The texts with the columns added; of a Series, the columns alone. A text may have several tags; one
        without a body has none.

    Raises
    ------
    ConfigurationError
        If there is no column ``body``, a tag has nothing that could be found, or its name is taken.

    Examples
    --------
    >>> tagged = twilio_nb.tag(texts, {"stop": ["stop", "cancel my order"], "order": re.compile(r"#\d{4}")})
    >>> tagged[tagged["stop"]]
    """
    given = bodies(texts)
    _check_tags(tags)
    raw = [body if isinstance(body, str) else None for body in given.astype(object)]
    plain = [normalized(body or "") for body in raw]
    marks = {name: _found(name, finders, raw, plain) for name, finders in tags.items()}
    if column is None:
        added = {name: pd.Series(mark, given.index, "bool[pyarrow]") for name, mark in marks.items()}
    else:
        rows = zip(*marks.values(), strict=True) if marks else ([] for _ in raw)
        first = [next((n for n, mark in enumerate(row) if mark), -1) for row in rows]
        coded = pd.Categorical.from_codes(first, pd.Index(list(marks), dtype=object))
        added = {column: pd.Series(coded, given.index)}
    if isinstance(texts, pd.Series):
        return pd.DataFrame(added, given.index)
    if taken := [name for name in added if name in texts.columns]:
        message = f"The texts have a column {taken[0]!r} already; give the tag another name."
        raise ConfigurationError(message)
    return texts.assign(**added)


def _check_tags(tags: object) -> None:
    if not isinstance(tags, Mapping):
        message = f"{tags!r} names no tags; give a dict, such as {{'thanks': ['thank you', 'thx']}}."
        raise ConfigurationError(message)


def _found(
    name: str, finders: Finder | Sequence[Finder], raw: list[str | None], plain: list[str]
) -> list[bool]:
    given = list(finders) if isinstance(finders, Iterable) and not isinstance(finders, str) else [finders]
    words = [normalized(finder) for finder in given if isinstance(finder, str)]
    patterns = [finder for finder in given if isinstance(finder, re.Pattern)]
    if not given or not all(words) or len(words) + len(patterns) < len(given):
        message = (
            f"The tag {name!r} has nothing to find: expected words with at least a letter, digit or symbol, "
            "or expressions made by re.compile()."
        )
        raise ConfigurationError(message)
    word = re.compile(whole(words))
    # Most bodies hold none of the words, and `in` says so many times sooner than an expression does.
    mark = [any(one in body for one in words) and bool(word.search(body)) for body in plain]
    for pattern in patterns:
        mark = [
            seen or (body is not None and bool(pattern.search(body)))
            for seen, body in zip(mark, raw, strict=True)
        ]
    return mark
