"""A signed request sent again: as it was, with other content, or elsewhere."""

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.attacks.vectors import sign
from tests.receiving.conftest import Kernel, Receiver, Reply, Sandbox
from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.domain.twiml import parse
from twilio_nb.receiving.signature import SIGNATURE_HEADER
from twilio_nb.storage.database import Database

PUBLIC = "https://hub.example.org/user/ann/"
Pairs = list[tuple[str, str]]


@dataclass
class Captured:
    """A request as somebody read it on its way: Twilio's signature, and all else to be changed at will."""

    signature: str
    form: dict[str, str]
    receiver: Receiver

    def send(self, path: str, pairs: Pairs | None = None, **how: Any) -> Reply:
        headers = {"Content-Type": "application/x-www-form-urlencoded", SIGNATURE_HEADER: self.signature}
        body = urlencode(list(self.form.items()) if pairs is None else pairs).encode()
        return self.receiver.request("POST", f"/{path}", body, headers, **how)


def captured(sandbox: Sandbox, webhook: str = "answer", **fields: str) -> Captured:
    form = sandbox.form(**fields)
    url = sandbox.receiver.base + sandbox.path(webhook)
    return Captured(sign(url, list(form.items()), sandbox.token), form, sandbox.receiver)


def nobody_is_asked(sandbox: Sandbox) -> bool:
    """Whether the kernel heard nothing since, in particular no call."""
    sandbox.kernel.tell("ping")
    return bool(sandbox.kernel.hear()["type"] == "pong")


def test_a_whole_request_sent_again_gets_the_first_answer_and_runs_nothing(sandbox: Sandbox) -> None:
    sandbox.register(sandbox.kernel)
    request = captured(sandbox)
    with ThreadPoolExecutor(8) as threads:
        answers = [threads.submit(request.send, sandbox.path()) for _ in range(8)]
        sandbox.kernel.answer(sandbox.kernel.hear("call"), "The only answer")
        bodies = {answer.result().body for answer in answers}
    sandbox.kernel.hear("settled")
    document = sandbox.stored(request.form)

    later = [request.send(sandbox.path()) for _ in range(3)]

    assert [message.body for message in parse(bodies.pop())] == ["The only answer"]
    assert bodies == set(), "one answer for all"
    assert {(reply.status, reply.body) for reply in later} == {(200, answers[0].result().body)}
    assert sandbox.stored(request.form) == document
    assert nobody_is_asked(sandbox)


def test_a_status_callback_sent_again_after_a_later_one_undoes_nothing(sandbox: Sandbox) -> None:
    form = {"MessageSid": "SM" + secrets.token_hex(16), "From": "+18057166646", "To": "+15558675309"}
    for status in ("sent", "delivered", "sent", "queued"):
        assert sandbox.status(form | {"MessageStatus": status}).status == 204

    assert sandbox.stored(form)["status"] == "delivered"


def test_other_content_under_the_same_signature_is_refused(sandbox: Sandbox) -> None:
    sandbox.register(sandbox.kernel)
    request = captured(sandbox, Body="Yes")
    form = request.form
    altered: list[Pairs] = [
        list((form | {"Body": "No"}).items()),
        list((form | {"From": "+15005550006"}).items()),
        list((form | {"MessageSid": "SM" + "0" * 32}).items()),
        [*form.items(), ("Body", "No")],
        [("Body", "No"), *form.items()],
        [*form.items(), ("Extra", "")],
        list(form.items())[1:],
        [],
    ]

    assert [request.send(sandbox.path(), pairs).status for pairs in altered] == [403] * len(altered)
    assert sandbox.database.db["messages"].count_documents({}) == 0
    assert nobody_is_asked(sandbox)


def test_the_same_sid_with_other_content_that_is_signed_too_changes_nothing(sandbox: Sandbox) -> None:
    sandbox.register(sandbox.kernel)
    request = captured(sandbox, Body="Yes")
    with ThreadPoolExecutor() as threads:
        first = threads.submit(request.send, sandbox.path())
        sandbox.kernel.answer(sandbox.kernel.hear("call"), "You said yes")
        answer = first.result()
    sandbox.kernel.hear("settled")
    document = sandbox.stored(request.form)

    forged = request.form | {"Body": "No", "From": "+15005550006", "AccountSid": "AC" + "f" * 32}
    again = [sandbox.text(forged), sandbox.text(forged, "inbox")]

    assert {(reply.status, reply.body) for reply in again} == {(200, answer.body)}
    assert sandbox.stored(request.form) == document
    assert nobody_is_asked(sandbox)


def test_the_order_of_the_parameters_is_not_signed_and_changes_nothing_that_is_stored(
    sandbox: Sandbox,
) -> None:
    request = captured(sandbox, "inbox")
    pairs = list(request.form.items())

    assert request.send(sandbox.path("inbox"), pairs[::-1]).status == 200
    document = sandbox.stored(request.form)
    assert request.send(sandbox.path("inbox"), pairs + pairs).status == 200

    assert {name: document[name] for name in ("from", "to", "body")} == {
        name.lower(): request.form[name] for name in ("From", "To", "Body")
    }
    assert sandbox.stored(request.form) == document


@pytest.fixture
def others(sandbox: Sandbox, database: Database) -> Iterator[dict[str, ServiceDefinition]]:
    """Services of the same account, and so of the same token, that are known to the same receiver."""
    kernel = Kernel(sandbox.receiver)
    made = {
        "sandbox": ServiceDefinition(f"b{sandbox.name}", "AC" + "0" * 32, sandbox=True),
        "public": ServiceDefinition(f"p{sandbox.name}", "AC" + "0" * 32, public_url=PUBLIC),
    }
    for definition in made.values():
        kernel.tell(
            "service",
            definition=definition.to_document(),
            database=database.name,
            tokens=[sandbox.token],
            secrets={},
        )
    kernel.tell("ping")
    kernel.hear("pong")
    yield made
    kernel.close()


def test_a_request_sent_to_another_service_webhook_or_address_is_refused(
    sandbox: Sandbox, others: dict[str, ServiceDefinition]
) -> None:
    sandbox.register(sandbox.kernel)
    sandbox.register(sandbox.kernel, "second")
    request = captured(sandbox)
    elsewhere = {
        sandbox.path("inbox"): 403,
        sandbox.path("second"): 403,
        f"twilio/service/{sandbox.name}/status": 403,
        sandbox.path() + "?a=1": 403,
        f"twilio/service/{others['sandbox'].name}/incoming_webhook/inbox": 403,
        f"twilio/service/{others['public'].name}/incoming_webhook/inbox": 403,
        sandbox.path() + "/": 404,
        sandbox.path().replace("twilio/", "twilio-nb/", 1): 404,
    }

    assert {path: request.send(path).status for path in elsewhere} == elsewhere
    # Behind a login, jupyter-server-proxy takes its own name off the path: that address is another one, too.
    pages = sandbox.path().removeprefix("twilio/")
    assert request.send(pages, socket_name="pages.sock").status == 403
    assert sandbox.log.get(request.form["MessageSid"]) is None
    assert nobody_is_asked(sandbox)


def test_what_was_signed_for_the_public_address_is_no_key_to_the_loopback_one_and_the_reverse(
    sandbox: Sandbox, others: dict[str, ServiceDefinition]
) -> None:
    for definition, base in ((others["public"], sandbox.receiver.base), (others["sandbox"], PUBLIC)):
        path = f"twilio/service/{definition.name}/incoming_webhook/inbox"
        form = sandbox.form()

        assert sandbox.receiver.post(path, form, token=sandbox.token, base=base).status == 403
        assert sandbox.log.get(form["MessageSid"]) is None
        right = sandbox.receiver.base if base == PUBLIC else PUBLIC
        assert sandbox.receiver.post(path, form, token=sandbox.token, base=right).status == 200
