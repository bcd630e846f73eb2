"""The form that sends, and a page that shows it."""

from typing import Any

from tests.notebook.widgets.pages import Page
from twilio_nb.account import SandboxAccount
from twilio_nb.notebook.widgets.compose import Compose


def received(account: SandboxAccount, number: str) -> list[str]:
    return account.phone(number).messages.replies


class Form:
    """A form and a page that shows it."""

    def __init__(self, compose: Compose) -> None:
        self.compose = compose
        self.page = Page(compose.sheet)
        self.round = self.page.ask("hello")["round"]

    def fill(self, to: list[str], body: str) -> None:
        self.compose.to.value, self.compose.body.value = "\n".join(to), body

    def send(self, *, confirmed: bool = True) -> dict[str, Any]:
        fields = {
            "to": self.compose.to.value,
            "sender": self.compose.sender.label,
            "body": self.compose.body.value,
            "media": self.compose.media.value,
        }
        return self.page.ask("dispatch", fields=fields, round=self.round, confirmed=confirmed)

    def draft(self) -> dict[str, Any]:
        draft: dict[str, Any] = self.page.ask("hello")["draft"]
        return draft

    def report(self) -> dict[str, Any]:
        return self.page.ask("hello")["report"] or {}

    def states(self) -> list[str]:
        return [row["status"] for row in self.report().get("rows", [])]

    def is_over(self) -> bool:
        return bool(self.report().get("isOver"))
