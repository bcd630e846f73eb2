"""HTML and plain text out of hostile input: the one place that escapes.

A text message may hold markup, terminal commands, or marks that turn the reading direction round. Here
it becomes inert; results are built with `tag` and `plain` alone. Styles are inline and without scripts,
so that a saved notebook looks the same where neither is run.
"""

import html
import re
import unicodedata
from collections.abc import Mapping

# JupyterLab's colours where there are any, else what suits every background.
MUTED = "color:var(--jp-ui-font-color2,inherit);opacity:.85"
RULE = "1px solid var(--jp-border-color2,rgba(128,128,128,.35))"
SOFT = "background:var(--jp-layout-color2,rgba(128,128,128,.12))"
ACCENT = "var(--jp-brand-color1,#1976d2)"
COLOURS = {
    "ok": "var(--jp-success-color1,#388e3c)",
    "warning": "var(--jp-warn-color1,#c66900)",
    "problem": "var(--jp-error-color1,#e53935)",
}

_FACE = (
    "color:var(--jp-content-font-color1,inherit);font-family:var(--jp-ui-font-family,system-ui,sans-serif);"
    "font-size:var(--jp-ui-font-size1,13px);line-height:1.45;max-width:100%"
)
_WRAP = "overflow-wrap:anywhere"
_VOID = frozenset({"input", "meta"})  # elements without content and end
_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Markup(str):
    """HTML that `tag` made, and that needs no escaping any more."""

    __slots__ = ()


def tag(name: str, *children: object, **attributes: str | None) -> Markup:
    """Return an HTML element; every child that is no Markup is shown as text.

    Parameters
    ----------
    name : str
        Such as ``"div"``.
    *children : object
        Markup, or anything else, which is escaped.
    **attributes : str or None
        Escaped; a trailing underscore is dropped (``class_``); None leaves the attribute out.
    """
    written = "".join(
        f' {key.rstrip("_")}="{html.escape(value)}"' for key, value in attributes.items() if value is not None
    )
    inner = "".join(child if isinstance(child, Markup) else html.escape(plain(child)) for child in children)
    return Markup(f"<{name}{written}>" if name in _VOID else f"<{name}{written}>{inner}</{name}>")


def plain(value: object) -> str:
    """Return a value as text that a terminal shows and does not obey.

    Control characters other than line breaks and tabs, lone surrogates, and marks that override the
    reading direction are written as escapes. None is empty.
    """
    shown = "" if value is None else str(value).replace("\r\n", "\n")
    if shown.isprintable():  # the usual case
        return shown
    return "".join(_visible(character) for character in shown)


def markdown(value: object) -> str:
    """Return a value as a line of Markdown that shows it and nothing else: no HTML, link, table or formula."""
    shown = html.escape(plain(value), quote=False).replace("\n", " ")
    return re.sub(r"([\\`*\[\]|$~])|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", r"\\\g<0>", shown)


def fenced(text: str, language: str) -> str:
    """Return lines of code as Markdown, behind a fence that nothing in them can end."""
    longest = max(map(len, re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{plain(text)}\n{fence}"


def _visible(character: str) -> str:
    if character in "\n\t":
        return character
    if unicodedata.category(character) in ("Cc", "Cs") or character in _OVERRIDES:
        return character.encode("unicode_escape").decode("ascii")
    return character


def body(value: object) -> Markup:
    """Return a message's text with its own line breaks and its own reading direction."""
    return tag("bdi", value, dir="auto", style=f"white-space:pre-wrap;{_WRAP}")


def facts(rows: Mapping[str, object]) -> Markup:
    """Return names and values as a small table without lines."""
    name_style = (
        "text-align:left;font-weight:500;padding:1px 12px 1px 0;vertical-align:top;white-space:nowrap;"
        f"background:none;{MUTED}"
    )
    value_style = f"text-align:left;padding:1px 0;background:none;min-width:10em;{_WRAP}"
    lines = [
        tag(
            "tr",
            tag("th", name, scope="row", style=name_style),
            tag("td", value, style=value_style),
            style="background:none",  # JupyterLab's stripes are for rows that are many
        )
        for name, value in rows.items()
    ]
    return tag("table", tag("tbody", *lines), style="border-collapse:collapse;border:none;margin:2px 0")


def badge(word: str, colour: str) -> Markup:
    """Return a word in a coloured outline."""
    style = (
        f"color:{colour};border:1px solid currentColor;border-radius:9px;padding:0 7px;font-size:.85em;"
        "white-space:nowrap"
    )
    return tag("span", word, style=style)


def bubble(text: object, *children: object, style: str = SOFT) -> Markup:
    """Return a message's text, and what stands below it, in a bubble."""
    shape = "border-radius:8px;padding:5px 10px;margin:2px 0;width:fit-content;max-width:min(100%,40em)"
    return tag("div", body(text), *children, style=f"{style};{shape};box-sizing:border-box")


def aside(*children: object) -> Markup:
    """Return a line of lesser weight."""
    return tag("div", *children, style=f"{MUTED};font-size:.9em;{_WRAP}")


def frame(*children: object) -> Markup:
    """Return the box every result stands in, where prices such as $5 are not typeset as mathematics."""
    return tag("div", *children, class_="twilio-nb mathjax_ignore tex2jax_ignore", style=_FACE)


class Shown:
    """A result that shows itself: subclasses say how as `_text` and as `_html`."""

    def _text(self) -> str:
        raise NotImplementedError

    def _html(self) -> Markup:
        raise NotImplementedError

    def __repr__(self) -> str:
        return self._text()

    def _repr_html_(self) -> str:
        return str(self._html())

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": self._text(), "text/html": self._repr_html_()}
