"""The phones: they text the account's numbers, and hold what the account sends them."""

import asyncio
import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from twilio_nb.domain import twiml
from twilio_nb.sandbox.account import Account
from twilio_nb.sandbox.delivery import Delivery
from twilio_nb.sandbox.errors import Refusal
from twilio_nb.sandbox.messages import API_VERSION, Message
from twilio_nb.sandbox.numbers import Number, is_url
from twilio_nb.sandbox.sends import check
from twilio_nb.sandbox.webhooks import Answer, Caller, CallFailed, Form

# https://help.twilio.com/articles/223134027
STOP = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
START = {"START", "YES", "UNSTOP"}
TWIML_TYPES = {"text/xml", "application/xml", "text/html"}


@dataclass
class Exchange:
    """A text, and what came of it.

    Attributes
    ----------
    inbound : Message
        The text as the account received it.
    replies : list of Message
        What the webhook's answer sent, on the phones by now.
    error : dict or None
        Code and message of the first thing that went wrong.
    """

    inbound: Message
    replies: list[Message] = field(default_factory=list)
    error: dict[str, Any] | None = None

    def record(self) -> dict[str, Any]:
        """Return the exchange as JSON."""
        return {
            "inbound": shown(self.inbound),
            "replies": [shown(reply) for reply in self.replies],
            "error": self.error,
        }


class Phones:
    """Every phone in the world, as far as this account can tell.

    Parameters
    ----------
    account : Account
        Whose numbers are texted.
    caller : Caller
        Delivers the webhooks.
    delivery : Delivery
        Brings the replies to the phones.
    """

    def __init__(self, account: Account, caller: Caller, delivery: Delivery) -> None:
        self._account = account
        self._caller = caller
        self._delivery = delivery

    def conversation(self, phone: str) -> list[Message]:
        """Return what a phone sent and received, oldest first."""
        return [
            message
            for message in self._account.messages
            if (message.direction == "inbound" and message.from_ == phone)
            or (message.to == phone and message.status in ("sent", "delivered"))
        ]

    async def text(self, from_: str, number: Number, body: str, media: Sequence[str] = ()) -> Exchange:
        """Text one of the account's numbers, deliver the webhook, obey the answer.

        Parameters
        ----------
        from_ : str
            The phone.
        number : Number
            The number texted.
        body : str
            The text; may be empty beside media.
        media : sequence of str, optional
            Addresses of pictures.

        Returns
        -------
        Exchange
            Complete: the webhook has answered or failed, and the replies have arrived.
        """
        to = number.phone_number
        inbound = self._account.messages.add(
            direction="inbound", to=to, from_=from_, body=body, status="received", media=tuple(media)
        )
        inbound.sent = inbound.created
        word = body.strip().upper()
        if word in STOP:
            self._account.stopped.add((to, from_))
        elif word in START:
            self._account.stopped.discard((to, from_))
        exchange = Exchange(inbound)
        url, method = number.settings["sms_url"], number.settings["sms_method"]
        if application := number.settings["sms_application_sid"]:
            # As Twilio has it: while an application is set, SmsUrl is not looked at.
            self._fail(exchange, 11200, f"SmsUrl is ignored: application {application} has the number.")
        elif url:
            form = self._form(inbound)
            answered = await self._ask(exchange, url, form, method)
            fallback = number.settings["sms_fallback_url"]
            if not answered and fallback and exchange.error:
                form = [*form, ("ErrorCode", str(exchange.error["code"])), ("ErrorUrl", url)]
                await self._ask(exchange, fallback, form, number.settings["sms_fallback_method"])
        return exchange

    async def _ask(self, exchange: Exchange, url: str, form: Form, method: str) -> bool:
        """Call a webhook and send what it answers; False if there was no answer to obey."""
        try:
            answer = await self._caller.call(url, form, method)
            replies = read(answer)
        except CallFailed as failure:
            self._fail(exchange, failure.code, str(failure), url, method)
            return False
        arrivals = []
        for reply in replies:
            try:
                message = self._reply(exchange, reply, url)
            except Refusal as refusal:
                # In TwiML a message of nothing or of too much is an invalid body.
                code = 14103 if refusal.code in (21602, 21617) else refusal.code
                self._fail(exchange, code, f"A <Message> was not sent: {refusal}", url, method)
                continue
            exchange.replies.append(message)
            arrivals.append(self._delivery.dispatch(message).wait())
        await asyncio.gather(*arrivals)
        return True

    def _reply(self, exchange: Exchange, reply: twiml.Message, url: str) -> Message:
        """Queue one message of an answer."""
        to, from_ = reply.to or exchange.inbound.from_, reply.from_ or exchange.inbound.to
        check(self._account, to=to, from_=from_, body=reply.body, media=reply.media)
        callback = urljoin(url, reply.status_callback) if reply.status_callback else None
        if callback and not is_url(callback):
            self._fail(
                exchange,
                12200,
                "The statusCallback of a <Message> is not a valid URL; it is not called.",
                url,
            )
            callback = None
        return self._account.messages.add(
            direction="outbound-reply",
            to=to,
            from_=from_,
            body=reply.body,
            status="queued",
            media=reply.media,
            status_callback=callback,
        )

    def _fail(self, exchange: Exchange, code: int, text: str, url: str = "", method: str = "") -> None:
        exchange.error = exchange.error or {"code": code, "message": text}
        self._account.notify(code, text, message_sid=exchange.inbound.sid, url=url, method=method)

    def _form(self, inbound: Message) -> Form:
        """Return the webhook's fields; what is not known about a number is there and empty."""
        form = [
            ("ToCountry", _country(inbound.to)),
            ("ToState", ""),
            ("SmsMessageSid", inbound.sid),
            ("NumMedia", str(len(inbound.media))),
            ("ToCity", ""),
            ("FromZip", ""),
            ("SmsSid", inbound.sid),
            ("FromState", ""),
            ("SmsStatus", "received"),
            ("FromCity", ""),
            ("Body", inbound.body),
            ("FromCountry", _country(inbound.from_)),
            ("To", inbound.to),
            ("ToZip", ""),
            ("NumSegments", str(inbound.num_segments)),
            ("MessageSid", inbound.sid),
            ("AccountSid", self._account.sid),
            ("From", inbound.from_),
            ("ApiVersion", API_VERSION),
        ]
        for n, url in enumerate(inbound.media):
            form += [(f"MediaContentType{n}", _content_type(url)), (f"MediaUrl{n}", url)]
        return form


def read(answer: Answer) -> list[twiml.Message]:
    """Read the messages that Twilio sends for an answer.

    Raises
    ------
    CallFailed
        If the answer is neither TwiML (12100) nor of a type that Twilio reads (12300).
    """
    if not answer.text.strip():
        return []
    kind = answer.content_type.partition(";")[0].strip().lower()
    if kind == "text/plain":
        return [twiml.Message(answer.text)]
    if kind not in TWIML_TYPES:
        msg = f"The answer's Content-Type is {kind or 'missing'}; TwiML is text/xml."
        raise CallFailed(12300, msg)
    try:
        return twiml.parse(answer.text)
    except ValueError as error:
        raise CallFailed(12100, str(error)) from error


def shown(message: Message) -> dict[str, Any]:
    """Return a message's REST record, and the media that a phone would show."""
    return {**message.record(), "media_url": list(message.media)}


def _country(address: str) -> str:
    return "US" if address.startswith("+1") else ""


def _content_type(url: str) -> str:
    return mimetypes.guess_type(urlsplit(url).path)[0] or "image/jpeg"
