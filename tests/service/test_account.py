import json
import secrets
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

import twilio_nb
from tests.numbers import number
from twilio_nb.account import SandboxAccount
from twilio_nb.errors import ConfigurationError, InvalidMessage
from twilio_nb.notebook.current import services
from twilio_nb.storage.database import Database
from twilio_nb.storage.mongod import Mongod

OTHER_KERNEL = """
import json, sys, twilio_nb
account = twilio_nb.sandbox(sys.argv[1])
seen = {"sid": account.service.definition.account_sid, "texts": len(account.service.texts())}
print(json.dumps(seen), flush=True)
sys.stdin.read()
"""

COMES_AND_GOES = """
import sys, twilio_nb
for line in sys.stdin:
    with twilio_nb.sandbox(sys.argv[1]) as account:
        print(account.service.texts().shape[0], flush=True)
"""


def test_a_text_from_the_phone_is_stored_without_any_handler(account: SandboxAccount) -> None:
    phone = account.phone(number())
    phone.text("Is anybody there?")

    texts = account.service.texts(direction="inbound", with_=phone.number)
    assert texts["body"].tolist() == ["Is anybody there?"]
    assert texts["state"].tolist() == ["stored"]


def test_a_sent_text_is_delivered_and_callbacks_say_so(
    account: SandboxAccount, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    to = number()
    message = account.service.send(to, "Hello")

    def delivered() -> bool:
        return bool((account.service.texts(with_=to)["status"] == "delivered").all())

    eventually(delivered)
    assert account.phone(to).messages.replies == [message.body]


def test_what_the_sandbox_refuses_is_said_in_its_words(account: SandboxAccount) -> None:
    with pytest.raises(InvalidMessage, match="1600"):
        account.phone().text("x" * 3000)


def test_each_number_is_a_phone_of_its_own(account: SandboxAccount) -> None:
    account.phone("+15558675311").text("From eleven")

    assert account.phone("+15558675312").messages.bodies == []


def test_the_name_of_the_function_survives_an_import_of_the_sub_package() -> None:
    script = "import twilio_nb.sandbox.account; import twilio_nb; assert callable(twilio_nb.sandbox)"

    subprocess.run([sys.executable, "-W", "error", "-c", script], check=True)


def test_the_same_name_is_the_same_account_here_and_in_other_kernels(account: SandboxAccount) -> None:
    assert twilio_nb.sandbox(account.name) is account
    other = subprocess.Popen(
        [sys.executable, "-c", OTHER_KERNEL, account.name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None

    seen = json.loads(other.stdout.readline())

    other.communicate(timeout=20)
    assert seen["sid"] == account.service.definition.account_sid
    assert seen["texts"] == len(account.service.texts())
    # The other one's leaving took nothing away.
    assert "Stored." in str(account.phone().text("Still there?").note)


def test_the_last_one_to_leave_takes_the_texts_along_unless_they_are_kept(mongod: Mongod) -> None:
    for keep in (False, True):
        name = f"ends-{secrets.token_hex(3)}"
        with twilio_nb.sandbox(name, keep=keep) as account:
            account.phone().text("Remember me")
            database = account.service.database.name
        with Database.open(database) as left:
            bodies = [found["body"] for found in left.collection("messages").find({"direction": "inbound"})]
            left.drop()

        assert bodies == (["Remember me"] if keep else [])


def test_notebooks_that_open_and_close_one_account_at_the_same_moment_are_in_no_others_way(
    mongod: Mongod,
) -> None:
    command = [sys.executable, "-c", COMES_AND_GOES, f"busy-{secrets.token_hex(3)}"]
    notebooks = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    for one in notebooks:
        assert one.stdin
        one.stdin.write("again\n" * 3)
        one.stdin.close()
    said = [one.stdout.read() for one in notebooks if one.stdout]

    assert [one.wait(20) for one in notebooks] == [0, 0, 0]
    assert said == ["0\n" * 3] * 3


def test_a_name_that_cannot_be_one_is_refused() -> None:
    with pytest.raises(ConfigurationError):
        twilio_nb.sandbox("no/name")


def test_a_killed_notebook_leaves_nothing_running(
    own_surroundings: Path, find_processes: Callable[..., list[psutil.Process]]
) -> None:
    kernel: Any = subprocess.Popen(
        [sys.executable, "-c", OTHER_KERNEL, "killed"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    kernel.stdout.readline()
    assert len(find_processes(own_surroundings)) >= 4  # mongod, sandbox, receiver, the notebook itself

    kernel.kill()
    kernel.communicate()

    assert find_processes(own_surroundings, patience=5) == []


def test_a_sandbox_that_is_opened_again_is_the_one_that_magics_use(account: SandboxAccount) -> None:
    with twilio_nb.sandbox(f"other-{secrets.token_hex(3)}") as other:
        assert services.get() is other.service

        twilio_nb.sandbox(account.name)

        assert services.get() is account.service


def test_a_service_of_ones_own_does_not_take_the_name_of_an_open_sandbox(account: SandboxAccount) -> None:
    with pytest.raises(ConfigurationError, match=r"is the name of a sandbox.*choose another"):
        twilio_nb.connect(account.name, account_sid="AC" + "1" * 32)


def test_a_sandbox_does_not_take_the_name_of_an_open_service() -> None:
    name = f"mine-{secrets.token_hex(3)}"
    service = twilio_nb.connect(name, account_sid="AC" + "1" * 32)
    try:
        with pytest.raises(ConfigurationError, match="is the name of a service of yours"):
            twilio_nb.sandbox(name)
    finally:
        service.close()


def test_sending_from_a_closed_sandbox_says_that_it_is_closed() -> None:
    account = twilio_nb.sandbox(f"left-{secrets.token_hex(3)}")
    account.close()

    with pytest.raises(ConfigurationError, match="is closed"):
        account.service.send("+15558675310", "Hello")


def test_a_reply_that_a_phone_shows_is_among_the_texts(account: SandboxAccount) -> None:
    account.service.define(lambda payload: "Hi!", "greet", respond_result=True)
    phone = account.phone("+15558675344")

    read = []
    for _ in range(10):
        replied = len(phone.text("Hi").replies)
        read.append(replied == 1 and account.service.texts(limit=1)["body"].tolist() == ["Hi!"])

    assert read == [True] * 10


def test_a_sandbox_whose_service_was_closed_opens_anew_and_closes_twice_in_any_order(mongod: object) -> None:
    name = f"twice-{secrets.token_hex(3)}"
    first = twilio_nb.sandbox(name)
    first.service.close()
    first.service.close()

    with twilio_nb.sandbox(name) as again:
        assert again is not first
        assert again.phone().text("Hello").bodies == ["Hello"]
        assert list(again.service.texts()["body"]) == ["Hello"]
    first.close()
    again.service.close()
