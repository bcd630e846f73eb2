"""The phones: they text the account's numbers, and hold what the account sends them."""

from collections.abc import Sequence
from typing import Any

from twilio_nb.sandbox.account import Account
from twilio_nb.sandbox.delivery import Delivery
from twilio_nb.sandbox.exchanges import Exchange
from twilio_nb.sandbox.inbound import Destination, destination
from twilio_nb.sandbox.media import Media
from twilio_nb.sandbox.messages import API_VERSION, Message
from twilio_nb.sandbox.numbers import Number
from twilio_nb.sandbox.replies import Replies, Request
from twilio_nb.sandbox.webhooks import Caller
from twilio_nb.sandbox.whatsapp import CHANNEL, channel
from twilio_nb.sandbox.wire import Form


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
        self._unlogged: list[Message] = []  # they stand on the phones, and not in the account's log

    def conversation(self, phone: str) -> list[Message]:
        """Return what a phone sent and received, oldest first."""
        logged = (m for m in self._account.messages if m.on_phone and phone == m.phone)
        unlogged = (m for m in self._unlogged if phone == m.phone)
        return sorted([*logged, *unlogged], key=lambda message: message.created)

    async def text(self, from_: str, number: Number, body: str, media: Sequence[Media] = ()) -> Exchange:
        """Text one of the account's numbers, deliver the webhook, obey the answer.

        Parameters
        ----------
        from_ : str
            The phone.
        number : Number
            The number texted.
        body : str
            The text; may be empty beside media.
        media : sequence of Media, optional
            Pictures and other files.

        Returns
        -------
        Exchange
            Complete: the webhook has answered or failed, and the replies have arrived.
        """
        target = destination(self._account, number)
        service = self._account.services.of(number)
        values: dict[str, Any] = {
            "direction": "inbound",
            "to": number.phone_number,
            "from_": from_,
            "body": body,
            "status": "received",
            "media": list(media),
            "messaging_service_sid": service and service.sid,
        }
        if target is None:
            lost = Message(account_sid=self._account.sid, sequence=0, news=self._account.news, **values)
            exchange = self._lost(lost)
        else:
            inbound = self._account.messages.add(**values)
            inbound.sent = inbound.created
            exchange = Exchange(inbound, self._form(inbound))
        if channel(from_) == "whatsapp":
            reply = self._account.whatsapp.hear(from_, body)
        else:
            reply = self._account.opt_outs.hear(from_, self._account.senders(number), body)
        if reply:
            exchange.own_reply = self._reply(exchange.inbound, reply)
        # What the WhatsApp sandbox answers, it keeps to itself; STOP is obeyed, and passed on as any text.
        if target and not (reply and channel(from_)):
            self._ask(exchange, True)
            try:
                await self._deliver(exchange, target)
            finally:
                self._ask(exchange, False)
        return exchange

    def _ask(self, exchange: Exchange, asking: bool) -> None:
        """Let the phone know that an answer is on its way, or no longer."""
        exchange.inbound.asking = asking
        exchange.inbound.note()

    async def _deliver(self, exchange: Exchange, target: Destination) -> None:
        """Call the webhook of a text, and its fallback if need be."""
        request = Request(target.url, target.method, exchange.form)
        if target.fault:
            self._replies.fail(exchange, 11200, target.fault, request)
        elif request.url:
            failure = await self._replies.ask(exchange, request)
            if failure and target.fallback_url:
                form = [*exchange.form, *failure]
                await self._replies.ask(exchange, Request(target.fallback_url, target.fallback_method, form))

    def _lost(self, message: Message) -> Exchange:
        """Keep a text on its phone that the account does not receive; the phone's stop holds all the same."""
        self._unlogged.append(message)
        note = (
            f"The account did not receive it: the Messaging Service {message.messaging_service_sid} has no "
            "inbound_request_url, and use_inbound_webhook_on_number is off."
        )
        return Exchange(message, (), note=note)

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
            news=self._account.news,
        )
        self._unlogged.append(reply)
        return reply

    def _form(self, inbound: Message) -> Form:
        """Return the webhook's fields; what is not known about a number is there and empty."""
        form = [
            ("SmsMessageSid", inbound.sid),
            ("NumMedia", str(len(inbound.media))),
            ("SmsSid", inbound.sid),
            ("SmsStatus", "received"),
            ("Body", inbound.body),
            ("To", inbound.to),
            ("NumSegments", str(inbound.num_segments)),
            ("MessageSid", inbound.sid),
            ("AccountSid", self._account.sid),
            ("From", inbound.from_),
            ("ApiVersion", API_VERSION),
        ]
        if inbound.messaging_service_sid:
            form.append(("MessagingServiceSid", inbound.messaging_service_sid))
        for n, media in enumerate(inbound.media):
            form += [(f"MediaContentType{n}", media.content_type), (f"MediaUrl{n}", media.url)]
        return [*form, *(_profile(inbound) if channel(inbound.from_) else _places(inbound))]


def _places(inbound: Message) -> Form:
    """Return what is known of where two numbers are: little."""
    return [
        (f"{end}{part}", _country(address) if part == "Country" else "")
        for end, address in (("From", inbound.from_), ("To", inbound.to))
        for part in ("City", "State", "Zip", "Country")
    ]


def _profile(inbound: Message) -> Form:
    """Return what WhatsApp tells of who writes."""
    number = inbound.from_.removeprefix(CHANNEL)
    kind = inbound.media[0].content_type.partition("/")[0] if inbound.media else "text"
    return [("ProfileName", f"Phone {number[-4:]}"), ("WaId", number.lstrip("+")), ("MessageType", kind)]


def _country(address: str) -> str:
    return "US" if address.startswith("+1") else ""
