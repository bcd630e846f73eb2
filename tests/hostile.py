"""What somebody may text to do harm, and how each place has to show it: as text, all of it, and nothing of it runs.

Whatever runs sets `window.ran`.
"""

MARKUP = '<img src=x onerror="window.ran=1"><script>window.ran=1</script> <b>bold</b>'
MARKDOWN = "**bold** # [link](javascript:window.ran=1) ![picture](x) `code` https://example.org"
FORMULA = r"$5 to $10 \(x^2\) $\href{javascript:window.ran=1}{y}$"
MARKS = "\u202egnp.exe\u202c \u2066left\u2069 \x1b[31mred"

HOSTILE = f"{MARKUP} {MARKDOWN} {FORMULA} {MARKS}"
"""Markup, markdown, mathematics, and marks that turn the reading direction round or command a terminal."""

SHOWN = HOSTILE
for mark in "\u202e\u202c\u2066\u2069\x1b":
    SHOWN = SHOWN.replace(mark, mark.encode("unicode_escape").decode())
"""How views and tables show `HOSTILE`: such marks are written as escapes."""

EMOJI = "\U0001f600" * 1600
"""As long as a text can be, in characters of four bytes and without a place to break."""

WORD = "w" * 600
"""A word that fits no line."""
