"""The texts of a history as an array, before they are documents."""

from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Kind(IntEnum):
    """What a text is in its conversation; texts from people come first."""

    ASK = 0  # begins a conversation
    MORE = 1
    THANKS = 2
    RESPONSE = 3  # to a notice
    STOP = 4
    START = 5
    ANSWER = 6  # to a survey
    REPLY = 7
    DETAIL = 8  # a reply to what is asked next
    NOTICE = 9  # begins a conversation
    QUESTION = 10  # of a survey
    RECEIPT = 11  # what the handler of the survey replies


#: The conversation and the place in it; person, number of the library and kind; when; what it is about; why it
#: was not delivered, 0 for delivered and 1 for sent, never confirmed; what the answer to a survey means and in
#: which form; how the handler of the survey ended; and which way it is said and of what.
TEXT = np.dtype(
    [
        *(("thread", np.int64), ("place", np.int8)),
        *(("person", np.int32), ("number", np.int8), ("kind", np.int8)),
        ("time", np.int64),
        ("topic", np.int8),
        ("code", np.int32),
        *(("meaning", np.int8), ("form", np.int8), ("handled", np.int8), ("pictures", np.int8)),
        *(("way", np.float64), ("filler", np.float64)),
    ]
)

NAMES = TEXT.names or ()

Texts = NDArray[np.void]

SENT = 1
"""The code of what was sent and never confirmed."""

ANSWERED, FAILED, SLOW, INTERRUPTED = range(4)
"""How the handler of a survey ended with an answer."""

CONVERSATIONS, SURVEYS = range(2)
"""The numbers of the library: the first for conversations, the second for surveys."""


def make(count: int, **values: Any) -> Texts:
    """Return texts with these values, zero in all others."""
    texts = np.zeros(count, TEXT)
    for name, value in values.items():
        texts[name] = value
    return texts
