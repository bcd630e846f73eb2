"""The way in: authenticate a request by its signature, and by a secret in its address; then accept what it brings.

Nothing of a request is stored or handed on before its signature was found right. Which of several services
of one name a request is for, a real one or a kernel's sandbox, is shown by the signature as well.
"""

import logging
import re
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from bson import ObjectId

from twilio_nb.domain.entries import entry, lead
from twilio_nb.domain.messages import inbound, is_sid
from twilio_nb.domain.paths import INBOX, status_path, webhook_path
from twilio_nb.errors import ConfigurationError, InvalidMessage, SecretNotFound, SignatureError, TwilioNBError
from twilio_nb.receiving.address import PUBLIC_MOUNT, bases
from twilio_nb.receiving.address_secret import admitted
from twilio_nb.receiving.dispatch import Dispatcher
from twilio_nb.receiving.exchange import Answer, Arrival
from twilio_nb.receiving.services import Known, Services
from twilio_nb.receiving.signature import SETTINGS_HEADER, SIGNATURE_HEADER, verify
from twilio_nb.receiving.text import Text
from twilio_nb.storage.messages import MessageLog

_REPLY = re.compile(r"((?:SM|MM)[0-9a-fA-F]{32})\.(\d{1,3})")
_REFUSALS = 20  # log entries about refused requests within a minute, at most: anybody can send those

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Authentic:
    """A request whose signature was right.

    Attributes
    ----------
    known : Known
        The service it is for.
    base : str
        The base address it was signed for.
    url : str
        The address it was signed for, without its query.
    """

    known: Known
    base: str
    url: str


class Intake:
    """Takes the requests of the two paths.

    Parameters
    ----------
    services : Services
        The services that are known.
    dispatcher : Dispatcher
        What works on texts.
    loopback : str or None
        The loopback base address, for sandbox services.
    """

    def __init__(self, services: Services, dispatcher: Dispatcher, loopback: str | None) -> None:
        self._services = services
        self._dispatcher = dispatcher
        self._loopback = loopback
        self._refused: deque[float] = deque(maxlen=_REFUSALS)

    async def text(self, arrival: Arrival) -> Answer:
        """Take a text.

        Parameters
        ----------
        arrival : Arrival
            The request.

        Returns
        -------
        Answer
            What Twilio is told, when the text is stored.

        Raises
        ------
        TwilioNBError
            `WebhookNotFound`, `SignatureError`, `SecretRefused` and `InvalidMessage` for what Twilio would not send;
            `ConfigurationError` where the signature cannot be checked; `StorageError` where MongoDB is away.
        """
        authentic, candidates = None, await self._services.find(arrival.service, arrival.webhook)
        try:
            authentic = self._authenticate(arrival, candidates)
            webhook = authentic.known.webhook
            arrival = admitted(arrival, webhook, authentic.known.secrets)
            document = inbound(
                arrival.payload,
                service=arrival.service,
                webhook=str(arrival.webhook),
                source="webhook",
                time=arrival.time,
                store_only=webhook is None or webhook.name == INBOX,
            )
        except TwilioNBError as error:
            self._note_refusal(arrival, authentic.known if authentic else candidates[0], error)
            raise
        text = Text(authentic.known, authentic.base, authentic.url, arrival, document)
        return await self._dispatcher.answer(text)

    async def status(self, arrival: Arrival) -> None:
        """Take a status callback.

        Parameters
        ----------
        arrival : Arrival
            The request.

        Raises
        ------
        TwilioNBError
            As for `text`.
        """
        candidates = await self._services.find(arrival.service, None)
        try:
            store = self._authenticate(arrival, candidates).known.store
            fields = dict(reversed(arrival.payload))
            sid, status = fields.get("MessageSid", ""), fields.get("MessageStatus", "")
            if not is_sid(sid) or not status:
                message = "The form is no status callback: it lacks a good MessageSid or a MessageStatus."
                raise InvalidMessage(message)
        except TwilioNBError as error:
            self._note_refusal(arrival, candidates[0], error)
            raise
        if reply := _REPLY.fullmatch(arrival.parameter("reply")):
            update = partial(MessageLog.adopt_reply, inbound_sid=reply[1], n=int(reply[2]))
        else:
            update = partial(MessageLog.update_status, sid=sid, status=status)
        await store.log(partial(update, form=arrival.payload, service=arrival.service, time=arrival.time))

    def _authenticate(self, arrival: Arrival, candidates: list[Known]) -> Authentic:
        """Find the service whose token, and the address for which, the request was signed."""
        if arrival.webhook is None:
            path = status_path(arrival.service)
        else:
            path = webhook_path(arrival.service, arrival.webhook)
        path = arrival.mount + path.removeprefix(PUBLIC_MOUNT)
        unverifiable: ConfigurationError | None = None
        for known in candidates:
            addresses = {base + path: base for base in bases(known.definition, self._loopback)}
            if not known.tokens:
                message = known.definition.sends_only or (
                    f"No auth token is known for the service {arrival.service!r}, so its signatures cannot "
                    "be checked. Set its secret where Jupyter runs, or connect to it in a notebook."
                )
                unverifiable = SecretNotFound(message)
                continue
            if not addresses:
                message = (
                    f"No public address is known for the service {arrival.service!r}, so its signatures "
                    "cannot be checked. Connect to it with public_url=, as it is configured at Twilio."
                )
                unverifiable = ConfigurationError(message)
                continue
            signed = {url + ("?" + arrival.query if arrival.query else ""): url for url in addresses}
            try:
                url = verify(
                    signed,
                    arrival.signed_form,
                    signature=arrival.headers.get(SIGNATURE_HEADER.lower()),
                    settings=arrival.headers.get(SETTINGS_HEADER.lower()),
                    tokens=known.tokens,
                )
            except SignatureError:
                continue
            return Authentic(known, addresses[signed[url]], signed[url])
        if unverifiable and arrival.headers.get(SIGNATURE_HEADER.lower()):
            raise unverifiable
        message = (
            f"The request is not signed for {path!r} of this server's address. Twilio signs with the "
            "account's primary auth token, for the address exactly as it is configured there."
        )
        raise SignatureError(message)

    def _note_refusal(self, arrival: Arrival, known: Known, error: TwilioNBError) -> None:
        """Write a log entry about a refused request, without anything it contains."""
        if len(self._refused) == _REFUSALS and arrival.began - self._refused[0] < 60:
            return
        self._refused.append(arrival.began)
        kind, request_id = type(error).__name__, str(ObjectId())
        what = arrival.webhook or "status"
        logger.warning("A request for %s was refused: %s. %s", what, kind, lead(request_id))
        known.store.note(
            entry(
                request_id,
                service=arrival.service,
                webhook=arrival.webhook,
                started=arrival.time,
                completed=datetime.now(UTC),
                source="webhook",
                error=f"{kind}: {error}",
            )
        )
