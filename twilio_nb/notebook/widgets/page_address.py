"""The address at which a person reaches this Jupyter Server, which only the page knows."""

from collections.abc import Callable
from typing import Any

from twilio_nb.notebook.widgets.view import View, asked, asked_slowly, source
from twilio_nb.receiving.address import base_address


class PageAddress(View):
    """The address at which a person reaches this Jupyter Server; the page tells it, and it is offered.

    Parameters
    ----------
    weigh : callable
        Takes the address; returns a sentence about it, empty to show nothing, and whether to offer it.
    use : callable
        Takes the address once a person agreed.

    Attributes
    ----------
    url : str or None
        The address told last, in the form that Twilio signs; None before any page did.
    """

    _esm = source("page_address.js")
    _css = source("config.css")

    def __init__(self, weigh: Callable[[str], tuple[str, bool]], use: Callable[[str], None]) -> None:
        super().__init__()
        self.url: str | None = None
        self._weigh, self._use = weigh, use

    def refresh(self) -> None:
        """Weigh the address again, after the service changed."""
        self.tell("weigh")

    @asked
    def reached(self, url: str | None) -> dict[str, Any]:
        """Take the address from a page; a person who is logged in reached it there."""
        return self._weighed(url)

    @asked_slowly
    def use(self, url: str | None) -> dict[str, Any]:
        """Take it as the service's public address."""
        if self._weighed(url)["offer"] and self.url is not None:
            self._use(self.url)
        return self._weighed(url)

    def _weighed(self, url: str | None) -> dict[str, Any]:
        try:
            self.url = base_address(url or "")
        except ValueError:
            return {"sentence": "", "offer": False}
        sentence, offer = self._weigh(self.url)
        return {"sentence": sentence, "offer": offer}
