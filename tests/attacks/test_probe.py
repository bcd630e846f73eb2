"""The probe of the public handler, table by table: nothing but the signed request passes."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.attacks.probe import Probe
from tests.attacks.probes import DISGUISES, PROBES
from tests.attacks.raw_requests import Entrance, Text, ask, connected, payload
from tests.server.conftest import Jupyter, Start
from twilio_nb.storage.database import Database

pytestmark = pytest.mark.server


@pytest.fixture(scope="module", params=["/", "/a%40b/"])
def jupyter(request: pytest.FixtureRequest, starting: Start) -> Iterator[Jupyter]:
    """A server on a base URL, which still answers after the whole probe, and has logged none of it."""
    running = starting(base_url=request.param)
    running.receiver()
    yield running
    status = running.login.get("api/status").status_code
    running.end()
    log = running.log.read_text()
    assert status == 200
    assert [
        word for word in ("Traceback", "Uncaught", running.secret, running.token, "+1555867") if word in log
    ] == []


@pytest.fixture
def text(entrance: Entrance) -> Text:
    return Text(entrance)


def stored(database: Database) -> int:
    return database.db["messages"].count_documents({})


def test_the_probe_has_at_least_sixty_requests_and_none_twice() -> None:
    names = [probe.name for probe in PROBES]

    assert len(names) >= 60
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name[:60])
def test_it_is_refused_and_the_same_text_unharmed_is_stored(
    probe: Probe, text: Text, definitions: Database
) -> None:
    before = stored(definitions)

    with connected(text.entrance.port) as connection:
        connection.send(probe.harmed(text))
        harmed = connection.read()
        between = stored(definitions)
        if harmed.is_kept and not probe.has_rest:  # as a proxy would, which has only been told so
            connection.send(text.raw())
            whole = connection.read()
        else:
            whole = ask(text.entrance.port, text.raw())

    assert harmed.status in probe.answers
    assert between == before
    assert whole.status == 200
    assert (stored(definitions), payload(definitions, text)) == (before + 1, text.form)


@pytest.mark.parametrize("name", DISGUISES)
def test_a_header_opens_nothing_without_the_signature_and_closes_nothing_with_it(
    name: str, text: Text, definitions: Database
) -> None:
    lines, without = DISGUISES[name]
    before = stored(definitions)

    unsigned = ask(text.entrance.port, text.unsigned().raw(*lines, without=without))
    between = stored(definitions)
    signed = ask(text.entrance.port, text.raw(*lines, without=without))

    assert (unsigned.status, unsigned.code) == (403, "IncomingWebhookAuthFailed")
    assert between == before
    assert signed.status == 200
    # No entrance may read the answer, and no cookie or name of a program comes with it.
    assert signed.headers.keys() <= {"content-type", "content-length", "connection"}
    assert (stored(definitions), payload(definitions, text)) == (before + 1, text.form)


@pytest.mark.parametrize(
    "passing",
    [
        pytest.param(lambda text: text.raw(), id="a POST"),
        pytest.param(lambda text: text.chunked(), id="chunks"),
        pytest.param(lambda text: text.as_get().raw(), id="a GET"),
        pytest.param(lambda text: text.raw(version="HTTP/1.0", without=("Host",)), id="HTTP/1.0"),
        pytest.param(lambda text: text.with_(("More", "x" * 60_000)).raw(), id="a body below the limit"),
    ],
)
def test_what_is_signed_and_within_the_limits_passes(passing: Any, text: Text, definitions: Database) -> None:
    assert ask(text.entrance.port, passing(text)).status == 200
    assert (payload(definitions, text) or [])[: len(text.form)] == text.form
