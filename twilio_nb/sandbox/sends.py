"""What may be sent: the checks that a send by REST and a reply by TwiML both pass."""

import re
from collections.abc import Mapping, Sequence

from twilio_nb.domain.twiml import BODY_LIMIT
from twilio_nb.sandbox.account import Account
from twilio_nb.sandbox.errors import Refusal
from twilio_nb.sandbox.messages import Message
from twilio_nb.sandbox.numbers import is_url

MOST_MEDIA = 10

# https://www.twilio.com/docs/iam/test-credentials
MAGIC = "+1500555"
MAGIC_SENDER = "+15005550006"
MAGIC_FROM = {"0001": 21212, "0007": 21606, "0008": 21611}
MAGIC_TO = {"0001": 21211, "0002": 21612, "0003": 21408, "0004": 21610, "0009": 21614}

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_SENDER = re.compile(r"\+[1-9][0-9]{6,14}|[0-9]{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 &_+-]{1,11}")


def check(account: Account, *, to: str, from_: str, body: str, media: Sequence[str]) -> None:
    """Refuse what Twilio would refuse to send.

    Raises
    ------
    Refusal
        With the code of the first fault found: addresses first, then who may be written to, then
        the content.
    """
    if not to:
        raise Refusal(21604)
    if not from_:
        raise Refusal(21603)
    if not body and not media:
        raise Refusal(21602)
    if to.startswith(MAGIC) and (code := MAGIC_TO.get(to.removeprefix(MAGIC))):
        raise Refusal(code, to=to, from_=from_)
    if not _E164.fullmatch(to):
        raise Refusal(21211, to=to)
    if from_.startswith(MAGIC) and (code := MAGIC_FROM.get(from_.removeprefix(MAGIC))):
        raise Refusal(code, from_=from_)
    if not _SENDER.fullmatch(from_):
        raise Refusal(21212, from_=from_)
    if from_ not in account.numbers and from_ != MAGIC_SENDER:
        raise Refusal(21606, from_=from_)
    if to == from_:
        raise Refusal(21266, to=to)
    if account.opt_outs.stopped(from_, to):
        raise Refusal(21610)
    if len(body) > BODY_LIMIT:
        raise Refusal(21617)
    if len(media) > MOST_MEDIA:
        raise Refusal(21623)
    if not all(map(is_url, media)):
        raise Refusal(21620)


def accept(account: Account, form: Mapping[str, list[str]]) -> Message:
    """Take a request to send into the account's messages, queued.

    Parameters
    ----------
    account : Account
        Whose message it becomes.
    form : mapping of str to list of str
        The request's parameters.

    Returns
    -------
    Message
        Queued; nobody has been told yet.

    Raises
    ------
    Refusal
        If Twilio would refuse it.
    """

    def given(name: str) -> str:
        return form.get(name, [""])[0]

    to, from_, body = given("To"), given("From"), given("Body")
    media = tuple(url for url in form.get("MediaUrl", []) if url)
    if to and not from_ and given("MessagingServiceSid"):
        raise Refusal(21701, what=given("MessagingServiceSid"))
    check(account, to=to, from_=from_, body=body, media=media)
    callback = given("StatusCallback") or None
    if callback and not is_url(callback):
        raise Refusal(21609, url=callback)
    return account.messages.add(
        direction="outbound-api",
        to=to,
        from_=from_,
        body=body,
        status="queued",
        media=media,
        status_callback=callback,
    )
