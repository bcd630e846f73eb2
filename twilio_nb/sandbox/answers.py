"""What Twilio makes of a webhook's answer: https://www.twilio.com/docs/messaging/twiml."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from twilio_nb.domain import twiml
from twilio_nb.sandbox.overrides import CallFailed
from twilio_nb.sandbox.webhooks import Answer

TWIML_TYPES = {"text/xml", "application/xml", "text/html"}
CHILDREN = {"Response": {"Message", "Redirect"}, "Message": {"Body", "Media"}}
ATTRIBUTES = {"Message": {"to", "from", "statusCallback", "action", "method"}, "Redirect": {"method"}}


@dataclass(frozen=True)
class Redirect:
    """Where the answer goes on; what follows is never reached."""

    url: str
    method: str


@dataclass(frozen=True)
class Steps:
    """An answer, read.

    Attributes
    ----------
    verbs : list of Message and Redirect
        What is done, in order; ends where Twilio ends.
    warnings : list of str
        What TwiML does not know (12200), and is passed over.
    """

    verbs: list[twiml.Message | Redirect] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def read(answer: Answer) -> Steps:
    """Read what a webhook wants done.

    Raises
    ------
    CallFailed
        If the answer is neither TwiML (12100) nor of a type that Twilio reads (12300).
    """
    if not answer.text.strip():
        return Steps()
    kind = answer.content_type.partition(";")[0].strip().lower()
    if kind == "text/plain":
        return Steps([twiml.Message(answer.text)])
    if kind not in TWIML_TYPES:
        msg = f"The answer's Content-Type is {kind}; TwiML is text/xml."
        raise CallFailed(12300, msg)
    try:
        root = twiml.document(answer.text)
    except ValueError as error:
        raise CallFailed(12100, str(error)) from error
    return Steps(list(_verbs(root)), list(_warnings(root)))


def _verbs(root: Element) -> Iterator[twiml.Message | Redirect]:
    for element in root:
        if element.tag == "Message":
            message = twiml.message(element)
            yield message
            if message.action:
                return
        elif element.tag == "Redirect":
            yield Redirect("".join(element.itertext()).strip(), element.get("method") or "POST")
            return


def _warnings(element: Element) -> Iterator[str]:
    name = str(element.tag)
    for attribute, value in element.attrib.items():
        if attribute not in ATTRIBUTES.get(name, ()):
            yield f"<{name}> has no attribute {attribute!r}; it is passed over."
        elif attribute == "method" and value not in ("GET", "POST"):
            yield f"The method of <{name}> is GET or POST; POST is used."
    for child in element:
        if child.tag not in CHILDREN.get(name, ()):
            yield f"<{child.tag}> does not belong into <{name}>; it is passed over. Names are case sensitive."
        else:
            yield from _warnings(child)
