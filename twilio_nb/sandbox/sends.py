"""What may be sent: the checks that a send by REST and a reply by TwiML both pass."""

import re
from collections.abc import Sequence

from twilio_nb.domain.twiml import BODY_LIMIT
from twilio_nb.sandbox import media as files
from twilio_nb.sandbox.account import Account
from twilio_nb.sandbox.errors import Refusal
from twilio_nb.sandbox.forms import first
from twilio_nb.sandbox.media import Media
from twilio_nb.sandbox.messages import Message
from twilio_nb.sandbox.schedules import delay
from twilio_nb.sandbox.services import MessagingService
from twilio_nb.sandbox.settings import Form, is_url
from twilio_nb.sandbox.whatsapp import CHANNEL, SENDER, channel

# https://www.twilio.com/docs/iam/test-credentials
MAGIC = "+1500555"
MAGIC_SENDER = "+15005550006"
MAGIC_FROM = {"0001": 21212, "0007": 21606, "0008": 21611}
MAGIC_TO = {"0001": 21211, "0002": 21612, "0003": 21408, "0004": 21610, "0009": 21614}
UNVERIFIED = "+15005021608"
"""Refused as a trial account's unverified numbers are: a number of ours, as Twilio has none for this."""

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_SENDER = re.compile(r"\+[1-9][0-9]{6,14}|[0-9]{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 &_+-]{1,11}")
_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")


def check(
    account: Account,
    *,
    to: str,
    from_: str,
    body: str,
    media: Sequence[str],
    service: MessagingService | None = None,
) -> None:
    """Refuse what Twilio would refuse to send.

    Raises
    ------
    Refusal
        With the code of the first fault found: addresses first, then who may be written to, then
        the content.
    """
    if not to:
        raise Refusal(21604)
    if not from_ and not service:
        raise Refusal(21603)
    if not body and not media:
        raise Refusal(21602)
    _check_recipient(to, from_)
    if from_:
        _check_sender(account, to, from_)
    if service:
        _check_service(service, to, from_)
    if account.opt_outs.stopped(service.sid if service else from_, to):
        raise Refusal(21610)
    if len(body) > BODY_LIMIT:
        raise Refusal(21617)
    if len(media) > files.MOST:
        raise Refusal(21623)
    if not all(map(is_url, media)):
        raise Refusal(21620)


def _check_recipient(to: str, from_: str) -> None:
    if to.startswith(MAGIC) and (code := MAGIC_TO.get(to.removeprefix(MAGIC))):
        raise Refusal(code, to=to, from_=from_)
    if to == UNVERIFIED:
        raise Refusal(21608, to=to)
    if not _E164.fullmatch(to.removeprefix(CHANNEL)):
        raise Refusal(21211, to=to)


def _check_sender(account: Account, to: str, from_: str) -> None:
    if from_.startswith(MAGIC) and (code := MAGIC_FROM.get(from_.removeprefix(MAGIC))):
        raise Refusal(code, from_=from_)
    if channel(from_) != channel(to):
        raise Refusal(21910)
    if channel(from_):
        if from_ != SENDER:
            raise Refusal(63007, from_=from_)
    elif not _SENDER.fullmatch(from_):
        raise Refusal(21212, from_=from_)
    elif from_ not in account.numbers and from_ != MAGIC_SENDER:
        raise Refusal(21606, from_=from_)
    if to == from_:
        raise Refusal(21266, to=to)


def _check_service(service: MessagingService, to: str, from_: str) -> None:
    if not service.pool:
        raise Refusal(21703, what=service.sid)
    if channel(to):  # a pool holds telephone numbers here, and the WhatsApp sandbox is no sender to be added
        raise Refusal(21704, what=service.sid, to=to)
    if from_ and from_ not in [one.number.phone_number for one in service.pool.values()]:
        raise Refusal(21711, what=service.sid, from_=from_)


def accept(account: Account, form: Form) -> Message:
    """Take a request to send into the account's messages.

    Parameters
    ----------
    account : Account
        Whose message it becomes.
    form : mapping of str to list of str
        The request's parameters.

    Returns
    -------
    Message
        Queued; by a Messaging Service accepted, or scheduled. Nobody has been told yet.

    Raises
    ------
    Refusal
        If Twilio would refuse it.
    """
    to, from_, body = first(form, "To"), first(form, "From"), first(form, "Body")
    service_sid = first(form, "MessagingServiceSid")
    if from_.startswith("MG"):  # a service may be named in either parameter
        from_, service_sid = "", from_
    service = _service(account, service_sid) if to and service_sid else None
    media = [url for url in form.get("MediaUrl", []) if url]
    check(account, to=to, from_=from_, body=body, media=media, service=service)
    callback = first(form, "StatusCallback")
    if callback and not is_url(callback):
        raise Refusal(21609, url=callback)
    wait = delay(form, has_service=service is not None)
    status = "queued" if service is None else "accepted" if wait is None else "scheduled"
    return account.messages.add(
        direction="outbound-api",
        to=to,
        from_=from_,
        body=body,
        status=status,
        media=[Media.at(account, url) for url in media],
        messaging_service_sid=service and service.sid,
        status_callback=callback or _default_callback(account, service, from_, first(form, "ApplicationSid")),
        due=None if wait is None else account.clock() + wait,
    )


def _service(account: Account, sid: str) -> MessagingService:
    if not _SERVICE.fullmatch(sid):
        raise Refusal(21705, what=sid)
    service = account.services.get(sid)
    if service is None:
        raise Refusal(21701, what=sid)
    return service


def _default_callback(
    account: Account, service: MessagingService | None, from_: str, application_sid: str
) -> str | None:
    """Return where a message reports that names no address itself."""
    if application := account.applications.get(application_sid):
        return application.settings["message_status_callback"] or None
    if service:
        callback: str | None = service.settings["status_callback"]
        return callback
    return account.whatsapp.number.settings["status_callback"] or None if from_ == SENDER else None
