"""MongoDB's errors become ours, and say nothing of what was being stored."""

import traceback
from typing import Any

import pytest
from bson.errors import InvalidDocument
from pymongo import errors

from twilio_nb.errors import StorageError, StoreUnavailable
from twilio_nb.storage.database import Database
from twilio_nb.storage.failures import as_ours, refused, translated

FAMILY = [
    kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.PyMongoError)
]


def some(kind: type[errors.PyMongoError]) -> errors.PyMongoError:
    if issubclass(kind, errors.BulkWriteError):
        return kind({"writeErrors": [{"code": 121, "op": {"body": "hunter2"}, "errmsg": "hunter2"}]})
    if issubclass(kind, errors.ClientBulkWriteException):
        return kind({"error": "hunter2"}, False)
    if issubclass(kind, errors.EncryptedCollectionError):
        return kind(Exception("hunter2"), {})
    if issubclass(kind, errors.EncryptionError):
        return kind(Exception("hunter2"))
    return kind("hunter2")


@pytest.mark.parametrize("kind", FAMILY, ids=lambda kind: str(kind.__name__))
def test_every_error_of_the_driver_is_one_of_ours_and_quotes_nothing(kind: type[errors.PyMongoError]) -> None:
    with pytest.raises(StorageError) as caught, translated():
        raise some(kind)

    shown = "".join(traceback.format_exception(caught.value, chain=True))
    assert "hunter2" not in shown.replace("raise some(kind)", "")
    assert isinstance(caught.value, StoreUnavailable) == issubclass(
        kind, errors.ConnectionFailure | errors.ExecutionTimeout | errors.WTimeoutError
    )


@pytest.mark.parametrize("error", [InvalidDocument("hunter2"), OverflowError("hunter2")])
def test_what_cannot_be_given_to_mongodb_is_a_storage_error(error: Exception) -> None:
    with pytest.raises(StorageError, match=type(error).__name__), translated():
        raise error


@pytest.mark.parametrize("code", [189, 91, 11600, 11602, 10107, 13435, 50, 262, 64])
def test_a_server_that_is_going_or_out_of_time_is_unavailable(code: int) -> None:
    assert isinstance(as_ours(errors.OperationFailure("", code)), StoreUnavailable)
    assert isinstance(refused({"code": code}), StoreUnavailable)


@pytest.mark.parametrize("label", ["RetryableWriteError", "TransientTransactionError"])
def test_what_the_server_itself_calls_passing_is_unavailable(label: str) -> None:
    error = errors.OperationFailure("", 1, {"errorLabels": [label]})

    assert isinstance(as_ours(error), StoreUnavailable)


@pytest.mark.parametrize("details", [{}, {"writeErrors": [], "writeConcernErrors": []}])
def test_a_bulk_write_that_gives_no_reason_is_an_error_all_the_same(details: dict[str, Any]) -> None:
    assert type(as_ours(errors.BulkWriteError(details))) is StorageError


def test_a_write_that_was_not_confirmed_by_the_majority_is_unavailable() -> None:
    details = {"writeErrors": [], "writeConcernErrors": [{"code": 64, "codeName": "WriteConcernFailed"}]}

    assert isinstance(as_ours(errors.BulkWriteError(details)), StoreUnavailable)


def test_a_refusal_names_the_code_and_not_the_document(database: Database) -> None:
    database.db.create_collection("picky", validator={"body": {"$type": "int"}})

    with pytest.raises(StorageError) as caught, translated():
        database.db["picky"].insert_one({"body": "hunter2"})

    assert "121" in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
