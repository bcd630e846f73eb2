"""What a text would look like, cost, and be refused for."""

import re
from collections.abc import Mapping
from typing import Any

from twilio_nb.domain.segments import segments
from twilio_nb.domain.twiml import BODY_LIMIT
from twilio_nb.notebook.display import Preview
from twilio_nb.sending.advice import advice

_WEB_ADDRESS = re.compile(r"https?://[^\s/]", re.IGNORECASE)


def preview(arguments: Mapping[str, Any]) -> Preview:
    """Show what a send would hand over.

    Parameters
    ----------
    arguments : mapping
        As a service's `checked` returns them.

    Returns
    -------
    Preview
        With a warning for each code with which Twilio would refuse it.
    """
    body, media = arguments["body"], arguments["mediaUrl"]
    refused = [
        *([21617] if len(body) > BODY_LIMIT else []),
        *([21620] if not all(map(_WEB_ADDRESS.match, media)) else []),
    ]
    return Preview(
        to=arguments["to"],
        from_=arguments["from"],
        body=body,
        segments=segments(body),
        media=media,
        warnings=[f"Twilio would refuse it with error {code}. {advice(code)}" for code in refused],
    )
