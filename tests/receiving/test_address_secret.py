"""Webhooks that ask for a secret in their address, through a real receiver: an additional check after the signature."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from secrets import token_hex
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from tests import planted
from tests.receiving.conftest import Receiver
from twilio_nb.storage import safe
from twilio_nb.storage.logs import LogBook
from twilio_nb.storage.mongod import Mongod
from twilio_nb.storage.secrets import Secret

NAME = "voteKey"


@pytest.fixture(scope="module")
def receiver(mongod: Mongod) -> Iterator[Receiver]:
    """A receiver of the module's own: one logs twenty refusals a minute at most, which other tests need."""
    running = Receiver().wait()
    yield running
    running.kill()


@pytest.fixture
def value(sandbox: Any) -> str:
    """The secret that the address of the webhook ``answer`` must hold."""
    value = planted.token() + "+ &é"
    sandbox.announce(sandbox.kernel, **{NAME: [value]})
    sandbox.register(sandbox.kernel, secret=NAME)
    return value


def called(sandbox: Any, query: str, form: dict[str, str] | None = None, **how: Any) -> tuple[Any, Any]:
    """Text the webhook at an address with this query; return its call, and what was answered."""
    form = form or sandbox.form()
    with ThreadPoolExecutor() as threads:
        answer = threads.submit(sandbox.text, form, "answer" + query, **how)
        call = sandbox.kernel.hear("call")
        sandbox.kernel.answer(call, "Counted")
        sandbox.kernel.hear("settled")
        return call, answer.result()


def look_anew(sandbox: Any) -> None:
    """Have the receiver read what is stored now."""
    sandbox.kernel.tell("enable", service=sandbox.name, webhook="answer")
    sandbox.kernel.hear("enabled")


def test_with_the_secret_it_is_answered_and_the_handler_sees_the_rest_of_the_query(
    sandbox: Any, value: str
) -> None:  # VLD-01, WHC-12
    form = sandbox.form()

    call, reply = called(sandbox, f"?a=4%32&secret={quote(value, safe='')}&some%50aram=+42&&b", form)

    assert (reply.status, "Counted" in reply.body) == (200, True)
    assert call["request"]["raw_query_string"] == "a=4%32&some%50aram=+42&&b"
    assert dict(call["payload"]) == form
    assert planted.MARK not in repr(call) + repr(sandbox.stored(form))


def test_without_anything_else_in_the_query_nothing_is_left(sandbox: Any, value: str) -> None:  # VLD-01
    call, _ = called(sandbox, f"?secret={quote(value)}")

    assert call["request"]["raw_query_string"] == ""


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?someParam=42",
        "?secret",
        "?secret=",
        "?secret=wrong",
        "?secret={}x",
        "?secret={}&secret={}",
        "?secret={}&%73ecret=",
        "?Secret={}",
        "?a=secret={}",
    ],
)
def test_what_lacks_the_secret_is_refused_and_not_stored(
    sandbox: Any, value: str, query: str
) -> None:  # VLD-01, WHC-12
    form = sandbox.form()

    reply = sandbox.text(form, "answer" + query.replace("{}", quote(value, safe="")))

    assert (reply.status, reply.code) == (403, "IncomingWebhookAuthFailed")
    assert "secret" in reply.body
    assert planted.MARK not in reply.body
    assert sandbox.log.get(form["MessageSid"]) is None


def test_the_signature_covers_the_address_with_the_secret(sandbox: Any, value: str) -> None:  # VLD-01, VLD-03
    form, whole = sandbox.form(), f"answer?secret={quote(value)}"
    pairs = urlencode(form).encode()
    signed_without = {"X-Twilio-Signature": _signature(sandbox, "answer", form)}
    kind = {"Content-Type": "application/x-www-form-urlencoded"}

    reply = sandbox.receiver.request("POST", "/" + sandbox.path(whole), pairs, kind | signed_without)
    unsigned = sandbox.receiver.request("POST", "/" + sandbox.path(whole), pairs, kind)

    assert (reply.status, unsigned.status) == (403, 403)
    assert "signed" in reply.body
    assert sandbox.log.get(form["MessageSid"]) is None


def test_of_a_get_the_secret_is_no_part_of_the_payload(sandbox: Any, value: str) -> None:  # VLD-01
    form = sandbox.form()
    target = f"answer?secret={quote(value)}&{urlencode(form)}"
    signature = {"X-Twilio-Signature": _signature(sandbox, target, {})}

    with ThreadPoolExecutor() as threads:
        answer = threads.submit(sandbox.receiver.request, "GET", "/" + sandbox.path(target), None, signature)
        call = sandbox.kernel.hear("call")
        sandbox.kernel.answer(call)
        assert answer.result().status == 200

    assert dict(call["payload"]) == form
    assert call["request"]["raw_query_string"] == urlencode(form)
    assert planted.MARK not in repr(sandbox.stored(form))


def test_both_values_are_taken_while_the_secret_is_rotated(sandbox: Any, value: str) -> None:  # VLD-01
    coming = planted.token()
    sandbox.announce(sandbox.kernel, **{NAME: [value, coming]})

    assert called(sandbox, f"?secret={quote(value)}")[1].status == 200
    assert called(sandbox, f"?secret={coming}")[1].status == 200

    sandbox.announce(sandbox.kernel, **{NAME: [coming]})
    sandbox.register(sandbox.kernel, secret=NAME)  # the receiver has read what came before it
    assert sandbox.text(sandbox.form(), f"answer?secret={quote(value)}").status == 403


def test_a_value_that_was_replaced_or_deleted_elsewhere_ends_though_a_kernel_still_says_it(
    sandbox: Any,
) -> None:  # VLD-01
    old, new, name = planted.token(), planted.token(), f"key-{token_hex(4)}"
    sandbox.definition = replace(sandbox.definition, sandbox=False, public_url=sandbox.receiver.base)
    safe.keep(name, Secret(old))
    sandbox.announce(sandbox.kernel, **{name: [old]})
    sandbox.register(sandbox.kernel, secret=name)
    assert called(sandbox, f"?secret={old}")[1].status == 200

    safe.keep(name, Secret(new))  # in another notebook, which does not answer the webhook
    look_anew(sandbox)

    assert sandbox.text(sandbox.form(), f"answer?secret={old}").status == 403
    assert called(sandbox, f"?secret={new}")[1].status == 200

    sandbox.announce(sandbox.kernel, **{name: [new]})
    look_anew(sandbox)
    safe.forget([name])
    look_anew(sandbox)

    assert sandbox.text(sandbox.form(), f"answer?secret={new}").status == 403


def test_what_a_kernel_says_of_a_secret_counts_before_the_receiver_has_looked(sandbox: Any) -> None:  # VLD-01
    old, new, name = planted.token(), planted.token(), f"key-{token_hex(4)}"
    sandbox.definition = replace(sandbox.definition, sandbox=False, public_url=sandbox.receiver.base)
    safe.keep(name, Secret(old))
    sandbox.announce(sandbox.kernel)
    sandbox.register(sandbox.kernel, secret=name)
    look_anew(sandbox)

    sandbox.announce(sandbox.kernel, **{name: [new]})

    assert called(sandbox, f"?secret={new}")[1].status == 200


def test_a_simulated_account_keeps_the_secret_that_it_made(sandbox: Any) -> None:  # VLD-01
    made, name = planted.token(), f"key-{token_hex(4)}"
    sandbox.announce(sandbox.kernel, **{name: [made]})
    sandbox.register(sandbox.kernel, secret=name)
    safe.keep(name, Secret(planted.token()))  # for a real service, in another notebook
    look_anew(sandbox)

    assert called(sandbox, f"?secret={made}")[1].status == 200


def test_a_secret_of_which_nobody_has_a_value_admits_nothing(sandbox: Any) -> None:  # VLD-01, WHC-12
    sandbox.register(sandbox.kernel, secret=NAME)
    form = sandbox.form()

    assert [sandbox.text(form, f"answer{query}").status for query in ("", "?secret=", "?secret=x")] == [
        403
    ] * 3
    assert sandbox.log.get(form["MessageSid"]) is None


def test_a_webhook_that_asks_for_no_secret_sees_the_query_as_it_is(sandbox: Any) -> None:  # VLD-01
    sandbox.register(sandbox.kernel)

    call, _ = called(sandbox, "?secret=hello&someParam=42")

    assert call["request"]["raw_query_string"] == "secret=hello&someParam=42"


def test_what_a_webhook_asks_for_holds_as_soon_as_it_is_defined_again(sandbox: Any) -> None:  # WHC-12
    value = planted.token()
    sandbox.announce(sandbox.kernel, **{NAME: [value]})
    sandbox.register(sandbox.kernel)
    look_anew(sandbox)

    sandbox.register(sandbox.kernel, secret=NAME)
    assert sandbox.text(sandbox.form()).status == 403

    sandbox.register(sandbox.kernel)
    assert called(sandbox, "")[1].status == 200


def test_the_inbox_and_status_callbacks_ask_for_no_secret(sandbox: Any, value: str) -> None:  # VLD-01
    form = sandbox.form()

    assert (sandbox.text(form, "inbox").status, sandbox.stored(form)["webhook"]) == (200, "inbox")
    assert sandbox.status({"MessageSid": form["MessageSid"], "MessageStatus": "delivered"}).status == 204


def test_the_receiver_finds_the_secret_by_itself_and_says_why_it_refuses(
    start_receiver: Callable[..., Any], serve: Callable[[Any], Any], capfd: pytest.CaptureFixture[str]
) -> None:  # VLD-01, WHC-12
    value = planted.token()
    receiver = start_receiver(TWILIO_NB_SECRET_VOTEKEY=value).wait()
    sandbox = serve(receiver)
    sandbox.register(sandbox.kernel, secret=NAME)
    sandbox.register(sandbox.kernel, "unknown", secret="nobodyHasIt")

    assert called(sandbox, f"?secret={value}&a=1")[1].status == 200
    assert sandbox.text(sandbox.form(), f"answer?secret={value[:-1]}").status == 403
    assert sandbox.text(sandbox.form(), f"answer?secret={value}&secret={value}").status == 403
    assert sandbox.text(sandbox.form(), f"answer?a={value}").status == 403
    assert sandbox.text(sandbox.form(), f"unknown?secret={value}").status == 403

    entries = _entries(sandbox, 5)
    refused = [one["error"] for one in entries if one["state"] is None]
    assert len(refused) == 4
    for error, why in zip(reversed(refused), ("another", "several", "none", "no value"), strict=True):
        assert error.startswith("SecretRefused: ")
        assert why in error
    assert "twilio_nb.secrets.set('nobodyHasIt')" in refused[0]
    assert {one["error_code"] for one in entries if one["state"] is None} == {"IncomingWebhookAuthFailed"}
    page = receiver.request("GET", "/", socket_name="pages.sock").body
    assert "answer?secret=&lt;voteKey&gt;#rc=2" in page
    assert "This machine has no value of it" in page
    assert "Hello! How are you?" not in repr(refused)
    said = page + repr(entries) + "".join(capfd.readouterr())
    assert "SecretRefused" in said
    assert planted.MARK not in said


def _entries(sandbox: Any, count: int) -> list[dict[str, Any]]:
    deadline = time.monotonic() + 10
    while len(found := LogBook(sandbox.database).find(sandbox.name, limit=None)) < count:
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return list(found)


def _signature(sandbox: Any, target: str, form: dict[str, str]) -> str:
    from twilio.request_validator import RequestValidator

    return str(
        RequestValidator(sandbox.token).compute_signature(sandbox.receiver.base + sandbox.path(target), form)
    )
