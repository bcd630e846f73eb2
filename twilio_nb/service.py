"""The one object a person holds: a Twilio service, its texts, its webhooks.

It delegates to the floors below and decides nothing by itself.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.domain.messages import Document
from twilio_nb.domain.paths import INBOX, RETRY_FRAGMENT, status_path, webhook_path
from twilio_nb.errors import ConfigurationError, TwilioNBError
from twilio_nb.notebook.current import services
from twilio_nb.notebook.display import Finding, Message, Table
from twilio_nb.receiving.address import public_bases
from twilio_nb.sending.gateway import Gateway
from twilio_nb.sending.outbox import Outbox
from twilio_nb.storage.database import Database
from twilio_nb.storage.secrets import Secret, find_secret

if TYPE_CHECKING:
    import pandas as pd

    from twilio_nb.receiving.handlers import Handler
    from twilio_nb.receiving.host import Host
    from twilio_nb.webhooks import Webhook

logger = logging.getLogger(__name__)


class Service:
    """A Twilio account's service as the notebook sees it; made by :func:`connect`.

    Attributes
    ----------
    definition : ServiceDefinition
        What is stored about it: no secret, only the secret's name.
    database : Database
        Where its texts are.
    handlers : list of Handler
        What was defined through this object, live or replaced.
    """

    def __init__(
        self, definition: ServiceDefinition, database: Database, token: Secret | None = None
    ) -> None:
        self.definition = definition
        self.database = database
        self._token = token
        self._gateway: Gateway | None = None
        self._is_receiving: bool | None = None
        self.handlers: list[Handler] = []
        self._outbox = Outbox(definition, database, lambda: self.gateway, self._status_callback)

    @property
    def name(self) -> str:
        """Name of the service."""
        return self.definition.name

    def __repr__(self) -> str:
        return f"<twilio_nb.Service {self.name!r}, account {self.definition.account_sid}>"

    def send(
        self,
        to: str,
        body: str | None = None,
        from_: str | None = None,
        media_url: str | Sequence[str] | None = None,
        *,
        once: str | None = None,
    ) -> Message:
        """Send a text and store it.

        Parameters
        ----------
        to : str
            Recipient in E.164 (``+15558675309``) or a channel address (``whatsapp:+15558675309``).
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
        arguments = self._outbox.checked(to, body, from_, media_url)
        document, sent = self._outbox.send(arguments, once=once)
        return self._message(
            document, "" if sent else f"Sent before with the key {once!r}; nothing was sent now."
        )

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

    def _status_callback(self) -> str | None:
        base = self._base_url()
        return f"{base}{status_path(self.name)}{RETRY_FRAGMENT}" if base and self._receives() else None

    def _receives(self) -> bool:
        """Tell whether status callbacks will be taken.

        Who configured a public address wants them, so that starts the receiver. An address that a hub
        announces to everybody does not: nothing runs before it is wanted.
        """
        from twilio_nb.receiving.host import Host

        if self._is_receiving is None and (self.definition.public_url or Host.running()):
            try:
                self.receive()
            except TwilioNBError as error:
                # A text is not held up for want of callbacks; refresh() tells its status as well.
                logger.warning("Status callbacks cannot be taken: %s", error)
                self._is_receiving = False
        return bool(self._is_receiving)

    def texts(self, **filters: Any) -> pd.DataFrame:
        """Return the service's texts as a DataFrame, oldest first.

        DataFrames shown from then on are not searched for mathematics: Jupyter would typeset what stands
        between the dollar signs of "lunch is $5 to $10" (pandas' option ``display.html.use_mathjax``).

        Parameters
        ----------
        **filters
            ``direction``, ``with_``, ``since``, ``until``, ``limit``, ``columns``; see
            :func:`twilio_nb.storage.frames.texts`.

        Returns
        -------
        pandas.DataFrame
            One row a text, Arrow-backed columns, times in UTC.
        """
        import pandas as pd

        from twilio_nb.storage.frames import texts

        pd.set_option("display.html.use_mathjax", False)
        return texts(self.database, service=self.name, **filters)

    def define(self, function: Callable[..., Any], name: str, **options: Any) -> Webhook:
        """Make a function the handler of a webhook, at once and in place of an earlier one.

        Parameters
        ----------
        function : callable
            ``def`` or ``async def`` of one to three parameters: payload, response, context.
        name : str
            Name of the webhook.
        **options
            ``respond_result`` (bool, default False): text back what the handler answers;
            ``concurrency`` (int, default 1): calls at a time; ``timeout`` (float, seconds, default 10,
            less than Twilio's 15): later answers are sent by REST.

        Returns
        -------
        Webhook
            Callable like the function; ``test()`` tries it, ``address`` is what to configure at Twilio.

        Raises
        ------
        ConfigurationError
            If the name or an option is out of range, or the receiver cannot be started.
        HandlerError
            If the function cannot take what a handler is given.
        SecretNotFound
            If the auth token, with which signatures are checked, is not known.
        """
        from twilio_nb.webhooks import define

        return define(self, function, name, **options)

    def webhook(self, name: str, **options: Any) -> Callable[[Callable[..., Any]], Webhook]:
        """Decorate a function to be a webhook's handler.

        Parameters
        ----------
        name : str
            Name of the webhook.
        **options
            As for :meth:`define`.

        Returns
        -------
        callable
            A decorator that gives back a :class:`~twilio_nb.webhooks.Webhook`.
        """
        return lambda function: self.define(function, name, **options)

    def webhooks(self) -> Table:
        """List the service's webhooks.

        Returns
        -------
        Table
            A row for each: ``webhook``, ``handler``, ``state`` in this kernel, the number of texts ``waiting``
            and the ``address``; it shows itself, and ``pandas.DataFrame(table.rows)`` makes a frame of it.
        """
        from twilio_nb.webhooks import overview

        return Table(overview(self))

    def replay(self, name: str, *, states: Sequence[str] = (), sids: Sequence[str] = ()) -> Table:
        """Run a webhook's handler again on stored texts; replies go out by REST.

        Parameters
        ----------
        name : str
            Name of a webhook whose handler lives in this kernel.
        states : sequence of str
            Every text in one of these handling states, such as ``"pending"`` or ``"failed"``.
        sids : sequence of str
            Or these Message SIDs, whatever became of them before.

        Returns
        -------
        Table
            A row for each text: ``sid``, ``state``, ``replies`` (how many), ``error``.

        Raises
        ------
        WebhookNotFound
            If no such webhook was ever defined.
        HandlerError
            If its handler does not live in this kernel.
        """
        from twilio_nb.webhooks import replay

        return Table(replay(self, name, sids, states), empty="No text is waiting for that.")

    def address(self, webhook: str = INBOX) -> str:
        """Return the address to configure at Twilio for a webhook, and start receiving.

        Parameters
        ----------
        webhook : str
            Name of the webhook; ``inbox`` only stores.

        Returns
        -------
        str
            With ``#rc=2&rp=ct,5xx``, which makes Twilio repeat what could not be stored.

        Raises
        ------
        ConfigurationError
            If it is not known which address the world sees.
        """
        self.receive()
        address = self.known_address(webhook)
        if address is None:
            message = (
                "The address that Twilio can reach is not known. Tell it once: "
                f"twilio_nb.connect({self.name!r}, public_url='https://…/'), the address of this Jupyter "
                "Server as the world sees it."
            )
            raise ConfigurationError(message)
        return address

    def known_address(self, webhook: str = INBOX) -> str | None:
        """Return a webhook's address without starting anything.

        Parameters
        ----------
        webhook : str
            Name of the webhook.

        Returns
        -------
        str or None
            None while it is not known what the world sees.
        """
        base = self._base_url()
        return None if base is None else f"{base}{webhook_path(self.name, webhook)}{RETRY_FRAGMENT}"

    def point(self, webhook: str) -> None:
        """Have texts delivered to a webhook; a real account's numbers are the person's to point."""

    def receive(self) -> Host:
        """Connect this kernel to the receiver, starting what must be started.

        Returns
        -------
        Host
            The host of this kernel's handlers.

        Raises
        ------
        ConfigurationError
            If the receiver cannot be started, or runs another release.
        SecretNotFound
            If the auth token, with which signatures are checked, is not known.
        """
        from twilio_nb.receiving.host import Host

        host = Host.start()
        host.serve(self.definition, self.database, [self.token], self.gateway)
        self._is_receiving = True
        return host

    def _base_url(self) -> str | None:
        """Return the base of the addresses that Twilio can reach and that we verify, if any."""
        if not self.definition.sandbox:
            return next(iter(public_bases(self.definition)), None)
        from twilio_nb.receiving.host import Host

        host = Host.running()
        return host.addresses.loopback if host and host.addresses else None

    @property
    def token(self) -> Secret:
        """The account's auth token, which prints as asterisks."""
        if self._token is None:
            self._token = find_secret(self.definition.secret)
        return self._token

    @property
    def gateway(self) -> Gateway:
        """Twilio's REST API for this account."""
        if self._gateway is None:
            self._gateway = Gateway(self.definition.account_sid, self.token, api_url=self.definition.api_url)
        return self._gateway

    def check(self) -> list[Finding]:
        """Try what a service needs; starts nothing that does not run.

        Returns
        -------
        list of Finding
            For store, credentials, sender, receiver, address and handlers, each a state ("ok", "warning" or
            "problem") and a sentence that says what to do.
        """
        from twilio_nb.checks import findings

        return findings(self)

    def close(self) -> None:
        """Take the handlers that were defined through this object out of service; close its connection."""
        from twilio_nb.receiving.host import Host

        if host := Host.running():
            for handler in [one for one in host.handlers() if one in self.handlers]:
                host.unregister(self.name, handler.name)
        services.discard(self)
        self.database.close()
