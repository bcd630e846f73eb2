"""A page without a browser: it asks a view over its comm, and keeps what it is answered and told."""

import itertools
import threading
from collections.abc import Callable, Sequence
from typing import Any

from twilio_nb.notebook.widgets.view import View

_numbers = itertools.count(1)


class Page:
    """One page that shows a view; several may show the same.

    Attributes
    ----------
    told : list of dict
        What the view told by itself, in order.
    """

    def __init__(self, view: View) -> None:
        self.told: list[dict[str, Any]] = []
        self._view = view
        self._name = f"page {next(_numbers)}"
        self._heard = threading.Condition()
        self._answers: dict[str, dict[str, Any]] = {}
        self._others = view.comm.publish_msg
        view.comm.publish_msg = self._publish

    def ask(self, question: str, buffers: Sequence[bytes] = (), **keywords: Any) -> dict[str, Any]:
        """Ask, and return the answer with its `buffers`."""
        number = f"question {next(_numbers)}"
        self._say({"ask": question, "id": number, **keywords}, buffers)
        with self._heard:
            assert self._heard.wait_for(lambda: number in self._answers, 30), f"{question} is not answered"
        return self._answers.pop(number)

    def leave(self) -> None:
        """Say that it goes."""
        self._say({"ask": "bye"})

    def hear(self, wanted: Callable[[dict[str, Any]], object], seconds: float = 20) -> dict[str, Any]:
        """Return the first thing told of which a function says that it is meant."""
        with self._heard:
            assert self._heard.wait_for(lambda: any(map(wanted, self.told)), seconds), self.told
        return next(one for one in self.told if wanted(one))

    def _say(self, content: dict[str, Any], buffers: Sequence[bytes] = ()) -> None:
        data = {"method": "custom", "content": {**content, "view": self._name}}
        self._view.comm.handle_msg(
            {"content": {"data": data}, "buffers": [memoryview(one) for one in buffers]}
        )

    def _publish(
        self, kind: str, data: Any = None, metadata: Any = None, buffers: Any = None, **more: Any
    ) -> None:
        content = (data or {}).get("content", {})
        with self._heard:
            if "tell" in content:
                self.told.append(content)
            elif "answer" in content:
                self._answers[content["answer"]] = {**content, "buffers": list(buffers or ())}
            self._heard.notify_all()
        self._others(kind, data, metadata, buffers, **more)
