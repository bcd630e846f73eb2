"""Twilio's records, key by key, from its published API description: https://github.com/twilio/twilio-oai.

For each key stands what its value may be. The description lets nearly all be null; where a list of ours lacks
NULL, a value has always been seen.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

Kind = Callable[[Any], bool]
Table = Mapping[str, tuple[Kind, ...]]


def text(pattern: str = r"(?s).*") -> Kind:
    """A string that matches as a whole."""
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


def sid(*prefixes: str) -> Kind:
    return text(f"({'|'.join(prefixes)})[0-9a-fA-F]{{32}}")


def of(kind: type, *values: Any) -> Kind:
    """Exactly this type, which for int excludes bool, and one of these values if there are any."""
    return lambda value: type(value) is kind and (not values or value in values)


def uris(*names: str) -> Kind:
    """A map of at least these names to paths or addresses."""
    return lambda value: (
        isinstance(value, dict)
        and set(names) <= set(value)
        and all(isinstance(v, str) for v in value.values())
    )


def words(*allowed: str) -> Kind:
    return lambda value: isinstance(value, list) and all(word in allowed for word in value)


NULL: Kind = lambda value: value is None  # noqa: E731
EMPTY, ANY, BOOLEAN, INTEGER = text(""), text(), of(bool), of(int)
RFC2822 = text(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000")
ISO8601 = text(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
DIGITS, PHONE = text(r"\d+"), text(r"(whatsapp:)?\+[1-9]\d{6,14}")
PATH, URL = text(r"/2010-04-01/Accounts/AC[0-9a-f]{32}(/.+)?\.json"), text("https?://.+")
METHOD = text("GET|POST")
STATUSES = (
    "accepted|canceled|delivered|failed|partially_delivered|queued|read|received|receiving|scheduled|sending|sent|"
    "undelivered"
)

MESSAGE: Table = {
    "account_sid": (sid("AC"),),
    "api_version": (text("2010-04-01"),),
    "body": (ANY,),
    "date_created": (RFC2822,),
    "date_sent": (RFC2822, NULL),
    "date_updated": (RFC2822,),
    "direction": (text("inbound|outbound-api|outbound-call|outbound-reply"),),
    "error_code": (INTEGER, NULL),
    "error_message": (ANY, NULL),
    "from": (PHONE, NULL),
    "messaging_service_sid": (sid("MG"), NULL),
    "num_media": (DIGITS,),
    "num_segments": (DIGITS,),
    "price": (text(r"-\d+\.\d+"), NULL),
    "price_unit": (text("[A-Z]{3}"), NULL),
    "sid": (sid("SM", "MM"),),
    "status": (text(STATUSES),),
    "subresource_uris": (uris("media"),),
    "to": (PHONE,),
    "uri": (PATH,),
}

MEDIA: Table = {
    "account_sid": (sid("AC"),),
    "content_type": (text("[a-z]+/[a-z0-9.+-]+"),),
    "date_created": (RFC2822,),
    "date_updated": (RFC2822,),
    "parent_sid": (sid("SM", "MM"),),
    "sid": (sid("ME"),),
    "uri": (PATH,),
}

NUMBER: Table = {
    "account_sid": (sid("AC"),),
    "address_requirements": (text("none|any|local|foreign"),),
    "address_sid": (sid("AD"), NULL),
    "api_version": (text("2010-04-01"),),
    "beta": (BOOLEAN, NULL),
    "bundle_sid": (sid("BU"), NULL),
    "capabilities": (
        lambda value: {*value} == {"fax", "mms", "sms", "voice"} and {*value.values()} <= {True, False},
    ),
    "date_created": (RFC2822,),
    "date_updated": (RFC2822,),
    "emergency_address_sid": (sid("AD"), NULL),
    "emergency_address_status": (text("(un)?registered|(pending-(un)?|(un)?)registration(-failure)?"),),
    "emergency_status": (text("Active|Inactive"),),
    "friendly_name": (ANY,),
    "identity_sid": (sid("RI"), NULL),
    "origin": (ANY,),
    "phone_number": (PHONE,),
    "sid": (sid("PN"),),
    "sms_application_sid": (sid("AP"), EMPTY),
    "sms_fallback_method": (METHOD,),
    "sms_fallback_url": (URL, EMPTY),
    "sms_method": (METHOD,),
    "sms_url": (URL, EMPTY),
    "status": (ANY,),
    "status_callback": (URL, EMPTY),
    "status_callback_method": (METHOD,),
    "trunk_sid": (sid("TK"), NULL),
    "type": (ANY,),
    "uri": (PATH,),
    "voice_application_sid": (sid("AP"), EMPTY),
    "voice_caller_id_lookup": (BOOLEAN,),
    "voice_fallback_method": (METHOD,),
    "voice_fallback_url": (URL, EMPTY),
    "voice_method": (METHOD,),
    "voice_receive_mode": (text("voice|fax"),),
    "voice_url": (URL, EMPTY),
}

ACCOUNT: Table = {
    "auth_token": (text("[0-9a-f]{32}"),),
    "date_created": (RFC2822,),
    "date_updated": (RFC2822,),
    "friendly_name": (ANY,),
    "owner_account_sid": (sid("AC"),),
    "sid": (sid("AC"),),
    "status": (text("active|suspended|closed"),),
    "subresource_uris": (uris("applications", "incoming_phone_numbers", "messages"),),
    "type": (text("Trial|Full"),),
    "uri": (PATH,),
}

APPLICATION: Table = {
    "account_sid": (sid("AC"),),
    "api_version": (text("2010-04-01"),),
    "date_created": (RFC2822,),
    "date_updated": (RFC2822,),
    "friendly_name": (ANY,),
    "message_status_callback": (URL, EMPTY),
    "public_application_connect_enabled": (BOOLEAN,),
    "sid": (sid("AP"),),
    "sms_fallback_method": (METHOD,),
    "sms_fallback_url": (URL, EMPTY),
    "sms_method": (METHOD,),
    "sms_status_callback": (URL, EMPTY),
    "sms_url": (URL, EMPTY),
    "status_callback": (URL, EMPTY),
    "status_callback_method": (METHOD,),
    "uri": (PATH,),
    "voice_caller_id_lookup": (BOOLEAN,),
    "voice_fallback_method": (METHOD,),
    "voice_fallback_url": (URL, EMPTY),
    "voice_method": (METHOD,),
    "voice_url": (URL, EMPTY),
}

SERVICE: Table = {
    "account_sid": (sid("AC"),),
    "area_code_geomatch": (BOOLEAN,),
    "date_created": (ISO8601,),
    "date_updated": (ISO8601,),
    "fallback_method": (METHOD,),
    "fallback_to_long_code": (BOOLEAN,),
    "fallback_url": (URL, NULL),
    "friendly_name": (ANY,),
    "inbound_method": (METHOD,),
    "inbound_request_url": (URL, NULL),
    "links": (uris("alpha_senders", "messages", "phone_numbers", "short_codes", "us_app_to_person"),),
    "mms_converter": (BOOLEAN,),
    "scan_message_content": (text("inherit|enable|disable"),),
    "sid": (sid("MG"),),
    "smart_encoding": (BOOLEAN,),
    "status_callback": (URL, NULL),
    "sticky_sender": (BOOLEAN,),
    "synchronous_validation": (BOOLEAN,),
    "url": (URL,),
    "us_app_to_person_registered": (BOOLEAN,),
    "use_inbound_webhook_on_number": (BOOLEAN,),
    "usecase": (ANY,),
    "validity_period": (INTEGER,),
}

SERVICE_NUMBER: Table = {
    "account_sid": (sid("AC"),),
    "capabilities": (words("MMS", "SMS", "Voice"),),
    "country_code": (text("[A-Z]{2}"),),
    "date_created": (ISO8601,),
    "date_updated": (ISO8601,),
    "phone_number": (PHONE,),
    "service_sid": (sid("MG"),),
    "sid": (sid("PN"),),
    "url": (URL,),
}

PAGE_OF_2010: Table = {
    "end": (INTEGER,),
    "first_page_uri": (ANY,),
    "next_page_uri": (ANY, NULL),
    "page": (INTEGER,),
    "page_size": (INTEGER,),
    "previous_page_uri": (ANY, NULL),
    "start": (INTEGER,),
    "uri": (ANY,),
}

PAGE_OF_V1: Table = {
    "first_page_url": (URL,),
    "key": (ANY,),
    "next_page_url": (URL, NULL),
    "page": (INTEGER,),
    "page_size": (INTEGER,),
    "previous_page_url": (URL, NULL),
    "url": (URL,),
}


def faults(record: Mapping[str, Any], table: Table) -> list[str]:
    """Say where a record is not as its table has it."""
    missing = [f"{key} is missing" for key in table if key not in record]
    unknown = [f"{key} is none of Twilio's" for key in record if key not in table]
    wrong = [
        f"{key} is {record[key]!r}"
        for key, kinds in table.items()
        if key in record and not any(kind(record[key]) for kind in kinds)
    ]
    return missing + unknown + wrong
