"""The retired service's config.json, pasted in and copied out."""

from collections.abc import Callable, Sequence
from typing import Any

from twilio_nb.domain.configuration.services import ServiceConfiguration, read_service
from twilio_nb.notebook.widgets.view import View, asked, source


class ConfigFile(View):
    """A place to paste a `config.json` into, and to copy one out of. What stands in it is no state.

    Parameters
    ----------
    take : callable
        Takes what a file says, and returns a sentence on what became of it.
    write : callable
        Returns the service as such a file.
    """

    _esm = source("clipboard.js", "config_file.js")
    _css = source("config.css")

    def __init__(self, take: Callable[[ServiceConfiguration], str], write: Callable[[], str]) -> None:
        super().__init__()
        self._take, self._write = take, write

    @asked
    def read(self, buffers: Sequence[memoryview] = ()) -> dict[str, Any]:
        """Read a file that was pasted; one with a token in it is refused, and the page forgets it."""
        configuration = read_service(b"".join(buffers))
        return {"sentence": " ".join([self._take(configuration), *configuration.notes])}

    @asked
    def write(self) -> dict[str, Any]:
        """Write the service."""
        return {"text": self._write()}
