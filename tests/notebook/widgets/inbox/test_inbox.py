"""The inbox answers its pages with windows, and tells them what changes: texts, conversations, nothing twice."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import ipywidgets
import pytest

from tests.analysis.history import ANNA, BERT, NOON, came, went
from tests.notebook.widgets.pages import Page
from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.errors import ConfigurationError
from twilio_nb.notebook.widgets.inbox import Inbox
from twilio_nb.notebook.widgets.windows import CONVERSATIONS, TABLE, THREAD
from twilio_nb.service import Service
from twilio_nb.storage.database import Database

Opened = Callable[..., tuple[Inbox, Page]]
Store = Callable[..., None]

HOSTILE = "<img src=x onerror=alert(1)><script>alert(1)</script> \u202egnp.exe \x1b[31m\x00"


def bodies(answer: dict[str, Any]) -> list[str]:
    return [row["body"] for row in answer["rows"]]


def theirs(answer: dict[str, Any]) -> list[str]:
    return [row["theirs"] for row in answer["rows"]]


def about(*texts: str) -> Callable[[dict[str, Any]], bool]:
    return lambda told: told["tell"] == "news" and set(texts) <= set(bodies(told))


def test_the_conversation_with_the_newest_text_comes_first(opened: Opened, store: Store) -> None:
    store(came("Hi", 0), went("Hello", 1), came("And me?", 2, sender=BERT), came("Ho\n\nho", 3, sender=BERT))
    _, page = opened()

    answer = page.ask("conversations")

    bert, anna = answer["rows"]
    assert (bert["theirs"], bert["texts"], bert["unanswered"], bert["excerpt"]) == (BERT, 2, 2, "Ho ho")
    assert (anna["theirs"], anna["texts"], anna["unanswered"], anna["inbound"]) == (ANNA, 2, 0, False)
    assert (answer["texts"], answer["people"], answer["waiting"]) == (4, 2, 1)
    assert theirs(page.ask("conversations", waiting=True)) == [BERT]
    assert theirs(page.ask("conversations", search="867 0001")) == [ANNA]


def test_a_window_never_holds_more_than_it_should_and_leads_on(opened: Opened, store: Store) -> None:
    store(*(came(f"text {n}", n, sender=f"+1555{n:07}") for n in range(250)))
    store(*(came(f"anna {n}", n / 10) for n in range(200)))
    _, page = opened()

    first = page.ask("conversations")
    assert len(first["rows"]) == CONVERSATIONS
    assert theirs(page.ask("conversations", offset=CONVERSATIONS))[0] == f"+1555{249 - CONVERSATIONS:07}"
    assert page.ask("conversations", offset=99_999)["offset"] == 240
    assert len(page.ask("texts")["rows"]) == TABLE
    assert bodies(page.ask("texts", offset=400))[-1] == "text 0"

    (key,) = (row["key"] for row in page.ask("conversations", search=ANNA)["rows"])
    newest = page.ask("thread", key=key)
    assert bodies(newest) == [f"anna {n}" for n in range(200 - THREAD, 200)]
    assert (newest["earlier"], newest["later"]) == (200 - THREAD, 0)
    before = page.ask("thread", key=key, before=newest["rows"][0]["sid"])
    assert bodies(before)[-1] == f"anna {199 - THREAD}"
    assert before["later"] == THREAD
    after = page.ask("thread", key=key, after=before["rows"][-1]["sid"])
    assert bodies(after) == bodies(newest)
    around = page.ask("thread", key=key, around=before["rows"][-1]["sid"])
    assert before["rows"][-1]["sid"] in [row["sid"] for row in around["rows"]]


def test_the_table_is_searched_filtered_and_sorted(opened: Opened, store: Store) -> None:
    store(
        came("apple", 0),
        came("Banana", 1, webhook="fruit"),
        went("cherry", 2, status="failed", error_code=30003),
    )
    _, page = opened()

    assert bodies(page.ask("texts")) == ["cherry", "Banana", "apple"]
    assert bodies(page.ask("texts", search="BAN")) == ["Banana"]
    assert bodies(page.ask("texts", sort="body", descending=False)) == ["apple", "Banana", "cherry"]
    failed = page.ask("texts", status="failed")
    assert failed["rows"][0]["advice"].startswith("Error 30003. The handset could not be reached")
    assert failed["statuses"] == ["failed", "received"]
    assert failed["webhooks"] == ["fruit"]
    assert "cannot be sorted" in page.ask("texts", sort="payload")["error"]


def test_what_another_process_stores_is_told_with_its_conversation(opened: Opened, store: Store) -> None:
    store(came("old", 0))
    _, page = opened()
    before = page.ask("conversations")["number"]

    store(came("new", 1), came("from a stranger", 2, sender=BERT))

    news = page.hear(about("new"))
    rest = page.hear(about("from a stranger"))
    assert news["number"] == before + 1
    assert news["texts"] in (2, 3)
    assert {row["theirs"]: row["texts"] for row in [*news["conversations"], *rest["conversations"]]} == {
        ANNA: 2,
        BERT: 1,
    }
    assert [row["key"] for row in news["rows"] if row["body"] == "new"] == [
        row["key"] for row in news["conversations"] if row["theirs"] == ANNA
    ]


def test_a_status_is_told_and_so_is_a_text_that_goes(
    opened: Opened, store: Store, database: Database
) -> None:
    sent, gone = went("sent", 0, status="sent"), came("only one", 1, sender=BERT)
    store(sent, gone)
    _, page = opened()
    messages = database.db["messages"]

    messages.update_one({"_id": sent["_id"]}, {"$set": {"status": "delivered"}})
    news = page.hear(about("sent"))
    assert [row["status"] for row in news["rows"]] == ["delivered"]
    assert news["conversations"] == []

    messages.delete_one({"_id": gone["_id"]})
    news = page.hear(lambda told: told.get("deleted"))
    assert (news["deleted"], len(news["gone"]), news["people"]) == ([gone["_id"]], 1, 1)


def test_many_texts_at_once_are_not_told_one_by_one(opened: Opened, store: Store) -> None:
    _, page = opened()

    store(*(came(f"text {n}", n) for n in range(500)))

    page.hear(lambda told: (told["tell"] == "anew" and told["texts"] == 500) or told.get("texts") == 500)
    assert sum(len(told.get("rows", ())) for told in page.told) < 500
    assert page.ask("conversations")["rows"][0]["texts"] == 500


def test_only_pages_that_are_there_are_told(
    opened: Opened, store: Store, eventually: Callable[..., None]
) -> None:
    inbox, page = opened()
    page.leave()

    store(came("nobody looks", 0))
    eventually(lambda: "1 texts in 1 conversations" in repr(inbox))

    page.ask("hello")
    store(came("now somebody does", 2))
    page.hear(about("now somebody does"))
    assert not any(about("nobody looks")(told) for told in page.told)


def test_a_refresh_has_all_that_was_stored_until_then(opened: Opened, store: Store) -> None:
    inbox, page = opened()
    store(came("just now", 0))

    assert page.ask("look")["texts"] == 1
    assert theirs(page.ask("conversations")) == [ANNA]
    inbox.refresh()
    assert page.told[-1]["tell"] == "anew"


def test_two_inboxes_of_a_service_share_one_live_frame(opened: Opened, store: Store) -> None:
    first, page = opened()
    second, other = opened()

    store(came("for both", 0))

    page.hear(about("for both"))
    other.hear(about("for both"))
    assert first._feed is second._feed


def test_hostile_texts_stay_text_and_show_what_they_hide(opened: Opened, store: Store) -> None:
    store(came(HOSTILE, 0), came("x" * 1600, 1, sender="<b>Mallory</b>"), came("\U0001f600" * 1600, 2))
    _, page = opened()

    shown = [body for body in bodies(page.ask("texts")) if "script" in body]

    assert shown == [r"<img src=x onerror=alert(1)><script>alert(1)</script> \u202egnp.exe \x1b[31m\x00"]
    assert all(len(row["excerpt"]) <= 130 for row in page.ask("conversations")["rows"])


def test_saved_state_holds_neither_texts_nor_numbers(opened: Opened, store: Store) -> None:
    store(came("a secret text", 0))
    inbox, page = opened()
    (row,) = page.ask("conversations")["rows"]
    page.ask("thread", key=row["key"])
    page.ask("show", key=row["key"], view="conversations")

    saved = str(ipywidgets.Widget.get_manager_state())
    shown = str(inbox._repr_mimebundle_()) + repr(inbox)

    assert inbox.model_id in saved
    for told in ("a secret text", ANNA, ANNA[-4:], "8675310"):
        assert told not in saved.replace(inbox.model_id, "")
        assert told not in shown.replace(inbox.model_id, "")


def test_the_representation_counts(opened: Opened, store: Store) -> None:
    store(came("Hi", 0), went("Hello", 1), came("Me too", 2, sender=BERT))
    inbox, _ = opened()

    counted = "<twilio_nb.Inbox of 's': 3 texts in 2 conversations, 1 waiting for an answer"
    assert repr(inbox) == f"{counted}>"
    inbox.close()
    assert repr(inbox) == f"{counted}, closed>"


def test_what_is_selected_on_the_page_is_a_frame(opened: Opened, store: Store, service: Service) -> None:
    store(came("one", 0), went("two", 1), came("three", 2, sender=BERT))
    inbox, page = opened()
    assert inbox.selection.empty
    assert list(inbox.selection.columns) == list(service.texts().columns)

    anna = next(row["key"] for row in page.ask("conversations")["rows"] if row["theirs"] == ANNA)
    page.ask("show", key=anna)
    assert inbox.selection["body"].to_list() == ["one", "two"]
    assert page.ask("hello")["open"] == anna

    marked = [row["sid"] for row in page.ask("texts", search="three")["rows"]]
    page.ask("mark", sids=marked, on=True)
    assert inbox.selection["body"].to_list() == ["three"]
    page.ask("mark", sids=marked, on=False)
    assert inbox.selection["body"].to_list() == ["one", "two"]


def test_python_selects_too(opened: Opened, store: Store) -> None:
    store(came("one", 0), went("two", 1), came("three", 2, sender=BERT))
    inbox, page = opened()

    inbox.select("+1 555 867 0002")
    assert inbox.selection["body"].to_list() == ["three"]
    assert page.told[-1]["tell"] == "selected"
    inbox.select(inbox.frame.query("body == 'two'"))
    assert inbox.selection["body"].to_list() == ["two"]
    assert page.told[-1]["view"] == "table"
    inbox.select(inbox.frame["sid"].to_list())
    assert len(inbox.selection) == 3
    inbox.select(None)
    assert inbox.selection.empty

    with pytest.raises(ConfigurationError, match=r"no conversation with …9999"):
        inbox.select("+15550009999")
    with pytest.raises(ConfigurationError, match="no text 'SM1'"):
        inbox.select(["SM1"])


def test_the_cost_of_a_reply_is_counted(opened: Opened) -> None:
    _, page = opened()

    assert page.ask("count", body="It’s late")["forced_by"] == "’"
    assert page.ask("count", body="x" * 161)["segments"] == 2


def test_a_conversation_that_is_gone_says_so(opened: Opened) -> None:
    _, page = opened()

    assert page.ask("thread", key=7)["error"] == "This conversation is there no longer; choose another."
    assert "nothing was sent" in page.ask("reply", key=7, body="Hello")["error"]


def test_updating_leads_to_what_a_new_inbox_shows(opened: Opened, store: Store, database: Database) -> None:
    first = [came(f"text {n}", n, sender=f"+1555867{n % 5:04}") for n in range(20)]
    store(*first)
    inbox, page = opened()
    messages = database.db["messages"]

    store(came("late", 3.5, sender=first[2]["from"]), went("answer", 60, to=first[1]["from"]))
    messages.delete_many({"_id": {"$in": [first[19]["_id"], first[0]["_id"]]}})
    moved = {"time": NOON + timedelta(hours=2), "body": "moved"}
    messages.update_one({"_id": first[4]["_id"]}, {"$set": moved})
    inbox.refresh()
    assert len(inbox.frame) == 20
    _, other = opened(Service(ServiceDefinition("s", "AC" + "0" * 32), database))

    def shown(one: Page) -> list[Any]:
        people = one.ask("conversations")["rows"]
        threads = [one.ask("thread", key=row["key"])["rows"] for row in people]
        return [without(rows) for rows in (people, *threads, one.ask("texts")["rows"])]

    def without(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{name: value for name, value in row.items() if name != "key"} for row in rows]

    assert shown(page) == shown(other)
