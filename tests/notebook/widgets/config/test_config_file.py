"""The retired service's config.json, pasted in and copied out."""

import json

from tests.notebook.widgets.config.conftest import Page
from twilio_nb.notebook.widgets.config import Config
from twilio_nb.service import Service


def test_a_config_json_fills_the_form(empty_store: str) -> None:
    form = Config()
    page = Page(form.file)
    sid = "AC" + "b" * 32
    file = {"name": "old", "type": "twilio", "config": {"sid": sid}, "secret_config": {"auth_token": "key1"}}

    page.ask("read", text=json.dumps(file))

    assert "Filled in" in page.answer["sentence"]
    assert (form.account.name.value, form.account.sid.value) == ("old", sid)
    assert form.account.settings()["secret"] == "key1"
    assert "'key1'" in form.account.secret.note


def test_a_config_json_is_copied_out_without_the_token(service: Service) -> None:
    page = Page(service.config().file)

    page.ask("write")

    assert json.loads(page.answer["text"])["config"] == {"sid": service.definition.account_sid}
    assert service.token.reveal() not in page.answer["text"]


def test_a_config_json_of_another_account_is_refused(service: Service) -> None:
    form = service.config()
    page = Page(form.file)
    file = {"name": "old", "type": "twilio", "config": {"sid": "AC" + "b" * 32}}

    page.ask("read", text=json.dumps(file))

    assert "another account" in page.answer["error"]
    assert form.account.name.value == service.name
