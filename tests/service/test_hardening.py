"""Handlers that MongoDB holds to little: declared, made, tried, and texted, with the embedded mongod."""

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import twilio_nb
from tests import planted
from twilio_nb.account import SandboxAccount
from twilio_nb.errors import ConfigurationError
from twilio_nb.phones import Phone
from twilio_nb.receiving.host import Host
from twilio_nb.service import Service
from twilio_nb.storage.database import Database
from twilio_nb.storage.logins import find_login
from twilio_nb.storage.users import code_of

Eventually = Callable[[Callable[[], bool]], None]
SCHEMA = {
    "required": ["Body"],
    "properties": {"Body": {"bsonType": "string"}, "device": {"bsonType": "uuid"}},
}


@pytest.fixture
def place(account: SandboxAccount) -> Iterator[str]:
    """A database of handlers; what is declared and defined goes with it."""
    name = f"demo_{secrets.token_hex(4)}"
    yield name
    host = Host.running()
    for handler in host.handlers() if host else []:
        host.unregister(handler.service, handler.name)  # type: ignore[union-attr]  # there is one then
    service = account.service
    for user in service.users:
        service.users.remove(user.name)
    for collection in service.collections:
        service.collections.remove(collection.name)
    service.database.client.drop_database(name)


@pytest.fixture
def service(account: SandboxAccount, place: str) -> Service:
    """The sandbox's service, with a user and a collection declared, and made."""
    account.service.users.add("collector", may=[f"insert into {place}.texts"])
    account.service.collections.add(f"{place}.texts", SCHEMA, unique="MessageSid")
    account.service.harden()
    return account.service


@pytest.fixture
def phone(account: SandboxAccount) -> Phone:
    return account.phone(f"+1555867{secrets.randbelow(10_000):04d}")


def last_entry(service: Service, phone: Phone, eventually: Eventually) -> dict[Any, Any]:
    eventually(lambda: len(service.logs(from_=phone.number)) > 0)
    return dict(service.logs(from_=phone.number).iloc[0])


def said(findings: Any, words: str) -> Any:
    (finding,) = [one for one in findings if words in one.sentence]
    return finding


def test_a_handler_stores_as_its_user(service: Service, phone: Phone, place: str) -> None:  # WHC-03
    @service.webhook("save", respond_result=True, run_as="collector")
    def save(payload: dict[str, str], response: Any, context: Any) -> None:
        atlas = context.services.get("mongodb-atlas")
        saved = atlas.db(place).collection("texts").insert_one(payload)
        response.set_body(f"Saved your text message with _id: {saved.inserted_id}")

    (reply,) = phone.text("Hello").replies
    assert "It runs as 'collector'." in repr(save)

    stored = service.database.client[place]["texts"].find_one()
    assert stored is not None
    assert reply == f"Saved your text message with _id: {stored['_id']}"


def test_what_mongodb_refuses_its_user_is_kept_unanswered_and_logged_with_the_code(
    service: Service, phone: Phone, place: str, eventually: Eventually
) -> None:
    @service.webhook("peek", respond_result=True, run_as="collector")
    def peek(payload: dict[str, str], response: Any, context: Any) -> str:
        atlas = context.services.get("mongodb-atlas")
        return str(atlas.db(place).collection("texts").find_one())

    said_back = phone.text("Show me all")

    entry = last_entry(service, phone, eventually)
    assert said_back.replies == []
    assert service.texts(with_=phone.number)["body"].tolist() == ["Show me all"]
    assert service.texts(with_=phone.number)["state"].tolist() == ["failed"]
    assert entry["error"].startswith("OperationFailure (code 13): not authorized")


def test_without_a_user_the_text_is_kept_unanswered_and_the_log_says_why(  # C6, WHC-06
    service: Service, phone: Phone, eventually: Eventually
) -> None:
    ran: list[Any] = []
    service.define(ran.append, "closed", respond_result=True, run_as=lambda payload: None)

    said_back = phone.text("Hello")

    entry = last_entry(service, phone, eventually)
    assert (ran, said_back.replies) == ([], [])
    assert service.texts(with_=phone.number)["body"].tolist() == ["Hello"]
    assert (entry["state"], entry["status"]) == ("failed", "Error")
    assert "run_as named no user" in entry["error"]


@pytest.mark.parametrize(("declared", "says"), [(False, "service.users.add"), (True, "service.harden")])
def test_a_webhook_is_not_defined_for_a_user_that_is_not_made(
    account: SandboxAccount, place: str, declared: bool, says: str
) -> None:
    service, name = account.service, f"early-{secrets.token_hex(3)}"
    if declared:
        service.users.add("later", may=f"find in {place}.texts")

    with pytest.raises(ConfigurationError, match=says):
        service.define(lambda payload: None, name, run_as="later")

    assert name not in [row["webhook"] for row in service.webhooks()]


def test_hardening_says_what_each_part_prevents_and_repeats(service: Service, place: str) -> None:
    first, again = service.harden(), service.harden()

    assert first.rows == again.rows
    assert [(row["what"], row["state"]) for row in first.rows] == [
        ("messages, the texts", "there"),
        (f"{place}.texts", "there"),
        (f"validator of {place}.texts", "warn"),
        (f"MessageSid in {place}.texts", "unique"),
        ("user collector", "made"),
    ]
    assert [code for row in first.rows for code in ("13", "11000") if f"error {code}" in row["prevents"]] == [
        "11000", "11000", "13",
    ]  # fmt: skip
    assert first.steps == []
    assert "<table" in first._repr_html_()


def test_enforced_a_schema_binds_the_notebook_too(service: Service, place: str) -> None:  # SCH-01, SCH-06
    service.collections.enforce(f"{place}.texts")
    service.harden()

    with pytest.raises(Exception, match="121"):
        service.database.client[place]["texts"].insert_one({"no": "body"})
    assert said(service.doctor(), "error 121").state == "ok"


def test_the_doctor_tries_what_is_to_be_refused_and_leaves_nothing(service: Service, place: str) -> None:
    service.collections.enforce(f"{place}.texts")
    service.harden()

    found = service.doctor()

    tried = [one for one in found if "(error" in one.sentence]
    assert {one.state for one in tried} == {"ok"}
    assert [code for one in tried for code in ("11000", "121", "13") if f"error {code})" in one.sentence] == [
        "11000", "121", "11000", "13",
    ]  # fmt: skip
    assert said(found, "Texts are stored in MongoDB").state == "ok"
    assert service.database.client[place]["texts"].count_documents({}) == 0
    assert service.database.db["messages"].count_documents({"_id": {"$regex": "trial"}}) == 0


def test_the_doctor_counts_what_a_schema_would_refuse_before_it_does(service: Service, place: str) -> None:
    service.database.client[place]["texts"].insert_many([{"no": "body"}, {"Body": "Hello"}])

    finding = said(service.doctor(), "only notes")

    assert finding.state == "warning"
    assert "1 of its documents would be refused" in finding.sentence


def breakings() -> dict[str, tuple[Callable[[Database, str, str], Any], str]]:
    """What may happen behind one's back, and what is said of it."""
    return {
        "collection dropped": (lambda database, place, user: database.client[place].drop_collection("texts"),
                               "is not there"),
        "validator off": (lambda database, place, user: database.client[place].command(
            "collMod", "texts", validator={}),
                          "does not check its documents as declared"),
        "warning only": (lambda database, place, user: database.client[place].command(
            "collMod", "texts", validationAction="warn"), "only notes what does not fit"),
        "index dropped": (lambda database, place, user: database.client[place]["texts"].drop_index("MessageSid_once"),
                          "takes documents with the same MessageSid"),
        "role widened": (lambda database, place, user: database.client.admin.command(
            "grantRolesToUser", user, roles=[{"role": "readWrite", "db": place}]), "was not refused: find in"),
        "role narrowed": (lambda database, place, user: database.client.admin.command(
            "updateRole", user, privileges=[]), "was refused: insert into"),
        "password changed": (lambda database, place, user: database.client.admin.command(
            "updateUser", user, pwd=planted.token()), "does not let 'collector' in (code 18)"),
    }  # fmt: skip


@pytest.mark.parametrize("case", breakings())
def test_the_doctor_finds_what_is_not_as_declared_and_hardening_mends_it(  # SCH-09
    service: Service, place: str, case: str
) -> None:
    service.collections.enforce(f"{place}.texts")
    service.harden()
    spoil, says = breakings()[case]
    spoil(service.database, place, find_login(service.database, "collector").name)

    assert said(service.doctor(), says).state == "problem"
    service.harden()
    assert [one.sentence for one in service.doctor() if one.state == "problem"] == []


def test_a_user_that_finds_in_a_view_sees_its_part_and_not_the_collection_below(  # ROL-04
    account: SandboxAccount, place: str
) -> None:
    service, database = account.service, account.service.database
    database.client[place]["texts"].insert_one({"Body": "Hello", "From": "+15558675309"})
    database.client[place].create_collection(
        "words", viewOn="texts", pipeline=[{"$project": {"Body": 1, "_id": 0}}]
    )
    service.users.add("reader", may=f"find in {place}.words")
    service.harden()
    client = database.clients.of(find_login(database, "reader"))

    assert client[place]["words"].find_one() == {"Body": "Hello"}
    assert code_of(client[place]["texts"].find_one, database) == 13
    assert said(service.doctor(), "'reader' may find in").state == "ok"


def test_a_validator_of_ones_own_is_left_alone_and_named(account: SandboxAccount, place: str) -> None:
    account.service.database.client[place].create_collection("texts", validator={"a": {"$exists": True}})
    account.service.collections.add(f"{place}.texts", SCHEMA)

    (row,) = [one for one in account.service.harden().rows if one["what"] == f"{place}.texts"]

    assert row["state"] == "not as declared"
    assert "left alone" in row["prevents"]


def test_declaring_a_schema_reports_what_mongodb_cannot_check(account: SandboxAccount, place: str) -> None:
    schema = {"properties": {"n": {"bsonType": "uuid", "validate": {"%%this": 1}}}}

    note = account.service.collections.add(f"{place}.texts", schema)

    assert "n: `uuid`" in note._text()  # SCH-04
    assert "n: `validate`" in note._text()


def test_a_cell_that_runs_again_does_not_undo_what_was_enforced(service: Service, place: str) -> None:
    service.collections.enforce(f"{place}.texts", level="moderate")

    service.collections.add(f"{place}.texts", SCHEMA, unique="MessageSid")
    (same,) = service.collections
    service.collections.add(f"{place}.texts", {"required": ["From"]})
    (other,) = service.collections

    assert (same.enforced, same.level) == (True, "moderate")
    assert other.enforced is False


def test_what_is_declared_shows_itself(service: Service, place: str) -> None:
    assert repr(service.users).splitlines()[1].split() == [
        "collector", "insert", "into", f"{place}.texts", "known",
    ]  # fmt: skip
    assert "notes what does not fit its schema" in repr(service.collections)
    assert "<table" in service.users._repr_html_()


@pytest.mark.parametrize(
    "act",
    [
        lambda service: service.users.add("empty", may=[]),
        lambda service: service.users.add("a b", may="find in demo.a"),
        lambda service: service.users.add("climber", may=f"insert into {service.database.name}.users"),
        lambda service: service.users.remove("nobody"),
        lambda service: service.collections.enforce("demo.none"),
        lambda service: service.collections.remove("demo.none"),
        lambda service: service.collections.add("texts"),
    ],
)
def test_what_cannot_be_declared_is_refused(account: SandboxAccount, act: Callable[[Service], Any]) -> None:
    before = repr(account.service.users), repr(account.service.collections)

    with pytest.raises(ConfigurationError):
        act(account.service)

    assert (repr(account.service.users), repr(account.service.collections)) == before


def test_a_users_handlers_stop_when_it_is_taken_away(
    service: Service, phone: Phone, place: str, eventually: Eventually
) -> None:
    ran: list[Any] = []
    service.define(ran.append, "gone", respond_result=True, run_as="collector")
    service.users.remove("collector")

    phone.text("Hello")

    assert ran == []
    assert "There is no user 'collector'" in last_entry(service, phone, eventually)["error"]


def test_a_users_password_is_shown_nowhere(
    service: Service, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    password = find_login(service.database, "collector").password.reveal()
    with caplog.at_level("DEBUG"):
        shown = [service.users, service.collections, service.harden(), service.doctor()]
        written = "".join(f"{one!r}{one._text()}{one._repr_html_()}" for one in shown)

    assert password not in written + capsys.readouterr().out + caplog.text
    assert password not in str(list(service.database.db["users"].find()))


def test_the_users_of_a_sandbox_end_with_it() -> None:
    account = twilio_nb.sandbox(f"users-{secrets.token_hex(3)}")
    account.service.users.add("collector", may="insert into demo.texts")
    account.service.harden()
    login = find_login(account.service.database, "collector")

    account.close()

    with Database.open() as database:
        assert database.client.admin.command("usersInfo", login.name)["users"] == []
        database.client.drop_database("demo")
