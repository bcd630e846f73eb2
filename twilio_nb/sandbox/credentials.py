"""What the account lets in: its auth token, a second one while they are rotated, API keys.

https://www.twilio.com/docs/iam/api/authtoken and https://www.twilio.com/docs/iam/api-keys/key-resource-v1
"""

import hmac
import uuid
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from starlette.requests import Request

from twilio_nb.sandbox.errors import Refusal
from twilio_nb.sandbox.messages import API_VERSION, rfc2822

if TYPE_CHECKING:
    from twilio_nb.sandbox.account import Account

_TOKENS = "/v1/AuthTokens"


class Credentials:
    """The credentials of an account.

    Parameters
    ----------
    account : Account
        Whose they are; its `token` is the primary one, which signs webhooks.

    Attributes
    ----------
    secondary : str or None
        The second token, valid for requests; it signs once it is promoted.
    keys : dict of str to str
        Secrets of the API keys, by SID.
    """

    def __init__(self, account: "Account") -> None:
        self._account = account
        self.secondary: str | None = None
        self.keys: dict[str, str] = {}

    def stored(self) -> dict[str, Any]:
        """Return what must survive a restart, besides the primary token."""
        return {"secondary_auth_token": self.secondary, "api_keys": self.keys}

    def restore(self, stored: Mapping[str, Any]) -> None:
        """Take what `stored` returned."""
        self.secondary, self.keys = stored["secondary_auth_token"], stored["api_keys"]

    def accept(self, user: str, password: str, path: str) -> bool:
        """Whether these open a path, compared in constant time; a key opens neither account nor keys."""
        pairs = [(self._account.sid, self._account.token)]
        if self.secondary is not None:
            pairs.append((self._account.sid, self.secondary))
        own = f"/{API_VERSION}/Accounts/{self._account.sid}"
        if path != f"{own}.json" and not path.startswith((f"{own}/Keys", _TOKENS)):
            pairs += self.keys.items()
        given = f"{user}:{password}".encode()
        matches = [hmac.compare_digest(given, f"{sid}:{secret}".encode()) for sid, secret in pairs]
        return any(matches)  # all compared first, so that time tells nothing

    def table(self) -> list[tuple[str, str, Callable[[Request], Awaitable[tuple[int, Any]]]]]:
        """Return method, path and work of each resource."""
        return [
            ("POST", f"{_TOKENS}/Secondary", self.create_secondary),
            ("DELETE", f"{_TOKENS}/Secondary", self.delete_secondary),
            ("POST", f"{_TOKENS}/Promote", self.promote),
            ("POST", f"/{API_VERSION}/Accounts/{{account}}/Keys.json", self.create_key),
        ]

    async def create_secondary(self, request: Request) -> tuple[int, Any]:
        """Make a second token, in place of an earlier one."""
        self.secondary = uuid.uuid4().hex
        self._account.changed()
        return 201, self._token(request, "secondary_auth_token", self.secondary)

    async def delete_secondary(self, request: Request) -> tuple[int, Any]:
        """Forget the second token."""
        self.secondary = None
        self._account.changed()
        return 204, None

    async def promote(self, request: Request) -> tuple[int, Any]:
        """Make the second token the primary one; the one before opens nothing any more."""
        if self.secondary is None:
            raise Refusal(20404, path=request.url.path)
        self._account.token, self.secondary = self.secondary, None
        self._account.changed()
        return 200, self._token(request, "auth_token", self._account.token)

    async def create_key(self, request: Request) -> tuple[int, Any]:
        """Make an API key; its secret is shown this once."""
        form = parse_qs((await request.body()).decode(errors="replace"))
        sid, secret, now = "SK" + uuid.uuid4().hex, uuid.uuid4().hex, rfc2822(datetime.now(UTC))
        self.keys[sid] = secret
        self._account.changed()
        name = form.get("FriendlyName", [""])[0]
        return 201, {
            "date_created": now,
            "date_updated": now,
            "friendly_name": name,
            "secret": secret,
            "sid": sid,
        }

    def _token(self, request: Request, key: str, token: str) -> dict[str, Any]:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {
            "account_sid": self._account.sid,
            "date_created": now,
            "date_updated": now,
            key: token,
            "url": f"https://accounts.twilio.com{request.url.path}",
        }
