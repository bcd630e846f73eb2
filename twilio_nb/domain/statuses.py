"""Where a message stands: Twilio's words for it, in the one order that they have here."""

from enum import StrEnum


class Status(StrEnum):
    """Twilio's words for where a message stands, each later one overriding those before it.

    Callbacks come in any order, so that the order is fixed here and not by arrival. Two final words for
    the same message do happen (a carrier corrects itself); the one nearer to the reader wins.
    """

    RECEIVING = "receiving"
    ACCEPTED = "accepted"
    SCHEDULED = "scheduled"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    PARTIALLY_DELIVERED = "partially_delivered"
    CANCELED = "canceled"
    FAILED = "failed"
    UNDELIVERED = "undelivered"
    DELIVERED = "delivered"
    READ = "read"
    RECEIVED = "received"


_RANKS = {status.value: rank for rank, status in enumerate(Status)}


def rank(status: str | None) -> int:
    """Return how far a status has come.

    Parameters
    ----------
    status : str or None
        One of Twilio's words, or a word not known here, or None for no word at all.

    Returns
    -------
    int
        Its place in `Status`; -1 for an unknown word, which overrides only the lack of any; -2 for None.

    Examples
    --------
    >>> rank("sent") < rank("delivered")
    True
    """
    return -2 if status is None else _RANKS.get(status, -1)


def advances(old: str | None, new: str) -> bool:
    """Tell whether a message that stands at one status may move to another.

    Parameters
    ----------
    old : str or None
        Where it stands; None when nothing is known.
    new : str
        What a callback or an answer of Twilio's says.

    Returns
    -------
    bool
        False for the same status and for every earlier one, so that statuses never go back.

    Examples
    --------
    >>> advances("sent", "delivered"), advances("delivered", "sent")
    (True, False)
    """
    return rank(new) > rank(old)
