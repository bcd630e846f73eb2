"""The magics about what answers texts."""

# mypy: disable-error-code="no-untyped-call"
# IPython's magic_arguments and argument are untyped.

from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class, no_var_expand
from IPython.core.magic_arguments import argument, magic_arguments

from twilio_nb.domain.paths import check_name
from twilio_nb.notebook.arguments import expression, parsed
from twilio_nb.notebook.cells import last_function
from twilio_nb.notebook.current import services
from twilio_nb.notebook.display import Table
from twilio_nb.notebook.failures import in_one_line

_SERVICE = "the service; by default the one opened last"


@magics_class
class WebhookMagics(Magics):
    """``%%twilio_webhook``, ``%twilio_webhooks`` and ``%twilio_replay``."""

    @no_var_expand
    @cell_magic
    @magic_arguments()
    @argument("name", metavar="NAME", help="the webhook, the last part of its address")
    @argument("--service", help=_SERVICE)
    @argument("--respond-result", action="store_true", help="text back what the function answers")
    @argument(
        "--can-evaluate",
        metavar="JSON",
        help="the condition that a text must meet for the function to be called, in single quotes",
    )
    @argument(
        "--on-error",
        metavar="STATUS",
        type=int,
        default=200,
        help="what Twilio is answered when the function fails: 200, or 500 for the number's fallback address",
    )
    @argument(
        "--arg-logs",
        action="store_true",
        help="keep whole numbers in the log, and what the function prints and raises, with words of texts",
    )
    @argument("--concurrency", metavar="N", type=int, default=1, help="calls at a time (default 1)")
    @argument(
        "--timeout",
        metavar="S",
        type=float,
        default=10.0,
        help="seconds until the reply goes out by REST (10)",
    )
    @argument(
        "--run-as", metavar="USER", help="the user of MongoDB that the function runs as; see service.users"
    )
    @argument(
        "--secret", metavar="NAME", help="the name of a secret whose value the address must hold, ?secret=…"
    )
    @in_one_line
    def twilio_webhook(self, line: str, cell: str) -> Any:
        """Let a function answer texts: the last one that the cell defines at its top level.

        The cell runs at once, in the notebook, and shows the webhook instead of its own last expression. The
        function is called later, for each text that comes in::

            %%twilio_webhook weather --respond-result
            def answer(payload, response):
                return f"You said {payload['Body']}."

        With a condition it is called for the texts that meet it; the others are stored, and answered with nothing::

            %%twilio_webhook staff --can-evaluate '{"From": {"$in": "%%values.staff"}}'

        With the name of a secret, kept once by ``twilio_nb.secrets.set("voteKey")``, its address must hold that too;
        what Twilio calls without it is refused and not stored. %twilio_config enters the whole address at Twilio::

            %%twilio_webhook vote --respond-result --secret voteKey

        It takes one to three arguments (payload, response, context) and may be ``async def``. Running the
        cell again replaces it at once. The result is the handle: ``_.test(Body="hi")`` tries it by hand.
        """
        __tracebackhide__ = True
        wanted = parsed(self.twilio_webhook, line)
        check_name(wanted.name, "webhook")
        condition = None if wanted.can_evaluate is None else expression(wanted.can_evaluate)
        service = services.get(wanted.service)
        return service.define(
            last_function(self.shell, cell),
            wanted.name,
            respond_result=wanted.respond_result,
            can_evaluate=condition,
            on_error=wanted.on_error,
            disable_arg_logs=not wanted.arg_logs,
            concurrency=wanted.concurrency,
            timeout=wanted.timeout,
            run_as=wanted.run_as,
            secret=wanted.secret,
        )

    @no_var_expand
    @line_magic
    @magic_arguments()
    @argument("--service", help="only this service; by default all that are open")
    @in_one_line
    def twilio_webhooks(self, line: str) -> Any:
        """Show the webhooks: who answers, how that goes, what waits, the address to configure at Twilio.

        ::

            %twilio_webhooks
            %twilio_webhooks --service myTwilio
        """
        wanted = parsed(self.twilio_webhooks, line)
        chosen = [services.get(wanted.service)] if wanted.service else services.all() or [services.get()]
        from twilio_nb.notebook.widgets.reruns import renewed  # widgets take a while to load
        from twilio_nb.notebook.widgets.webhooks import Webhooks

        return renewed(Webhooks(chosen))

    @no_var_expand
    @line_magic
    @magic_arguments()
    @argument("name", metavar="NAME", help="the webhook; its handler must live in this notebook")
    @argument("sids", metavar="SID", nargs="*", help="these texts, whatever became of them before")
    @argument("--pending", action="store_true", help="texts that nobody has handled yet (default)")
    @argument("--failed", action="store_true", help="texts whose handler failed or was interrupted")
    @argument("--refused", action="store_true", help="texts that did not meet the webhook's condition")
    @argument("--service", help=_SERVICE)
    @in_one_line
    def twilio_replay(self, line: str) -> Table:
        """Run a webhook's handler on texts that are stored; replies go out as messages of their own.

        ::

            %twilio_replay weather
            %twilio_replay weather --failed
            %twilio_replay weather SM0123456789abcdef0123456789abcdef

        The webhook's condition is asked anew: after it was widened, --refused answers whom it turned away before.
        """
        wanted = parsed(self.twilio_replay, line)
        states = [
            *(["failed", "interrupted"] if wanted.failed else []),
            *(["refused"] if wanted.refused else []),
        ]
        if wanted.sids and (wanted.pending or states):
            message = "%twilio_replay takes SIDs, or --pending, --failed and --refused, not both."
            raise UsageError(message)
        if wanted.pending or not (states or wanted.sids):
            states.append("pending")
        return services.get(wanted.service).replay(wanted.name, states=states, sids=wanted.sids)
