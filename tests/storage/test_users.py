"""Users of a real mongod: what they may, what they are refused, what is left of them."""

import asyncio
import secrets
import stat
import traceback
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.errors import InvalidOperation, OperationFailure

from tests import planted
from twilio_nb.domain.permissions import UserDefinition
from twilio_nb.errors import ConfigurationError, StorageError
from twilio_nb.storage import secret_file
from twilio_nb.storage.clients import Login
from twilio_nb.storage.database import Database
from twilio_nb.storage.declarations import declared_users
from twilio_nb.storage.directories import data_directory
from twilio_nb.storage.logins import find_login
from twilio_nb.storage.secrets import Secret
from twilio_nb.storage.trials import trials_of_user
from twilio_nb.storage.users import (
    NO_SUCH_LOGIN,
    NOT_ALLOWED,
    _did,
    asks_for_passwords,
    code_of,
    code_of_login,
    drop_user,
    drop_users,
    make_user,
    own_name,
)

FILE = "mongod/users.json"


@pytest.fixture
def place(database: Database) -> Iterator[str]:
    """A database for handlers' collections."""
    name = f"demo_{secrets.token_hex(4)}"
    yield name
    drop_users(database)
    database.client.drop_database(name)


@pytest.fixture
def collector(database: Database, place: str) -> UserDefinition:
    """A user that may store texts, made."""
    definition = UserDefinition("collector", (f"insert into {place}.texts",))
    declared_users(database).save(definition)
    make_user(database, definition)
    return definition


@pytest.fixture
def client(database: Database, collector: UserDefinition) -> MongoClient[dict[str, Any]]:
    return database.clients.of(find_login(database, "collector"))


def known(database: Database, name: str) -> tuple[int, int]:
    """How many users and roles mongod knows by a name."""
    users = database.client.admin.command("usersInfo", name)["users"]
    return len(users), len(database.client.admin.command("rolesInfo", name)["roles"])


def test_a_user_does_what_it_may(client: MongoClient[dict[str, Any]], database: Database, place: str) -> None:
    client[place]["texts"].insert_one({"Body": "Hello"})

    assert database.client[place]["texts"].count_documents({}) == 1


@pytest.mark.parametrize(
    "refused",
    [
        lambda client, place: client[place]["texts"].find_one(),
        lambda client, place: client[place]["texts"].update_one({}, {"$set": {"a": 1}}),
        lambda client, place: client[place]["texts"].delete_many({}),
        lambda client, place: client[place]["texts"].insert_one({}, bypass_document_validation=True),
        lambda client, place: client[place]["texts"].create_index("a"),
        lambda client, place: client[place]["texts"].drop(),
        lambda client, place: client[place]["other"].insert_one({}),
        lambda client, place: client[place].command("collMod", "texts", validator={}),
        lambda client, place: client.admin.command("usersInfo", 1),
        lambda client, place: client.admin.command(
            "grantRolesToUser", "twilio_nb", roles=["root"], writeConcern={"w": 1}
        ),
    ],
)
def test_all_else_is_refused_with_mongodbs_own_code(
    client: MongoClient[dict[str, Any]], place: str, refused: Any
) -> None:
    client[place]["texts"].insert_one({})

    with pytest.raises(OperationFailure) as caught:
        refused(client, place)

    assert caught.value.code == NOT_ALLOWED


def test_trying_finds_what_a_user_may_and_leaves_nothing(
    database: Database, collector: UserDefinition, place: str
) -> None:
    database.client[place].create_collection("texts")

    tried = trials_of_user(database, find_login(database, "collector"), collector)

    assert {one.what: one.code for one in tried if one.wanted} == {f"insert into {place}.texts": None}
    assert {one.code for one in tried if not one.wanted} == {NOT_ALLOWED}
    assert all(one.is_right for one in tried)
    assert len(tried) == 7
    assert database.client[place]["texts"].count_documents({}) == 0


def test_trying_finds_a_role_that_allows_more(
    database: Database, collector: UserDefinition, place: str
) -> None:
    name = collector.login_name(database.name)
    database.client.admin.command("grantRolesToUser", name, roles=[{"role": "dbOwner", "db": place}])

    tried = trials_of_user(database, find_login(database, "collector"), collector)

    wrong = [one.what for one in tried if not one.is_right]
    assert f"find in {place}.texts" in wrong
    assert f"write past the validator of {place}.texts" in wrong


def test_making_it_again_changes_what_it_may_at_once_and_keeps_its_password(
    database: Database, collector: UserDefinition, client: MongoClient[dict[str, Any]], place: str
) -> None:
    client[place]["texts"].insert_one({})
    before = find_login(database, "collector")

    make_user(database, UserDefinition("collector", (f"find in {place}.texts",)))

    assert find_login(database, "collector") == before
    assert client[place]["texts"].find_one() is not None
    assert code_of(lambda: client[place]["texts"].insert_one({}), database) == NOT_ALLOWED


def test_a_password_that_is_not_the_users_any_more_is_set_again(
    database: Database, collector: UserDefinition
) -> None:
    name = collector.login_name(database.name)
    database.client.admin.command("updateUser", name, pwd=secrets.token_hex(8))
    assert code_of_login(database, find_login(database, "collector")) == NO_SUCH_LOGIN

    make_user(database, collector)

    assert code_of_login(database, find_login(database, "collector")) is None


def test_the_first_password_that_is_kept_is_everybodys(tmp_path: Path) -> None:
    file = tmp_path / "users.json"

    secret_file.change({"collector": "first"}, file, replace=False)
    secret_file.change({"collector": "second", "reader": "other"}, file, replace=False)

    assert secret_file.read(file) == {"collector": "first", "reader": "other"}


def test_the_embedded_mongods_passwords_lie_beside_its_data_for_their_owner_only(
    database: Database, collector: UserDefinition
) -> None:
    login = find_login(database, "collector")
    file = data_directory() / FILE

    assert login.password.reveal() in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert login.password.reveal() not in repr(login) + repr(vars(database.clients))


def test_a_password_stands_in_no_traceback_not_even_with_variables(database: Database) -> None:
    password = Secret(planted.token())

    with pytest.raises(StorageError) as refused:
        _did(database, {"createUser": "", "roles": []}, password=password)

    shown = "".join(traceback.TracebackException.from_exception(refused.value, capture_locals=True).format())
    assert "Secret('********')" in shown
    assert password.reveal() not in shown


def test_a_user_that_goes_leaves_nothing(
    database: Database, collector: UserDefinition, client: MongoClient[dict[str, Any]], place: str
) -> None:
    client[place]["texts"].insert_one({})
    name = collector.login_name(database.name)

    drop_user(database, collector)
    drop_user(database, collector)

    assert known(database, name) == (0, 0)
    assert name not in (data_directory() / FILE).read_text()
    assert code_of(lambda: client[place]["texts"].insert_one({}), database) == NOT_ALLOWED


def test_somebody_elses_user_of_that_name_is_left_alone(database: Database, place: str) -> None:
    definition = UserDefinition("theirs", (f"find in {place}.texts",))
    name = definition.login_name(database.name)
    database.client.admin.command("createUser", name, pwd=secrets.token_hex(8), roles=[])
    try:
        for act in (make_user, drop_user):
            with pytest.raises(ConfigurationError, match="left alone"):
                act(database, definition)
        assert known(database, name)[0] == 1
    finally:
        database.client.admin.command("dropUser", name)
        database.client.admin.command("dropRole", name)


def test_who_is_not_declared_or_not_made_cannot_log_in(database: Database, place: str) -> None:
    with pytest.raises(ConfigurationError, match=r"service\.users\.add"):
        find_login(database, "nobody")

    declared_users(database).save(UserDefinition("planned", (f"find in {place}.texts",)))
    with pytest.raises(ConfigurationError, match=r"service\.harden"):
        find_login(database, "planned")


def test_a_wrong_password_is_refused(database: Database, collector: UserDefinition) -> None:
    login = find_login(database, "collector")

    assert code_of_login(database, Login(login.user, "twilio_nb", login.password)) == NO_SUCH_LOGIN


def test_the_embedded_mongod_holds_users_to_what_they_may(
    database: Database, collector: UserDefinition
) -> None:
    assert asks_for_passwords(database, find_login(database, "collector"))
    assert own_name(database) == "twilio_nb"


def test_each_user_has_connections_of_its_own_that_are_closed_with_the_database(
    database: Database, collector: UserDefinition, place: str
) -> None:
    with Database.open(database.name) as other:
        login = find_login(other, "collector")
        client = other.clients.of(login)
        client[place]["texts"].insert_one({})
        assert other.clients.of(login) is client
        assert client is not other.client

    with pytest.raises(InvalidOperation):
        client[place]["texts"].insert_one({})


def test_an_asynchronous_client_is_the_users_too_and_closed_with_the_database(
    database: Database, collector: UserDefinition, place: str
) -> None:
    async def store() -> tuple[int | None, bool]:
        with Database.open(database.name) as other:
            client = other.clients.asynchronous(find_login(other, "collector"))
            await client[place]["texts"].insert_one({})
            try:
                await client[place]["texts"].find_one()
            except OperationFailure as error:
                code = error.code
        await asyncio.sleep(0)
        for _ in range(100):
            try:
                await client[place]["texts"].insert_one({})
            except InvalidOperation:
                return code, True
            await asyncio.sleep(0.01)
        return code, False

    assert asyncio.run(store()) == (NOT_ALLOWED, True)


def test_what_was_refused_brings_no_words_into_the_embedded_mongods_log(
    database: Database, client: MongoClient[dict[str, Any]], place: str
) -> None:
    marker = secrets.token_hex(8)

    for act in (client[place]["texts"].find_one, client[place]["other"].insert_one):
        assert code_of(partial(act, {"Body": marker}), database) == NOT_ALLOWED

    log = (data_directory() / "mongod" / "mongod.log").read_text(errors="replace")
    assert log
    assert marker not in log
