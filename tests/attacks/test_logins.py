"""Every handler of the server says who may call it, and of ours only the two public paths need no login."""

import re
from typing import Any

import pytest

from tests.attacks.jupyter_handlers import BASE_URL, LOGIN, NOTHING, PUBLIC, Registered, registered
from tests.attacks.raw_requests import INBOX, STATUS, Entrance, Text, ask
from tests.server.conftest import Jupyter
from twilio_nb.receiving.web import pages_application, webhook_application

pytestmark = pytest.mark.server

ROUTE = "twilio_nb.jupyter.public_route.PublicRoute"
PROXY = "jupyter_server_proxy.config.ServerProcess.make_proxy_handler.<locals>._Proxy"

# All that this package adds to a server: what it is, who serves it, and who may call it.
OURS = {
    # Twilio has no login: it signs, and the receiver checks that before it does anything else. What is near the two
    # paths is 404: Jupyter would log it whole, and with it the secret of an address that was mistyped.
    "twilio/.*": (ROUTE, None),
    # The receiver's page. jupyter-server-proxy asks for a login before any method: in prepare().
    "twilio-nb/(.*)": (PROXY, NOTHING),
    "twilio-nb": ("jupyter_server_proxy.handlers.AddSlashHandler", LOGIN),
}

# Handlers of others whose methods are not marked, as far as they are installed here, and what they do.
UNMARKED = {
    "jupyter_server_proxy.handlers.LocalProxyHandler": "asks for a login in prepare()",
    "jupyter_server_proxy.handlers.RemoteProxyHandler": "asks for a login in prepare()",
    "jupyter_server_proxy.api.IconHandler": "shows icons of the launcher to everybody",
    "jupyter_lsp.handlers.LanguageServerWebSocketHandler": "asks for a login when a websocket opens",
    "jupyter_server_terminals.handlers.TermSocket": "asks for a login when a websocket opens",
    "voila.static_file_handler.AllowListFileHandler": "shows files of Voilà's allow list to everybody",
    "voila.static_file_handler.MultiStaticFileHandler": "shows scripts and styles of Voilà's to everybody",
    "voila.static_file_handler.TemplateStaticFileHandler": "shows scripts and styles of Voilà's to everybody",
}


@pytest.fixture(scope="module")
def handlers(private_surroundings: object) -> list[Registered]:
    return registered()


def test_ours_are_two_public_paths_and_a_page_behind_a_login(handlers: list[Registered]) -> None:
    found = {
        handler.pattern.removeprefix(re.escape(BASE_URL)).removeprefix(BASE_URL).removesuffix("$"): handler
        for handler in handlers
        if "twilio" in handler.pattern or handler.kind.startswith("twilio_nb")
    }

    assert {path: handler.kind for path, handler in found.items()} == {
        path: kind for path, (kind, _) in OURS.items()
    }
    for path, (_, asks) in OURS.items():
        assert set(found[path].asks.values()) == ({asks} if asks else set())
    assert handlers[0] == found[next(iter(OURS))], "it is asked first"


def test_the_extension_adds_nothing_but_the_public_route(handlers: list[Registered]) -> None:
    without = registered("--ServerApp.jpserver_extensions={'twilio_nb': False}")

    def names(found: list[Registered]) -> list[tuple[str, str]]:
        return sorted((handler.pattern, handler.kind) for handler in found)

    added = [name for name in names(handlers) if name not in names(without)]
    assert [kind for _, kind in added] == [ROUTE]
    assert len(handlers) == len(without) + 1


def test_no_other_handler_leaves_open_who_may_call_it(handlers: list[Registered]) -> None:
    silent = {handler.kind for handler in handlers if NOTHING in handler.asks.values()}

    assert silent - UNMARKED.keys() == {PROXY}
    assert {PUBLIC, LOGIN} < {asks for handler in handlers for asks in handler.asks.values()}


def test_the_page_lets_nobody_in_without_a_login_whatever_the_method(
    jupyter: Jupyter, entrance: Entrance
) -> None:
    pages = ["twilio-nb", "twilio-nb/", "twilio-nb/x", INBOX.replace("twilio/", "twilio-nb/")]
    methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]
    websocket = (
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: eA==",
    )

    answers = {
        (method, page, lines): ask(entrance.port, Text(entrance).to(page).raw(*lines, method=method)).status
        for method in methods
        for page in pages
        for lines in ((), websocket)
    }

    # 302 leads to the page for logins.
    assert {asked: status for asked, status in answers.items() if status not in (302, 403, 405)} == {}
    asked = Text(entrance).to(STATUS).unsigned().raw(f"Authorization: token {jupyter.token}")
    assert ask(entrance.port, asked).status == 403, "no login takes the place of a signature"


def test_the_receiver_serves_the_two_paths_and_a_page_only_where_a_login_stands_before() -> None:
    intake: Any = None
    page: Any = dict
    webhooks, pages = webhook_application(intake), pages_application(intake, page)
    two = ["/service/{service}/incoming_webhook/{webhook}", "/service/{service}/status"]

    assert [getattr(route, "path", None) for route in webhooks.routes] == [f"/twilio{path}" for path in two]
    assert [getattr(route, "path", None) for route in pages.routes] == ["/", *two]
