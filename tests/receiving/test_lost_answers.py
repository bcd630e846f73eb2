"""A late reply whose answer from Twilio was lost: looked up, and never sent twice."""

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.sandbox.conftest import Sandbox, starter
from tests.sending.between import Between, between
from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.domain.messages import inbound
from twilio_nb.domain.twiml import Reply
from twilio_nb.receiving.claims import Claim
from twilio_nb.receiving.delivery import Delivery
from twilio_nb.receiving.outcomes import Outcome
from twilio_nb.sending.gateway import Gateway
from twilio_nb.storage.database import Database
from twilio_nb.storage.logs import LogBook
from twilio_nb.storage.messages import MessageLog
from twilio_nb.storage.secrets import Secret

PHONE = "+15558675309"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with starter(tmp_path_factory.mktemp("sandbox")) as start:
        yield start()


@pytest.fixture
def line(sandbox: Sandbox) -> Iterator[Between]:
    with between(sandbox.url) as told:
        yield told


class Text:
    """A text that this process has claimed, and the delivery of its replies."""

    def __init__(self, sandbox: Sandbox, line: Between, database: Database) -> None:
        self.sandbox, self.log, self.book = sandbox, MessageLog(database), LogBook(database)
        self.phone = f"+1555867{secrets.randbelow(10_000):04d}"
        definition = ServiceDefinition("hotline", sandbox.sid)
        gateway = Gateway(sandbox.sid, Secret(sandbox.token), api_url=line.url, timeout=2)
        self.delivery = Delivery(definition, database, gateway, lambda: None)
        sid = f"SM{secrets.token_hex(16)}"
        form = [("MessageSid", sid), ("From", self.phone), ("To", sandbox.number), ("Body", "Hi")]
        now = datetime.now(UTC)
        self.log.insert_many(
            [inbound(form, service="hotline", webhook="answer", source="webhook", time=now, store_only=False)]
        )
        self.claim = Claim(sid, "me", secrets.token_hex(4), "answer", "replay", now)
        assert self.log.claim(sid, owner="me", request_id=self.claim.request_id)

    def settle(self, *bodies: str) -> tuple[str | None, str | None]:
        return self.delivery.settle(self.claim, Outcome(True, replies=tuple(Reply(body) for body in bodies)))

    def replies(self) -> list[Any]:
        document = self.log.get(self.claim.sid)
        assert document is not None
        return [reply["sid"] for reply in document["handling"]["replies"]]

    def at_twilio(self) -> list[str]:
        messages = self.sandbox.get("Messages.json?PageSize=1000")["messages"]
        return [one["sid"] for one in messages[::-1] if one["to"] == self.phone]


@pytest.fixture
def text(sandbox: Sandbox, line: Between, database: Database) -> Text:
    return Text(sandbox, line, database)


def test_a_reply_that_was_accepted_without_an_answer_is_found_and_the_next_one_sent(
    text: Text, line: Between
) -> None:
    line.instead = "close"

    state, trouble = text.settle("first", "second")

    assert (state, trouble) == ("answered", None)
    assert text.replies() == text.at_twilio()
    assert len(text.at_twilio()) == 2


def test_a_reply_of_which_twilio_knows_nothing_is_said_to_be_open(text: Text, line: Between) -> None:
    line.instead, line.lists = "500", False

    _, trouble = text.settle("first")

    assert "It is not known whether reply 1 of 1 was sent" in str(trouble)
    assert text.replies() == [None]
