"""A simulated account can be given a past, which its service reads like any other texts."""

# mypy: disable-error-code="no-untyped-call"
# IPython's shell is untyped.

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

import twilio_nb
from twilio_nb.account import SandboxAccount
from twilio_nb.errors import ConfigurationError
from twilio_nb.history import History
from twilio_nb.service import Service

UNTIL = datetime(2026, 11, 5, 19, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def nothing_before(account: SandboxAccount) -> None:
    """Let every test begin with an account without a past."""
    account.service.database.collection("messages").delete_many({})


def test_an_account_gets_a_past_that_its_service_reads(account: SandboxAccount) -> None:
    history = account.history(days=30, people=50, until=UNTIL)

    texts = account.service.texts(columns="all")
    assert len(texts) == history.count == history.added == 750
    assert (texts["source"] == "synthetic").all()
    assert set(texts["account_sid"]) == {account.service.definition.account_sid}
    assert (texts["time"].min(), texts["time"].max()) == (history.begin, history.end)
    assert UNTIL - timedelta(days=30) <= history.begin < history.end <= UNTIL
    inbound = texts[texts["direction"] == "inbound"]
    assert set(inbound["to"]) == set(account.numbers)


def test_a_seed_adds_its_texts_once_whenever_it_is_used(account: SandboxAccount) -> None:
    account.history(days=10, people=20, texts=300, until=UNTIL)

    again = account.history(days=10, people=20, texts=300)

    assert again.added == 0
    assert len(account.service.texts()) == 300
    assert again.end <= UNTIL
    assert "none of them new" in repr(again)


def test_another_seed_adds_another_history(account: SandboxAccount) -> None:
    account.history(texts=100)
    account.history(texts=100, seed=2)

    assert len(account.service.texts()) == 200


def test_a_past_leaves_other_texts_and_what_still_waits_alone(account: SandboxAccount) -> None:
    account.phone().text("I was here first")

    account.history(texts=200)

    real = account.service.texts(words="was here first")
    assert len(real) == 1
    assert "pending" not in set(account.service.texts()["state"].dropna())


def test_a_history_shows_itself_and_its_rates(account: SandboxAccount) -> None:
    history = account.history(texts=100, people=10, until=UNTIL)

    assert "100 texts with 10 people" in repr(history)
    assert "2026-11-0" in history._repr_html_()
    assert history.rates.answered == 0.55
    assert [sum(survey.shares) for survey in history.surveys] == pytest.approx([1, 1, 1])


@pytest.mark.parametrize(
    "wrong",
    [
        {"seed": -1},
        {"seed": 1.5},
        {"days": 0},
        {"people": True},
        {"people": 2_000_000},
        {"texts": 0},
        {"until": datetime(2026, 1, 1)},  # noqa: DTZ001 - that is what is wrong
        {"until": "today"},
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_stored(
    account: SandboxAccount, wrong: dict[str, Any]
) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(wrong))):
        account.history(**wrong)

    assert len(account.service.texts()) == 0


def test_a_closed_account_says_how_to_open_it_again(account: SandboxAccount) -> None:
    with twilio_nb.sandbox(f"{account.name}-closed") as other:
        pass

    with pytest.raises(ConfigurationError, match=r"twilio_nb\.sandbox"):
        other.history(texts=10)


def test_a_real_service_can_be_given_no_past(service: Service) -> None:
    assert not hasattr(service, "history")


def test_a_question_mark_explains_the_rates_and_not_a_property(service: Service) -> None:
    shell = InteractiveShell()
    shell.user_ns["history"] = History(count=1, added=1, people=1, begin=UNTIL, end=UNTIL)

    found = shell.object_inspect_text("history.rates")

    assert "spanish" in found
