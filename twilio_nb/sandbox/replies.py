"""Webhook answers, obeyed: messages sent, redirects and actions followed."""

from dataclasses import dataclass
from urllib.parse import urljoin

from twilio_nb.domain import twiml
from twilio_nb.sandbox.account import Account
from twilio_nb.sandbox.answers import Redirect, Steps, read
from twilio_nb.sandbox.callbacks import told
from twilio_nb.sandbox.delivery import Delivery
from twilio_nb.sandbox.errors import Refusal
from twilio_nb.sandbox.exchanges import Exchange
from twilio_nb.sandbox.loops import LoopGuard
from twilio_nb.sandbox.media import Media
from twilio_nb.sandbox.messages import Message
from twilio_nb.sandbox.outcomes import Outcome
from twilio_nb.sandbox.overrides import CallFailed
from twilio_nb.sandbox.sends import check
from twilio_nb.sandbox.settings import is_url
from twilio_nb.sandbox.webhooks import Caller
from twilio_nb.sandbox.wire import Form

MOST_REPLIES = 10
"""Messages in answer to one text: https://www.twilio.com/docs/api/errors/14109."""
MOST_DOCUMENTS = 50
"""Answers read for one text: https://www.twilio.com/docs/api/errors/14106."""


@dataclass(frozen=True)
class Request:
    """A webhook to call."""

    url: str
    method: str
    form: Form


class Replies:
    """Obeys what webhooks answer.

    Parameters
    ----------
    account : Account
        Who was texted.
    caller : Caller
        Calls the webhooks.
    delivery : Delivery
        Brings the replies to the phones.
    """

    def __init__(self, account: Account, caller: Caller, delivery: Delivery) -> None:
        self._account = account
        self._caller = caller
        self._delivery = delivery
        self._guard = LoopGuard(account.clock)

    async def ask(self, exchange: Exchange, request: Request) -> Form:
        """Call a webhook and do what it answers, wherever that leads.

        Returns
        -------
        sequence of (str, str)
            ErrorCode and ErrorUrl, which a fallback is told, if an answer could not be had or read; else
            nothing. What was sent before stays sent.
        """
        pair = (exchange.inbound.from_, exchange.inbound.to)
        try:
            for _ in range(MOST_DOCUMENTS):
                answer = await self._caller.call(request.url, request.form, request.method, pair)
                following = self._obey(exchange, read(answer), request)
                if following is None:
                    return ()
                request = following
        except CallFailed as failure:
            self.fail(exchange, failure.code, str(failure), request)
            return ("ErrorCode", str(failure.code)), ("ErrorUrl", request.url)
        finally:
            await exchange.settled()
        self.fail(exchange, 14106, f"One text led to more than {MOST_DOCUMENTS} answers.", request)
        return ()

    def fail(self, exchange: Exchange, code: int, text: str, request: Request) -> None:
        """Note what went wrong, for the phone and for the account."""
        exchange.blame(code, text)
        sid = exchange.inbound.sid
        self._account.notify(code, text, message_sid=sid, url=request.url, method=request.method)

    def _obey(self, exchange: Exchange, steps: Steps, request: Request) -> Request | None:
        """Do what an answer says; return what it says to ask next."""
        for warning in steps.warnings:
            self.fail(exchange, 12200, warning, request)
        for verb in steps.verbs:
            if isinstance(verb, Redirect):
                return Request(_joined(request.url, verb.url), _method(verb), exchange.form)
            message = self._send(exchange, verb, request)
            if verb.action and message:
                form = told(message, "sending")
                return Request(_joined(request.url, verb.action), _method(verb), form)
        return None

    def _send(self, exchange: Exchange, verb: twiml.Message, request: Request) -> Message | None:
        """Queue one message of an answer; None if Twilio would not even do that."""
        to, from_ = verb.to or exchange.inbound.from_, verb.from_ or exchange.inbound.to
        if len(exchange.sent) == MOST_REPLIES:
            text = f"More than {MOST_REPLIES} messages in answer to one text; this one was not sent."
            self.fail(exchange, 14109, text, request)
            return None
        failure = None
        try:
            check(self._account, to=to, from_=from_, body=verb.body, media=verb.media)
            if self._guard.stops(from_, to):
                failure = 14107
        except Refusal as refusal:
            if refusal.code != 21610:
                # In TwiML a message of nothing or of too much is an invalid body.
                code = 14103 if refusal.code in (21602, 21617) else refusal.code
                self.fail(exchange, code, f"A <Message> was not sent: {refusal}", request)
                return None
            failure = 21610
        outcome = Outcome.failing(failure) if failure else None
        if failure and outcome:
            exchange.blame(failure, f"A reply was not delivered: {outcome.error_message}.")
        message = self._account.messages.add(
            direction="outbound-reply",
            to=to,
            from_=from_,
            body=verb.body,
            status="queued",
            media=[Media.at(self._account, url) for url in verb.media],
            messaging_service_sid=exchange.inbound.messaging_service_sid,
            status_callback=self._callback(exchange, verb, request),
        )
        exchange.add(message, self._delivery.dispatch(message, outcome))
        return message

    def _callback(self, exchange: Exchange, verb: twiml.Message, request: Request) -> str | None:
        callback = _joined(request.url, verb.status_callback) if verb.status_callback else None
        if callback is None or is_url(callback):
            return callback
        text = "The statusCallback of a <Message> is not a valid URL; it is not called."
        self.fail(exchange, 14105, text, request)
        return None


def _joined(base: str, url: str) -> str:
    try:
        return urljoin(base, url)
    except ValueError:
        return url  # no address, and refused as such


def _method(verb: twiml.Message | Redirect) -> str:
    return "GET" if verb.method == "GET" else "POST"
