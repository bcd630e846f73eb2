"""A paused webhook stores its texts, which wait; that holds at once, for every kernel of the receiver."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.receiving.conftest import Kernel
from twilio_nb.domain.definitions import WebhookDefinition


def toggle(sandbox: Any, kernel: Kernel, *, enabled: bool) -> None:
    """Pause or resume the webhook as the host of a notebook does."""
    assert sandbox.registry.enable_webhook(sandbox.name, "answer", enabled=enabled)
    kernel.tell("enable", service=sandbox.name, webhook="answer")
    while kernel.hear()["type"] != "enabled":
        pass


def test_texts_of_a_webhook_that_another_kernel_paused_wait_from_that_moment_on(
    sandbox: Any,
) -> None:  # WHC-17
    sandbox.register(sandbox.kernel)
    with ThreadPoolExecutor() as threads:  # the definition is known, and fresh
        answer = threads.submit(sandbox.text, sandbox.form())
        sandbox.kernel.answer(sandbox.kernel.hear("call"), "Hi")
        assert "Hi" in answer.result().body
    sandbox.kernel.hear("settled")

    toggle(sandbox, sandbox.connect(), enabled=False)
    form = sandbox.form()

    assert sandbox.text(form).status == 200
    assert sandbox.stored(form)["handling"]["state"] == "pending"
    assert sandbox.kernel.hear()["type"] == "paused"


def test_the_kernel_that_answers_is_told_to_go_on(sandbox: Any) -> None:
    sandbox.register(sandbox.kernel)
    other = sandbox.connect()
    toggle(sandbox, other, enabled=False)
    assert sandbox.kernel.hear()["type"] == "paused"

    toggle(sandbox, other, enabled=True)

    assert sandbox.kernel.hear() == {"type": "unpaused", "service": sandbox.name, "webhook": "answer"}
    with ThreadPoolExecutor() as threads:
        answer = threads.submit(sandbox.text, sandbox.form())
        sandbox.kernel.answer(sandbox.kernel.hear("call"), "Here again")
        assert "Here again" in answer.result().body


def test_a_receiver_that_starts_hands_on_no_text_of_a_paused_webhook(start_receiver: Any, serve: Any) -> None:
    receiver = start_receiver().wait()
    service = serve(receiver)
    service.registry.save_webhook(WebhookDefinition(service.name, "answer", enabled=False))
    service.register(service.kernel)
    form = service.form()

    assert service.text(form).status == 200
    assert service.stored(form)["handling"]["state"] == "pending"


def test_a_repeated_delivery_of_a_text_that_waits_is_answered_like_the_first(sandbox: Any) -> None:
    sandbox.register(sandbox.kernel)
    toggle(sandbox, sandbox.kernel, enabled=False)
    form = sandbox.form()

    first, second = sandbox.text(form), sandbox.text(form)

    assert (first.status, first.body) == (second.status, second.body)
    assert sandbox.stored(form)["handling"]["state"] == "pending"


def test_what_is_running_when_the_webhook_is_paused_is_answered(sandbox: Any) -> None:
    sandbox.register(sandbox.kernel)
    other = sandbox.connect()
    with ThreadPoolExecutor() as threads:
        answer = threads.submit(sandbox.text, sandbox.form())
        call = sandbox.kernel.hear("call")
        toggle(sandbox, other, enabled=False)
        sandbox.kernel.hear("paused")
        sandbox.kernel.answer(call, "Still me")

        assert "Still me" in answer.result().body


def test_that_it_was_paused_through_another_receiver_is_found_out(sandbox: Any) -> None:
    sandbox.register(sandbox.kernel)
    sandbox.text(sandbox.form(), "inbox")  # definitions are read

    sandbox.registry.enable_webhook(sandbox.name, "answer", enabled=False)
    began = time.monotonic()

    assert sandbox.kernel.hear("paused")
    assert time.monotonic() - began < 15
