"""As whom a handler runs: MongoDB refuses what its user may not, and without a user it does not run at all."""

import asyncio
import re
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from twilio_nb.domain.permissions import UserDefinition
from twilio_nb.errors import HandlerError
from twilio_nb.receiving.context import context
from twilio_nb.receiving.expansions import expansions
from twilio_nb.receiving.functions import function
from twilio_nb.receiving.handlers import Handler
from twilio_nb.receiving.lanes import start
from twilio_nb.receiving.outcomes import Outcome
from twilio_nb.receiving.runs import Text
from twilio_nb.storage.database import Database
from twilio_nb.storage.declarations import declared_users
from twilio_nb.storage.mongod import Mongod
from twilio_nb.storage.users import drop_users, make_user

REFUSED = 13


@pytest.fixture(scope="module")
def opened(mongod: Mongod) -> Iterator[Database]:
    """A database with a user that may store texts, and one that may find them."""
    name = f"test_{secrets.token_hex(6)}"
    with Database.open(name) as database:
        for user, may in (("collector", f"insert into {name}.texts"), ("reader", f"find in {name}.texts")):
            definition = UserDefinition(user, (may,))
            declared_users(database).save(definition)
            make_user(database, definition)
        yield database
        drop_users(database)
        database.drop()


@pytest.fixture
def database(opened: Database) -> Database:
    opened.db["texts"].delete_many({})
    return opened


def run(function: Callable[..., Any], database: Database | None, run_as: Any, body: str = "Hello") -> Outcome:
    handler = Handler(function, "s", "w", respond_result=True, run_as=run_as)
    handler.database = database
    return start(handler, Text((("From", "+15558675309"), ("Body", body)))).result(20)


def texts(database: Database) -> Any:
    return context.services.get("mongodb-atlas").db(database.name).collection("texts")


def test_a_def_handler_stores_and_is_refused_the_rest(database: Database) -> None:  # WHC-03
    def store(payload: dict[str, str]) -> str:
        texts(database).insert_one(payload)
        try:
            texts(database).find_one()
        except Exception as error:
            return f"{type(error).__name__} {getattr(error, 'code', None)}"
        return "found it"

    (reply,) = run(store, database, "collector").replies

    assert reply.body == f"OperationFailure {REFUSED}"
    assert database.db["texts"].count_documents({}) == 1


def test_an_async_handler_stores_and_is_refused_the_rest(database: Database) -> None:  # WHC-03
    async def store(payload: dict[str, str]) -> str:
        await texts(database).insert_one(payload)
        try:
            await texts(database).find_one()
        except Exception as error:
            return f"{type(error).__name__} {getattr(error, 'code', None)}"
        return "found it"

    (reply,) = run(store, database, "collector").replies

    assert reply.body == f"OperationFailure {REFUSED}"
    assert database.db["texts"].count_documents({}) == 1


def test_what_is_refused_and_not_caught_is_no_reply_and_stands_in_the_log_with_its_code(
    database: Database,
) -> None:
    outcome = run(
        lambda payload: texts(database).find_one({"Body": "quinces"}), database, "collector", "quinces"
    )

    assert (outcome.ok, outcome.replies) == (False, ())
    assert outcome.error is not None
    refused = rf"OperationFailure \(code {REFUSED}\): not authorized on \S+ to execute command \(line "
    assert re.match(refused, outcome.error)
    assert "quinces" not in f"{outcome.error}{outcome.traceback}"


def test_only_the_system_writes_past_a_validator(database: Database) -> None:  # SCH-06
    def past(payload: dict[str, str]) -> str:
        texts(database).insert_one(payload, bypass_document_validation=True)
        return "stored"

    refused, allowed = run(past, database, "collector"), run(past, database, None)

    assert refused.error is not None
    assert f"code {REFUSED}" in refused.error
    assert [reply.body for reply in allowed.replies] == ["stored"]


def test_threads_and_functions_that_a_handler_calls_run_as_its_user(database: Database) -> None:  # CTX-07
    @function("count texts".replace(" ", "-"))
    def count() -> int:
        found: int = texts(database).count_documents({})
        return found

    async def both(payload: Any) -> list[str]:
        told = []
        for call in (lambda: context.functions.execute("count-texts"), count):
            try:
                told.append(str(await asyncio.to_thread(call)))
            except Exception as error:
                told.append(str(getattr(error, "code", error)))
        return told

    (reply,) = run(both, database, "collector").replies
    (other,) = run(both, database, "reader").replies

    assert reply.body == f'["{REFUSED}","{REFUSED}"]'
    assert other.body == '["0","0"]'


def test_handlers_that_run_side_by_side_each_have_their_own_user(database: Database) -> None:
    async def who(payload: Any) -> str:
        await asyncio.sleep(0.01)
        try:
            await texts(database).find_one()
        except Exception:
            return f"{context.user.id} is refused"
        return f"{context.user.id} finds"

    names = ["collector", "reader", "collector"]
    handlers = [Handler(who, "s", "w", respond_result=True, run_as=name) for name in names]
    for handler in handlers:
        handler.database = database
    outcomes = [start(handler, Text((("Body", "Hello"),))) for handler in handlers]

    bodies = [outcome.result(20).replies[0].body for outcome in outcomes]
    assert bodies == ["collector is refused", "reader finds", "collector is refused"]


def test_the_context_tells_the_truth_about_the_user(
    database: Database,
) -> None:  # CTX-03, CTX-04, EXP-10, EXP-11
    seen: list[Any] = []

    def look(payload: Any) -> None:
        seen.append((context.user.id, context.user.type, context.running_as_system(), expansions().user))

    run(look, database, "collector")
    run(look, database, None)

    assert seen == [
        ("collector", "normal", False, {"id": "collector", "type": "normal"}),
        (None, "system", True, None),
    ]


@pytest.mark.parametrize(
    ("choose", "user"),
    [
        (lambda payload: "collector" if payload["Body"] == "Hello" else "reader", "collector"),
        (lambda payload: {"runAsSystem": True}, None),
        (lambda payload: ["collector", "reader"][texts_of_everybody(payload)], "collector"),
    ],
)
def test_a_function_of_the_payload_chooses_the_user(  # WHC-04
    database: Database, choose: Any, user: str | None
) -> None:
    seen: list[Any] = []

    run(lambda payload: seen.append(context.user.id), database, choose)

    assert seen == [user]


def texts_of_everybody(payload: dict[str, str]) -> int:
    """What only the system can tell: the function that chooses runs as the system."""
    assert context.running_as_system()
    return 0


def failing(payload: dict[str, str]) -> str:
    return payload["NoSuchField"]


async def coroutine(payload: dict[str, str]) -> str:
    return "collector"


@pytest.mark.parametrize(
    ("run_as", "said"),
    [
        (failing, "HandlerError: run_as raised KeyError, so answer did not run"),
        (lambda payload: None, "run_as named no user"),
        (lambda payload: "", "run_as named no user"),
        (lambda payload: {}, "run_as named no user"),
        (lambda payload: {"runAsSystem": False}, "run_as named no user"),
        (lambda payload: True, "run_as named no user"),
        (lambda payload: coroutine(payload), "run_as named no user"),
        (lambda payload: "nobody", "There is no user 'nobody'"),
        ("nobody", "There is no user 'nobody'"),
    ],
)
@pytest.mark.parametrize("asynchronous", [False, True], ids=["def", "async def"])
def test_without_a_user_the_handler_does_not_run_and_the_log_says_why(  # C6, WHC-06
    database: Database, run_as: Any, said: str, asynchronous: bool
) -> None:
    ran = []

    def answer(payload: Any) -> str:
        ran.append(payload)
        return "ran"

    async def later(payload: Any) -> str:
        return answer(payload)

    later.__name__ = "answer"
    outcome = run(later if asynchronous else answer, database, run_as)

    assert ran == []
    assert (outcome.ok, outcome.replies) == (False, ())
    assert outcome.error is not None
    assert said in outcome.error


def test_a_service_that_is_not_received_has_no_users() -> None:  # C6
    outcome = run(lambda payload: "ran", None, "collector")

    assert outcome.replies == ()
    assert outcome.error is not None
    assert "not being received" in outcome.error


@pytest.mark.parametrize("run_as", ["", " ", 7, coroutine, {"runAsSystem": True}])
def test_what_can_name_no_user_is_refused_when_the_webhook_is_defined(run_as: Any) -> None:  # WHC-03, WHC-04
    with pytest.raises(HandlerError, match="run_as"):
        Handler(lambda payload: None, "s", "w", run_as=run_as)


def test_a_user_that_was_taken_away_does_nothing_any_more(mongod: Mongod, database: Database) -> None:
    name = f"leaving-{secrets.token_hex(3)}"
    definition = UserDefinition(name, (f"insert into {database.name}.texts",))
    declared_users(database).save(definition)
    make_user(database, definition)
    store = lambda payload: texts(database).insert_one(payload) and "stored"  # noqa: E731
    assert run(store, database, name).ok

    database.client.admin.command("dropUser", definition.login_name(database.name))

    assert not run(store, database, name).ok
    assert database.db["texts"].count_documents({}) == 1
