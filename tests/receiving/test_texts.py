"""One text at a time, through a real receiver with a real MongoDB: from the signature to the answer."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator

from twilio_nb.domain.definitions import WebhookDefinition
from twilio_nb.domain.twiml import EMPTY, parse
from twilio_nb.storage.logs import LogBook


def state(sandbox: Any, form: dict[str, str], expected: str) -> dict[str, Any]:
    """Wait for the state of a text's handling."""
    deadline = time.monotonic() + 5
    while True:
        handling: dict[str, Any] = sandbox.stored(form)["handling"]
        if handling["state"] == expected or time.monotonic() > deadline:
            assert handling["state"] == expected
            return handling
        time.sleep(0.02)


def sign(sandbox: Any, pairs: list[tuple[str, str]], webhook: str = "inbox") -> str:
    validator = RequestValidator(sandbox.token)
    return str(validator.compute_signature(sandbox.receiver.base + sandbox.path(webhook), dict(pairs)))


def test_a_text_for_the_inbox_is_stored_and_answered_with_nothing(sandbox: Any) -> None:  # WHU-04
    form = sandbox.form(Body="  a line\n and blanks  ")

    reply = sandbox.text(form, "inbox")

    assert (reply.status, reply.body) == (200, EMPTY)
    assert reply.headers["content-type"].startswith("text/xml")
    stored = sandbox.stored(form)
    assert stored["body"] == "  a line\n and blanks  "
    assert stored["handling"]["state"] == "stored"
    assert stored["payload"] == [list(pair) for pair in form.items()]


def test_a_handler_s_reply_is_the_answer_and_names_where_twilio_reports(
    sandbox: Any,
) -> None:  # WHP-02, WHP-03, WHP-04
    sandbox.register(sandbox.kernel)
    form = sandbox.form()
    with ThreadPoolExecutor() as threads:
        answer = threads.submit(sandbox.text, form)
        call = sandbox.kernel.hear("call")
        sandbox.kernel.answer(call, "First", "Second & third")
        reply = answer.result()

    assert sandbox.kernel.hear("settled") == {"type": "settled", "call": call["call"], "by": "twiml"}
    assert dict(call["payload"]) == form
    assert 8 < call["remaining"] <= 10
    assert [message.body for message in parse(reply.body)] == ["First", "Second & third"]
    status = f"{sandbox.receiver.base}twilio/service/{sandbox.name}/status?reply={form['MessageSid']}"
    assert [message.status_callback for message in parse(reply.body)] == [
        f"{status}.0#rc=2&rp=ct,5xx",
        f"{status}.1#rc=2&rp=ct,5xx",
    ]
    handling = sandbox.stored(form)["handling"]
    assert handling["state"] == "answered"
    assert [kept["body"] for kept in handling["replies"]] == ["First", "Second & third"]


def test_the_request_that_a_handler_sees_has_no_credentials(sandbox: Any) -> None:  # CTX-05, CTX-06, C9
    sandbox.register(sandbox.kernel)
    path = f"twilio-nb/service/{sandbox.name}/incoming_webhook/answer?a=1&token=jupyter-s3cret"
    headers = {"Cookie": "login=s3cret", "Authorization": "token s3cret", "User-Agent": "TwilioProxy/1.1"}
    with ThreadPoolExecutor() as threads:
        answer = threads.submit(
            sandbox.receiver.post,
            path,
            sandbox.form(),
            token=sandbox.token,
            headers=headers,
            socket_name="pages.sock",
        )
        call = sandbox.kernel.hear("call")
        sandbox.kernel.answer(call)
        assert answer.result().status == 200

    assert "s3cret" not in str(call)
    assert call["request"]["raw_query_string"] == "a=1"
    assert call["request"]["http_user_agent"] == "TwilioProxy/1.1"
    assert call["request"]["webhook_url"] == sandbox.receiver.base + path.partition("?")[0]


def test_one_altered_byte_is_refused_and_stores_nothing(sandbox: Any) -> None:  # VLD-03
    form = sandbox.form()
    pairs = list(form.items())
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    headers["X-Twilio-Signature"] = sign(sandbox, pairs)
    altered = urlencode(form | {"Body": "Hello! How are yov?"}).encode()

    reply = sandbox.receiver.request("POST", "/" + sandbox.path("inbox"), altered, headers)

    assert (reply.status, reply.code) == (403, "IncomingWebhookAuthFailed")
    assert sandbox.log.get(form["MessageSid"]) is None


def test_an_unsigned_request_is_refused_and_noted_without_its_content(
    sandbox: Any,
) -> None:  # WHC-12, VLD-03, LOG-09
    form = sandbox.form(Body="a word that is nobody's business")

    reply = sandbox.text(form, "inbox", token=None)

    assert reply.status == 403
    assert sandbox.log.get(form["MessageSid"]) is None
    deadline = time.monotonic() + 5
    while not (entries := LogBook(sandbox.database).find(sandbox.name)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [(entry["status"], entry["webhook"]) for entry in entries] == [("Error", "inbox")]
    assert "nobody's business" not in str(entries)
    assert form["From"] not in str(entries)


def test_a_text_signed_for_another_webhook_is_refused(sandbox: Any) -> None:
    sandbox.register(sandbox.kernel)
    form = sandbox.form()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    headers["X-Twilio-Signature"] = sign(sandbox, list(form.items()), "inbox")

    reply = sandbox.receiver.request("POST", "/" + sandbox.path(), urlencode(form).encode(), headers)

    assert reply.status == 403


def test_a_text_may_come_as_a_get_whose_address_alone_is_signed(sandbox: Any) -> None:  # WHC-11
    form = sandbox.form(Body="hello world & more")
    path = sandbox.path("inbox") + "?" + urlencode(form)
    signature = RequestValidator(sandbox.token).compute_signature(sandbox.receiver.base + path, {})
    reply = sandbox.receiver.request("GET", "/" + path, headers={"X-Twilio-Signature": signature})

    assert reply.status == 200
    assert sandbox.stored(form)["body"] == "hello world & more"


def test_a_repeated_name_is_kept_and_signed_as_twilio_does(sandbox: Any) -> None:  # WHP-08
    form = sandbox.form()
    pairs = [*form.items(), ("Extra", "b"), ("Extra", "a"), ("$where", "1"), ("a.b", "")]

    assert sandbox.text(pairs, "inbox").status == 200
    assert sandbox.stored(form)["payload"] == [list(pair) for pair in pairs]


def test_a_repeated_delivery_waits_for_the_first_answer(sandbox: Any) -> None:  # WHU-10
    sandbox.register(sandbox.kernel)
    form = sandbox.form()
    with ThreadPoolExecutor() as threads:
        deliveries = [threads.submit(sandbox.text, form) for _ in range(3)]
        call = sandbox.kernel.hear("call")
        time.sleep(0.2)
        sandbox.kernel.answer(call, "Only once")
        answers = {delivery.result().body for delivery in deliveries}
    sandbox.kernel.hear("settled")
    again = sandbox.text(form)
    sandbox.kernel.tell("ping")

    assert len(answers) == 1
    assert again.body in answers
    sandbox.kernel.hear("pong")  # and no second call before it


def test_a_repeated_delivery_with_other_content_changes_nothing(sandbox: Any) -> None:
    form = sandbox.form()
    sandbox.text(form, "inbox")

    assert sandbox.text(form | {"Body": "Forged"}, "inbox").status == 200
    assert sandbox.stored(form)["body"] == form["Body"]


def test_without_a_live_handler_a_text_is_pending(sandbox: Any) -> None:
    sandbox.register(sandbox.kernel)
    sandbox.kernel.close()
    form = sandbox.form()
    time.sleep(0.1)

    assert sandbox.text(form).body == EMPTY
    assert sandbox.stored(form)["handling"]["state"] == "pending"


def test_a_webhook_defined_without_any_kernel_is_found_in_the_registry(sandbox: Any) -> None:
    sandbox.registry.save_webhook(WebhookDefinition(sandbox.name, "byHand"))
    time.sleep(0.3)  # what was not there is looked for again after that time
    form = sandbox.form()

    assert sandbox.text(form, "byHand").status == 200
    assert sandbox.stored(form)["handling"]["state"] == "pending"


def test_definitions_that_somebody_spoilt_cost_nobody_else_a_text(sandbox: Any) -> None:
    sandbox.registry.save_webhook(WebhookDefinition(sandbox.name, "byHand"))
    spoilt = {"_id": f"{sandbox.name}/spoilt", "service": sandbox.name, "name": "spoilt", "timeout": "x"}
    sandbox.database.db["webhooks"].insert_one(spoilt)
    sandbox.database.db["services"].insert_one({"_id": "spoilt", "account_sid": 5})
    time.sleep(0.3)
    form = sandbox.form()

    assert sandbox.text(form, "byHand").status == 200
    assert sandbox.stored(form)["handling"]["state"] == "pending"


def test_a_webhook_that_was_never_defined_is_not_found(sandbox: Any) -> None:  # WHU-02
    reply = sandbox.text(sandbox.form(), "nowhere")

    assert (reply.status, reply.code) == (404, "IncomingWebhookNotFound")


def test_a_form_that_is_no_text_is_refused(sandbox: Any) -> None:
    reply = sandbox.text({"From": "+15558675309", "Body": "no SID"}, "inbox")

    assert (reply.status, reply.code) == (400, "InvalidParameter")


def test_a_handler_that_fails_answers_nothing_and_its_error_is_kept(sandbox: Any) -> None:
    sandbox.register(sandbox.kernel)
    form = sandbox.form()
    with ThreadPoolExecutor() as threads:
        answer = threads.submit(sandbox.text, form)
        sandbox.kernel.answer(sandbox.kernel.hear("call"), ok=False, error="ValueError: internals")
        reply = answer.result()

    assert (reply.status, reply.body) == (200, EMPTY)
    handling = sandbox.stored(form)["handling"]
    assert (handling["state"], handling["error"]) == ("failed", "ValueError: internals")


def test_a_webhook_that_does_not_respond_texts_nothing_back(sandbox: Any) -> None:
    sandbox.register(sandbox.kernel, respond_result=False)
    with ThreadPoolExecutor() as threads:
        answer = threads.submit(sandbox.text, sandbox.form())
        sandbox.kernel.answer(sandbox.kernel.hear("call"), "Not sent")

        assert answer.result().body == EMPTY


def test_after_the_deadline_the_kernel_delivers(sandbox: Any) -> None:  # WHU-07
    sandbox.register(sandbox.kernel, timeout=0.6)
    form = sandbox.form()
    began = time.monotonic()
    with ThreadPoolExecutor() as threads:
        answer = threads.submit(sandbox.text, form)
        call = sandbox.kernel.hear("call")
        reply = answer.result()
    took = time.monotonic() - began
    handling = state(sandbox, form, "late")
    sandbox.kernel.answer(call, "Sorry, it took a while")

    assert reply.body == EMPTY
    assert 0.5 < took < 1.5
    assert "finished" not in handling
    assert sandbox.kernel.hear("settled") == {"type": "settled", "call": call["call"], "by": "rest"}


def test_a_kernel_that_leaves_interrupts_what_it_ran_and_twilio_is_answered_at_once(sandbox: Any) -> None:
    sandbox.register(sandbox.kernel)
    form = sandbox.form()
    with ThreadPoolExecutor() as threads:
        answer = threads.submit(sandbox.text, form)
        sandbox.kernel.hear("call")
        began = time.monotonic()
        sandbox.kernel.close()
        reply = answer.result()

    assert (reply.status, reply.body) == (200, EMPTY)
    assert time.monotonic() - began < 2
    state(sandbox, form, "interrupted")


def test_kernels_that_leave_at_once_leave_nothing_running(sandbox: Any) -> None:
    sandbox.register(sandbox.kernel)
    newer = sandbox.connect()
    sandbox.register(newer)
    form = sandbox.form()
    with ThreadPoolExecutor() as threads:
        answer = threads.submit(sandbox.text, form)
        newer.hear("call")
        sandbox.kernel.close()  # which has not read that it was taken over: its connection is reset
        newer.close()
        assert answer.result().body == EMPTY

    state(sandbox, form, "interrupted")


def test_the_newest_kernel_takes_over_and_the_other_resumes_when_it_leaves(sandbox: Any) -> None:
    sandbox.register(sandbox.kernel)
    newer = sandbox.connect()
    sandbox.register(newer)
    names = {"service": sandbox.name, "webhook": "answer"}

    assert sandbox.kernel.hear("taken_over") == {"type": "taken_over", **names, "by": newer.owner}
    with ThreadPoolExecutor() as threads:
        answer = threads.submit(sandbox.text, sandbox.form())
        newer.answer(newer.hear("call"), "The newer")
        assert "The newer" in answer.result().body
    newer.hear("settled")
    newer.close()
    assert sandbox.kernel.hear("resumed") == {"type": "resumed", **names}
    with ThreadPoolExecutor() as threads:
        answer = threads.submit(sandbox.text, sandbox.form())
        sandbox.kernel.answer(sandbox.kernel.hear("call"), "The older")
        assert "The older" in answer.result().body


def test_a_kernel_that_dials_again_takes_nothing_over_from_itself(sandbox: Any) -> None:
    sandbox.register(sandbox.kernel)
    again = sandbox.connect(owner=sandbox.kernel.owner)
    definition = WebhookDefinition(sandbox.name, "answer", respond_result=True)
    again.tell("register", definition=definition.to_document())

    assert again.hear() == {"type": "registered", "service": sandbox.name, "webhook": "answer"}
    sandbox.kernel.tell("ping")
    sandbox.kernel.hear("pong")
    sandbox.kernel.close()  # the old link ends last, and takes nothing away
    with ThreadPoolExecutor() as threads:
        answer = threads.submit(sandbox.text, sandbox.form())
        again.answer(again.hear("call"), "Here")
        assert "Here" in answer.result().body


def test_an_unregistered_handler_is_no_longer_asked(sandbox: Any) -> None:
    sandbox.register(sandbox.kernel)
    sandbox.kernel.tell("unregister", service=sandbox.name, webhook="answer")
    sandbox.kernel.tell("ping")
    sandbox.kernel.hear("pong")
    form = sandbox.form()

    assert sandbox.text(form).body == EMPTY
    assert sandbox.stored(form)["handling"]["state"] == "pending"


def test_many_texts_at_once_are_each_stored_and_asked_for_once(sandbox: Any) -> None:
    sandbox.register(sandbox.kernel)
    forms = [sandbox.form(Body=str(n)) for n in range(40)]
    with ThreadPoolExecutor(20) as threads:
        replies = [threads.submit(sandbox.text, form) for form in forms]
        heard = 0
        while heard < len(forms):
            message = sandbox.kernel.hear()
            if message["type"] == "call":
                heard += 1
                sandbox.kernel.answer(message, "Echo " + dict(message["payload"])["Body"])

        assert [f"Echo {n}<" in reply.result().body for n, reply in enumerate(replies)] == [True] * 40


def test_the_log_tells_what_became_of_each_text_without_what_it_said(sandbox: Any) -> None:  # LOG-01
    sandbox.register(sandbox.kernel)
    form = sandbox.form(Body="a word that is nobody's business")
    with ThreadPoolExecutor() as threads:
        answer = threads.submit(sandbox.text, form)
        sandbox.kernel.answer(sandbox.kernel.hear("call"), "Answer", warnings=["Look at this."])
        answer.result()
    deadline = time.monotonic() + 5
    while not (entries := LogBook(sandbox.database).find(sandbox.name)) and time.monotonic() < deadline:
        time.sleep(0.02)

    assert [(entry["status"], entry["state"], entry["sid"], entry["warnings"]) for entry in entries] == [
        ("OK", "answered", form["MessageSid"], ["Look at this."])
    ]
    assert "nobody's business" not in str(entries)
    assert form["From"] not in str(entries)
