"""A database is opened once per process however often it is asked for, and says plainly what is wrong."""

import asyncio
import gc
import subprocess
import sys
import threading
import warnings

import pytest
from pymongo.write_concern import WriteConcern

from twilio_nb.errors import ConfigurationError
from twilio_nb.storage.connections import Connection
from twilio_nb.storage.database import Database
from twilio_nb.storage.secrets import Secret


def test_all_open_databases_share_one_client_until_the_last_is_closed(database: Database) -> None:
    other = Database.open("test_shared")

    assert other.client is database.client
    other.drop()
    other.close()
    other.close()
    assert database.client.admin.command("ping")["ok"] == 1


def test_many_threads_may_open_and_close_at_once(database: Database) -> None:
    failures: list[BaseException] = []
    users = connection(database)._users

    def use() -> None:
        try:
            for _ in range(5):
                with Database.open(database.name) as opened:
                    opened.db["messages"].find_one()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert connection(database)._users == users


def test_a_closed_database_says_so(database: Database) -> None:
    opened = Database.open(database.name)
    opened.close()

    with pytest.raises(ConfigurationError, match="is closed"):
        opened.collection("messages")


def test_the_name_comes_from_the_environment_unless_given(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_NB_DATABASE", database.name)

    with Database.open() as opened:
        assert opened.name == database.name


@pytest.mark.parametrize("name", ["a/b", "a.b", "a b", "$a", "x" * 64, "\0", "é" * 32])
def test_a_name_that_mongodb_refuses_is_refused_before_it_is_asked(name: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot name a MongoDB database"):
        Database.open(name)


def test_indexes_are_there_and_making_sure_of_them_again_changes_nothing(database: Database) -> None:
    def indexes() -> dict[str, set[str]]:
        return {name: set(database.db[name].index_information()) for name in ("messages", "logs")}

    before = indexes()
    connection(database).prepared.discard(database.name)
    Database.open(database.name).close()

    assert indexes() == before
    messages = {"service_1_time_1__id_1", "from_1_time_1", "to_1_time_1", "handling.state_1_time_1"}
    assert before == {
        "messages": {"_id_", *messages},
        "logs": {"_id_", "started_1", "service_1_webhook_1_started_1", "co_id_1"},
    }


def test_a_dropped_database_gets_its_indexes_again(database: Database) -> None:
    database.drop()

    with Database.open(database.name) as again:
        assert "to_1_time_1" in again.db["messages"].index_information()


def test_writes_are_confirmed_by_the_majority(database: Database) -> None:
    assert database.db["messages"].write_concern == WriteConcern("majority")


def test_the_address_is_never_shown(database: Database) -> None:
    assert isinstance(database.uri, Secret)
    assert database.uri.reveal().startswith("mongodb://")
    assert database.uri.reveal() not in repr(database) + repr(vars(database))


def test_an_asynchronous_client_reaches_the_same_data(database: Database) -> None:
    database.db["things"].insert_one({"_id": 1})

    async def find() -> object:
        client = database.clients.asynchronous()
        assert database.clients.asynchronous() is client
        return await client[database.name]["things"].find_one()

    assert asyncio.run(find()) == {"_id": 1}


def test_an_asynchronous_client_is_closed_when_its_loop_ends(database: Database) -> None:
    async def use() -> None:
        await database.clients.asynchronous()[database.name]["things"].find_one()

    with warnings.catch_warnings(record=True, action="always") as unclosed:
        asyncio.run(use())
        database.clients.close()
        gc.collect()

    assert [str(one.message) for one in unclosed if one.category is ResourceWarning] == []


def test_the_receiver_stores_without_pandas_and_arrow() -> None:
    modules = "twilio_nb.storage.messages, twilio_nb.storage.registry, twilio_nb.storage.logs"
    heavy = {"pandas", "pyarrow", "numpy", "IPython", "ipywidgets", "phonenumbers"}
    program = f"import sys, {modules}; print(sorted({heavy} & set(sys.modules)))"

    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "[]"


def connection(database: Database) -> Connection:
    opened = database._connection
    assert opened is not None
    return opened
