"""Secrets are found where the user put them, and shown nowhere."""

import copy
import logging
import os
import pickle
import stat
import subprocess
import sys
import traceback

import pytest

from twilio_nb.errors import ConfigurationError, SecretNotFound
from twilio_nb.storage import safe
from twilio_nb.storage.directories import data_directory
from twilio_nb.storage.secrets import Secret, find_secret, find_secrets

TOKEN = "d41d8cd98f00b204e9800998ecf8427e"


@pytest.fixture(autouse=True)
def own_data(own_surroundings: object) -> None:
    pass


def test_a_secret_is_shown_by_no_way_of_printing_it() -> None:
    secret = Secret(TOKEN)
    shown = f"{secret} {secret!r} {secret!s} %s %r {[secret]} { ({'token': secret}) }" % (secret, secret)
    assert TOKEN not in shown
    assert repr(secret) == str(secret) == "Secret('********')"
    assert secret.reveal() == TOKEN


def test_a_secret_does_not_stand_in_a_traceback_with_the_values_of_variables() -> None:
    def fail(token: Secret) -> None:
        raise ValueError

    try:
        fail(Secret(TOKEN))
    except ValueError as error:
        shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert "Secret('********')" in shown
    assert TOKEN not in shown


def test_a_secret_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("test").warning("token %s", Secret(TOKEN))
    assert TOKEN not in caplog.text


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_secret_cannot_be_pickled(protocol: int) -> None:
    with pytest.raises(TypeError, match="never pickled"):
        pickle.dumps({"token": Secret(TOKEN)}, protocol)


def test_a_copy_of_a_secret_is_the_secret() -> None:
    secret = Secret(TOKEN)
    assert copy.copy(secret) is secret
    assert copy.deepcopy([secret])[0] is secret


def test_secrets_are_equal_if_their_values_are_and_never_equal_a_string() -> None:
    assert Secret(TOKEN) == Secret(TOKEN)
    assert hash(Secret(TOKEN)) == hash(Secret(TOKEN))
    assert Secret(TOKEN) != Secret("other")
    assert Secret(TOKEN) != TOKEN
    assert Secret("\udcff") != Secret("ü")


def test_the_secrets_own_variable_comes_before_twilios_and_that_before_the_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    safe.keep("my-service", "from the file")
    assert find_secret("my-service") == Secret("from the file")
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "from Twilio's variable")
    assert find_secret("my-service") == Secret("from Twilio's variable")
    monkeypatch.setenv("TWILIO_NB_SECRET_MY_SERVICE", "its own\n")
    assert find_secret("my-service") == Secret("its own")


def test_an_empty_variable_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_NB_SECRET_DEMO", " ")
    safe.keep("demo", TOKEN)
    assert find_secret("demo") == Secret(TOKEN)


def test_a_missing_secret_names_every_way_to_set_it() -> None:
    with pytest.raises(SecretNotFound) as raised:
        find_secret("my-service")
    for way in ("'my-service'", "TWILIO_NB_SECRET_MY_SERVICE", "TWILIO_AUTH_TOKEN", "secrets.set"):
        assert way in str(raised.value)


def test_the_file_of_secrets_is_private_and_holds_several() -> None:
    safe.keep("one", Secret("1"))
    safe.keep("two", "2")
    assert stat.S_IMODE((data_directory() / "secrets.json").stat().st_mode) == 0o600
    assert (find_secret("one"), find_secret("two")) == (Secret("1"), Secret("2"))


def test_a_file_of_secrets_that_others_can_read_is_refused() -> None:
    safe.keep("one", TOKEN)
    (data_directory() / "secrets.json").chmod(0o640)
    with pytest.raises(ConfigurationError, match=r"mode 0640.*chmod 600") as raised:
        find_secret("one")
    assert TOKEN not in str(raised.value)


@pytest.mark.parametrize("content", [TOKEN, f'["{TOKEN}"]', f'{{"one": ["{TOKEN}"]}}', f'{{"one": "{TOKEN}"'])
def test_a_file_of_secrets_that_was_damaged_is_refused_without_quoting_it(content: str) -> None:
    path = data_directory() / "secrets.json"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(ConfigurationError, match="is not the JSON object") as raised:
        find_secret("one")
    assert TOKEN not in "".join(traceback.format_exception(raised.value))
    assert os.fspath(path) in str(raised.value)


def test_what_the_environment_holds_does_not_depend_on_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    (data_directory() / "secrets.json").write_text("damaged")
    monkeypatch.setenv("TWILIO_NB_SECRET_ONE", TOKEN)
    assert find_secrets("one") == (Secret(TOKEN),)


def test_secrets_saved_by_several_processes_at_once_are_all_kept() -> None:
    script = "import sys; from twilio_nb.storage import safe; safe.keep(sys.argv[1], 'kept')"
    names = [f"one-of-{n}" for n in range(6)]
    running = [subprocess.Popen([sys.executable, "-c", script, name]) for name in names]
    assert [process.wait(60) for process in running] == [0] * len(names)
    assert {name: find_secret(name) for name in names} == dict.fromkeys(names, Secret("kept"))


def test_the_next_value_is_found_beside_the_present_one_until_the_rotation_ends() -> None:
    safe.keep("my-service", "old")
    safe.keep("my-service", "new", coming=True)
    assert find_secrets("my-service") == (Secret("old"), Secret("new"))
    assert find_secret("my-service") == Secret("old")
    safe.keep("my-service", "new")
    assert find_secrets("my-service") == (Secret("new"),)


def test_the_next_value_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    safe.keep("my-service", "old")
    safe.keep("my-service", "from the file", coming=True)
    monkeypatch.setenv("TWILIO_NB_SECRET_MY_SERVICE_NEXT", "new")
    assert find_secrets("my-service") == (Secret("old"), Secret("new"))


def test_a_next_value_alone_is_none() -> None:
    safe.keep("my-service", "new", coming=True)
    with pytest.raises(SecretNotFound):
        find_secret("my-service")


def test_twilios_variable_is_no_value_for_an_api_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", TOKEN)
    with pytest.raises(SecretNotFound) as raised:
        find_secret("my-service", own=True)
    assert "TWILIO_AUTH_TOKEN" not in str(raised.value)


def test_what_stands_before_a_saved_secret_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_NB_SECRET_ONE", "other")
    said = safe.keep("one", TOKEN)
    assert "secrets.json, which only you can read" in said
    assert "TWILIO_NB_SECRET_ONE of the environment comes first" in said
    assert TOKEN not in said
