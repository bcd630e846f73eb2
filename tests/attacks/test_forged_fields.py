"""Fields that look like operators, paths and objects: they are text, and come back letter for letter."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

import pytest
from IPython.core.interactiveshell import InteractiveShell

from tests.attacks.vectors import sign
from tests.receiving.conftest import Sandbox, new_sid
from twilio_nb.notebook.current import services
from twilio_nb.service import Service
from twilio_nb.storage.frames import table
from twilio_nb.storage.secrets import Secret
from twilio_nb.storage.selection import condition

Pairs = list[tuple[str, str]]

NAMES = [
    "$where", "$set", "$", "$$ROOT", "a.b", ".", "a..b", "handling.state", "payload.0.0", "__proto__", "constructor",
    "__class__", "_id", "body", "from", "status", "service", "webhook", "time", "", " ", "\x00", "a\x00b", "\ufeff",
    "\u202e", "MessageSid[]", "MessageSid[$ne]", "Body[]", "From.$gt", "💬", "<script>", "=1+1", "x" * 30_000,
]  # fmt: skip
VALUES = [
    '{"$gt":""}', '{"$oid":"000000000000000000000000"}', "$body", "$$ROOT", "\x00", "a\x00b", "\ud7ff\ue000\uffff",
    "\ufffd", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "{{7*7}}", "${7*7}", "%(x)s",
    "=cmd|' /C calc'!A0", "\x1b[2J", "\u202egnp.exe", "']}; db.dropDatabase(); //", "1e400",
    "null", "true", "\U0010ffff", " \r\n\t",
]  # fmt: skip


def forged(sandbox: Sandbox, *pairs: tuple[str, str], **fields: str) -> Pairs:
    return [*sandbox.form(**fields).items(), *pairs]


def sid(pairs: Pairs) -> str:
    return dict(reversed(pairs))["MessageSid"]


def test_whatever_the_names_and_values_they_are_stored_as_they_came_and_so_are_their_neighbours(
    sandbox: Sandbox,
) -> None:
    by_name = [forged(sandbox, (name, "value"), (name, "again")) for name in NAMES]
    by_value = [forged(sandbox, ("Extra", value), Body=value, ToCity=value) for value in VALUES]
    numbers = [forged(sandbox, From=value, To=value) for value in VALUES]
    many = forged(sandbox, *((f"$field.{n}", str(n)) for n in range(980)))
    plain = [forged(sandbox, Body=str(n)) for n in range(60)]
    requests = [*by_name, *by_value, *numbers, many, *plain]
    with ThreadPoolExecutor(16) as threads:
        statuses = list(threads.map(lambda pairs: sandbox.text(pairs, "inbox").status, requests))

    assert statuses == [200] * len(requests)
    for pairs in requests:
        document = sandbox.log.get(sid(pairs))
        assert document is not None
        assert document["payload"] == [list(pair) for pair in pairs]
        told = dict(reversed(pairs))
        assert [document[name] for name in ("from", "to", "body")] == [told["From"], told["To"], told["Body"]]
        assert (document["service"], document["status"], document["webhook"]) == (
            sandbox.name,
            "received",
            "inbox",
        )
        assert document["handling"]["state"] == "stored"
    assert sandbox.database.db["messages"].count_documents({}) == len(requests)


def test_frames_and_the_magic_show_forged_fields_as_text(sandbox: Sandbox, shell: InteractiveShell) -> None:
    requests = [forged(sandbox, Body=value, From=value) for value in VALUES]
    for pairs in requests:
        assert sandbox.text(pairs, "inbox").status == 200
    service = Service(sandbox.definition, sandbox.database, Secret(sandbox.token))
    services.add(service)

    frame = shell.run_line_magic("twilio_texts", "")

    for shown in (frame, table(sandbox.database, {}).to_pandas()):
        found = {row["sid"]: (row["from"], row["body"]) for row in shown.to_dict("records")}
        assert found == {sid(pairs): (value, value) for pairs, value in zip(requests, VALUES, strict=True)}
    markup = shell.display_formatter.format(frame)[0]["text/html"]  # type: ignore[union-attr]
    assert "&lt;script&gt;" in markup
    assert "<script>" not in markup
    assert "<img" not in markup
    for value in VALUES:
        assert service.texts(with_=value)["body"].tolist() == [value]


def test_a_handler_gets_forged_fields_as_they_came(sandbox: Sandbox) -> None:
    sandbox.register(sandbox.kernel)
    pairs = forged(sandbox, *((name, "value") for name in NAMES[:-1]), Body="\x00$body", From='{"$gt":""}')
    with ThreadPoolExecutor() as threads:
        answer = threads.submit(sandbox.text, pairs)
        call = sandbox.kernel.hear("call")
        sandbox.kernel.answer(call, "$set\x00 {'$gt': ''}")
        assert answer.result().status == 200

    assert [tuple(pair) for pair in call["payload"]] == pairs
    document = sandbox.log.get(sid(pairs))
    assert document is not None
    assert document["handling"]["replies"][0]["body"] == "$set\x00 {'$gt': ''}"


@pytest.mark.parametrize("value", ["$status", "$$ROOT", "$body", '{"$gt":""}', "\x00", "💬"])
def test_a_status_callback_sets_no_more_than_it_says(sandbox: Sandbox, value: str) -> None:
    text = sandbox.form()
    assert sandbox.text(text, "inbox").status == 200
    form = {"MessageSid": new_sid(), "MessageStatus": value, "From": value, "To": value, "AccountSid": value}
    more: Pairs = [
        ("_id", value),
        ("body", value),
        ("status", "read"),
        ("$set", value),
        ("a.b", value),
        ("", value),
    ]

    assert sandbox.status([*form.items(), *more]).status == 204

    document = sandbox.stored(form)
    kept = [document[name] for name in ("status", "from", "to", "account_sid", "body", "direction")]
    assert kept == [value, value, value, value, None, "outbound-api"]
    assert document["payload"] == [list(pair) for pair in [*form.items(), *more]]
    assert sandbox.stored(text)["body"] == text["Body"]
    assert sandbox.status(form | {"MessageStatus": "sent", "From": "+15005550006"}).status == 204
    assert (sandbox.stored(form)["status"], sandbox.stored(form)["from"]) == ("sent", value)


def test_of_a_sid_that_is_given_twice_the_first_counts(sandbox: Sandbox) -> None:
    first, second = new_sid(), new_sid()
    pairs = [("MessageSid", first), *forged(sandbox, MessageSid=second)]

    assert sandbox.text(pairs, "inbox").status == 200
    assert sandbox.log.get(second) is None
    document = sandbox.log.get(first)
    assert document is not None
    assert document["payload"] == [list(pair) for pair in pairs]


@pytest.mark.parametrize(
    "sid",
    ["", "SM", "SM" + "g" * 32, "SM" + "0" * 33, "XX" + "0" * 32, "sm" + "0" * 32, " SM" + "0" * 32,
     "SM" + "0" * 32 + "\n", "SM" + "٠" * 32, '{"$ne":null}', "../../etc/passwd", "\x00SM" + "0" * 31, "💬"],
)  # fmt: skip
def test_a_sid_that_is_none_is_refused_though_signed(sandbox: Sandbox, sid: str) -> None:
    assert sandbox.text(forged(sandbox, MessageSid=sid), "inbox").status == 400
    assert sandbox.status({"MessageSid": sid, "MessageStatus": "sent"}).status == 400
    assert sandbox.database.db["messages"].count_documents({}) == 0


@pytest.mark.parametrize(
    "name", ["MessageSid[]", "MessageSid[$ne]", "MessageSid.0", "messagesid", "MessageSid\x00", "$MessageSid"]
)
def test_a_sid_under_another_name_is_none(sandbox: Sandbox, name: str) -> None:
    form = sandbox.form()
    form[name] = form.pop("MessageSid")

    assert sandbox.text(form, "inbox").status == 400


@pytest.mark.parametrize(
    ("pairs", "status"),
    [([(f"{n:x}", "") for n in range(10_000)], 400), ([("x" * 65_536, "")], 413), ([("Extra", "x" * 65_536)], 413)],
    ids=["10,000 fields", "a name of 64 KiB", "a value of 64 KiB"],
)  # fmt: skip
def test_more_than_twilio_would_ever_send_is_refused_though_signed(
    sandbox: Sandbox, pairs: Pairs, status: int
) -> None:
    form = forged(sandbox, *pairs)

    assert sandbox.text(form, "inbox").status == status
    assert sandbox.log.get(sid(form)) is None
    assert sandbox.text(sandbox.form(), "inbox").status == 200


@pytest.mark.parametrize(
    "raw", ["%ED%A0%BD", "%FF", "%C3", "%F8%88%80%80%80", "%C0%80", "%", "%zz", "%u0041"]
)
def test_what_is_no_utf_8_is_stored_as_far_as_it_is_text(sandbox: Sandbox, raw: str) -> None:
    form = sandbox.form()
    del form["Body"]
    body = f"{urlencode(form)}&Body=a{raw}b"
    read = "a" + (raw if raw in ("%", "%zz", "%u0041") else "�" * raw.count("%")) + "b"
    url = sandbox.receiver.base + sandbox.path("inbox")
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    headers["X-Twilio-Signature"] = sign(url, [*form.items(), ("Body", read)], sandbox.token)

    reply = sandbox.receiver.request("POST", "/" + sandbox.path("inbox"), body.encode(), headers)

    assert reply.status == 200
    assert sandbox.stored(form)["body"] == read


def test_an_object_where_text_is_expected_finds_nothing(sandbox: Sandbox) -> None:
    assert sandbox.text(sandbox.form(), "inbox").status == 200
    asked: Any = '{"$gt":""}'

    for argument in ("with_", "webhook", "status", "words"):
        assert len(table(sandbox.database, condition(**{argument: asked}))) == 0
    assert sandbox.log.get(asked) is None
