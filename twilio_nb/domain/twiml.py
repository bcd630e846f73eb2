"""TwiML for messaging: the XML with which a webhook answers a text.

Only ``<Message>`` is written and obeyed; https://www.twilio.com/docs/messaging/twiml/message.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

BODY_LIMIT = 1600
"""Characters that Twilio takes in one message."""

EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
"""The answer that sends nothing."""

# https://www.w3.org/TR/xml/#charsets: one of these, even as a reference, makes the whole document invalid.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_JOINERS = ("\u200d", "\ufe0f", *map(chr, range(0x1F3FB, 0x1F400)))  # ZWJ, emoji style, skin tones


@dataclass(frozen=True)
class Reply:
    """One message a handler answers with.

    Attributes
    ----------
    body : str
        Its text; may be empty beside media.
    media : tuple of str
        Addresses of pictures and other files, at most ten.
    """

    body: str = ""
    media: tuple[str, ...] = ()


@dataclass(frozen=True)
class Message:
    """One ``<Message>`` of an answer, as Twilio reads it.

    Attributes
    ----------
    body : str
        Its text, several ``<Body>`` joined.
    media : tuple of str
        Its ``<Media>`` addresses.
    status_callback : str or None
        Where the message's later states are posted.
    to, from_ : str or None
        Set when the message does not go back to the sender from the number texted.
    action : str or None
        Where the conversation continues; what follows this message is then never reached.
    method : str
        How `action` is asked: POST, or GET.
    """

    body: str = ""
    media: tuple[str, ...] = ()
    status_callback: str | None = None
    to: str | None = None
    from_: str | None = None
    action: str | None = None
    method: str = "POST"


def render(replies: Iterable[Reply], status_callbacks: Sequence[str | None] = ()) -> str:
    """Write replies as TwiML.

    Characters that XML forbids are left out, and so is a reply of neither text nor media, which
    Twilio would refuse.

    Parameters
    ----------
    replies : iterable of Reply
        The messages, in order.
    status_callbacks : sequence of str or None, optional
        For each reply, where Twilio posts its later states. May be shorter than `replies`.

    Returns
    -------
    str
        A whole document; `EMPTY` when nothing is left to send.
    """
    messages = []
    for n, reply in enumerate(replies):
        body = clean(reply.body)
        if not body and not reply.media:
            continue
        callback = status_callbacks[n] if n < len(status_callbacks) else None
        attribute = f" statusCallback={quoteattr(clean(callback))}" if callback else ""
        content = f"<Body>{_escaped(body)}</Body>" if body else ""
        content += "".join(f"<Media>{_escaped(clean(url))}</Media>" for url in reply.media)
        messages.append(f"<Message{attribute}>{content}</Message>")
    return EMPTY.replace("<Response/>", f"<Response>{''.join(messages)}</Response>") if messages else EMPTY


def parse(xml: str) -> list[Message]:
    """Read the messages that Twilio would send for an answer.

    Parameters
    ----------
    xml : str
        The answer's text.

    Returns
    -------
    list of Message
        In order; empty for ``<Response/>``. Ends after a message with ``action`` and before a
        ``<Redirect>``, because Twilio never reaches what follows. Other elements are passed over.

    Raises
    ------
    ValueError
        If this is not well-formed XML, declares a document type (entities could make it grow
        without limit), or its root is not ``<Response>``.
    """
    messages: list[Message] = []
    for element in document(xml):
        if element.tag == "Message":
            messages.append(message(element))
        if element.tag == "Redirect" or (messages and messages[-1].action):
            break
    return messages


def document(xml: str) -> ElementTree.Element:
    """Read an answer's ``<Response>``; no text at all is an empty one.

    Raises
    ------
    ValueError
        As `parse` does.
    """
    if not xml.strip():
        return ElementTree.Element("Response")  # Twilio takes no content for no reply.
    # The expansion of entities is what makes foreign XML dangerous, and _Builder refuses their declaration.
    parser = ElementTree.XMLParser(target=_Builder())  # noqa: S314
    try:
        parser.feed(xml)
        root: ElementTree.Element = parser.close()
    except (ElementTree.ParseError, UnicodeEncodeError) as error:
        msg = f"The answer is not well-formed XML ({error}); answer with <Response>…</Response>."
        raise ValueError(msg) from error
    if root.tag != "Response":
        msg = f"The answer's outermost element is <{root.tag}>; TwiML begins with <Response>."
        raise ValueError(msg)
    return root


def message(element: ElementTree.Element) -> Message:
    """Read one ``<Message>``."""
    bodies = ["".join(child.itertext()) for child in element.findall("Body")]
    # Text beside the children is mostly indentation, so its edges do not count; a Body's do.
    loose = "".join([element.text or "", *(child.tail or "" for child in element)]).strip()
    return Message(
        body=loose + "".join(bodies),
        media=tuple("".join(child.itertext()).strip() for child in element.findall("Media")),
        status_callback=element.get("statusCallback") or None,
        to=element.get("to") or None,
        from_=element.get("from") or None,
        action=element.get("action") or None,
        method=element.get("method") or "POST",
    )


def split(body: str, limit: int = BODY_LIMIT) -> list[str]:
    """Cut a body into parts that Twilio takes, at white space where there is any.

    Parameters
    ----------
    body : str
        A text of any length.
    limit : int, optional
        Most UTF-16 code units in a part, so that no way of counting characters finds more.

    Returns
    -------
    list of str
        The parts, which joined are `body`; empty for an empty body.
    """
    parts = []
    start = 0
    while start < len(body):
        end, units = start, 0
        while end < len(body) and (units := units + 1 + (body[end] > "\uffff")) <= limit:
            end += 1
        end = max(end, start + 1)
        if end < len(body):
            end = _cut(body, start, end)
        parts.append(body[start:end])
        start = end
    return parts


def clean(text: str) -> str:
    """Drop the characters that no XML document may hold: control characters, lone surrogates.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        The text without them.
    """
    return _FORBIDDEN.sub("", text)


class _Builder(ElementTree.TreeBuilder):
    """A tree builder that stops at a document type, before any entity of it is read."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        msg = f"The answer declares a document type ({name}), which TwiML never does; leave <!DOCTYPE …> out."
        raise ValueError(msg)


def _escaped(text: str) -> str:
    return escape(text, {"\r": "&#13;"})  # a bare carriage return would be read as a line feed


def _cut(body: str, start: int, end: int) -> int:
    """Where to end a part that has room up to `end`: after white space, else between characters as seen."""
    for cut in range(end, start + (end - start) // 2, -1):
        if body[cut - 1].isspace():
            return cut
    for cut in range(end, max(start, end - 32), -1):
        following = body[cut]
        if not (following in _JOINERS or body[cut - 1] == "\u200d" or unicodedata.combining(following)):
            return cut
    return end
