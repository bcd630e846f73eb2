"""The magic that shows the log."""

# mypy: disable-error-code="no-untyped-call"
# IPython's magic_arguments and argument are untyped.

from datetime import UTC, datetime
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_magic, magics_class, no_var_expand
from IPython.core.magic_arguments import argument, magic_arguments

from twilio_nb.notebook.arguments import moment, parsed
from twilio_nb.notebook.current import services
from twilio_nb.notebook.failures import in_one_line


@magics_class
class LogMagics(Magics):
    """``%twilio_logs``."""

    @no_var_expand
    @line_magic
    @magic_arguments()
    @argument("name", metavar="NAME", nargs="?", help="the service; by default the one opened last")
    @argument("--tail", action="store_true", help="stay up to date: new entries appear by themselves")
    @argument("--errors", action="store_true", help="only what went wrong")
    @argument(
        "--since",
        metavar="TIME",
        help="only later entries: an age (90m, 2h, 1d) or a date, UTC without a zone",
    )
    @argument("--webhook", metavar="NAME", help="only entries of this webhook")
    @argument("--request", metavar="ID", help="all that is known of the request that an error named")
    @in_one_line
    def twilio_logs(self, line: str) -> Any:
        """Show the log: the newest 100 entries, what came of each text, and what a rule or Twilio refused.

        ::

            %twilio_logs
            %twilio_logs --errors --since 1d
            %twilio_logs --tail
            %twilio_logs --request 6565f0c2a1b2c3d4e5f60718

        Numbers end in their last four digits, texts are left out. As data it is ``service.logs()``. Where there
        are no widgets, as in a terminal, --tail shows what there is now.
        """
        wanted = parsed(self.twilio_logs, line)
        service = services.get(wanted.name)
        if wanted.request:
            if wanted.tail:
                message = "%twilio_logs takes --request or --tail, not both: a request is shown as it is."
                raise UsageError(message)
            from twilio_nb.notebook.log_table import in_full

            return in_full(service.logs(request_id=wanted.request, limit=None))
        asked: dict[str, Any] = {"webhook": wanted.webhook, "status": "Error" if wanted.errors else None}
        if wanted.since:
            asked["since"] = moment(wanted.since, datetime.now(UTC))
        if wanted.tail and getattr(self.shell, "kernel", None) is not None:
            from twilio_nb.notebook.widgets.logs import Logs  # widgets take a while to load
            from twilio_nb.notebook.widgets.reruns import renewed

            return renewed(Logs(service, **asked))
        from twilio_nb.notebook.log_table import table

        return table(service.logs(**asked))
