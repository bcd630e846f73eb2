"""The names of contacts that stand beside texts."""

import pandas as pd
import pytest

from twilio_nb.analysis.names import Names
from twilio_nb.errors import ConfigurationError, InvalidAddress

PEOPLE = pd.DataFrame(
    {
        "phone": [
            "(555) 867-5309",
            "+491712345678",
            "+1 555 867 5309",
            15550001111.0,
            "none",
            "+15550002222",
        ],
        "name": ["Ann", " Björn ", "Ann's old entry", "Cyd", "Nobody", None],
    }
)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("+15558675309", "Ann"),  # of two with one number the first
        ("whatsapp:+15558675309", "Ann"),
        ("+491712345678", "Björn"),
        ("+15550001111", "Cyd"),
        ("+15550002222", ""),
        ("MyCafe", ""),
    ],
)
def test_a_number_has_its_name_however_it_is_written(address: str, name: str) -> None:
    assert Names(PEOPLE, "phone", "name", None, ["whatsapp:+18057166646"]).of(address) == name


def test_a_name_is_found_by_a_part_of_it() -> None:
    found = Names(PEOPLE, "phone", "name", "us").among(
        ["+15558675309", "+491712345678", "+15550009999"], "BJÖ"
    )

    assert found == {"+491712345678"}


def test_what_is_missing_is_said() -> None:
    with pytest.raises(ConfigurationError, match=r"one column 'who'; they have phone, name.*name='name'"):
        Names(PEOPLE, "phone", "who", None)
    with pytest.raises(InvalidAddress, match="'Mars' is no region"):
        Names(PEOPLE, "phone", "name", "Mars")
