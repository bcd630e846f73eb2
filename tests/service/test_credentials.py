"""The secrets as a person holds them."""

import secrets
from collections.abc import Iterator

import pytest

import twilio_nb
from tests import planted
from twilio_nb.account import SandboxAccount
from twilio_nb.errors import ConfigurationError, SecretNotFound
from twilio_nb.service import Service
from twilio_nb.storage import safe
from twilio_nb.storage.secrets import Secret, find_secret


@pytest.fixture
def kept(account: SandboxAccount, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """A service whose token is kept under a name of its own."""
    monkeypatch.setenv("TWILIO_NB_DATABASE", f"test_{secrets.token_hex(4)}")
    monkeypatch.delenv("TWILIO_AUTH_TOKEN", raising=False)
    simulated, name = account.service.definition, f"kept-{secrets.token_hex(3)}"
    twilio_nb.secrets.set(f"{name}-token", account.service.token.reveal())
    opened = twilio_nb.connect(
        name,
        account_sid=simulated.account_sid,
        api_url=simulated.api_url,
        secret=f"{name}-token",
        sender=account.numbers[0],
    )
    yield opened
    opened.database.drop()
    opened.close()


def row(name: str) -> str:
    """The line about a secret."""
    [line] = [line for line in str(twilio_nb.secrets).splitlines() if f" {name} " in f" {line} "]
    return line


def test_secrets_show_themselves_by_name_place_and_use_and_never_by_value(
    kept: Service,
) -> None:  # SEC-02, SEC-04
    shown, html = str(twilio_nb.secrets), twilio_nb.secrets._repr_html_()

    assert "secrets.json" in row(kept.definition.secret)
    assert f"the service {kept.name!r}" in row(kept.definition.secret)
    assert kept.token.reveal() not in shown + html + repr(twilio_nb.secrets)
    assert kept.definition.secret in twilio_nb.secrets


def test_all_that_is_asked_for_and_kept_nowhere_is_listed_together(kept: Service) -> None:  # CFG-08
    missing = [f"missing-{secrets.token_hex(3)}" for _ in range(2)]
    for name in missing:  # connect does not fail for want of a secret
        twilio_nb.connect(name, account_sid="AC" + "0" * 32).close()

    for name in missing:
        assert f"nowhere: twilio_nb.secrets.set({name!r}) asks for it" in row(name)


def test_a_secret_that_stands_in_for_a_services_is_no_missing_one(
    kept: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", planted.token())
    name = f"stands-{secrets.token_hex(3)}"
    twilio_nb.connect(name, account_sid="AC" + "0" * 32).close()

    assert "TWILIO_AUTH_TOKEN of the environment" in row(name)


def test_a_secret_is_renamed_with_all_that_uses_it(kept: Service) -> None:  # SEC-04
    old, new = kept.definition.secret, f"{kept.name}-renamed"
    twilio_nb.values.set("weatherKey", from_secret=old)
    twilio_nb.connect(f"{kept.name}-closed", account_sid="AC" + "0" * 32, secret=old).close()

    said = twilio_nb.secrets.rename(old, new)

    assert kept.definition.secret == new
    assert kept.send("+15558675309", "Hello").status == "queued"
    assert twilio_nb.values["weatherKey"] == kept.token
    assert old not in twilio_nb.secrets
    assert kept.token.reveal() not in str(said)
    twilio_nb.values.remove("weatherKey")
    for name in (kept.name, f"{kept.name}-closed"):
        again = twilio_nb.connect(name)
        assert again.definition.secret == new
        again.close()


@pytest.mark.parametrize("new", ["_hotline", "-hotline", "hotline_next", "hot line", "", "x" * 65])
def test_a_name_that_cannot_be_one_is_refused(kept: Service, new: str) -> None:  # SEC-01
    with pytest.raises(ConfigurationError, match="cannot name a secret"):
        twilio_nb.secrets.rename(kept.definition.secret, new)
    with pytest.raises(ConfigurationError, match="cannot name a secret"):
        twilio_nb.secrets.set(new, "value")

    assert find_secret(kept.definition.secret)


def test_secrets_are_deleted_together_and_what_still_asks_for_them_is_told(kept: Service) -> None:  # SEC-04
    other = f"{kept.name}-other"
    safe.keep(other, "1")

    said = str(twilio_nb.secrets.delete(kept.definition.secret, other))

    assert f"{other!r} is deleted." in said
    assert f"still asked for by the service {kept.name!r}" in said
    with pytest.raises(SecretNotFound):
        kept.send("+15558675309", "Hello")


def test_of_several_none_is_deleted_if_one_is_not_there(kept: Service) -> None:  # SEC-04
    with pytest.raises(SecretNotFound, match="'nobody'"):
        twilio_nb.secrets.delete(kept.definition.secret, "nobody")

    assert isinstance(find_secret(kept.definition.secret), Secret)
