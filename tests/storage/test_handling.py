"""A text is handled by one owner at a time, and at most once by itself."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from twilio_nb.domain.messages import Document
from twilio_nb.storage.messages import MessageLog

Text = Callable[..., Document]


@pytest.fixture
def claimed(log: MessageLog, text: Text, now: datetime) -> str:
    """The SID of a text that "o" has claimed with the request "r"."""
    document = text()
    log.insert_many([document])
    assert log.claim(document["_id"], owner="o", request_id="r")
    return str(document["_id"])


def handling(log: MessageLog, sid: str) -> dict[str, Any]:
    document = log.get(sid)
    assert document is not None
    return dict(document["handling"])


def settle(log: MessageLog, sid: str, state: str = "answered", **more: Any) -> bool:
    return log.settle(sid, **({"owner": "o", "request_id": "r", "state": state} | more))


def test_a_claim_returns_the_text_and_who_has_it(log: MessageLog, text: Text) -> None:
    document = text()
    log.insert_many([document])

    claimed = log.claim(document["_id"], owner="$o", request_id="r")

    assert claimed is not None
    lease = claimed["handling"].pop("lease")
    assert timedelta(seconds=25) < lease - datetime.now(UTC) < timedelta(seconds=35)
    del document["handling"]["lease"]
    assert claimed["body"] == "Hello"
    assert claimed["handling"] == document["handling"] | {
        "state": "running",
        "owner": "$o",
        "request_id": "r",
    }


def test_of_many_who_claim_a_text_one_gets_it(log: MessageLog, text: Text, now: datetime) -> None:
    texts = [text() for _ in range(20)]
    log.insert_many(texts)

    def claim(owner: int) -> int:
        claims = [log.claim(one["_id"], owner=str(owner), request_id="r") for one in texts]
        return sum(claim is not None for claim in claims)

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(claim, range(8))) == len(texts)


@pytest.mark.parametrize("state", ["stored", "running", "answered", "late", "failed", "interrupted"])
def test_only_a_pending_text_is_claimed_unless_asked_otherwise(
    log: MessageLog, text: Text, now: datetime, state: str
) -> None:
    document = text()
    document["handling"]["state"] = state
    log.insert_many([document])

    assert log.claim(document["_id"], owner="o", request_id="r") is None
    assert log.claim(document["_id"], owner="o", request_id="r", states=[state]) is not None


def test_an_unknown_text_cannot_be_claimed(log: MessageLog, now: datetime) -> None:
    assert log.claim("SM" + "0" * 32, owner="o", request_id="r") is None


def test_settling_keeps_answer_replies_and_the_time(log: MessageLog, claimed: str) -> None:
    answer = {"status": 200, "twiml": "<Response/>"}

    assert settle(log, claimed, answer=answer, replies=[{"body": "$a", "media": ["https://a/1"]}])

    kept = handling(log, claimed)
    assert (kept["state"], kept["answer"]) == ("answered", answer)
    assert kept["replies"] == [{"n": 0, "body": "$a", "media": ["https://a/1"], "sid": None, "status": None}]
    assert kept["finished"].tzinfo is not None


def test_of_many_who_settle_one_wins(log: MessageLog, claimed: str) -> None:
    states = ["answered", "late", "failed", "interrupted"] * 4

    with ThreadPoolExecutor(8) as threads:
        won = list(threads.map(lambda state: settle(log, claimed, state, error="e"), states))

    assert sum(won) == 1
    assert handling(log, claimed)["state"] == states[won.index(True)]


@pytest.mark.parametrize("other", [{"owner": "x"}, {"request_id": "x"}, {"from_states": ["late"]}])
def test_who_did_not_claim_a_text_cannot_settle_it(
    log: MessageLog, claimed: str, other: dict[str, Any]
) -> None:
    assert not settle(log, claimed, **other)
    assert handling(log, claimed)["state"] == "running"


def test_a_late_text_is_finished_once_when_its_replies_come(log: MessageLog, claimed: str) -> None:
    assert settle(log, claimed, "late", answer={"status": 200, "twiml": "<Response/>"})
    assert "finished" not in handling(log, claimed)

    finish = {"from_states": ["running", "late"], "replies": [{"body": "at last"}]}
    assert settle(log, claimed, "late", **finish)
    assert not settle(log, claimed, "late", **finish)
    assert handling(log, claimed)["replies"][0]["body"] == "at last"
    assert "finished" in handling(log, claimed)


def test_a_replayed_text_forgets_its_error_and_can_be_settled_again(
    log: MessageLog, claimed: str, now: datetime
) -> None:
    settle(log, claimed, "failed", error="ValueError: no")

    again = log.claim(claimed, owner="o2", request_id="r2", states=["failed"])

    assert again is not None
    assert again["handling"]["error"] is None
    assert not settle(log, claimed)
    assert settle(log, claimed, owner="o2", request_id="r2")


def test_an_owner_who_is_gone_leaves_its_running_texts_interrupted(log: MessageLog, claimed: str) -> None:
    assert log.interrupt_owner("somebody else") == 0
    assert log.interrupt_owner("o") == 1
    assert handling(log, claimed)["state"] == "interrupted"
    assert not settle(log, claimed)


def test_a_late_text_outlives_the_connection_of_its_owner_but_not_its_lease(
    log: MessageLog, claimed: str, now: datetime
) -> None:
    settle(log, claimed, "late", answer={"status": 200, "twiml": "<Response/>"})

    assert log.interrupt_owner("o") == 0
    assert log.renew("o") == 1
    assert log.interrupt_expired() == 0
    assert log.renew("o", timedelta(seconds=-1)) == 1
    assert log.interrupt_expired() == 1
    assert not settle(log, claimed, "late", replies=[], from_states=["late"])


def test_a_finished_text_is_neither_renewed_nor_interrupted(
    log: MessageLog, claimed: str, now: datetime
) -> None:
    settle(log, claimed, "late", replies=[])

    assert log.renew("o", timedelta(seconds=-1)) == 0
    assert log.interrupt_expired() == 0


def test_waiting_texts_are_listed_with_the_oldest_first(log: MessageLog, text: Text) -> None:
    texts = [text() for _ in range(5)]
    others = [text(service="other"), text(webhook="other"), text(store_only=True)]
    log.insert_many([*reversed(texts), *others])

    waiting = log.waiting("s", "w", ["pending", "failed"])

    assert waiting == [one["_id"] for one in texts]
    assert log.waiting("s", "w", ["pending"], since=texts[3]["time"]) == waiting[3:]
    assert log.waiting("s", "w", ["failed"]) == []


def test_a_reply_that_no_bson_could_hold_is_kept_as_far_as_it_can_be(log: MessageLog, claimed: str) -> None:
    assert settle(log, claimed, replies=[{"body": "a\ud800"}], error="E: \udfff")

    assert handling(log, claimed)["replies"][0]["body"] == "a\ufffd"


def test_texts_are_counted_by_webhook_and_state(log: MessageLog, text: Text, claimed: str) -> None:
    log.insert_many([text(), text(webhook="v"), text(service="t"), text(store_only=True)])

    counts = log.counts(["s"], ["pending", "running"])

    assert counts == {("s", "w", "pending"): 1, ("s", "w", "running"): 1, ("s", "v", "pending"): 1}
