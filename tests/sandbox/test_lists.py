"""Lists: cut into pages that point at each other, and filtered by numbers and dates."""

from datetime import datetime, timedelta

from tests.sandbox.conftest import Sandbox, StartSandbox
from tests.sandbox.test_rest import send


def test_a_list_is_paged_newest_first_and_complete(sandbox: Sandbox) -> None:
    client = sandbox.client()
    sids = [send(sandbox, str(n))[1]["sid"] for n in range(7)]
    listed = client.messages.list(page_size=3)
    assert [message.sid for message in listed] == sids[::-1]
    assert [message.sid for message in client.messages.list(limit=4, page_size=3)] == sids[:2:-1]


def test_pages_point_at_each_other(sandbox: Sandbox) -> None:
    for n in range(5):
        send(sandbox, str(n))
    first = sandbox.get("Messages.json?PageSize=2&To=%2B15558675309")
    path = f"/2010-04-01/Accounts/{sandbox.sid}/Messages.json"
    expected = {
        "end": 1,
        "first_page_uri": f"{path}?To=%2B15558675309&PageSize=2&Page=0",
        "page": 0,
        "page_size": 2,
        "previous_page_uri": None,
        "start": 0,
        "uri": f"{path}?To=%2B15558675309&PageSize=2&Page=0",
    }
    assert {key: first[key] for key in expected} == expected
    second = sandbox.get(first["next_page_uri"])
    assert (second["page"], second["start"], second["end"]) == (1, 2, 3)
    assert [m["body"] for m in second["messages"]] == ["2", "1"]
    send(sandbox, "arrives meanwhile")
    assert [m["body"] for m in sandbox.get(first["next_page_uri"])["messages"]] == ["2", "1"]
    last = sandbox.get(second["next_page_uri"])
    assert last["next_page_uri"] is None
    assert [m["body"] for m in last["messages"]] == ["0"]
    assert [m["body"] for m in sandbox.get(second["previous_page_uri"])["messages"]] == ["4", "3"]
    assert [m["body"] for m in sandbox.get("Messages.json?PageSize=2&Page=1")["messages"]] == ["3", "2"]


def test_an_empty_list_is_a_page_too(sandbox: Sandbox) -> None:
    page = sandbox.get("Messages.json")
    assert (page["messages"], page["start"], page["end"], page["next_page_uri"]) == ([], 0, 0, None)
    assert page["page_size"] == 50


def test_lists_are_filtered_by_numbers(sandbox: Sandbox) -> None:
    send(sandbox, "one")
    send(sandbox, "two", From=sandbox.second_number)
    send(sandbox, "three", To="+447700900123")
    client = sandbox.client()
    assert [m.body for m in client.messages.list(from_=sandbox.second_number)] == ["two"]
    assert [m.body for m in client.messages.list(to="+447700900123")] == ["three"]
    assert client.messages.list(to="+447700900123", from_=sandbox.second_number) == []


def test_lists_are_filtered_by_the_date_they_show(sandbox: Sandbox) -> None:
    sandbox.text("received")  # inbound messages are sent at once: no waiting here
    client = sandbox.client()
    sent = client.messages.list()[0].date_sent
    assert sent is not None
    second, day = timedelta(seconds=1), timedelta(days=1)

    def count(**filters: datetime | None) -> int:
        return len(client.messages.list(**filters))

    assert count(date_sent_after=sent) == count(date_sent_before=sent) == count(date_sent=sent) == 1
    assert count(date_sent_after=sent + second) == count(date_sent_before=sent - second) == 0
    assert count(date_sent_after=sent - second, date_sent_before=sent + second) == 1
    assert count(date_sent=sent - second) == 0
    today, tomorrow = f"{sent:%Y-%m-%d}", f"{sent + day:%Y-%m-%d}"
    for query, expected in [
        (f"DateSent={today}", 1),
        (f"DateSent={tomorrow}", 0),
        (f"DateSent>={today}", 1),
        (f"DateSent<={today}", 1),
        (f"DateSent>={tomorrow}", 0),
    ]:
        assert len(sandbox.get(f"Messages.json?{query}")["messages"]) == expected, query


def test_a_message_not_yet_sent_has_no_date_to_be_found_by(start: StartSandbox) -> None:
    sandbox = start("--pace", "60")
    send(sandbox)
    assert len(sandbox.get("Messages.json")["messages"]) == 1
    assert sandbox.get("Messages.json?DateSent>=2020-01-01")["messages"] == []
