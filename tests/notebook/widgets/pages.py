"""What a page says to a view and hears from it, without a browser."""

import itertools
import threading
from collections.abc import Sequence
from typing import Any

from twilio_nb.notebook.widgets.view import View

_numbers = itertools.count(1)


class Page:
    """A page that shows a view: its messages go in and out as a front end would pass them.

    Attributes
    ----------
    told : list of dict
        What the kernel told by itself.
    """

    def __init__(self, view: View) -> None:
        self.told: list[dict[str, Any]] = []
        self._view = view
        self._name = f"page {next(_numbers)}"
        self._heard = threading.Condition()
        self._answers: dict[str, tuple[dict[str, Any], Sequence[bytes]]] = {}
        before = view.send

        def send(content: dict[str, Any], buffers: Sequence[bytes] | None = None) -> None:
            before(content, buffers)
            with self._heard:
                if "tell" in content:
                    self.told.append(content)
                else:
                    self._answers[content["answer"]] = content, buffers or ()
                self._heard.notify_all()

        view.send = send

    def ask(self, name: str, **keywords: Any) -> dict[str, Any]:
        """Ask as the page does, and return the answer, its bytes as ``buffers``."""
        number = f"question {next(_numbers)}"
        self._view._heard(self._view, {"ask": name, "id": number, "view": self._name, **keywords}, None)
        with self._heard:
            assert self._heard.wait_for(lambda: number in self._answers, 30), f"no answer to {name}"
        content, buffers = self._answers.pop(number)
        return {**content, "buffers": list(buffers)}

    def leave(self) -> None:
        """Say that it goes."""
        self._view._heard(self._view, {"ask": "bye", "view": self._name}, None)

    def hear(self, wanted: Any, seconds: float = 20) -> dict[str, Any]:
        """Return the first thing told of which a function says that it is meant."""
        with self._heard:
            assert self._heard.wait_for(lambda: any(map(wanted, self.told)), seconds), self.told
        return next(one for one in self.told if wanted(one))
