"""Collections as declared, on a real mongod."""

import secrets
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from pymongo.errors import WriteError

from twilio_nb.domain.namespaces import CollectionDefinition, written_schema
from twilio_nb.errors import ConfigurationError
from twilio_nb.storage.database import Database
from twilio_nb.storage.directories import data_directory
from twilio_nb.storage.trials import DUPLICATE, MISFIT, code_of_double, code_of_misfit
from twilio_nb.storage.validators import leftover_count, make_collection, misfit_count, state

SCHEMA = written_schema({"required": ["Body"], "properties": {"Body": {"bsonType": "string"}}})


@pytest.fixture
def texts(database: Database) -> Iterator[CollectionDefinition]:
    """A declaration of a collection that is not there yet."""
    place = f"demo_{secrets.token_hex(4)}"
    yield CollectionDefinition(f"{place}.texts", SCHEMA, unique=("MessageSid",))
    database.client.drop_database(place)


def stored(database: Database, texts: CollectionDefinition) -> Any:
    place, name = texts.place
    return database.client[place][name]


def test_it_is_made_and_warns_first(
    database: Database, texts: CollectionDefinition
) -> None:  # SCH-01, SCH-02
    make_collection(database, texts)

    now = state(database, texts)
    assert (now.exists, now.enforced, now.unique) == (True, False, ("MessageSid",))
    assert now.is_as(texts)
    stored(database, texts).insert_one({"no": "body"})
    assert misfit_count(database, texts) == 1
    assert code_of_misfit(database, texts) is None


def test_enforced_it_refuses_what_does_not_fit_whoever_writes(  # SCH-02, SCH-06
    database: Database, texts: CollectionDefinition
) -> None:
    make_collection(database, texts)
    make_collection(database, replace(texts, enforced=True))

    assert code_of_misfit(database, texts) == MISFIT
    with pytest.raises(WriteError):
        stored(database, texts).insert_one({"no": "body"})
    stored(database, texts).insert_one({"no": "body"}, bypass_document_validation=True)  # the owner may


def test_repeated_it_changes_nothing(database: Database, texts: CollectionDefinition) -> None:
    def all_of_it() -> tuple[list[Any], Any]:
        return list(database.client[texts.place[0]].list_collections()), stored(
            database, texts
        ).index_information()

    make_collection(database, texts)
    before = all_of_it()

    make_collection(database, texts)

    assert all_of_it() == before


def test_a_second_document_with_the_same_value_is_refused_and_none_without_it(
    database: Database, texts: CollectionDefinition
) -> None:
    make_collection(database, replace(texts, enforced=True))
    stored(database, texts).insert_many([{"Body": "a"}, {"Body": "b"}])

    assert code_of_double(database, texts.name, "MessageSid") == DUPLICATE
    assert code_of_double(database, texts.name, "Body") is None
    assert stored(database, texts).count_documents({}) == 2


def test_a_text_with_the_same_sid_is_refused_and_nothing_stays(database: Database) -> None:
    assert code_of_double(database, f"{database.name}.messages", "_id") == DUPLICATE
    assert database.db["messages"].count_documents({}) == 0


def test_moderate_lets_documents_that_never_fitted_be_changed(  # SCH-08
    database: Database, texts: CollectionDefinition
) -> None:
    make_collection(database, texts)
    collection = stored(database, texts)
    collection.insert_one({"_id": 1})

    make_collection(database, replace(texts, enforced=True))
    with pytest.raises(WriteError):
        collection.update_one({"_id": 1}, {"$set": {"a": 1}})
    make_collection(database, replace(texts, enforced=True, level="moderate"))
    collection.update_one({"_id": 1}, {"$set": {"a": 1}})

    assert collection.delete_one({"_id": 1}).deleted_count == 1


def test_a_schema_that_is_taken_back_checks_no_longer(
    database: Database, texts: CollectionDefinition
) -> None:
    make_collection(database, replace(texts, enforced=True))

    make_collection(database, replace(texts, schema=""))

    stored(database, texts).insert_one({"no": "body"})
    assert state(database, texts).validator == {}


def test_a_validator_of_somebody_elses_is_left_alone(database: Database, texts: CollectionDefinition) -> None:
    place, name = texts.place
    theirs = {"Body": {"$type": "string"}}
    database.client[place].create_collection(name, validator=theirs)

    with pytest.raises(ConfigurationError, match="collMod"):
        make_collection(database, texts)

    assert state(database, texts).validator == theirs


def test_doubles_that_are_there_are_pointed_out(database: Database, texts: CollectionDefinition) -> None:
    stored(database, texts).insert_many([{"MessageSid": "SM1"}, {"MessageSid": "SM1"}])

    with pytest.raises(ConfigurationError, match="take the doubles away"):
        make_collection(database, texts)


def test_a_pattern_that_mongod_does_not_know_is_pointed_out(
    database: Database, texts: CollectionDefinition
) -> None:
    odd = written_schema({"properties": {"Body": {"pattern": "a{2000000}"}}})

    with pytest.raises(ConfigurationError, match="patterns"):
        make_collection(database, replace(texts, schema=odd))


def test_what_the_retired_platform_left_in_documents_is_counted(  # DB-11
    database: Database, texts: CollectionDefinition
) -> None:
    stored(database, texts).insert_many([{"_id__baas_transaction": 1}, {"Body": "b"}])

    assert leftover_count(database, texts) == 1


def test_what_only_warns_brings_no_document_into_the_embedded_mongods_log(  # SCH-02
    database: Database, texts: CollectionDefinition
) -> None:
    marker = secrets.token_hex(8)
    make_collection(database, texts)

    stored(database, texts).insert_one({"no": f"body {marker}"})

    log = data_directory() / "mongod" / "mongod.log"
    assert log.stat().st_size > 0
    assert marker not in log.read_text(errors="replace")
