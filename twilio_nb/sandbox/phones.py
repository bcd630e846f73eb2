"""The phones: they text the account's numbers, and hold what the account sends them."""

import mimetypes
from collections.abc import Sequence
from urllib.parse import urlsplit

from twilio_nb.sandbox.account import Account
from twilio_nb.sandbox.delivery import Delivery
from twilio_nb.sandbox.exchanges import Exchange, on_phone
from twilio_nb.sandbox.messages import API_VERSION, Message
from twilio_nb.sandbox.numbers import Number
from twilio_nb.sandbox.replies import Replies, Request
from twilio_nb.sandbox.webhooks import Caller, Form


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
        self._replies = Replies(account, caller, delivery)
        self._own_replies: list[Message] = []  # they stand on the phones, and not in the account's log

    def conversation(self, phone: str) -> list[Message]:
        """Return what a phone sent and received, oldest first."""
        received = (m for m in self._account.messages if m.to == phone and on_phone(m))
        texted = (m for m in self._account.messages if m.from_ == phone and m.direction == "inbound")
        told = (m for m in self._own_replies if m.to == phone)
        return sorted([*texted, *told, *received], key=lambda message: message.created)

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
        exchange = Exchange(inbound, self._form(inbound))
        senders = self._account.senders(number)
        if reply := self._account.opt_outs.hear(from_, senders, body):
            exchange.own_reply = self._reply(inbound, reply)
        settings = number.settings
        request = Request(settings["sms_url"], settings["sms_method"], exchange.form)
        if application := settings["sms_application_sid"]:
            # As Twilio has it: while an application is set, SmsUrl is not looked at.
            text = f"SmsUrl is ignored: application {application} has the number."
            self._replies.fail(exchange, 11200, text, request)
        elif request.url:
            failure = await self._replies.ask(exchange, request)
            if failure and settings["sms_fallback_url"]:
                url, method = settings["sms_fallback_url"], settings["sms_fallback_method"]
                await self._replies.ask(exchange, Request(url, method, [*exchange.form, *failure]))
        return exchange

    def _reply(self, inbound: Message, body: str) -> Message:
        """Put Twilio's own reply to a text on the phone, whatever the account has stopped."""
        reply = Message(
            account_sid=self._account.sid,
            sequence=inbound.sequence,
            direction="outbound-reply",
            to=inbound.from_,
            from_=inbound.to,
            body=body,
            status="delivered",
            sent=inbound.created,
        )
        self._own_replies.append(reply)
        return reply

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


def _country(address: str) -> str:
    return "US" if address.startswith("+1") else ""


def _content_type(url: str) -> str:
    return mimetypes.guess_type(urlsplit(url).path)[0] or "image/jpeg"
