"""What a live frame should be at any time."""

from twilio_nb.storage.database import Database
from twilio_nb.storage.frames import table
from twilio_nb.storage.live import LiveFrame
from twilio_nb.storage.selection import condition


def is_fresh(live: LiveFrame, database: Database, service: str = "s") -> bool:
    """Tell whether it equals a read of now, row for row."""
    return bool(live.table.equals(table(database, condition(service), columns=live.table.column_names)))
