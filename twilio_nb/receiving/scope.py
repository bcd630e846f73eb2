"""The call that a thread or task is answering, and what is known of it."""

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from twilio_nb.receiving.request import Request

if TYPE_CHECKING:
    from twilio_nb.storage.clients import Login
    from twilio_nb.storage.database import Database
    from twilio_nb.storage.secrets import Secret


@dataclass
class Scope:
    """One call while it runs; lives in a context variable, which tasks and ``asyncio.to_thread`` inherit.

    Attributes
    ----------
    request : Request or None
        What brought the text; None for a function that a cell executes.
    database : Database or None
        Where the service's texts are.
    loop : AbstractEventLoop or None
        The loop that an ``async def`` runs on; None for a ``def``.
    warn : callable
        Takes a sentence about what was probably meant otherwise.
    function : str
        Who is running, for sentences about it.
    login : Login or None
        The user of MongoDB that it runs as; None for the system's own.
    secrets : list of Secret
        What was handed out from secrets.
    """

    request: Request | None
    database: "Database | None"
    loop: asyncio.AbstractEventLoop | None
    warn: Callable[[str], None]
    function: str
    login: "Login | None" = None
    secrets: "list[Secret]" = field(default_factory=list)

    def veiled(self, text: str) -> str:
        """Return a text without the secrets that were handed out, as an error may quote them."""
        spellings = {
            spelling
            for value in (secret.reveal() for secret in self.secrets)
            for spelling in (value, repr(value)[1:-1], quote(value), quote(value, safe=""), quote_plus(value))
        }
        for spelling in sorted(
            spellings - {""}, key=len, reverse=True
        ):  # one secret may be a part of another
            text = text.replace(spelling, "********")
        return text


scope: ContextVar[Scope] = ContextVar("twilio_nb_scope")
