"""Refusals of the REST API, in Twilio's words: https://www.twilio.com/docs/api/errors."""

from typing import Any

REASONS: dict[int, tuple[int, str]] = {
    20001: (400, "Invalid parameter: {what}"),
    20003: (401, "Authenticate"),
    20004: (405, "Method not allowed"),
    20404: (404, "The requested resource {path} was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "Internal Server Error"),
    12300: (400, "Invalid Content-Type: {what}"),
    21211: (400, "The 'To' number {to} is not a valid phone number."),
    21212: (
        400,
        "The 'From' number {from_} is not a valid phone number, shortcode, or alphanumeric sender ID.",
    ),
    21266: (400, "'To' and 'From' number cannot be the same: {to}"),
    21402: (400, "{what} is not a valid URL: {url}"),
    21403: (400, "{what} is not a valid HTTP method: {method}"),
    21408: (
        400,
        "Permission to send an SMS has not been enabled for the region indicated by the 'To' number: {to}.",
    ),
    21421: (400, "{what} is not a phone number of this account."),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21606: (
        400,
        "The From phone number {from_} is not a valid, SMS-capable inbound phone number "
        "or short code for your account.",
    ),
    21608: (400, "The number {to} is unverified. Trial accounts may only message verified numbers."),
    21609: (400, "The StatusCallback URL {url} is not a valid URL."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21611: (400, "The 'From' phone number {from_} has exceeded the maximum number of queued messages."),
    21612: (
        400,
        "The 'To' phone number: {to}, is not currently reachable "
        "using the 'From' phone number: {from_} via SMS.",
    ),
    21614: (400, "To number: {to}, is not a mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21620: (400, "Invalid media URL(s)"),
    21623: (400, "Number of media files exceeds allowed limit (10)"),
    21701: (400, "The Messaging Service does not exist: {what}"),
    21703: (400, "The Messaging Service {what} has no phone number to send from."),
    21704: (400, "The Messaging Service {what} has no sender that can reach {to}."),
    21705: (400, "The Messaging Service is invalid: {what}"),
    21710: (409, "{what} is in this Messaging Service already."),
    21711: (400, "{from_} is not associated with the Messaging Service {what}."),
    21712: (409, "{what} is associated with another Messaging Service."),
    21910: (400, "Invalid 'From' and 'To' pair. 'From' and 'To' should be of the same channel"),
    30409: (400, "This message cannot be canceled"),
    35111: (400, "SendAt timestamp is missing"),
    35115: (400, "SendAt is not a timestamp such as 2026-12-01T12:00:00Z: {what}"),
    35117: (400, "SendAt time must be between 300 seconds and 35 days in the future, inclusive."),
    35118: (400, "MessagingServiceSid is required to schedule a message"),
    63007: (400, "Twilio could not find a Channel with the specified From address: {from_}"),
}
"""HTTP status and message for each code the sandbox raises."""


class Refusal(Exception):
    """A request that Twilio refuses.

    Attributes
    ----------
    code : int
        Twilio's error code, a key of `REASONS`.
    status : int
        HTTP status.
    """

    def __init__(self, code: int, **values: str) -> None:
        self.code = code
        self.status, reason = REASONS[code]
        super().__init__(reason.format(**values))

    def body(self) -> dict[str, Any]:
        """Return the answer's JSON, as Twilio writes it."""
        return {
            "code": self.code,
            "message": str(self),
            "more_info": more_info(self.code),
            "status": self.status,
        }


def more_info(code: int) -> str:
    """Address of Twilio's page about an error code."""
    return f"https://www.twilio.com/docs/errors/{code}"
