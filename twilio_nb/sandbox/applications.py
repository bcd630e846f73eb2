"""TwiML Applications: addresses under one SID, which stand in for a number's own.

https://www.twilio.com/docs/usage/api/applications
"""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from twilio_nb.sandbox import settings as kinds
from twilio_nb.sandbox.messages import API_VERSION, rfc2822
from twilio_nb.sandbox.settings import Form, changes

SETTINGS: kinds.Settings = {
    **kinds.OF_TEXTS,
    "MessageStatusCallback": ("message_status_callback", kinds.url),
}
"""What an update may set; what concerns calls is shown as if nobody had set it."""


@dataclass(eq=False)
class Application:
    """One application.

    Attributes
    ----------
    sequence : int
        Its place among the account's applications: the greatest stands first.
    settings : dict of str to str
        Friendly name, webhook addresses and methods, by the keys of the record.
    """

    account_sid: str
    sequence: int
    sid: str = field(default_factory=lambda: "AP" + uuid.uuid4().hex)
    settings: dict[str, str] = field(default_factory=dict)
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    updated: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        self.settings = {**kinds.unset(SETTINGS), **self.settings}

    def update(self, form: Form) -> None:
        """Apply the parameters of an update, all or none; for what is refused see `changes`."""
        self.settings.update(changes(form, SETTINGS))
        self.updated = datetime.now(UTC)

    def record(self) -> dict[str, Any]:
        """Show the application as the REST API does."""
        return {
            "account_sid": self.account_sid,
            "api_version": API_VERSION,
            "date_created": rfc2822(self.created),
            "date_updated": rfc2822(self.updated),
            "public_application_connect_enabled": False,
            "sid": self.sid,
            "sms_status_callback": self.settings["message_status_callback"],  # its name of old
            "status_callback": "",
            "status_callback_method": "POST",
            "uri": f"/{API_VERSION}/Accounts/{self.account_sid}/Applications/{self.sid}.json",
            "voice_caller_id_lookup": False,
            "voice_fallback_method": "POST",
            "voice_fallback_url": "",
            "voice_method": "POST",
            "voice_url": "",
            **self.settings,
        }


class Applications:
    """The applications of an account.

    Parameters
    ----------
    account_sid : str
        The account they belong to.
    """

    def __init__(self, account_sid: str) -> None:
        self._account_sid = account_sid
        self._applications: dict[str, Application] = {}
        self._count = 0

    def __iter__(self) -> Iterator[Application]:
        """All applications, oldest first."""
        return iter(list(self._applications.values()))

    def add(self, form: Form) -> Application:
        """Make an application of the parameters of a request; for what is refused see `changes`."""
        return self._keep(settings=changes(form, SETTINGS))

    def get(self, sid: str) -> Application | None:
        """Return the application of this SID, or None."""
        return self._applications.get(sid)

    def delete(self, application: Application) -> None:
        """Forget an application."""
        del self._applications[application.sid]

    def stored(self) -> dict[str, dict[str, str]]:
        """Return what must survive a restart."""
        return {one.sid: one.settings for one in self}

    def restore(self, stored: Mapping[str, dict[str, str]]) -> None:
        """Take what `stored` returned."""
        for sid, settings in stored.items():
            self._keep(sid=sid, settings=settings)

    def _keep(self, **values: Any) -> Application:
        self._count += 1
        application = Application(self._account_sid, self._count, **values)
        self._applications[application.sid] = application
        return application
