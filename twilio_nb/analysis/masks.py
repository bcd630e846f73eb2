"""Texts without the numbers of people: in addresses, and within what they wrote."""

import re

import pandas as pd

from twilio_nb.analysis.kinds import TEXT
from twilio_nb.domain.addresses import masked
from twilio_nb.storage.columns import SCHEMA

# Every other column is searched.
_OURS = frozenset(SCHEMA.names) - {"from", "to", "body", "error_message"}
_ADDRESSES = frozenset(["from", "to", "ours", "theirs", "sender"])

# Seven digits or more, with the marks that people put between them. \d knows the digits of every script.
_NUMBER = re.compile(r"(?:\+|\(|\b)\d(?:[ \t\u00a0().\u2010-\u2015/-]{0,3}\d){6,}")
_LEAST = 10**8  # a smaller whole number in a column of its own is a count or an amount


def masked_text(text: str) -> str:
    """Return a text in which only the last four digits of each number are left.

    Parameters
    ----------
    text : str
        A body. A number is a run of seven digits or more, also with blanks, hyphens, dots, slashes and brackets
        between them; a date with its time is therefore one, too.

    Examples
    --------
    >>> masked_text("Call (555) 867-5309 before 12:30, code 123456")
    'Call …5309 before 12:30, code 123456'
    """
    return _NUMBER.sub(lambda found: masked(found[0]), text)


def masked_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame in which only the last four digits of numbers are left.

    Parameters
    ----------
    frame : pandas.DataFrame
        Texts, or anything made of them. In columns of addresses everything but four digits goes, names too; in all
        others, and in names of columns, what `masked_text` finds, and whole numbers of nine digits or more.

    Returns
    -------
    pandas.DataFrame
        A new one.
    """
    masked_columns = [_masked(frame.iloc[:, position]) for position in range(frame.shape[1])]
    names = [masked_text(name) if isinstance(name, str) else name for name in frame.columns]
    made = pd.DataFrame(dict(enumerate(masked_columns)), frame.index)
    return made.set_axis(pd.Index(names, dtype=object, tupleize_cols=False), axis=1)


def _masked(column: pd.Series) -> pd.Series:
    if column.name in _OURS or column.dtype.kind in "bmM":
        return column
    if column.name in _ADDRESSES:
        known = {value: masked(str(value)) for value in column.dropna().unique()}
        return column.astype(object).map(known).astype(TEXT)
    values = column.astype(object).where(column.notna(), None)
    if column.dtype.kind in "iuf":
        if not any(_is_number(value) for value in values):
            return column
        values = values.map(
            lambda value: f"{value:.0f}" if _is_number(value) else str(value), na_action="ignore"
        )
    return pd.Series(
        [masked_text(value) if isinstance(value, str) else value for value in values],
        column.index,
        dtype=object,
        name=column.name,
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and abs(value) >= _LEAST and float(value).is_integer()
