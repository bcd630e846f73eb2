"""The numbers an account owns, and where their texts go."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from twilio_nb.sandbox import settings as kinds
from twilio_nb.sandbox.messages import API_VERSION, rfc2822
from twilio_nb.sandbox.settings import Form, changes

SETTINGS: kinds.Settings = {
    **kinds.OF_TEXTS,
    "SmsApplicationSid": ("sms_application_sid", kinds.text),
    "StatusCallback": ("status_callback", kinds.url),
    "StatusCallbackMethod": ("status_callback_method", kinds.method),
}


@dataclass(eq=False)
class Number:
    """One incoming phone number.

    Attributes
    ----------
    phone_number : str
        In E.164.
    sequence : int
        Its place among the account's numbers: the greatest stands first.
    settings : dict of str to str
        Friendly name, webhook addresses and methods, by the keys of the REST record.
    """

    account_sid: str
    phone_number: str
    sequence: int = 0
    sid: str = field(default_factory=lambda: "PN" + uuid.uuid4().hex)
    settings: dict[str, str] = field(default_factory=dict)
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    updated: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        n = self.phone_number
        friendly = {"friendly_name": f"({n[2:5]}) {n[5:8]}-{n[8:]}"}
        self.settings = {**kinds.unset(SETTINGS), **friendly, **self.settings}

    @property
    def capabilities(self) -> dict[str, bool]:
        """What it can do."""
        return {"fax": False, "mms": True, "sms": True, "voice": False}

    def update(self, form: Form) -> None:
        """Apply the parameters of an update, all or none; for what is refused see `changes`."""
        self.settings.update(changes(form, SETTINGS))
        self.updated = datetime.now(UTC)

    def record(self) -> dict[str, Any]:
        """Show the number as the REST API does."""
        return {
            "account_sid": self.account_sid,
            "address_requirements": "none",
            "address_sid": None,
            "api_version": API_VERSION,
            "beta": False,
            "bundle_sid": None,
            "capabilities": self.capabilities,
            "date_created": rfc2822(self.created),
            "date_updated": rfc2822(self.updated),
            "emergency_address_sid": None,
            "emergency_address_status": "unregistered",
            "emergency_status": "Inactive",
            "identity_sid": None,
            "origin": "twilio",
            "phone_number": self.phone_number,
            "sid": self.sid,
            "status": "in-use",
            "trunk_sid": None,
            "type": "local",
            "uri": f"/{API_VERSION}/Accounts/{self.account_sid}/IncomingPhoneNumbers/{self.sid}.json",
            "voice_application_sid": "",
            "voice_caller_id_lookup": False,
            "voice_fallback_method": "POST",
            "voice_fallback_url": "",
            "voice_method": "POST",
            "voice_receive_mode": "voice",
            "voice_url": "",
            **self.settings,
        }
