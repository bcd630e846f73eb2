"""What ``%load_ext twilio_nb`` gives a shell, and ``%unload_ext`` takes back."""

from typing import Any

from twilio_nb.notebook.cells import keep_question_marks
from twilio_nb.notebook.log_magics import LogMagics
from twilio_nb.notebook.magics import TwilioMagics
from twilio_nb.notebook.webhook_magics import WebhookMagics
from twilio_nb.receiving.context import context


def load(ipython: Any) -> None:
    """Register the magics, and offer the name ``context`` where the user has none."""
    ipython.register_magics(TwilioMagics, WebhookMagics, LogMagics)
    if keep_question_marks not in ipython.input_transformers_cleanup:
        ipython.input_transformers_cleanup.append(keep_question_marks)
    if "context" not in ipython.user_ns:
        ipython.push({"context": context}, interactive=False)


def unload(ipython: Any) -> None:
    """Take back what `load` gave; a ``context`` that the user made stays."""
    if keep_question_marks in ipython.input_transformers_cleanup:
        ipython.input_transformers_cleanup.remove(keep_question_marks)
    ipython.drop_by_id({"context": context})
    for magics in ipython.magics_manager.magics.values():
        for name, magic in list(magics.items()):
            if isinstance(getattr(magic, "__self__", None), TwilioMagics | WebhookMagics | LogMagics):
                del magics[name]
