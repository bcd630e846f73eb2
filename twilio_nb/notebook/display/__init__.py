"""Results that show themselves, as text in a terminal and as HTML in a notebook."""

from twilio_nb.domain.markup import Shown
from twilio_nb.notebook.display.messages import Message, Preview
from twilio_nb.notebook.display.tables import Finding, Findings, Note, Table

__all__ = ["Finding", "Findings", "Message", "Note", "Preview", "Shown", "Table"]
