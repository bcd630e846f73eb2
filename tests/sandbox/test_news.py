"""What is new on the phones, for who waits for it."""

import asyncio
import base64
import http.client
import threading
import time
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.sandbox.conftest import Sandbox, StartSandbox, Webhook
from twilio_nb.sandbox import news
from twilio_nb.sandbox.news import MOST_WAITING, News


def heard(sandbox: Sandbox, place: str) -> Any:
    return sandbox.get(f"/sandbox/phones?since={place}")


def place(sandbox: Sandbox) -> str:
    found: str = heard(sandbox, "")["place"]
    return found


def waiting(sandbox: Sandbox, since: str) -> http.client.HTTPConnection:
    """Begin to wait for news."""
    connection = http.client.HTTPConnection(urlsplit(sandbox.url).netloc, timeout=30)
    login = base64.b64encode(f"{sandbox.sid}:{sandbox.token}".encode()).decode()
    connection.request("GET", f"/sandbox/phones?since={since}", headers={"Authorization": f"Basic {login}"})
    return connection


def test_who_waits_hears_of_a_text_as_it_comes(sandbox: Sandbox) -> None:
    connection = waiting(sandbox, place(sandbox))

    sandbox.client().messages.create(to=sandbox.phone, from_=sandbox.number, body="Hello")

    assert b'"body": "Hello"' in connection.getresponse().read()
    connection.close()


def test_each_answer_goes_on_where_the_last_one_ended(sandbox: Sandbox) -> None:
    start = place(sandbox)
    sandbox.text("one")
    first = heard(sandbox, start)
    sandbox.text("two")

    second = heard(sandbox, first["place"])

    assert [message["body"] for message in first["messages"]] == ["one"]
    assert [message["body"] for message in second["messages"]] == ["two"]


def test_a_text_is_told_while_its_webhook_is_asked_and_again_when_it_has_answered(
    sandbox: Sandbox, webhook: Webhook
) -> None:
    sandbox.answer_at(webhook.url)
    webhook.delay = 0.5
    start = place(sandbox)
    texting = threading.Thread(target=sandbox.text, args=("Anybody there?",))
    texting.start()

    first = heard(sandbox, start)
    while (last := heard(sandbox, first["place"]))["messages"] == []:
        pass
    texting.join()

    assert [message["asking"] for message in [*first["messages"], *last["messages"]]] == [True, False]


def test_a_message_that_has_not_reached_its_phone_is_not_told(sandbox: Sandbox) -> None:
    start = place(sandbox)
    sandbox.control("POST", "/sandbox/deliveries", to=sandbox.phone, error_code=30003)
    lost = sandbox.client().messages.create(to=sandbox.phone, from_=sandbox.number, body="lost")
    sandbox.wait_for(str(lost.sid), "undelivered")
    sandbox.text("Hello")

    bodies = [message["body"] for message in heard(sandbox, start)["messages"]]

    assert bodies == [body for _, body in sandbox.conversation()]


def test_a_place_of_an_earlier_run_is_told_as_lost(start: StartSandbox) -> None:
    first = start()
    first.text("Hello")
    before = place(first)
    first.stop()
    second = start()

    answer = heard(second, before)

    assert answer["lost"] is True
    assert heard(second, "")["lost"] is False


def is_refused(sandbox: Sandbox, since: str) -> bool:
    """Tell whether who comes now may wait."""
    connection = waiting(sandbox, since)
    connection.sock.settimeout(0.3)
    try:
        return connection.getresponse().status == 429
    except TimeoutError:
        return False
    finally:
        connection.close()


def test_too_many_who_wait_are_refused_and_who_leaves_makes_room(sandbox: Sandbox) -> None:
    since, deadline = place(sandbox), time.monotonic() + 10
    connections = [waiting(sandbox, since) for _ in range(MOST_WAITING)]
    while not (refused := is_refused(sandbox, since)) and time.monotonic() < deadline:
        pass  # not all of them have been read yet

    for connection in connections:
        connection.close()
    while (still := is_refused(sandbox, since)) and time.monotonic() < deadline:
        pass

    assert (refused, still) == (True, False)


def test_who_waits_in_vain_is_answered_with_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(news, "PATIENCE", 0.05)
    told = News()

    assert asyncio.run(told.after(told.place)) == ([], told.place, False)


def test_a_conversation_is_read_in_windows(sandbox: Sandbox) -> None:
    for n in range(5):
        sandbox.text(str(n))
    path = f"/sandbox/phones/{sandbox.phone}"

    newest = sandbox.get(f"{path}?limit=2")
    older = sandbox.get(f"{path}?limit=2&before={newest['messages'][0]['sid']}")

    assert ([one["body"] for one in newest["messages"]], newest["earlier"]) == (["3", "4"], 3)
    assert ([one["body"] for one in older["messages"]], older["earlier"]) == (["1", "2"], 1)


def test_waiting_does_not_count_among_the_accounts_concurrent_requests(sandbox: Sandbox) -> None:
    connection = waiting(sandbox, place(sandbox))
    sandbox.get(f"/sandbox/phones/{sandbox.phone}")  # by now it waits

    headers = sandbox.request("GET", "Messages.json")[2]
    connection.close()

    assert headers["Twilio-Concurrent-Requests"] == "1"
