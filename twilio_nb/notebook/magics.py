"""The magics: each parses its line, calls the service, and returns what shows itself.

Loading them must stay quick, so what is heavy is imported by the services on first use.
"""

# mypy: disable-error-code="no-untyped-call"
# IPython's magic_arguments and argument are untyped.

from datetime import UTC, datetime
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_cell_magic, line_magic, magics_class, no_var_expand
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
from twilio_nb.notebook.current import services
from twilio_nb.notebook.display import Message, Preview
from twilio_nb.notebook.failures import failures, in_one_line
from twilio_nb.notebook.setup import setup

_SERVICE = "the service; by default the one opened last"


@magics_class
class TwilioMagics(Magics):
    """``%twilio_send``, ``%twilio_texts`` and ``%twilio_config``."""

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
            return Preview.of(service.checked(to, text, wanted.sender, wanted.media), service.name)
        return service.send(to, text, wanted.sender, wanted.media, once=wanted.once)

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
