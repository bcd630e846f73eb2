"""What a service does about texts that come in: handlers defined, listed, run again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from twilio_nb.address_checks import keep_tokens_out
from twilio_nb.domain.messages import HandlingState
from twilio_nb.errors import ConfigurationError, HandlerError
from twilio_nb.notebook.display import Table
from twilio_nb.receiving.handlers import Handler
from twilio_nb.receiving.host import Host
from twilio_nb.receiving.users import RunAs
from twilio_nb.ruling import Expression
from twilio_nb.storage.database import Database
from twilio_nb.storage.known_names import unknown_webhook
from twilio_nb.storage.logins import find_login
from twilio_nb.storage.messages import MessageLog
from twilio_nb.storage.registry import Registry
from twilio_nb.webhook_table import webhook_table
from twilio_nb.webhooks import Webhook


class Answering:
    """What a service does about texts that come in; the base of :class:`~twilio_nb.service.Service`.

    Attributes
    ----------
    handlers : list of Handler
        What was defined through this object, live or replaced.
    """

    database: Database
    handlers: list[Handler]

    @property
    def name(self) -> str:
        """Name of the service."""
        raise NotImplementedError

    def receive(self, secret: str | None = None) -> Host:
        """Connect this kernel to the receiver."""
        raise NotImplementedError

    def _address_of(self, webhook: str, secret: str | None = None) -> str | None:
        """Return the address of a webhook that asks for a secret, or for none."""
        raise NotImplementedError

    def _said_of(self, secret: str) -> list[str]:
        """Return sentences on the secret of an address."""
        raise NotImplementedError

    def point(self, webhook: str) -> None:
        """Have texts delivered to a webhook."""
        raise NotImplementedError

    def define(
        self,
        function: Callable[..., Any],
        name: str,
        *,
        respond_result: bool = False,
        can_evaluate: Expression | None = None,
        on_error: int = 200,
        disable_arg_logs: bool = True,
        concurrency: int = 1,
        timeout: float = 10.0,
        run_as: RunAs | None = None,
        secret: str | None = None,
    ) -> Webhook:
        """Make a function the handler of a webhook, at once and in place of an earlier one.

        Where that is another function of another cell, it is said, since one of the two may have the wrong name.

        Parameters
        ----------
        function : callable
            ``def`` or ``async def`` of one to three parameters: payload, response, context.
        name : str
            Name of the webhook.
        respond_result : bool
            Text back what the handler answers.
        can_evaluate : mapping, bool or callable, optional
            A condition that each text must meet for the handler to be called; texts that do not are stored, and
            answered with nothing. In the retired service's expression language, where ``From``, ``Body`` and so on
            are the text's fields and ``%%request`` is what brought it. Or a Python function of the notebook's, which
            is given the payload and returns True.
        on_error : int
            HTTP status for Twilio when the handler fails: 200, or 500, after which Twilio asks the fallback address
            of the number.
        disable_arg_logs : bool
            False to have the log keep whole numbers, and what the handler prints and raises as it is, words of texts
            included.
        concurrency : int
            Calls at a time.
        timeout : float
            Seconds, less than Twilio's 15, after which Twilio gets an empty answer and the reply goes by REST.
        run_as : str or callable, optional
            A user of :attr:`~twilio_nb.hardening.Hardening.users`, as whom ``context.services.get("mongodb-atlas")``
            is then connected, so that MongoDB refuses what that user may not; or a function of the payload that
            returns its name. If that raises or names nobody, the handler does not run; the text is kept, and the
            log says why. :mod:`twilio_nb.receiving.users` says what this limits and what not.
        secret : str, optional
            *Name* of a secret that the address must hold too, ``?secret=<value>``, as it is kept by
            ``twilio_nb.secrets.set(NAME)``. What Twilio calls without it is refused and not stored. Handlers, texts and
            logs do not have it, and it is never shown; ``%twilio_config`` enters the whole address at Twilio.

        Returns
        -------
        Webhook
            Callable like the function; ``test()`` tries it, ``address`` is what to configure at Twilio.

        Raises
        ------
        ConfigurationError
            If the name or an option is out of range, a part of the condition is not understood, the user was not
            made yet, the secret is an auth token, or the receiver cannot be started.
        HandlerError
            If the function cannot take what a handler is given.
        SecretNotFound
            If the auth token, with which signatures are checked, is not known, or the address's secret is not.
        """
        handler = Handler(
            function,
            self.name,
            name,
            respond_result=respond_result,
            can_evaluate=can_evaluate,
            on_error=on_error,
            disable_arg_logs=disable_arg_logs,
            concurrency=concurrency,
            timeout=timeout,
            run_as=run_as,
            secret=secret,
        )
        if isinstance(run_as, str):
            find_login(self.database, run_as)
        # First what can fail for want of a secret or a receiver: such a webhook is not defined.
        registry = Registry(self.database)
        if secret is not None:
            keep_tokens_out(secret, registry)
        host = self.receive(secret)
        saved = registry.save_webhook(handler.definition)
        handler.definition = replace(saved, can_evaluate=handler.definition.can_evaluate)
        self.handlers.append(handler)
        key = handler.definition.key
        before = next((one for one in host.handlers() if one.definition.key == key), None)
        host.register(handler, self.database)
        if before is not None:
            names = before.function_name, handler.function_name
            handler.cell.say_replaced(f"The webhook {key}", names[0], before.cell, names[1])
        self.point(name)
        return Webhook(self, handler)

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

    def handler(self, name: str) -> Webhook:
        """Return the live handler of a webhook, to try it by hand.

        Parameters
        ----------
        name : str
            Name of the webhook, defined in this kernel.

        Returns
        -------
        Webhook
            ``service.handler("saveText").test(Body="hi")`` runs it on a made-up text.

        Raises
        ------
        HandlerError
            If no handler of that name lives in this kernel.
        """
        host = Host.running()
        for handler in host.handlers() if host else []:
            if (handler.service, handler.name) == (self.name, name):
                return Webhook(self, handler)
        here = [one.name for one in host.handlers() if one.service == self.name] if host else []
        alive = f" Here live: {', '.join(sorted(here))}." if here else ""
        message = (
            f"The handler of {name!r} does not live in this kernel: run the cell that defines it.{alive}"
        )
        raise HandlerError(message)

    def webhooks(self) -> Table:
        """List the service's webhooks.

        Returns
        -------
        Table
            It shows itself, and ``pandas.DataFrame(table.rows)`` makes a frame of it. A row for each: ``webhook``,
            ``handler``, ``state`` in this kernel, the number of texts ``waiting`` and of those ``failed`` or
            interrupted, and the ``address``; also ``can_evaluate`` and the number ``refused``, shown where there is a
            condition, and ``run_as``, shown where there is one. The rows hold more than is shown: whether it texts back
            (``respond_result``), as far back as the log goes ``calls``, ``failures`` and ``median`` (seconds), and the
            last ``error``, its ``error_time`` and its ``error_request``.
        """
        return webhook_table(self.name, self.database, self._address_of)

    def pause(self, name: str) -> None:
        """Have a webhook's texts stored and kept, and handed to no handler in any notebook until it is resumed.

        A handler that is running ends, and is answered. Running its cell again does not resume it.

        Parameters
        ----------
        name : str
            Name of the webhook.

        Raises
        ------
        WebhookNotFound
            If no such webhook was ever defined.
        ConfigurationError
            If the receiver cannot be started, or does not answer.
        """
        self._enable(name, enabled=False)

    def resume(self, name: str) -> None:
        """Have a webhook's texts handed to its handler again, wherever that lives.

        What has waited for less than ten minutes runs at once; :meth:`replay` runs what has waited longer.

        Parameters
        ----------
        name : str
            Name of the webhook.

        Raises
        ------
        WebhookNotFound, ConfigurationError
            As for :meth:`pause`.
        """
        self._enable(name, enabled=True)

    def _enable(self, name: str, *, enabled: bool) -> None:
        host = self.receive()  # first what can fail
        if not Registry(self.database).enable_webhook(self.name, name, enabled=enabled):
            raise unknown_webhook(self.database, self.name, name)
        host.enable(self.name, name)

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
        ConfigurationError
            If there is no such state.
        """
        if Registry(self.database).webhook(self.name, name) is None:
            raise unknown_webhook(self.database, self.name, name)
        self.handler(name)
        known = [state.value for state in HandlingState]
        if unknown := [state for state in states if state not in known]:
            message = f"{unknown[0]!r} is no handling state; there are: {', '.join(known)}."
            raise ConfigurationError(message)
        chosen = list(sids) or MessageLog(self.database).waiting(self.name, name, list(states))
        return Table(Host.start().replay(self.name, name, chosen), empty="No text is waiting for that.")
