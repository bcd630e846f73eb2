"""The retired service's config.json, pasted in and copied out."""

import json
import logging

import pytest

from tests import planted
from tests.notebook.widgets.pages import Page
from twilio_nb.notebook.widgets.config import Config
from twilio_nb.service import Service


def test_a_config_json_fills_the_form(empty_store: str) -> None:
    form = Config()
    page = Page(form.file)
    sid = "AC" + "b" * 32
    file = {"name": "old", "type": "twilio", "config": {"sid": sid}, "secret_config": {"auth_token": "key1"}}

    answer = page.ask("read", [json.dumps(file).encode()])

    assert "Filled in" in answer["sentence"]
    assert (form.account.name.value, form.account.sid.value) == ("old", sid)
    assert form.account.settings()["secret"] == "key1"
    assert "'key1'" in form.account.secret.note


def test_a_config_json_is_copied_out_without_the_token(service: Service) -> None:
    page = Page(service.config().file)

    answer = page.ask("write")

    assert json.loads(answer["text"])["config"] == {"sid": service.definition.account_sid}
    assert service.token.reveal() not in answer["text"]


def test_a_config_json_of_another_account_is_refused(service: Service) -> None:
    form = service.config()
    page = Page(form.file)
    file = {"name": "old", "type": "twilio", "config": {"sid": "AC" + "b" * 32}}

    answer = page.ask("read", [json.dumps(file).encode()])

    assert "another account" in answer["error"]
    assert form.account.name.value == service.name


def test_a_token_that_was_pasted_with_it_is_refused_and_in_no_log(
    empty_store: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = planted.token()
    file = {"name": "old", "type": "twilio", "config": {}, "secret_config": {"auth_token": token}}

    answer = Page(Config().file).ask("read", [json.dumps(file).encode()])

    assert "holds the auth token itself" in answer["sentence"]
    assert "The field is empty again" in answer["sentence"]
    assert answer["forget"]
    assert not planted.holds(caplog.text.encode(), [token])


@pytest.mark.parametrize("pasted", ['{"name": "old", }', '{"name": "old", "type": "http"}', "# no JSON"])
def test_what_is_refused_without_a_token_in_it_stays_to_be_corrected(empty_store: str, pasted: str) -> None:
    answer = Page(Config().file).ask("read", [pasted.encode()])

    assert "That is no" in answer["error"]
    assert "forget" not in answer
