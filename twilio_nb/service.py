"""The one object a person holds: a Twilio service, its texts, its webhooks.

It delegates to the floors below and decides nothing by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from twilio_nb.access import Access
from twilio_nb.addressed import Addressed
from twilio_nb.answering import Answering
from twilio_nb.configured import Configured
from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.domain.messages import Document
from twilio_nb.hardening import Hardening
from twilio_nb.inlet import Inlet
from twilio_nb.logged import Logged
from twilio_nb.notebook.current import services
from twilio_nb.notebook.display import Finding, Message
from twilio_nb.reading import Reading
from twilio_nb.receiving.expansions import expansions
from twilio_nb.ruling import Rules
from twilio_nb.sending.document import arguments as arguments_of
from twilio_nb.sending.gateway import Gateway
from twilio_nb.sending.outbox import Outbox
from twilio_nb.showing import Showing
from twilio_nb.storage.database import Database
from twilio_nb.storage.secrets import Secret
from twilio_nb.stored import Stored

if TYPE_CHECKING:
    from twilio_nb.receiving.handlers import Handler


class Service(Addressed, Answering, Reading, Logged, Configured, Showing, Stored, Hardening):
    """A Twilio account's service as the notebook sees it; made by :func:`connect`.

    Attributes
    ----------
    definition : ServiceDefinition
        What is stored about it: no secret, only the secret's name.
    database : Database
        Where its texts are.
    """

    def __init__(
        self, definition: ServiceDefinition, database: Database, token: Secret | None = None
    ) -> None:
        self.database = database
        self._given = token
        self.handlers: list[Handler] = []
        self._live = WeakSet()
        self._shown = WeakSet()
        self._use(definition)

    def _use(self, definition: ServiceDefinition) -> None:
        self.definition = definition
        self._access = Access(definition, self._given)
        self._inlet = Inlet(
            definition,
            self.database,
            lambda: self._access.tokens,
            self._access.address_secrets,
            lambda: self.gateway,
        )
        self._outbox = Outbox(
            definition, self.database, lambda: self.gateway, self._inlet.status_callback, expansions
        )

    @property
    def name(self) -> str:
        """Name of the service."""
        return self.definition.name

    def __repr__(self) -> str:
        return f"<twilio_nb.Service {self.name!r}, account {self.definition.account_sid}>"

    def send(
        self,
        to: str | Mapping[str, Any],
        body: str | None = None,
        from_: str | None = None,
        media_url: str | Sequence[str] | None = None,
        *,
        once: str | None = None,
    ) -> Message:
        """Send a text and store it.

        Parameters
        ----------
        to : str or mapping
            Recipient in E.164 (``+15558675309``) or a channel address (``whatsapp:+15558675309``); or all of it
            as the retired service took it, ``{"to": …, "from": …, "body": …}``, and nothing beside it.
        body : str, optional
            The text, at most 1,600 characters; may be left out where there is media.
        from_ : str, optional
            Sender; by default the service's, else the account's only number.
        media_url : str or sequence of str, optional
            Up to ten addresses of pictures that Twilio fetches.
        once : str, optional
            A key of yours. For one key each recipient gets at most one text, however often the cell
            runs: later calls return the first message.

        Returns
        -------
        Message
            The message as stored; ``refresh()`` brings its status up to date.

        Raises
        ------
        InvalidAddress
            Before Twilio is asked, if ``to`` or ``from_`` cannot be right.
        RuleDenied
            If no service rule allows the send.
        StoreUnavailable
            Before Twilio is asked, if MongoDB cannot be reached.
        GatewayError
            If Twilio refuses, or its answer never comes.

        Notes
        -----
        Twilio's parameters: https://www.twilio.com/docs/messaging/api/message-resource.
        """
        if isinstance(to, Mapping):
            return self.send(**arguments_of(to, body=body, from_=from_, media_url=media_url), once=once)
        with self._outbox.failures(to, from_):
            arguments = self._outbox.checked(to, body, from_, media_url)
            document, note = self._outbox.send(arguments, once=once)
        return self._message(document, note)

    def checked(
        self,
        to: str,
        body: str | None = None,
        from_: str | None = None,
        media_url: str | Sequence[str] | None = None,
    ) -> dict[str, Any]:
        """Return what a send with these arguments would hand over; nothing is sent.

        Parameters
        ----------
        to, body, from_, media_url
            As for :meth:`send`.

        Returns
        -------
        dict
            ``to``, ``from`` and ``body`` (str), ``mediaUrl`` (list of str): the names that rules use.

        Raises
        ------
        InvalidAddress, RuleDenied, ConfigurationError
            As :meth:`send` would.
        """
        return self._outbox.checked(to, body, from_, media_url)

    def _message(self, document: Document, note: str) -> Message:
        return Message(document, refresh=lambda: self._outbox.refresh(document["_id"]), note=note)

    @property
    def rules(self) -> Rules:
        """What may be sent: shows itself; ``add``, ``remove`` and ``explain`` are its methods."""
        return Rules(self.name, self._outbox)

    def point(self, webhook: str) -> None:
        """Have texts delivered to a webhook; a real account's numbers are the person's to point."""

    @property
    def token(self) -> Secret:
        """The account's auth token, or the API key's secret, which prints as asterisks."""
        return self._access.token

    @property
    def gateway(self) -> Gateway:
        """Twilio's REST API for this account."""
        return self._access.gateway

    def renew(self) -> None:
        """Use the secret as it is kept now, for sending and, where this kernel receives, in the receiver."""
        self._access.renew()
        self._inlet.renew()

    def check(self, page: str | None = None, webhook: str | None = None) -> list[Finding]:
        """Look whether all is there that a service needs; starts nothing, and writes nothing.

        The form of ``%twilio_config`` shows it. :meth:`doctor` begins with it, and then tries what must be refused.

        Parameters
        ----------
        page : str, optional
            The address at which a person reaches this Jupyter Server, to be offered as the public one.
        webhook : str, optional
            Where texts are to go; by default to what this kernel answers, else to ``inbox``.

        Returns
        -------
        list of Finding
            For store, credentials, sender, receiver, address, what is set at Twilio, and handlers, each a state
            ("ok", "warning" or "problem") and a sentence that says what to do; some have a remedy.
        """
        from twilio_nb.checks import findings

        return findings(self, page, webhook)

    def close(self) -> None:
        """Take its handlers in this kernel out of service; close its widgets, frames, forwarders and connection."""
        from twilio_nb.receiving.host import Host

        if host := Host.running():
            for handler in [one for one in host.handlers() if one in self.handlers]:
                host.unregister(self.name, handler.name)
        services.discard(self)
        self._close_shown()
        for live in list(self._live):
            live.close()
        self.database.close()
