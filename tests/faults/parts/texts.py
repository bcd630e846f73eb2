"""Texts of one phone, and what became of each of them: acknowledged, stored, run, answered."""

import contextlib
import secrets
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from tests.faults.parts.far_end import PATIENCE, Delivered
from twilio_nb.domain.messages import Document

if TYPE_CHECKING:
    from tests.faults.parts.stage import Stage


class Texts:
    """The texts of one phone to one webhook, and what became of them."""

    def __init__(self, stage: "Stage", webhook: str) -> None:
        self.phone = f"+1555{secrets.randbelow(9_000_000) + 1_000_000}"
        self.phones = [self.phone]
        self.stage = stage
        self._webhook = webhook
        self._texting: list[Future[Delivered]] = []
        self._repeated: list[Future[Delivered]] = []
        self._sids: list[str] = []

    def __add__(self, other: "Texts") -> "Texts":
        """Both together, to count them."""
        together = Texts(self.stage, self._webhook)
        together.phones = [*self.phones, *other.phones]
        together._texting = [*self._texting, *other._texting]
        together._repeated = [*self._repeated, *other._repeated]
        return together

    def begin(self, count: int = 1, gap: float = 0.05, body: str = "") -> None:
        """Text every so many seconds, and wait for no answer."""
        for _ in range(count):
            text = body or f"{len(self._texting)} from {self.phone[-6:]}"
            self._sids.append("SM" + secrets.token_hex(16))
            url = self.stage.url(self._webhook)
            self._texting.append(self.stage.twilio.texting(url, text, self.phone, self._sids[-1]))
            time.sleep(gap)

    @contextlib.contextmanager
    def going_on(self, count: int, gap: float = 0.05) -> Iterator[None]:
        """Text in the background, and come to the end of it."""
        with ThreadPoolExecutor(1) as feeding:
            begun = feeding.submit(self.begin, count, gap)
            yield
            begun.result()

    def text(self, body: str = "") -> Delivered:
        """Text once, and wait for the answer."""
        self.begin(1, 0, body)
        return self._texting[-1].result(PATIENCE + 5)

    def delivering(self) -> "list[Future[Delivered]]":
        return [*self._texting]

    def again(self, first: "Future[Delivered]") -> "Future[Delivered]":
        """Deliver a text once more, as Twilio does that has heard nothing; it is no other text."""
        number = self._texting.index(first)
        return self.stage.twilio.texting(
            self.stage.url(self._webhook), f"{number} from {self.phone[-6:]}", self.phone, self._sids[number]
        )

    def repeat_refused(self) -> None:
        """Deliver what was refused once more, as Twilio does; now it must be taken."""
        for first in self._texting:
            if first.result(PATIENCE + 5).status != 200:
                self._repeated.append(self.again(first))
        statuses = {each.result(PATIENCE + 5).status for each in self._repeated}
        assert statuses <= {200}, f"still refused: {statuses}"

    def refused(self) -> list[Delivered]:
        return [each for each in self.delivered() if each.status != 200]

    def delivered(self) -> list[Delivered]:
        """Wait for all answers."""
        return [texting.result(PATIENCE + 5) for texting in self._texting]

    def acknowledged(self) -> list[str]:
        return [each.sid for each in self.delivered() if each.status == 200]

    def stored(self) -> list[Document]:
        """What is stored of them, oldest first."""
        return list(
            self.stage.database.db["messages"]
            .find({"from": {"$in": self.phones}, "direction": "inbound"})
            .sort("time")
        )

    def states(self) -> Counter[str]:
        return Counter(document["handling"]["state"] for document in self.stored())

    def runs(self) -> Counter[str]:
        """How often the handler ran, by text."""
        ours = {document["_id"] for document in self.stored()}
        return Counter(sid for sid in self.stage.runs.read_text().split() if sid in ours)

    def replies(self) -> list[str]:
        """All that was answered, in the answer to Twilio or by REST."""
        answers = [*self.delivered(), *(each.result() for each in self._repeated)]
        at_once = [reply for each in answers for reply in each.replies]
        return at_once + [reply for phone in self.phones for reply in self.stage.twilio.received(phone)]

    def figures(self) -> dict[str, int]:
        """What a line of the ledger says of them, after the checks that hold for every fault."""
        acknowledged, stored, runs, replies = self.acknowledged(), self.stored(), self.runs(), self.replies()
        assert {*acknowledged} <= {document["_id"] for document in stored}, "acknowledged and not stored"
        assert max(runs.values(), default=0) <= 1, f"ran more than once: {runs}"
        twice = [reply[:60] for reply, count in Counter(replies).items() if count > 1]
        assert not twice, f"answered more than once: {twice}"
        return {
            "sent": len(self._texting),
            "acknowledged": len(acknowledged),
            "stored": len(stored),
            "handled": sum(runs.values()),
            "answered": len(replies),
        }
