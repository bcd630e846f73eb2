"""Results that show themselves, as text in a terminal and as HTML in a notebook."""

from twilio_nb.domain.markup import Shown
from twilio_nb.notebook.display.messages import Message, Preview
from twilio_nb.notebook.display.tables import MARKS, Finding, Findings, Note, Remedy, Table

__all__ = ["MARKS", "Finding", "Findings", "Message", "Note", "Preview", "Remedy", "Shown", "Table"]
