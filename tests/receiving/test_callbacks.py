"""Status callbacks, and services whose signatures cannot be checked."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.storage.database import Database

ACCOUNT = "AC" + "0" * 32


def callback(sid: str, status: str) -> dict[str, str]:
    return {
        "MessageSid": sid,
        "MessageStatus": status,
        "SmsSid": sid,
        "SmsStatus": status,
        "AccountSid": ACCOUNT,
        "From": "+18057166646",
        "To": "+15558675309",
    }


def test_a_status_callback_updates_its_message_and_never_back(sandbox: Any) -> None:  # WHP-06
    sid = "SM" + "1" * 32

    replies = [sandbox.status(callback(sid, status)) for status in ("sent", "delivered", "sent")]

    assert [(reply.status, reply.body) for reply in replies] == [(204, "")] * 3
    assert sandbox.log.get(sid)["status"] == "delivered"


def test_the_first_callback_of_a_reply_makes_its_message(sandbox: Any) -> None:
    sandbox.register(sandbox.kernel)
    form = sandbox.form()
    with ThreadPoolExecutor() as threads:
        answer = threads.submit(sandbox.text, form)
        sandbox.kernel.answer(sandbox.kernel.hear("call"), "The reply")
        answer.result()
    sid = "SM" + "2" * 32

    reply = sandbox.status(callback(sid, "sent"), f"?reply={form['MessageSid']}.0")

    assert reply.status == 204
    message = sandbox.log.get(sid)
    assert (message["direction"], message["body"], message["status"]) == (
        "outbound-reply",
        "The reply",
        "sent",
    )
    assert sandbox.stored(form)["handling"]["replies"][0]["sid"] == sid


def test_an_altered_reply_number_is_refused(sandbox: Any) -> None:
    form = callback("SM" + "3" * 32, "sent")
    path = f"twilio/service/{sandbox.name}/status"
    good = sandbox.receiver.post(f"{path}?reply=SM{'4' * 32}.0", form, token=sandbox.token)
    forged = sandbox.receiver.post(f"{path}?reply=SM{'4' * 32}.1", form, token="0" * 32)

    assert (good.status, forged.status) == (204, 403)


def test_what_is_no_callback_is_refused(sandbox: Any) -> None:
    assert sandbox.status({"MessageSid": "SM1", "MessageStatus": "sent"}).status == 400
    assert sandbox.status({"MessageSid": "SM" + "5" * 32}).status == 400


def announce(sandbox: Any, definition: ServiceDefinition, *tokens: str) -> None:
    document = definition.to_document()
    sandbox.kernel.tell(
        "service", definition=document, database=sandbox.database.name, tokens=list(tokens), secrets={}
    )
    sandbox.kernel.tell("ping")
    sandbox.kernel.hear("pong")


def test_a_service_whose_token_is_not_known_answers_503_and_never_403(sandbox: Any) -> None:
    name = sandbox.name + "real"
    announce(sandbox, ServiceDefinition(name, ACCOUNT, public_url="https://text.example.org/"))
    path = f"twilio/service/{name}/incoming_webhook/inbox"

    reply = sandbox.receiver.post(path, sandbox.form(), token="t" * 32)
    unsigned = sandbox.receiver.post(path, sandbox.form(), token=None)

    assert (reply.status, reply.code) == (503, "SignatureUncheckable")
    assert unsigned.status == 403


def test_a_real_service_is_signed_for_its_public_address_alone(sandbox: Any, database: Database) -> None:
    name, token = sandbox.name + "real", "t" * 32
    announce(sandbox, ServiceDefinition(name, ACCOUNT, public_url="https://text.example.org/a/"), token)
    path = f"twilio/service/{name}/incoming_webhook/inbox"
    form = sandbox.form()

    assert sandbox.receiver.post(path, form, token=token).status == 403
    public = sandbox.receiver.post(path, form, token=token, base="https://text.example.org/a/")
    assert public.status == 200
    assert sandbox.stored(form)["service"] == name


def test_a_real_service_and_a_sandbox_of_one_name_are_told_apart_by_their_signatures(
    sandbox: Any, database: Database
) -> None:
    other = Database.open(database.name + "_other")
    try:
        real = ServiceDefinition(sandbox.name, ACCOUNT, public_url="https://text.example.org/")
        sandbox.kernel.tell(
            "service", definition=real.to_document(), database=other.name, tokens=["t" * 32], secrets={}
        )
        sandbox.kernel.tell("ping")
        sandbox.kernel.hear("pong")
        form, real_form = sandbox.form(), sandbox.form()

        assert sandbox.text(form, "inbox").status == 200
        assert sandbox.text(real_form, "inbox", token="t" * 32).status == 403
        real_reply = sandbox.text(real_form, "inbox", token="t" * 32, base="https://text.example.org/")
        assert real_reply.status == 200
        assert sandbox.log.get(form["MessageSid"])
        assert sandbox.log.get(real_form["MessageSid"]) is None
        assert other.db["messages"].find_one({"_id": real_form["MessageSid"]})
    finally:
        other.drop()
        other.close()


def test_during_rotation_both_tokens_are_good(sandbox: Any) -> None:
    announce(sandbox, sandbox.definition, sandbox.token, "next" * 8)

    assert sandbox.text(sandbox.form(), "inbox").status == 200
    assert sandbox.text(sandbox.form(), "inbox", token="next" * 8).status == 200
    assert sandbox.text(sandbox.form(), "inbox", token="last" * 8).status == 403
