"""Terminals that cannot show every character: what is printed there must not end a command with an error."""

import codecs
import io
import sys

_WRITTEN = {
    **dict.fromkeys("✓", "+"),
    **dict.fromkeys("✗", "x"),
    **dict.fromkeys("–—─", "-"),
    **dict.fromkeys("▶", ">"),
    **dict.fromkeys("◀", "<"),
    **dict.fromkeys("‘’", "'"),
    **dict.fromkeys("“”„", '"'),
    "→": "->",
    "…": "...",
}


def print_anything() -> None:
    r"""Have standard output and error write what their encoding lacks in other characters.

    Signs of ours become the nearest in ASCII, all else an escape such as ``\xe9``, so that nothing is lost.
    """
    codecs.register_error("twilio_nb", _written)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="twilio_nb")


def _written(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    escaped = (one.encode("ascii", "backslashreplace").decode("ascii") for one in lacking)
    return "".join(_WRITTEN.get(one, other) for one, other in zip(lacking, escaped, strict=True)), error.end
