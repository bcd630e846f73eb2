"""An inbox with contacts: names stand beside numbers, are searched, and stay out of what is saved."""

from collections.abc import Callable

import ipywidgets
import pandas as pd
import pytest

from tests.analysis.history import ANNA, BERT, came, went
from tests.notebook.widgets.pages import Page
from twilio_nb.errors import ConfigurationError
from twilio_nb.notebook.widgets.inbox import Inbox
from twilio_nb.service import Service

Opened = Callable[..., tuple[Inbox, Page]]
Store = Callable[..., None]

PEOPLE = pd.DataFrame({"mobile": [ANNA], "name": ["Anna <b>Lee</b>"]})


def test_the_name_stands_beside_the_number_in_lists_threads_and_the_table(
    opened: Opened, store: Store
) -> None:
    store(came("apple", 0), went("cherry", 2), came("pear", 3, sender=BERT))
    _, page = opened(contacts=PEOPLE, on="mobile")

    bert, anna = page.ask("conversations")["rows"]
    thread = page.ask("thread", key=anna["key"])

    assert (anna["theirs"], anna["name"], bert["name"]) == (ANNA, "Anna <b>Lee</b>", "")
    assert thread["conversation"]["name"] == "Anna <b>Lee</b>"
    assert [row["name"] for row in page.ask("texts")["rows"]] == ["", "Anna <b>Lee</b>", "Anna <b>Lee</b>"]


def test_a_name_is_searched_in_the_list_and_in_the_table(opened: Opened, store: Store) -> None:
    store(came("apple", 0), went("cherry", 2), came("pear", 3, sender=BERT))
    _, page = opened(contacts=PEOPLE, on="mobile")

    assert [row["theirs"] for row in page.ask("conversations", search="lee")["rows"]] == [ANNA]
    assert [row["body"] for row in page.ask("texts", search="LEE")["rows"]] == ["cherry", "apple"]


def test_a_text_that_comes_is_told_with_the_name(opened: Opened, store: Store) -> None:
    _, page = opened(contacts=PEOPLE, on="mobile")

    store(came("now", 0))
    told = page.hear(lambda told: told["tell"] == "news" and told["rows"])

    assert told["rows"][0]["name"] == told["conversations"][0]["name"] == "Anna <b>Lee</b>"
    assert "Lee" not in repr(ipywidgets.Widget.get_manager_state(drop_defaults=False)["state"])


def test_contacts_without_the_column_open_nothing(service: Service) -> None:
    before = ipywidgets.Widget.get_manager_state()["state"].keys()

    with pytest.raises(ConfigurationError, match="need one column 'phone'; they have mobile, name"):
        service.inbox(PEOPLE)

    assert ipywidgets.Widget.get_manager_state()["state"].keys() == before
