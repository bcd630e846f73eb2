"""Secrets in the system's keyring: real backends, in the real process that asks them."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from twilio_nb.errors import SecretNotFound
from twilio_nb.storage import keyrings, safe, secret_file
from twilio_nb.storage.safe import Kept
from twilio_nb.storage.secrets import Secret, find_secret, find_secrets

TOKEN = "d41d8cd98f00b204e9800998ecf8427e"

WORKING = """
import getpass, json, os, pathlib, time
from keyring.backend import KeyringBackend
from keyring.backends.chainer import ChainerBackend
from keyring.errors import KeyringLocked

class Working(KeyringBackend):
    priority = 5
    path = pathlib.Path(__file__).with_name("kept.json")

    def _kept(self):
        return json.loads(self.path.read_text()) if self.path.exists() else {}

    def get_password(self, service, username):
        print("a backend may print")
        return self._kept().get(f"{service} {username}")

    def set_password(self, service, username, password):
        self.path.write_text(json.dumps({**self._kept(), f"{service} {username}": password}))

    def delete_password(self, service, username):
        kept = self._kept()
        del kept[f"{service} {username}"]
        self.path.write_text(json.dumps(kept))

"""
CHAIN = """
class Chain(ChainerBackend):  # of all backends that are loaded, the plain text of keyrings.alt among them
    priority = 10
"""
OTHERS = """
class Hanging(Working):
    def get_password(self, service, username):
        time.sleep(60)

class Locked(Working):
    def get_password(self, service, username):
        raise KeyringLocked("d41d8cd98f00b204e9800998ecf8427e")

class Forgetful(Working):
    def set_password(self, service, username, password):
        pass

class Nosy(Working):
    def get_password(self, service, username):
        return " ".join(os.environ)

class Asking(Working):
    def get_password(self, service, username):
        return getpass.getpass("Password for the keyring: ")
"""

Use = Callable[[str], None]


@pytest.fixture
def use(own_surroundings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Use:
    """Choose a backend, one of those above by its name alone."""
    (tmp_path / "own_backends.py").write_text(WORKING + OTHERS)
    (tmp_path / "own_chain.py").write_text(WORKING + CHAIN)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))

    def choose(name: str) -> None:
        keyrings._answers.clear()
        backend = name if "." in name else f"own_backends.{name}"
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", backend)

    return choose


def kept(tmp_path: Path) -> dict[str, str]:
    path = tmp_path / "kept.json"
    held = json.loads(path.read_text()) if path.exists() else {}
    return {name: value for name, value in held.items() if name != "twilio_nb /names"}


def test_a_secret_goes_into_a_working_keyring_and_not_into_the_file(use: Use, tmp_path: Path) -> None:
    use("Working")

    said = safe.keep("hotline", TOKEN)

    assert find_secret("hotline") == Secret(TOKEN)
    assert kept(tmp_path) == {"twilio_nb hotline": TOKEN}
    assert secret_file.read() == {}
    assert said == "Kept as 'hotline' in the keyring (own backends Working)."


def test_whom_the_keyring_is_asked_by_gets_no_setting_of_ours(
    use: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TWILIO_AUTH_TOKEN", "TWILIO_NB_SECRET_OTHER", "JUPYTER_TOKEN"):
        monkeypatch.setenv(name, "")
    use("Nosy")

    seen = keyrings.read(["hotline"])["hotline"].split()

    assert "PYTHONPATH" in seen
    assert [name for name in seen if name.startswith(("TWILIO", "JUPYTER"))] == []


@pytest.mark.parametrize(
    "backend",
    [
        "keyrings.alt.file.PlaintextKeyring",
        "keyrings.alt.file.EncryptedKeyring",
        "keyring.backends.fail.Keyring",
        "keyring.backends.null.Keyring",
    ],
)
def test_a_keyring_that_keeps_plain_text_or_nothing_counts_as_none(
    use: Use, tmp_path: Path, backend: str
) -> None:
    use(backend)

    said = safe.keep("hotline", TOKEN)

    assert find_secret("hotline") == Secret(TOKEN)
    assert secret_file.read() == {"hotline": TOKEN}
    assert not (tmp_path / "share").exists()
    assert "secrets.json" in said


def test_of_a_chain_only_what_is_fit_for_secrets_is_used(use: Use, tmp_path: Path) -> None:
    use("own_chain.Chain")

    safe.keep("hotline", TOKEN)

    assert kept(tmp_path) == {"twilio_nb hotline": TOKEN}
    assert not (tmp_path / "share").exists()
    assert find_secret("hotline") == Secret(TOKEN)


@pytest.mark.parametrize("backend", ["Locked", "Forgetful", "Asking", "own_backends.Missing"])
def test_a_keyring_that_fails_counts_as_none(use: Use, backend: str) -> None:
    use(backend)

    said = safe.keep("hotline", TOKEN)

    assert find_secret("hotline") == Secret(TOKEN)
    assert secret_file.read() == {"hotline": TOKEN}
    assert TOKEN not in said


def test_a_keyring_that_hangs_holds_nobody_up_for_long(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    use("Hanging")
    monkeypatch.setattr(keyrings, "READS_WITHIN", 0.5)
    secret_file.change({"hotline": TOKEN})
    began = time.monotonic()

    assert find_secret("hotline") == Secret(TOKEN)
    assert find_secret("hotline") == Secret(TOKEN)  # remembered, not asked again

    assert time.monotonic() - began < 5
    with pytest.raises(SecretNotFound, match="did not answer within"):
        find_secret("nobody")


def test_what_a_failing_keyring_may_hold_is_said(use: Use) -> None:
    use("Locked")

    assert "comes first once it works" in safe.keep("hotline", TOKEN)


def test_the_keyring_comes_before_the_file_and_setting_a_secret_removes_it_there(use: Use) -> None:
    use("Working")
    safe.keep("hotline", "in the keyring")
    secret_file.change({"hotline": "in the file", "other": "stays"})
    assert find_secret("hotline") == Secret("in the keyring")

    safe.keep("hotline", "new")

    assert secret_file.read() == {"other": "stays"}
    assert find_secret("hotline") == Secret("new")


def test_a_rotation_lives_in_the_keyring_too(use: Use, tmp_path: Path) -> None:
    use("Working")
    safe.keep("hotline", "old")
    safe.keep("hotline", "new", coming=True)
    assert find_secrets("hotline") == (Secret("old"), Secret("new"))

    safe.keep("hotline", "new")

    assert kept(tmp_path) == {"twilio_nb hotline": "new"}


def test_a_secret_is_removed_from_the_keyring_with_what_comes_next(
    use: Use, tmp_path: Path
) -> None:  # SEC-04
    use("Working")
    safe.keep("hotline", TOKEN)
    safe.keep("hotline", "new", coming=True)

    safe.forget(["hotline"])

    assert kept(tmp_path) == {}
    assert keyrings.names() == ("own backends Working", [])


def test_a_keyring_that_cannot_list_is_listed_all_the_same(use: Use) -> None:  # SEC-04
    use("Working")
    for name in ("hotline", "other", "gone"):
        safe.keep(name, TOKEN)
    safe.keep("other", "new", coming=True)
    safe.forget(["gone"])

    listed, trouble = safe.listed(["wanted"])

    place = ("the keyring (own backends Working)",)
    assert listed == [Kept("hotline", place), Kept("other", place, rotates=True), Kept("wanted", ())]
    assert trouble == ""


def test_why_a_keyring_could_not_be_asked_for_its_names_is_told(use: Use) -> None:
    use("Locked")

    assert "KeyringLocked" in safe.listed()[1]


def test_a_file_beside_the_notebook_is_not_taken_for_the_keyring(
    use: Use, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use("Working")
    folder = tmp_path / "notebooks"
    folder.mkdir()
    (folder / "keyring.py").write_text("raise SystemExit('the wrong one')")
    monkeypatch.chdir(folder)

    assert "own backends Working" in safe.keep("hotline", TOKEN)


def test_the_process_of_the_notebook_never_loads_the_keyring(use: Use) -> None:
    use("Working")
    script = (
        "import sys; from twilio_nb.storage import safe; from twilio_nb.storage.secrets import find_secret\n"
        "safe.keep('hotline', 'x'); find_secret('hotline'); print('keyring' in sys.modules)"
    )
    path = f"{Path(__file__).parents[2]}:{Path(__file__).parent}"

    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {path.split(':')!r}\n{script}"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip

    assert done.stdout == "False\n"


def test_a_keyring_that_asks_for_a_password_finds_no_terminal_to_ask_on(use: Use) -> None:
    use("Asking")
    secret_file.change({"hotline": TOKEN})
    terminal, inside = os.openpty()
    path = os.pathsep.join([str(Path(__file__).parents[2]), os.environ["PYTHONPATH"]])
    script = (
        "import os, sys; os.login_tty(int(sys.argv[1]))\n"
        "from twilio_nb.storage.secrets import find_secret\n"
        "print('found', find_secret('hotline'))"
    )

    process = subprocess.Popen(
        [sys.executable, "-c", script, str(inside)], pass_fds=[inside], env=os.environ | {"PYTHONPATH": path}
    )
    os.close(inside)
    ended = process.wait(60)

    shown = os.read(terminal, 10_000).decode()
    os.close(terminal)
    assert ended == 0
    assert shown.strip() == "found Secret('********')"
