"""A service that somebody removed is answered for no longer, also by a receiver whose kernel had told of it."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from twilio_nb.domain.definitions import WebhookDefinition


def test_a_service_that_was_removed_is_soon_not_found_any_more(sandbox: Any) -> None:
    sandbox.registry.save_service(sandbox.definition)
    sandbox.connect()
    time.sleep(0.3)  # after which its page reads what is stored
    assert sandbox.name in sandbox.receiver.request("GET", "/", socket_name="pages.sock").body
    assert sandbox.text(sandbox.form(), "inbox").status == 200

    sandbox.registry.remove_service(sandbox.name)

    deadline = time.monotonic() + 20
    while sandbox.text(sandbox.form(), "inbox").status != 404:
        assert time.monotonic() < deadline, "it is still answered for"
        time.sleep(0.5)


def test_a_webhook_that_was_removed_elsewhere_is_soon_not_found_though_a_kernel_told_of_it(
    sandbox: Any,
) -> None:
    sandbox.register(sandbox.kernel)
    time.sleep(0.3)
    assert sandbox.text(sandbox.form(), "inbox").status == 200  # its webhooks are read
    sandbox.kernel.tell("enable", service=sandbox.name, webhook="answer")
    sandbox.kernel.hear("enabled")
    sandbox.kernel.tell("unregister", service=sandbox.name, webhook="answer")
    assert sandbox.text(sandbox.form()).status == 200

    sandbox.registry.remove_webhook(sandbox.name, "answer")

    deadline = time.monotonic() + 20
    while sandbox.text(sandbox.form()).status != 404:
        assert time.monotonic() < deadline, "it is still answered for"
        time.sleep(0.5)


def test_a_webhook_is_released_unless_another_kernel_answers_it_and_forgotten_once_it_is_removed(
    sandbox: Any,
) -> None:
    first, second = sandbox.kernel, sandbox.connect()
    which = {"service": sandbox.name, "webhook": "answer"}
    sandbox.register(first)
    sandbox.register(second)
    first.hear("taken_over")

    for kernel, other in ((first, second), (second, first)):
        kernel.tell("release", **which)
        assert kernel.hear("released")["by"] == other.owner
    first.tell("unregister", **which)
    first.tell("enable", **which)
    first.hear("enabled")  # so the receiver has read that
    second.tell("release", **which)
    assert "by" not in second.hear("released")
    form = sandbox.form()
    assert sandbox.text(form).status == 200
    assert sandbox.stored(form)["handling"]["state"] == "pending"  # asked nobody

    sandbox.registry.remove_webhook(sandbox.name, "answer")
    second.tell("enable", **which)
    second.hear("enabled")

    refused = sandbox.text(sandbox.form())
    assert (refused.status, refused.code) == (404, "IncomingWebhookNotFound")


def test_a_webhook_that_was_defined_and_removed_between_two_readings_is_forgotten_too(sandbox: Any) -> None:
    which = {"service": sandbox.name, "webhook": "answer"}
    assert sandbox.text(sandbox.form(), "inbox").status == 200  # so all is read
    sandbox.register(sandbox.kernel)

    sandbox.kernel.tell("release", **which)
    sandbox.kernel.hear("released")
    sandbox.registry.remove_webhook(sandbox.name, "answer")
    sandbox.kernel.tell("enable", **which)
    sandbox.kernel.hear("enabled")

    assert sandbox.text(sandbox.form()).status == 404


def test_a_kernel_whose_webhook_was_removed_through_another_receiver_is_told_and_asked_no_more(
    sandbox: Any,
) -> None:
    which = {"service": sandbox.name, "webhook": "answer"}
    sandbox.register(sandbox.kernel)
    sandbox.registry.remove_webhook(sandbox.name, "answer")
    definition = WebhookDefinition(sandbox.name, "answer").to_document()
    sandbox.kernel.tell("register", definition=definition)  # as after its receiver has been started again
    sandbox.kernel.hear("registered")
    time.sleep(0.05)  # a look that begins at the same tick of the clock does not count

    sandbox.kernel.tell("enable", **which)

    assert sandbox.kernel.hear("removed")["webhook"] == "answer"
    sandbox.kernel.hear("enabled")
    assert sandbox.text(sandbox.form()).status == 404

    sandbox.register(sandbox.kernel)
    with ThreadPoolExecutor() as pool:
        reply = pool.submit(sandbox.text, sandbox.form())
        sandbox.kernel.answer(sandbox.kernel.hear("call"), "Here again")
        assert "Here again" in reply.result().body
