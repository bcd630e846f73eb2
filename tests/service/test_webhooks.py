import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from secrets import token_hex
from typing import Any

import pytest

import twilio_nb
from twilio_nb.account import SandboxAccount
from twilio_nb.errors import ConfigurationError, HandlerError, WebhookNotFound
from twilio_nb.phones import Phone
from twilio_nb.receiving.host import Host
from twilio_nb.service import Service
from twilio_nb.storage.database import Database

Eventually = Callable[[Callable[[], bool]], None]


@pytest.fixture
def phone(account: SandboxAccount) -> Phone:
    number = f"+1555867{secrets_of_four()}"
    return account.phone(number)


def secrets_of_four() -> str:
    import secrets

    return f"{secrets.randbelow(10_000):04d}"


@pytest.fixture(autouse=True)
def no_handler_stays(account: SandboxAccount) -> Iterator[None]:
    yield
    host = Host.running()
    assert host is not None
    for handler in host.handlers():
        host.unregister(handler.service, handler.name)


def states(account: SandboxAccount, phone: Phone) -> list[str]:
    texts = account.service.texts(direction="inbound", with_=phone.number)
    return [str(state) for state in texts["state"]]


def test_a_text_is_answered_by_the_function(account: SandboxAccount, phone: Phone) -> None:
    @account.service.webhook("echo", respond_result=True)
    def echo(payload: dict[str, str]) -> str:
        return payload["Body"].upper()

    assert phone.text("hello").replies == ["HELLO"]
    assert states(account, phone) == ["answered"]


def test_an_async_function_answers_too(account: SandboxAccount, phone: Phone) -> None:
    @twilio_nb.webhook("asyncEcho", service=account.name, respond_result=True)
    async def echo(payload: dict[str, str], response: Any) -> None:
        await asyncio.sleep(0)
        texts = twilio_nb.context.services.get("mongodb-atlas").db(account.service.database.name)
        await texts.collection("seen").insert_one(dict(payload))
        response.set_body("async " + payload["Body"])

    assert phone.text("hello").replies == ["async hello"]


def test_a_condition_is_shown_with_the_webhook_and_with_what_it_refused(
    account: SandboxAccount, phone: Phone
) -> None:  # WHC-10
    staff, name = "+15558675311", f"staff-{token_hex(3)}"
    handle = account.service.define(
        lambda payload: "yes",
        name,
        respond_result=True,
        can_evaluate={"From": {"$in": [staff, "+15558675312"]}},
    )
    refused = phone.text("let me in")

    shown = '{"From": {"$in": ["…5311", "…5312"]}}'
    assert f"where {shown} holds" in repr(handle)
    (row,) = [row for row in account.service.webhooks() if row["webhook"] == name]
    assert (row["can_evaluate"], row["refused"], row["failed"], row["calls"]) == (shown, 1, 0, 0)
    assert shown in repr(account.service.webhooks())
    assert refused.replies == []
    assert f"{name!r} was not asked: can_evaluate does not hold" in repr(refused)
    assert account.phone(staff).text("let me in").replies == ["yes"]


def test_as_whom_a_webhook_runs_is_shown_where_there_is_one(account: SandboxAccount) -> None:  # WHC-04
    assert "run_as" not in account.service.webhooks().columns

    def choose(payload: dict[str, str]) -> str:
        return "collector"

    handle = account.service.define(lambda payload: None, "chosen", run_as=choose)

    table = account.service.webhooks()
    (row,) = [row for row in table if row["webhook"] == "chosen"]
    assert (row["run_as"], row["respond_result"]) == ("choose()", False)
    assert "run_as" in table.columns
    assert "It runs as the user that choose() names." in repr(handle)
    account.service.define(lambda payload: None, "chosen")


def test_who_was_turned_away_is_answered_once_the_condition_is_wider(
    account: SandboxAccount, phone: Phone, eventually: Eventually
) -> None:  # WHC-10
    account.service.define(lambda payload: "yes", "door", respond_result=True, can_evaluate=False)
    assert phone.text("let me in").replies == []

    account.service.define(
        lambda payload: "yes", "door", respond_result=True, can_evaluate={"From": phone.number}
    )
    [row] = account.service.replay("door", states=["refused"])

    assert row["error"] is None
    eventually(lambda: phone.messages.replies == ["yes"])


def test_a_phone_says_which_handler_failed_behind_an_answer_of_500(
    account: SandboxAccount, phone: Phone
) -> None:  # WHR-12
    @account.service.webhook("broken", on_error=500)
    def broken(payload: dict[str, str]) -> None:
        raise ValueError

    note = str(phone.text("hello").note)

    assert note.startswith("'broken' failed, see the cell that defines it: ValueError")
    assert "%twilio_logs --request" in note
    assert note.endswith("The webhook answered 500 where 2xx was expected (Twilio's code 11200).")


def test_running_the_cell_again_replaces_the_function_at_once(account: SandboxAccount, phone: Phone) -> None:
    account.service.define(lambda payload: "first", "versions", respond_result=True)
    assert phone.text("which?").replies == ["first"]

    account.service.define(lambda payload: "second", "versions", respond_result=True)
    assert phone.text("which?").replies == ["second"]


def test_a_webhook_that_goes_to_another_function_is_told(
    account: SandboxAccount, capsys: pytest.CaptureFixture[str]
) -> None:
    def first(payload: dict[str, str]) -> None: ...

    def second(payload: dict[str, str]) -> None: ...

    account.service.define(first, "twice")
    account.service.define(first, "twice", timeout=5)
    account.service.define(second, "once")
    assert capsys.readouterr().err == ""

    account.service.define(second, "twice")

    assert f"The webhook {account.name}/twice was first(), and is second() now." in capsys.readouterr().err


def test_a_handler_that_raises_is_never_texted_and_can_be_run_again(
    account: SandboxAccount, phone: Phone, eventually: Eventually
) -> None:
    mended = False

    @account.service.webhook("fragile", respond_result=True)
    def fragile(payload: dict[str, str]) -> str:
        if not mended:
            raise ValueError("secret internals")
        return "mended"

    silence = phone.text("hello")
    assert silence.replies == []
    assert "ValueError" in str(silence.note)
    assert states(account, phone) == ["failed"]

    mended = True
    [row] = account.service.replay("fragile", states=["failed"])

    assert row["state"] in {"answered", "late"}
    eventually(lambda: phone.messages.replies == ["mended"])


def test_a_late_answer_is_sent_by_rest(account: SandboxAccount, phone: Phone, eventually: Eventually) -> None:
    @account.service.webhook("slow", respond_result=True, timeout=0.3)
    def slow(payload: dict[str, str]) -> str:
        time.sleep(0.8)
        return "here at last"

    began = time.monotonic()
    assert phone.text("hello").replies == []
    assert time.monotonic() - began < 0.8
    eventually(lambda: phone.messages.replies == ["here at last"])
    assert states(account, phone) == ["late"]


def test_texts_wait_for_a_handler_and_are_run_when_it_comes(
    account: SandboxAccount, phone: Phone, eventually: Eventually
) -> None:
    account.service.define(lambda payload: None, "patient", respond_result=True)
    host = Host.running()
    assert host is not None
    host.unregister(account.name, "patient")
    eventually(lambda: phone.text("anybody?").replies == [] and states(account, phone)[-1] == "pending")
    waiting = next(row for row in account.service.webhooks() if row["webhook"] == "patient")
    assert waiting["waiting"] >= 1

    account.service.define(lambda payload: "now I am here", "patient", respond_result=True)

    eventually(lambda: "pending" not in states(account, phone))
    eventually(lambda: set(phone.messages.replies) == {"now I am here"})


def test_a_returned_message_is_never_texted(account: SandboxAccount, phone: Phone) -> None:  # SND-05, SND-08
    @account.service.webhook("forwards", respond_result=True)
    def forwards(payload: dict[str, str]) -> Any:
        return account.service.send("+15558670000", "forwarded")

    assert phone.text("hello").replies == []


def test_a_handler_finds_twilio_services_by_name_and_nothing_under_others(
    account: SandboxAccount, phone: Phone
) -> None:
    @account.service.webhook("looksUp", respond_result=True)
    def looks_up(payload: dict[str, str], response: Any, context: Any) -> str:
        found = context.services.get(account.name)
        return f"{found.name} {context.services.get('nobody')}"

    assert phone.text("hello").replies == [f"{account.name} None"]


def test_another_notebook_that_opens_the_sandbox_leaves_the_webhook_in_place(
    account: SandboxAccount, phone: Phone
) -> None:
    account.service.define(lambda payload: "mine", "keeps", respond_result=True)
    script = f"import twilio_nb; twilio_nb.sandbox({account.name!r}); import time; time.sleep(0.5)"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)

    assert phone.text("still you?").replies == ["mine"]


def test_a_closed_account_takes_no_texts_and_magics_use_no_other_service_in_its_place() -> None:
    script = """
import twilio_nb
from twilio_nb.errors import ConfigurationError, ServiceNotFound
from twilio_nb.notebook.current import services
account = twilio_nb.sandbox("closes")
phone = account.phone()
account.close()
try:
    phone.text("hello?")
except ConfigurationError as error:
    print("phone:", error)
services.opener = lambda name: print("another service was opened")
try:
    services.get()
except ServiceNotFound as error:
    print("magics:", error)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, timeout=60, capture_output=True, text=True
    )

    phone, magics = done.stdout.splitlines()
    assert phone.startswith("phone:")
    assert "closed" in phone
    assert magics.startswith("magics: The service 'closes' was closed.")


def test_one_text_at_a_time_unless_more_are_asked_for(account: SandboxAccount) -> None:
    most, running, lock = {"serial": 0, "parallel": 0}, {"serial": 0, "parallel": 0}, threading.Lock()

    def counting(name: str) -> Callable[[dict[str, str]], None]:
        def count(payload: dict[str, str]) -> None:
            with lock:
                running[name] += 1
                most[name] = max(most[name], running[name])
            time.sleep(0.15)
            with lock:
                running[name] -= 1

        return count

    for name, concurrency in (("serial", 1), ("parallel", 3)):
        account.service.define(counting(name), name, concurrency=concurrency)
        phones = [account.phone(f"+1555867{n:04d}") for n in range(3)]
        threads = [threading.Thread(target=phone.text, args=("hi",)) for phone in phones]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert most["serial"] == 1
    assert most["parallel"] > 1


def test_closing_a_second_view_of_a_service_leaves_the_handlers_of_the_first(
    account: SandboxAccount, phone: Phone
) -> None:
    account.service.define(lambda payload: "here", "stays", respond_result=True)

    Service(account.service.definition, Database.open(account.service.database.name)).close()

    assert phone.text("hello?").replies == ["here"]


def test_a_handler_is_tried_by_hand_without_storing_or_sending(account: SandboxAccount) -> None:
    before = len(account.service.gateway.messages())

    @account.service.webhook("tried", respond_result=True)
    def tried(payload: dict[str, str]) -> str:
        return f"you said {payload['Body']}"

    result = tried.test(Body="never came")
    assert account.service.handler("tried").test(Body="never came").replies == result.replies

    assert [reply.body for reply in result.replies] == ["you said never came"]
    assert result.error is None
    assert len(account.service.gateway.messages()) == before
    assert not account.service.texts()["body"].isin(["never came"]).any()


def test_who_asks_for_a_handler_by_a_wrong_name_is_told_which_live_here(account: SandboxAccount) -> None:
    account.service.define(lambda payload: None, "echo")

    with pytest.raises(HandlerError, match=r"'ecko' does not live in this kernel.*Here live: echo"):
        account.service.handler("ecko")


def test_the_decorated_function_can_still_be_called(account: SandboxAccount) -> None:
    @account.service.webhook("callable")
    def double(payload: int) -> int:
        return 2 * payload

    assert double(21) == 42


def test_the_inbox_takes_no_handler(account: SandboxAccount) -> None:
    with pytest.raises(ConfigurationError, match="inbox"):
        account.service.define(lambda payload: None, "inbox")


@pytest.mark.parametrize("options", [{"timeout": 15}, {"timeout": 0}, {"concurrency": 0}])
def test_options_out_of_range_are_refused(account: SandboxAccount, options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        account.service.define(lambda payload: None, "ranges", **options)


def test_replaying_what_was_never_defined_names_what_was(account: SandboxAccount) -> None:
    with pytest.raises(WebhookNotFound, match="inbox"):
        account.service.replay("never", states=["pending"])


def test_replaying_without_its_handler_says_to_run_the_cell(account: SandboxAccount) -> None:
    account.service.define(lambda payload: None, "gone")
    host = Host.running()
    assert host is not None
    host.unregister(account.name, "gone")

    with pytest.raises(HandlerError, match="run the cell"):
        account.service.replay("gone", states=["pending"])


def test_a_decorator_without_a_name_says_that_it_needs_one() -> None:
    with pytest.raises(ConfigurationError, match="needs a name"):

        @twilio_nb.webhook  # type: ignore[arg-type]
        def answer(payload: Any) -> None: ...


def test_a_decorator_takes_the_name_of_a_service_not_the_service(account: SandboxAccount) -> None:
    with pytest.raises(ConfigurationError, match=r"@service\.webhook"):
        twilio_nb.webhook("echo", service=account.service)  # type: ignore[arg-type]
