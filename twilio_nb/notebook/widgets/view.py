"""What our views in a page have in common: the page asks, the kernel answers and tells.

Jupyter saves a widget's synced state in the notebook, so that holds neither a text nor a number nor a secret: all
of them travel in custom messages, which nobody keeps. Such a message reaches the views that are open when it is sent;
hence a view says hello, and asks for what there is, as often as it is opened.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import anywidget

from twilio_nb.errors import TwilioNBError
from twilio_nb.notebook.widgets.placed import Placed
from twilio_nb.receiving.tracebacks import frames

_STATIC = Path(__file__).parent / "static"
_AT_ONCE = 4  # slow answers of one view; a picture that hangs must not hold up a reply

logger = logging.getLogger(__name__)

Answer = Mapping[str, Any] | tuple[Mapping[str, Any], Sequence[bytes]] | None


def source(*names: str) -> str:
    """Return files of ``static/`` in one piece, behind what all of their kind share; anywidget takes no more.

    Parameters
    ----------
    *names : str
        Such as ``"inbox.js"``, or ``"bubbles.css"`` and ``"inbox.css"``.

    Returns
    -------
    str
        ``shared.js`` or ``shared.css``, and the files.
    """
    shared = f"shared{Path(names[0]).suffix}"
    return "\n".join((_STATIC / file).read_text("utf-8") for file in dict.fromkeys((shared, *names)))


def asked(method: Callable[..., Answer]) -> Callable[..., Answer]:
    """Let a page call a method, by its name, with keywords. It answers at once, so it must be quick.

    Parameters
    ----------
    method : callable
        Takes keywords that JSON can hold, and ``buffers`` if the page sends bytes; returns a mapping of such, one
        with a sequence of bytes, or None.

    Returns
    -------
    callable
        The same.
    """
    method.asked = "quick"  # type: ignore[attr-defined]
    return method


def asked_slowly(method: Callable[..., Answer]) -> Callable[..., Answer]:
    """Do as `asked` does, in a thread: for what waits for a network, a handler, a person.

    Parameters
    ----------
    method : callable
        As for `asked`.

    Returns
    -------
    callable
        The same.
    """
    method.asked = "slow"  # type: ignore[attr-defined]
    return method


class View(Placed, anywidget.AnyWidget):
    """A widget of our own; its page is in ``static/``.

    The page says ``{"ask": name, "id": …, "view": …, **keywords}``, which calls the method of that name if it is
    marked with `asked`. The answer is ``{"answer": id, …}``, or ``{"answer": id, "error": sentence}``. What the kernel
    tells by itself is ``{"tell": name, …}``.
    """

    _esm = ""
    _css = ""

    def __init_subclass__(cls, **options: Any) -> None:
        for name, value in vars(cls).items():
            if getattr(value, "asked", None) and hasattr(View, name):
                message = (
                    f"{cls.__name__}.{name} takes the place of a method that every widget needs; rename it."
                )
                raise TypeError(message)
        super().__init_subclass__(**options)

    def __init__(self, **state: Any) -> None:
        super().__init__(**state)
        self._pages: set[str] = set()
        self._closing = threading.Event()
        self._workers: ThreadPoolExecutor | None = None
        self.on_msg(self._heard)

    @property
    def is_open(self) -> bool:
        """Whether it was not closed."""
        return not self._closing.is_set()

    def tell(self, name: str, **what: Any) -> None:
        """Say something to every page that shows it; from any thread, also while a cell is running.

        Parameters
        ----------
        name : str
            What the pages listen for.
        **what
            What JSON can hold.
        """
        if self._pages and self.is_open:
            self.send({"tell": name, **what})

    def work(self, task: Callable[..., object], *arguments: object) -> None:
        """Do something in one of its threads; nothing once it is closed.

        Parameters
        ----------
        task : callable
            Tells by itself what came of it, errors too.
        *arguments
            What it is called with.
        """
        if not self.is_open:
            return
        if self._workers is None:
            self._workers = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="twilio_nb view")
        self._workers.submit(task, *arguments).add_done_callback(_logged)

    def close(self) -> None:
        """Take it off the page, and end its threads; what is being sent still goes out."""
        self._closing.set()
        self._leave()
        if self._workers is not None:
            self._workers.shutdown(wait=False, cancel_futures=True)
        super().close()
        self.layout.close()  # a widget of its own, which nothing else would close

    def _heard(self, _: object, message: Any, buffers: Sequence[memoryview]) -> None:
        if not isinstance(message, dict):
            return
        view, name = str(message.get("view")), message.get("ask")
        if name == "bye":
            self._pages.discard(view)
            return
        self._pages.add(view)
        method = getattr(type(self), name, None) if isinstance(name, str) else None
        kind = getattr(method, "asked", None)
        if method is None or kind is None or not self.is_open:
            return
        keywords = {key: value for key, value in message.items() if key not in ("ask", "id", "view")}
        if buffers:
            keywords["buffers"] = buffers
        if kind == "quick":
            self._answer(message.get("id"), method, keywords)
            return
        self.work(self._answer, message.get("id"), method, keywords)

    def _answer(self, number: object, method: Callable[..., Answer], keywords: dict[str, Any]) -> None:
        buffers: Sequence[bytes] = ()
        try:
            answer = method(self, **keywords)
            if isinstance(answer, tuple):
                answer, buffers = answer
            content = {"answer": number, **(answer or {})}
        except TwilioNBError as error:
            content = {"answer": number, "error": str(error)}
        except Exception as error:
            # It is told here, since behind a page nobody sees a traceback. Its text may hold anything.
            logger.error("%s failed: %s", method.__qualname__, frames(error))
            sentence = f"That failed ({type(error).__name__}); the log of the kernel says how."
            content = {"answer": number, "error": sentence}
        if self.is_open:
            self.send(content, list(buffers))


def _logged(done: Future[object]) -> None:
    """Write down what nobody else would see: an executor keeps errors to itself."""
    if not done.cancelled() and (error := done.exception()) is not None:
        logger.error("Work of a view failed: %s", frames(error))
