"""The open services."""

import pytest

from tests.notebook.conftest import RecordingService
from twilio_nb.errors import ServiceNotFound
from twilio_nb.notebook.current import Services


def test_the_service_opened_last_is_the_current_one() -> None:
    services = Services()
    first, second = RecordingService("first"), RecordingService("second")

    services.add(first)
    services.add(second)
    assert services.get() is second
    services.add(first)

    assert services.get() is first
    assert services.get("second") is second
    assert services.all() == [second, first]


def test_after_the_current_service_was_closed_no_other_takes_its_place_unnamed() -> None:
    services = Services()
    first, second, namesake = RecordingService("a"), RecordingService("b"), RecordingService("b")
    services.add(first)
    services.add(second)

    services.discard(namesake)
    assert services.get() is second
    services.discard(second)

    with pytest.raises(ServiceNotFound, match="'b' was closed"):
        services.get()
    assert services.get("a") is first
    services.add(first)
    assert services.get() is first


def test_what_is_not_open_is_opened_by_name() -> None:
    services = Services()
    asked: list[str | None] = []
    stored = RecordingService("stored")

    def opener(name: str | None) -> RecordingService:
        asked.append(name)
        return stored

    services.opener = opener
    services.add(RecordingService("other"))

    assert services.get("stored") is stored
    assert asked == ["stored"]


def test_without_an_opener_it_is_said_what_to_do() -> None:
    with pytest.raises(ServiceNotFound, match="'x' is open"):
        Services().get("x")
