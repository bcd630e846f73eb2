"""The two public paths of a real Jupyter Server with token authentication and a base URL."""

import socket
import time
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from tests import planted
from tests.attacks.vectors import SHARED_KEY_HEADER, sign
from tests.server.conftest import PUBLIC
from tests.server.test_supervision import until
from twilio_nb.domain.definitions import WebhookDefinition
from twilio_nb.storage import safe
from twilio_nb.storage.database import Database
from twilio_nb.storage.registry import Registry

pytestmark = pytest.mark.server

INBOX = "twilio/service/myTwilio/incoming_webhook/inbox"
STATUS = "twilio/service/myTwilio/status"


def stored(database: Database, form: dict[str, str]) -> Any:
    return database.db["messages"].find_one({"_id": form["MessageSid"]})


def test_a_signed_text_is_stored_and_answered(jupyter: Any, definitions: Database) -> None:
    form = jupyter.form()

    reply = jupyter.post(INBOX, form)

    assert (reply.status_code, "<Response/>" in reply.text) == (200, True)
    assert reply.headers["content-type"].startswith("text/xml")
    assert "server" not in reply.headers
    assert stored(definitions, form)["body"] == form["Body"]


def test_one_altered_byte_is_403_and_stores_nothing(jupyter: Any, definitions: Database) -> None:
    form = jupyter.form()
    altered = urlencode(form | {"Body": "Hello! How are yov?"}).encode()

    assert jupyter.post(INBOX, form, content=altered).status_code == 403
    assert jupyter.post(INBOX, form, signed=False).status_code == 403
    assert jupyter.post(INBOX, form, base=jupyter.url).status_code == 403
    assert stored(definitions, form) is None


def test_a_secret_in_the_address_is_asked_for_and_gets_into_no_log(
    jupyter: Any, definitions: Database
) -> None:  # VLD-01, WHC-12
    value, name = planted.token(), f"key-{planted.token()[-6:]}"
    safe.keep(name, value)
    Registry(definitions).save_webhook(WebhookDefinition("myTwilio", "vote", secret=name))
    path, form, refused = "twilio/service/myTwilio/incoming_webhook/vote", jupyter.form(), jupyter.form()

    # The receiver may have read the webhooks a moment ago.
    until(lambda: jupyter.post(f"{path}?secret={value}&a=1", form).status_code == 200, 10)
    for query in ("", "?secret=", f"?secret={value}&secret=x"):
        assert jupyter.post(path + query, refused).status_code == 403
    for mistyped in (f"{path}/?secret={value}", f"twilio/service/myTwilio/vote?a=1&secret={value}"):
        assert jupyter.post(mistyped, refused).status_code == 404
    behind = path.replace("twilio/", "twilio-nb/", 1)
    assert jupyter.post(f"{behind}?secret={value}&secret=x&token={jupyter.token}", refused).status_code == 403

    assert stored(definitions, form)["webhook"] == "vote"
    assert value not in repr(stored(definitions, form))
    assert stored(definitions, refused) is None
    log = jupyter.log.read_text()
    assert "SecretRefused" in log
    assert value not in log


def test_a_status_callback_comes_in(jupyter: Any, definitions: Database) -> None:
    sid = "SM" + "7" * 32
    form = {"MessageSid": sid, "MessageStatus": "delivered", "From": "+18057166646", "To": "+15558675309"}

    reply = jupyter.post(STATUS, form)

    assert (reply.status_code, reply.content) == (204, b"")
    assert definitions.db["messages"].find_one({"_id": sid})["status"] == "delivered"  # type: ignore[index]


def test_a_login_makes_no_difference(jupyter: Any) -> None:
    assert jupyter.post(INBOX, jupyter.form(), client=jupyter.login).status_code == 200
    assert jupyter.post(INBOX, jupyter.form(), signed=False, client=jupyter.login).status_code == 403


OTHERS = [
    "api/status?x=1",
    "api/contents",
    "api/kernels",
    "api/kernelspecs",
    "lab",
    "tree",
    "files/jupyter.log",
    "twilio",
    "twilio/",
    "twilio/service",
    "twilio/service/myTwilio",
    "twilio/service/myTwilio/incoming_webhook",
    "twilio/service/myTwilio/incoming_webhook/",
    "twilio/service/myTwilio/incoming_webhook/in.box",
    "twilio/service/myTwilio/incoming_webhook/" + "x" * 65,
    "twilio/service/myTwilio/incoming_webhook/inbox/",
    "twilio/service/myTwilio/incoming_webhook/inbo%78",
    "twilio/service/myTwilio/incoming_webhook/..%2fstatus",
    "twilio/service/myTwilio/incoming_webhook/%2e%2e/%2e%2e/api",
    "twilio/service/myTwilio/incoming_webhook/inbox;x=1",
    "twilio/service/myTwilio/incoming_webhook/%00",
    "twilio/service/myTwilio/status/",
    "twilio//service/myTwilio/status",
    "twilio-nb",
    "twilio-nb/",
    "twilio-nb/service/myTwilio/incoming_webhook/inbox",
    "twilio-nb/../api/status",
    "proxy/8888/api",
    "server-proxy/servers-info",
]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nothing_but_the_two_paths_is_reachable_without_a_login(jupyter: Any, method: str) -> None:
    answers = {}
    for path in OTHERS:
        content = b"a=1" if method == "POST" else b""
        request = httpx.Request(method, jupyter.url + "x", content=content, headers={"Connection": "close"})
        request.url = request.url.copy_with(raw_path=(jupyter.base_url + path).encode())
        answers[path] = jupyter.http.send(request).status_code

    assert {path: status for path, status in answers.items() if status not in (302, 403, 404, 405)} == {}


def test_nobody_is_warned_of_a_handler_without_authentication_and_no_request_is_logged(start: Any) -> None:
    jupyter = start("--ServerApp.allow_unauthenticated_access=False", base_url="/user/ann/")
    form = jupyter.form(Body="a word that is nobody's business")

    assert jupyter.post(INBOX, form).status_code == 200
    assert jupyter.post(INBOX, form, signed=False).status_code == 403
    assert jupyter.http.get("twilio-nb/", follow_redirects=False).status_code == 302
    jupyter.end()
    log = jupyter.log.read_text()
    ours = [
        line
        for line in log.splitlines()
        if "JupyterServerAuthWarning" in line and "twilio_nb.jupyter" in line
    ]
    assert ours == []
    for secret in ("nobody's business", form["From"], jupyter.secret, form["MessageSid"]):
        assert secret not in log


def test_until_a_webhook_is_defined_there_is_nothing(start: Any, definitions: Database) -> None:
    jupyter = start(wanted=False)
    form = jupyter.form()

    assert jupyter.post(INBOX, form).status_code == 404
    assert jupyter.receivers() == []

    with socket.socket(socket.AF_UNIX) as kernel:
        kernel.settimeout(20)
        kernel.connect(str(jupyter.directory / "start.sock"))
        assert kernel.recv(1000) == b'{"ready": true}\n'
    assert jupyter.post(INBOX, form).status_code == 200
    assert stored(definitions, form)


def test_a_closed_route_stays_closed(start: Any) -> None:
    jupyter = start("--TwilioNB.public_route=False")
    jupyter.receiver()

    assert jupyter.post(INBOX, jupyter.form()).status_code in (403, 404)
    assert jupyter.login.get(INBOX).status_code == 404
    record = jupyter.directory / "port"  # its own, for the sandbox and for a tunnel
    deadline = time.monotonic() + 10
    while not record.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    port = record.read_text()
    assert httpx.get(f"http://127.0.0.1:{port}/{INBOX}").status_code == 403


def test_a_logged_in_user_sees_the_page_and_may_hand_in_signed_texts(
    jupyter: Any, definitions: Database
) -> None:
    page = jupyter.login.get("twilio-nb/")
    assert (page.status_code, "Text messages" in page.text) == (200, True)

    path = f"twilio-nb/service/myTwilio/incoming_webhook/inbox?token={jupyter.token}"
    form = jupyter.form()
    assert jupyter.post(path, form, signed=False).status_code == 403
    assert jupyter.post(path, form).status_code == 200
    assert jupyter.token not in str(stored(definitions, form))


def test_what_a_shared_key_has_signed_arrives_with_the_header_that_says_so(jupyter: Any) -> None:
    form = jupyter.form()
    url = f"{PUBLIC}{INBOX}"
    headers = {"X-Twilio-Signature": sign(url, list(form.items()), jupyter.secret, "sha256")}

    without = jupyter.post(INBOX, form, signed=False, headers=headers)
    headers["X-Twilio-Webhooks-Signature-Settings"] = SHARED_KEY_HEADER

    assert without.status_code == 403
    assert jupyter.post(INBOX, form, signed=False, headers=headers).status_code == 200
