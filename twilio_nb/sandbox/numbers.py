"""The numbers an account owns, and where their texts go."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from twilio_nb.sandbox.errors import Refusal
from twilio_nb.sandbox.messages import API_VERSION, rfc2822

SETTINGS = {
    "FriendlyName": "friendly_name",
    "SmsApplicationSid": "sms_application_sid",
    "SmsFallbackMethod": "sms_fallback_method",
    "SmsFallbackUrl": "sms_fallback_url",
    "SmsMethod": "sms_method",
    "SmsUrl": "sms_url",
    "StatusCallback": "status_callback",
    "StatusCallbackMethod": "status_callback_method",
}
"""What an update may set: the request's parameter and the record's key."""

# Between the slashes stands a host and a port, no more: parsers must not disagree about where a call goes.
_URL = re.compile(r"https?://(?:[^/?#@\s]*@)?[A-Za-z0-9.\-\[\]:]+(?:[/?#][!-~]*)?")


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
        defaults = dict.fromkeys(SETTINGS.values(), "")
        methods = {key: "POST" for key in defaults if key.endswith("method")}
        friendly = {"friendly_name": f"({n[2:5]}) {n[5:8]}-{n[8:]}"}
        self.settings = {**defaults, **methods, **friendly, **self.settings}

    def update(self, form: Mapping[str, list[str]]) -> None:
        """Apply the parameters of an update, all or none.

        Raises
        ------
        Refusal
            If an address is no address (21402) or a method neither GET nor POST (21403).
        """
        changes = {}
        for parameter, key in SETTINGS.items():
            if parameter not in form:
                continue
            value = form[parameter][0]
            if key.endswith("method"):
                value = value.upper()
                if value not in ("GET", "POST"):
                    raise Refusal(21403, what=parameter, method=value)
            elif key.endswith(("url", "callback")) and value and not is_url(value):
                raise Refusal(21402, what=parameter, url=value)
            changes[key] = value
        self.settings.update(changes)
        self.updated = datetime.now(UTC)

    def record(self) -> dict[str, Any]:
        """Show the number as the REST API does."""
        uri = f"/{API_VERSION}/Accounts/{self.account_sid}/IncomingPhoneNumbers/{self.sid}"
        return {
            "account_sid": self.account_sid,
            "address_requirements": "none",
            "address_sid": None,
            "api_version": API_VERSION,
            "beta": False,
            "bundle_sid": None,
            "capabilities": {"fax": False, "mms": True, "sms": True, "voice": False},
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
            "subresource_uris": {"assigned_add_ons": f"{uri}/AssignedAddOns.json"},
            "trunk_sid": None,
            "type": "local",
            "uri": f"{uri}.json",
            "voice_application_sid": "",
            "voice_caller_id_lookup": False,
            "voice_fallback_method": "POST",
            "voice_fallback_url": "",
            "voice_method": "POST",
            "voice_receive_mode": "voice",
            "voice_url": "",
            **self.settings,
        }


def is_url(text: str) -> bool:
    """Whether Twilio would take this as the address of a webhook."""
    return _URL.fullmatch(text) is not None
