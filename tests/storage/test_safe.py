"""Secrets are kept, copied, forgotten and listed, and never shown."""

import pytest

from tests import planted
from twilio_nb.errors import ConfigurationError, SecretNotFound
from twilio_nb.storage import safe, secret_file
from twilio_nb.storage.safe import Kept
from twilio_nb.storage.secrets import Secret, find_secrets


@pytest.fixture(autouse=True)
def _own(own_surroundings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep secrets in a file of the test's own."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    for name in ("TWILIO_AUTH_TOKEN", "TWILIO_NB_SECRET_HOTLINE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("value", "says"),
    [("", "Nothing was entered.*twilio_nb.secrets.set"), ("x" * 501, "501 characters, and a secret 500")],
)
def test_nothing_and_too_much_are_not_kept(value: str, says: str) -> None:  # SEC-01
    safe.keep("hotline", "before")

    with pytest.raises(ConfigurationError, match=says) as caught:
        safe.keep("hotline", value)

    assert "xxx" not in str(caught.value)
    assert find_secrets("hotline") == (Secret("before"),)


def test_five_hundred_characters_are_kept() -> None:  # SEC-01
    safe.keep("hotline", "x" * 500)

    assert find_secrets("hotline") == (Secret("x" * 500),)


def test_a_copy_takes_along_what_comes_next() -> None:  # SEC-04
    safe.keep("hotline", "old")
    safe.keep("hotline", "new", coming=True)

    safe.copy("hotline", "other")

    assert find_secrets("other") == find_secrets("hotline") == (Secret("old"), Secret("new"))


def test_a_copy_replaces_nothing() -> None:  # SEC-01
    safe.keep("hotline", "1")
    safe.keep("other", "2")

    with pytest.raises(ConfigurationError, match="is kept as 'other' already"):
        safe.copy("hotline", "other")

    assert find_secrets("other") == (Secret("2"),)


def test_what_is_not_there_is_named_at_once_and_nothing_is_deleted() -> None:  # SEC-04, CFG-08
    safe.keep("hotline", "1")

    with pytest.raises(SecretNotFound, match="'nobody', 'no-one', so nothing was changed"):
        safe.forget(["hotline", "nobody", "no-one"])

    assert secret_file.read() == {"hotline": "1"}


def test_what_the_environment_holds_is_deleted_there(monkeypatch: pytest.MonkeyPatch) -> None:
    token = planted.token()
    monkeypatch.setenv("TWILIO_NB_SECRET_HOTLINE", token)
    with pytest.raises(
        SecretNotFound, match="TWILIO_NB_SECRET_HOTLINE of the environment holds is changed there"
    ):
        safe.forget(["hotline"])
    safe.keep("hotline", "1")

    assert safe.forget(["hotline"]).endswith("therefore found: TWILIO_NB_SECRET_HOTLINE.")
    assert secret_file.read() == {}


def test_each_secret_is_listed_with_its_places_the_first_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # SEC-02, SEC-04
    safe.keep("hotline", "1")
    safe.keep("next-one", "2", coming=True)
    monkeypatch.setenv("TWILIO_NB_SECRET_HOTLINE", planted.token())
    monkeypatch.setenv("TWILIO_NB_SECRET_ONLY_HERE", planted.token())
    monkeypatch.setenv("TWILIO_NB_SECRET_HOTLINE_NEXT", planted.token())

    listed, trouble = safe.listed(["wanted", "also-wanted"])

    assert [one for one in listed if one.name != "only_here"] == [
        Kept("also-wanted", ()),
        Kept(
            "hotline", ("TWILIO_NB_SECRET_HOTLINE of the environment", str(secret_file.path())), rotates=True
        ),
        Kept("next-one", (), rotates=True),
        Kept("wanted", ()),
    ]
    assert Kept("only_here", ("TWILIO_NB_SECRET_ONLY_HERE of the environment",)) in listed
    assert trouble == ""
