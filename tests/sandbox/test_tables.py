"""One script through the library and over plain HTTP: the same records, and each as Twilio's description has it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from tests.sandbox import tables
from tests.sandbox.conftest import Sandbox
from tests.sandbox.drivers import RESOURCES, Driver, Library, Raw, Record, comparable

Note = Callable[[str, Any], Any]
CALLBACK = "http://127.0.0.1:9/status"


def script(driver: Driver, sandbox: Sandbox, note: Note) -> None:
    """Use every resource in every way; `note` is told the resource's name and what came back."""
    note("account", driver.account())
    numbers = {one["phone_number"]: one["sid"] for one in note("number", driver.list("number", page_size=1))}
    own = numbers[sandbox.number]
    application = note("application", driver.create("application", friendly_name="App", sms_url=CALLBACK))
    note("application", driver.update("application", application["sid"], sms_method="GET"))
    note("application", driver.list("application", friendly_name="App"))
    note("number", driver.update("number", own, sms_application_sid=application["sid"], friendly_name="Desk"))
    note("number", driver.fetch("number", own))
    service = note(
        "service", driver.create("service", friendly_name="Shop", sticky_sender=True, usecase="poll")
    )
    note("service", driver.create("service", friendly_name="Another"))
    note(
        "service", driver.update("service", service["sid"], inbound_request_url=CALLBACK, validity_period=60)
    )
    note("service", driver.fetch("service", service["sid"]))
    shops = note("service", driver.list("service", page_size=1))
    for number in numbers.values():
        note("pool", driver.create("pool", service["sid"], phone_number_sid=number))
    note("pool", driver.list("pool", service["sid"], page_size=1))
    note("pool", driver.fetch("pool", own, service["sid"]))
    messages(driver, sandbox, note, service["sid"])
    assert driver.delete("pool", own, service["sid"])
    for shop in shops:
        assert driver.delete("service", shop["sid"])
    assert driver.delete("application", application["sid"])
    note("number", driver.update("number", own, sms_application_sid="", friendly_name="(555) 010-0001"))


def messages(driver: Driver, sandbox: Sandbox, note: Note, service: str) -> None:
    """The same for messages and what belongs to them."""
    url = sandbox.text("Look", media=[{"content": "R0lGODlh"}], to=sandbox.second_number)["inbound"][
        "media_url"
    ]
    sent = note("message", driver.create("message", to=sandbox.phone, from_=sandbox.number, body="Grüße 👋"))
    pool = note(
        "message", driver.create("message", to=sandbox.phone, messaging_service_sid=service, body="Hi")
    )
    picture = note("message", driver.create("message", to=sandbox.phone, from_=sandbox.number, media_url=url))
    lost = note("message", driver.create("message", to="+15005030003", from_=sandbox.number, body="Hi"))
    for one, status in (
        (sent, "delivered"),
        (pool, "delivered"),
        (picture, "delivered"),
        (lost, "undelivered"),
    ):
        sandbox.wait_for(one["sid"], status)
        note("message", driver.fetch("message", one["sid"]))
    note("message", driver.update("message", sent["sid"], body=""))
    media = note("media", driver.list("media", picture["sid"]))
    note("media", driver.fetch("media", media[0]["sid"], picture["sid"]))
    assert driver.delete("media", media[0]["sid"], picture["sid"])
    assert driver.list("media", picture["sid"]) == []
    for one in note("message", driver.list("message", page_size=2)):
        assert driver.delete("message", one["sid"])


@pytest.fixture(scope="module")
def runs(sandbox_of_module: Sandbox) -> dict[str, list[tuple[str, Record]]]:
    """What came back, by driver."""
    runs: dict[str, list[tuple[str, Record]]] = {}
    drivers: dict[str, Driver] = {"library": Library(sandbox_of_module), "raw": Raw(sandbox_of_module)}
    for name, driver in drivers.items():
        noted = runs[name] = []

        def note(resource: str, answer: Any, noted: Any = noted) -> Any:
            noted += [(resource, one) for one in (answer if isinstance(answer, list) else [answer])]
            return answer

        script(driver, sandbox_of_module, note)
    return runs


@pytest.mark.parametrize("name", [*RESOURCES, "account"])
def test_every_record_has_the_keys_and_types_of_the_description(
    runs: dict[str, list[tuple[str, Record]]], name: str
) -> None:
    table = RESOURCES[name].table if name in RESOURCES else tables.ACCOUNT
    records = [record for resource, record in runs["raw"] if resource == name]
    assert records
    assert [fault for record in records for fault in tables.faults(record, table)] == []


@pytest.mark.parametrize("name", [*RESOURCES, "account"])
def test_the_library_understands_every_key(runs: dict[str, list[tuple[str, Record]]], name: str) -> None:
    table = RESOURCES[name].table if name in RESOURCES else tables.ACCOUNT
    for resource, record in runs["library"]:
        if resource == name:
            assert set(record) == set(table)
            dates = [value for key, value in record.items() if key.startswith("date_") and value is not None]
            assert all(isinstance(date, datetime) for date in dates)


def test_the_same_script_leads_to_the_same_records(runs: dict[str, list[tuple[str, Record]]]) -> None:
    assert comparable(runs["library"]) == comparable(runs["raw"])


@pytest.mark.parametrize("table", [tables.MESSAGE, tables.SERVICE])
def test_a_record_that_is_not_as_described_is_found(table: tables.Table) -> None:
    assert len(tables.faults({"sid": 7, "colour": "red"}, table)) == len(table) + 1
