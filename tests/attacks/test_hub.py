"""Behind a real JupyterHub and its proxy: the public address is found, and only the signed request passes."""

import secrets
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.attacks.hub import EXTENSION, PUBLIC, SUBCLASS, Hub
from tests.attacks.probe import Probe
from tests.attacks.probes import DISGUISES, PROBES
from tests.attacks.raw_requests import NOTHING, Entrance, Text, ask, payload
from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.storage.database import Database
from twilio_nb.storage.directories import data_directory
from twilio_nb.storage.mongod import Mongod
from twilio_nb.storage.registry import Registry

pytestmark = pytest.mark.server

# The proxy hands nothing on before a first byte of the body, or until a chunk that never comes.
WAITED_FOR = {"length 65537", "length 400000000", "a chunk of 16 EiB"}

# The proxy writes its own requests: what arrives is the signed one, and what was wrong with it is gone.
MENDED = {
    "target, absolute, of somebody else",
    "target, absolute, of this server",
    "target, absolute, as it is signed",
    "target, of another scheme",
    "target, behind two spaces",
    "version HTTP/2.0",
    "version HTTP/0.9",
    "query with a fragment",
    "two hosts",
    "two content types",
    "a trailer",
}
# What the proxy says itself: to what it cannot read, and for a server that gave no answer.
OF_THE_PROXY = (400, 403, 404, 405, 413, 431, 503, NOTHING)

ECHO = """
import twilio_nb
twilio_nb.connect("myTwilio", account_sid="AC" + "0" * 32)

@twilio_nb.webhook("echo", respond_result=True)
def echo(payload, response):
    return "You said " + payload["Body"]

print(echo.address)
"""


@pytest.fixture(scope="module")
def database(mongod: Mongod) -> Iterator[Database]:
    """A database with a service whose public address nobody has configured."""
    opened = Database.open(f"test_{secrets.token_hex(6)}")
    Registry(opened).save_service(ServiceDefinition("myTwilio", "AC" + "0" * 32))
    yield opened
    opened.drop()
    opened.close()


@pytest.fixture(scope="module")
def hub(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    marker = data_directory() / "receiving"
    marker.touch()
    running = Hub(tmp_path_factory.mktemp("hub"), database.name)
    try:
        running.start_servers()
        yield running
    finally:
        running.end()
        marker.unlink()


@pytest.fixture(scope="module", params=[EXTENSION, SUBCLASS])
def entrance(hub: Hub, request: pytest.FixtureRequest) -> Entrance:
    path = f"user/{quote(request.param)}/"
    return Entrance(hub.port, f"/hubs/{path}", PUBLIC + path, hub.secret)


@pytest.fixture
def text(entrance: Entrance) -> Text:
    return Text(entrance)


def test_a_notebook_knows_its_public_address_and_answers_what_is_signed_for_it(hub: Hub) -> None:
    path = f"user/{quote(EXTENSION)}/"
    entrance = Entrance(hub.port, f"/hubs/{path}", PUBLIC + path, hub.secret)
    text = Text(entrance).to("twilio/service/myTwilio/incoming_webhook/echo")

    with hub.kernel(EXTENSION) as kernel:
        address = kernel.run(ECHO).strip()
        answered = ask(hub.port, text.raw())

    assert address.partition("#")[0] == PUBLIC + path + text.path
    assert (answered.status, b"You said Hello! Is it you?" in answered.body) == (200, True)


def test_what_is_signed_for_where_the_proxy_listens_is_refused(text: Text, database: Database) -> None:
    inside = f"http://127.0.0.1:{text.entrance.port}{text.entrance.base_url}"
    elsewhere = Text(Entrance(text.entrance.port, text.entrance.base_url, inside, text.entrance.token))

    assert ask(text.entrance.port, elsewhere.raw()).status == 403
    assert payload(database, elsewhere) is None


@pytest.mark.parametrize(
    "probe", [probe for probe in PROBES if probe.name not in WAITED_FOR], ids=lambda probe: probe.name[:60]
)
def test_it_is_refused_or_mended_by_the_proxy_and_nothing_else_is_stored(
    probe: Probe, text: Text, database: Database
) -> None:
    harmed = ask(text.entrance.port, probe.harmed(text))
    stored = payload(database, text)
    whole = ask(text.entrance.port, text.raw())

    if probe.name in MENDED:
        assert (harmed.status, stored) == (200, text.form)
    else:
        assert harmed.status in {*probe.answers, *OF_THE_PROXY}
        assert stored is None
    assert whole.status == 200
    assert payload(database, text) == text.form


@pytest.mark.parametrize("name", DISGUISES)
def test_a_header_opens_nothing_without_the_signature_and_closes_nothing_with_it(
    name: str, text: Text, database: Database
) -> None:
    lines, without = DISGUISES[name]

    unsigned = ask(text.entrance.port, text.unsigned().raw(*lines, without=without))
    stored = payload(database, text)
    signed = ask(text.entrance.port, text.raw(*lines, without=without))

    assert (unsigned.status, unsigned.code) == (403, "IncomingWebhookAuthFailed")
    assert stored is None
    assert (signed.status, payload(database, text)) == (200, text.form)
