"""Cells of files that spreadsheets open: texts, numbers and times, and nothing that is computed.

A spreadsheet takes a cell that begins with one of a few characters for a formula, which may fetch or send data, and
a text message may begin with anything: https://owasp.org/www-community/attacks/CSV_Injection
"""

import json
import re

import pandas as pd

# OWASP's characters, the wide ones of Japanese input, and blanks before any of them, which some programs skip.
# Apostrophes before count too, so that taking one away from what matches always gives the cell back.
_FORMULA = re.compile(r"'*(?:[\t\r\n]|[\s\x00-\x1f\ufeff]*[=+\-@＝＋－＠])")


def quoted(cell: object) -> object:
    """Return a cell of a CSV file that no spreadsheet computes: with an apostrophe before a formula.

    Parameters
    ----------
    cell : object
        A text, or anything else, which stays as it is.

    Examples
    --------
    >>> quoted("=1+1"), quoted("+15558675309"), quoted("Hello"), quoted(-0.0075)
    ("'=1+1", "'+15558675309", 'Hello', -0.0075)
    """
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell


def flat(column: pd.Series) -> pd.Series:
    """Return a column whose cells are texts, numbers, truths, dates and times, as those of spreadsheets are.

    Parameters
    ----------
    column : pandas.Series
        Lists and mappings become JSON, durations seconds; what a category holds stands for itself.

    Returns
    -------
    pandas.Series
        Numbers, truths and times keep their dtype; all else is of dtype object, with None where a cell is empty.
    """
    kind = column.dtype
    if kind.kind == "m":
        seconds: pd.Series = column.dt.total_seconds()
        return seconds
    if kind.kind in "biufM" and not str(kind).startswith(("date32", "date64")):
        return column
    values = [
        None if missing else _plain(value)
        for value, missing in zip(column.astype(object), column.isna(), strict=True)
    ]
    return pd.Series(values, column.index, dtype=object, name=column.name)


def _plain(value: object) -> object:
    listed = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(listed, dict | list | tuple):
        return json.dumps(listed, ensure_ascii=False, default=str)
    return listed
