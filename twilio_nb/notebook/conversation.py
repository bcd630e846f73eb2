"""A conversation as a phone shows it: bubbles, one's own on the right."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from twilio_nb.domain.markup import MUTED, SOFT, Markup, Shown, aside, bubble, frame, plain, tag

_OWN = "background:rgba(25,118,210,.28)"  # lets either theme's text stand out


class Conversation(Shown):
    """The texts that one phone sent and received.

    Parameters
    ----------
    number : str
        The phone's own number.
    records : sequence of mapping
        Messages in Twilio's own words: ``from``, ``to``, ``body``, ``num_media``; oldest first.
    note : str, optional
        A sentence that a phone would not know, shown below.
    """

    def __init__(self, number: str, records: Sequence[Mapping[str, Any]], note: str | None = None) -> None:
        self.number = number
        self.records = [dict(record) for record in records]
        self.note = note

    @property
    def bodies(self) -> list[str]:
        """The texts alone, oldest first."""
        return [str(record.get("body") or "") for record in self.records]

    @property
    def replies(self) -> list[str]:
        """What the phone received, oldest first."""
        return [str(record.get("body") or "") for record in self.records if not self._own(record)]

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.records)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return self.records[index]

    def _own(self, record: Mapping[str, Any]) -> bool:
        return record.get("from") == self.number

    @staticmethod
    def _pictures(record: Mapping[str, Any]) -> str:
        count = int(record.get("num_media") or 0)
        return "" if not count else f"[{count} picture{'' if count == 1 else 's'}]"

    def _text(self) -> str:
        lines = [
            f"{plain(record.get('from'))} → {plain(record.get('to'))}: "
            + " ".join(part for part in (plain(record.get("body")), self._pictures(record)) if part)
            for record in self.records
        ]
        return "\n".join([*lines, *([f"({plain(self.note)})"] if self.note else [])]) or "Nothing yet."

    def _html(self) -> Markup:
        rows = [self._bubble(record) for record in self.records]
        if not rows:
            rows = [tag("div", "Nothing yet.", style=MUTED)]
        note = [aside(self.note)] if self.note else []
        screen = tag(
            "div",
            *rows,
            *note,
            style="display:flex;flex-direction:column;gap:4px;max-width:26em",
            role="log",
            **{"aria-label": f"Phone {self.number}"},
        )
        return frame(tag("div", f"Phone {self.number}", style=MUTED), screen)

    def _bubble(self, record: Mapping[str, Any]) -> Markup:
        own = self._own(record)
        place = "flex-end" if own else "flex-start"
        pictures = self._pictures(record)
        return bubble(
            record.get("body"),
            *([tag("div", pictures, style=MUTED)] if pictures else []),
            style=f"{_OWN if own else SOFT};align-self:{place}",
        )
