"""The password: it goes where secrets go, once, and nothing else keeps it."""

import logging
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.notebook.conftest import RecordingService
from tests.notebook.widgets.config.conftest import Wait, add
from tests.notebook.widgets.pages import Page
from twilio_nb.account import SandboxAccount
from twilio_nb.notebook.current import services
from twilio_nb.notebook.widgets.config import Config
from twilio_nb.service import Service
from twilio_nb.storage import safe
from twilio_nb.storage.secrets import Secret, find_secret


def sentences(form: Config) -> str:
    return " ".join(one.sentence for one in form.checklist.findings)


def test_the_token_is_in_no_state_no_log_and_no_repr(
    empty_store: str,
    account: SandboxAccount,
    name: str,
    eventually: Wait,
    state: Callable[[], str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    form = Config()

    add(form, name, account, eventually)

    token = account.service.token.reveal()
    assert name in state()
    assert token not in state() + caplog.text + repr(form) + repr(vars(form.account.secret))


def test_an_empty_password_field_leaves_the_secret_as_it_is(
    empty_store: str, account: SandboxAccount, name: str, eventually: Wait
) -> None:
    safe.keep(name, account.service.token)
    form = Config()

    add(form, name, account, eventually, token="")

    assert find_secret(name) == account.service.token
    assert "belong together" in sentences(form)


def test_a_page_that_has_nothing_typed_does_not_overtake_one_that_has(
    service: Service, eventually: Wait
) -> None:
    field = service.config().account.secret
    empty, filled = Page(field), Page(field)
    kept: list[str] = []

    def keep(secret: Secret) -> str:
        kept.append(secret.reveal())
        return "Kept."

    field._keep = keep
    for page in (empty, filled):
        page.ask("hello")

    field.collect(lambda: kept.append("then"))
    empty.ask("keep")
    filled.ask("keep", [b"opensesame"])

    eventually(lambda: len(kept) == 2)
    assert kept == ["opensesame", "then"]


def test_every_open_service_with_that_secret_is_told(
    empty_store: str, account: SandboxAccount, name: str, eventually: Wait
) -> None:
    alike, other = RecordingService("alike"), RecordingService("other")
    alike.definition = replace(alike.definition, secret=name)
    for one in (alike, other):
        services.add(one)

    add(Config(), name, account, eventually)
    for one in (alike, other):
        services.discard(one)

    assert ("renew", {}) in alike.asked
    assert other.asked == []
