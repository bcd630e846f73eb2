"""A page without a browser: it asks a view over its comm, and keeps what it is answered and told."""

import threading
from collections.abc import Sequence
from typing import Any

from twilio_nb.notebook.widgets.view import View


class Page:
    """One page that shows a view.

    Attributes
    ----------
    told : list of dict
        What the view told by itself, in order.
    """

    def __init__(self, view: View, name: str = "page") -> None:
        self._view = view
        self._name = name
        self._count = 0
        self._answers: dict[str, dict[str, Any]] = {}
        self._news = threading.Condition()
        self.told: list[dict[str, Any]] = []
        view.comm.publish_msg = self._publish

    def ask(self, question: str, buffers: Sequence[bytes] = (), **keywords: Any) -> dict[str, Any]:
        """Ask, and return the answer with its `buffers`."""
        self._count += 1
        number = f"{self._name}:{self._count}"
        content = {"ask": question, "id": number, "view": self._name, **keywords}
        data = {"method": "custom", "content": content}
        self._view.comm.handle_msg({"content": {"data": data}, "buffers": [memoryview(b) for b in buffers]})
        with self._news:
            assert self._news.wait_for(lambda: number in self._answers, 30), f"{question} is not answered"
        return self._answers[number]

    def _publish(
        self, kind: str, data: Any = None, metadata: Any = None, buffers: Any = None, **_: Any
    ) -> None:
        content = (data or {}).get("content", {})
        with self._news:
            if "tell" in content:
                self.told.append(content)
            elif "answer" in content:
                self._answers[content["answer"]] = {**content, "buffers": buffers}
            self._news.notify_all()
