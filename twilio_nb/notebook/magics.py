"""The magics: each parses its line, calls the service, and returns what shows itself.

Loading them must stay quick, so what is heavy is imported by the services on first use.
"""

# mypy: disable-error-code="no-untyped-call"
# IPython's magic_arguments and argument are untyped.

from datetime import UTC, datetime
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, line_cell_magic, line_magic, magics_class, no_var_expand
from IPython.core.magic_arguments import argument, magic_arguments
from IPython.display import display

from twilio_nb.notebook.arguments import (
    check_unbroken,
    filled,
    literal,
    moment,
    parsed,
    parser_of,
    understood,
)
from twilio_nb.notebook.cells import last_function
from twilio_nb.notebook.current import services
from twilio_nb.notebook.display import Message, Preview, Table
from twilio_nb.notebook.failures import failures, in_one_line
from twilio_nb.notebook.setup import setup

_SERVICE = "the service; by default the one opened last"


@magics_class
class TwilioMagics(Magics):
    """``%twilio_send``, ``%%twilio_webhook`` and their kin."""

    @property
    def _shell(self) -> Any:
        return self.shell

    @no_var_expand
    @line_cell_magic
    @magic_arguments()
    @argument(
        "--from",
        dest="sender",
        metavar="SENDER",
        help="a number, short code or Messaging Service of the account",
    )
    @argument("--service", help=_SERVICE)
    @argument(
        "--media", metavar="URL", action="append", help="a picture to send along; may be repeated, up to ten"
    )
    @argument(
        "--format", action="store_true", dest="fill", help="fill in {name} from the notebook's variables"
    )
    @argument(
        "--once",
        metavar="KEY",
        help="for one KEY each recipient gets at most one text, however often this runs",
    )
    @argument(
        "--dry-run", action="store_true", help="show what would be sent, in how many segments; send nothing"
    )
    @argument("to", metavar="TO", help="the recipient, such as +15558675309 or whatsapp:+15558675309")
    @in_one_line
    def twilio_send(self, line: str, cell: str | None = None) -> Message | Preview:
        """Send a text.

        Options come first, then the recipient; all that follows is the text, taken exactly as typed, with its
        quotes, $ and {}::

            %twilio_send +15558675309 Hello from the notebook. It's $5, isn't it?
            %twilio_send --once monday --from +15558675310 +15558675309 Class starts at 9.

        As a cell magic the cell is the text::

            %%twilio_send --media https://example.org/map.png +15558675309
            We meet here.
            Bring water.

        With --format names in braces are filled in, in the recipient too::

            %twilio_send --format {phone} Dear {name}, your total is {total:.2f}.

        The result is the message; its refresh() brings the status up to date.
        """
        parser = parser_of(self.twilio_send)
        found, text = literal(line, parser)
        wanted = understood(parser, parser.parse_args, found)
        if cell is not None:
            if text:
                message = "The text of %%twilio_send is the cell; leave the line empty behind the recipient."
                raise UsageError(message)
            text = cell.rstrip("\n")
        else:
            check_unbroken(wanted.to, text)
        to = wanted.to
        if wanted.fill:
            to, text = (filled(template, self._shell.user_ns) for template in (to, text))
        service = services.get(wanted.service)
        if wanted.dry_run:
            return Preview.of(service.checked(to, text, wanted.sender, wanted.media))
        return service.send(to, text, wanted.sender, wanted.media, once=wanted.once)

    @no_var_expand
    @cell_magic
    @magic_arguments()
    @argument("name", metavar="NAME", help="the webhook, the last part of its address")
    @argument("--service", help=_SERVICE)
    @argument("--respond-result", action="store_true", help="text back what the function answers")
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
    @in_one_line
    def twilio_webhook(self, line: str, cell: str) -> Any:
        """Let a function answer texts: the last one that the cell defines at its top level.

        The cell runs at once, in the notebook, and shows the webhook instead of its own last expression. The
        function is called later, for each text that comes in::

            %%twilio_webhook weather --respond-result
            def answer(payload, response):
                return f"You said {payload['Body']}."

        It takes one to three arguments (payload, response, context) and may be ``async def``. Running the
        cell again replaces it at once. The result is the handle: ``_.test(Body="hi")`` tries it by hand.
        """
        __tracebackhide__ = True
        wanted = parsed(self.twilio_webhook, line)
        service = services.get(wanted.service)
        return service.define(
            last_function(self._shell, cell),
            wanted.name,
            respond_result=wanted.respond_result,
            concurrency=wanted.concurrency,
            timeout=wanted.timeout,
            run_as=wanted.run_as,
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
    @argument("--service", help=_SERVICE)
    @in_one_line
    def twilio_replay(self, line: str) -> Table:
        """Run a webhook's handler on texts that are stored; replies go out as messages of their own.

        ::

            %twilio_replay weather
            %twilio_replay weather --failed
            %twilio_replay weather SM0123456789abcdef0123456789abcdef
        """
        wanted = parsed(self.twilio_replay, line)
        if wanted.sids and (wanted.pending or wanted.failed):
            message = "%twilio_replay takes SIDs, or --pending and --failed, not both."
            raise UsageError(message)
        states = [*(["failed", "interrupted"] if wanted.failed else [])]
        if wanted.pending or not (wanted.failed or wanted.sids):
            states.append("pending")
        return services.get(wanted.service).replay(wanted.name, states=states, sids=wanted.sids)

    @no_var_expand
    @line_magic
    @magic_arguments()
    @argument("--service", help=_SERVICE)
    @argument("--with", dest="with_", metavar="NUMBER", help="only texts from and to this number")
    @argument(
        "--since", metavar="TIME", help="only later texts: an age (90m, 2h, 1d) or a date, UTC without a zone"
    )
    @argument("--words", metavar="WORDS", help="only texts with each of these words, whole, in any case")
    @argument("--direction", choices=("inbound", "outbound"), help="only texts that came, or that went")
    @argument("--status", help="only texts with this status, such as failed")
    @argument("--limit", metavar="N", type=int, help="the newest N at most")
    @in_one_line
    def twilio_texts(self, line: str) -> Any:
        """Return the texts, in and out, as a DataFrame.

        ::

            %twilio_texts
            %twilio_texts --since 2h --with +15558675309
            %twilio_texts --words "stop please" --direction inbound
            week = %twilio_texts --since 7d

        Of texts that failed, it is also said what to do about their error.
        """
        wanted = parsed(self.twilio_texts, line)
        asked = {name: getattr(wanted, name) for name in ("words", "direction", "status", "limit")}
        filters: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
        if wanted.with_:
            from twilio_nb.domain.addresses import sender  # its metadata of numbers takes a while to load

            filters["with_"] = sender(wanted.with_)
        if wanted.since:
            filters["since"] = moment(wanted.since, datetime.now(UTC))
        texts = services.get(wanted.service).texts(**filters)
        if note := failures(texts):
            display(note)
        return texts

    @no_var_expand
    @line_magic
    @magic_arguments()
    @argument("name", metavar="NAME", nargs="?", help=_SERVICE)
    @in_one_line
    def twilio_config(self, line: str) -> Any:
        """Set a service up in a form, which says what is in order, what is not, and mends what it can.

        ::

            %twilio_config
            %twilio_config myTwilio

        Where there are no widgets, as in a terminal, it says the same as text.
        """
        wanted = parsed(self.twilio_config, line)
        return setup(wanted.name, has_widgets=getattr(self._shell, "kernel", None) is not None)
