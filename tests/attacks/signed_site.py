"""Services whose addresses and tokens are those of the vectors, on a real receiver."""

import secrets
from urllib.parse import urlencode, urlsplit

from tests.attacks.vectors import SHARED_KEY, TOKEN, Pairs
from tests.receiving.conftest import Kernel, Receiver, Reply
from twilio_nb.domain.definitions import ServiceDefinition
from twilio_nb.errors import SignatureError
from twilio_nb.receiving.signature import SETTINGS_HEADER, SIGNATURE_HEADER, verify
from twilio_nb.storage.database import Database
from twilio_nb.storage.messages import MessageLog
from twilio_nb.storage.secrets import Secret

FORM = "application/x-www-form-urlencoded"
BASES = {
    "vectors": "https://hub.example.org/user/ann/",
    "vectors-port": "https://hub.example.org:8443/user/ann/",
    "vectors-http": "http://hub.example.org:8080/user/ann",
}
HUB = "https://hub.example.org/user/ann/"
INBOX = f"{HUB}twilio/service/vectors/incoming_webhook/inbox"


class Site:
    """Services whose public addresses and tokens are those of the vectors."""

    def __init__(self, receiver: Receiver, database: Database) -> None:
        self.receiver = receiver
        self.database = database
        self.log = MessageLog(database)
        self.kernel = Kernel(receiver)
        for name, base in BASES.items():
            definition = ServiceDefinition(name, "AC" + "0" * 32, public_url=base).to_document()
            tokens = [TOKEN, SHARED_KEY]
            self.kernel.tell(
                "service", definition=definition, database=database.name, tokens=tokens, secrets={}
            )
        self.kernel.tell("ping")
        self.kernel.hear("pong")

    def send(
        self,
        url: str,
        body: bytes,
        signature: str | None,
        settings: str | None = None,
        content_type: str = FORM,
        method: str = "POST",
    ) -> Reply:
        """Send what was signed for `url` to where a proxy would hand it on."""
        parts = urlsplit(url)
        target = parts.path.removeprefix("/user/ann") + (f"?{parts.query}" if parts.query else "")
        headers = {"Content-Type": content_type} if method == "POST" else {}
        headers |= {SIGNATURE_HEADER: signature} if signature else {}
        headers |= {SETTINGS_HEADER: settings} if settings else {}
        return self.receiver.request(method, target, body, headers, socket_name="webhooks.sock")

    def post(self, url: str, pairs: Pairs, signature: str | None, settings: str | None = None) -> int:
        return self.send(url, urlencode(pairs).encode(), signature, settings).status

    def stored(self, pairs: Pairs) -> list[list[str]] | None:
        document = self.log.get(dict(pairs)["MessageSid"])
        return document["payload"] if document else None

    def forget(self, pairs: Pairs) -> None:
        """Delete what is stored of a vector, whose SID is always the same."""
        self.database.collection("messages").delete_one({"_id": dict(pairs)["MessageSid"]})


def passes(url: str, pairs: Pairs, signature: str, settings: str | None = None, token: str = TOKEN) -> bool:
    try:
        return verify([url], pairs, signature=signature, settings=settings, tokens=[Secret(token)]) == url
    except SignatureError:
        return False


def text(*more: tuple[str, str]) -> Pairs:
    sid = ("MessageSid", "SM" + secrets.token_hex(16))
    return [sid, ("From", "+15558675309"), ("To", "+18057166646"), ("Body", "Hello"), *more]
