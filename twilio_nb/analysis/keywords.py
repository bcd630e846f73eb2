"""What people answer in a word or two: "yes", "Yes!" and "YES " are one keyword."""

import pandas as pd

from twilio_nb.analysis.kinds import COUNT, TEXT, typed
from twilio_nb.analysis.words import normalized

#: The longest body that can be a keyword, in characters, as it came in.
LONGEST = 30


def keywords(groups: pd.DataFrame) -> pd.DataFrame:
    """Return the keywords that came in, from groups of body and from.

    Parameters
    ----------
    groups : pandas.DataFrame
        Inbound texts only.

    Returns
    -------
    pandas.DataFrame
        As `summaries.summary` describes it.
    """
    bodies, found = pd.factorize(groups["body"])
    spelled = pd.Series([keyword(body) for body in found] + [None], dtype=TEXT)
    words = groups.assign(keyword=spelled.take(bodies).array)
    grouped = words.groupby("keyword")
    table = grouped.agg(texts=("texts", "sum"), senders=("from", "nunique")).reset_index()
    table = table.sort_values(["texts", "keyword"], ascending=[False, True])
    return typed(
        {
            "keyword": (table["keyword"], TEXT),
            "texts": (table["texts"], COUNT),
            "senders": (table["senders"], COUNT),
        }
    )


def keyword(body: str) -> str | None:
    """Return what a body says as a keyword.

    Parameters
    ----------
    body : str
        The text of a message.

    Returns
    -------
    str or None
        What `bodies.normalize` makes of it, and of punctuation alone that itself; None if it is blank, or longer
        than `LONGEST`.

    Examples
    --------
    >>> keyword(" Yes,  please! "), keyword("??"), keyword("👍")
    ('yes, please', '??', '👍')
    """
    if len(body) > LONGEST:
        return None
    return normalized(body) or " ".join(body.split()) or None
