"""Where Twilio takes the texts to a service's sender, and taking them to another address instead.

Three places can hold an address, and Twilio looks at them in this order: the TwiML application that has the number, the
Messaging Service that the number is in, the number itself. What comes first hides the rest, so a right address in the
wrong place receives nothing.

https://www.twilio.com/docs/messaging/api/service-resource, https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource
"""

from dataclasses import dataclass, field
from typing import Literal

from twilio_nb.errors import GatewayError
from twilio_nb.sending.gateway import Gateway
from twilio_nb.sending.inventory import Record

_NOT_FOUND = 404


@dataclass(frozen=True)
class Route:
    """What decides for some of an account's numbers where their texts go.

    Attributes
    ----------
    numbers : tuple of str
        The numbers, in E.164.
    through : {"application", "service", "number"}
        Which of the three places Twilio takes the address from.
    sid : str
        SID of the application, the Messaging Service or the number.
    name : str
        What it is called at Twilio; of a number, itself.
    url : str or None
        The address that Twilio calls; empty if none is set. None if Twilio does not even receive the texts: a
        Messaging Service without an address, which does not defer to its numbers, drops and does not log them.
    is_missing : bool
        Whether the application was deleted, and hides the number's own address all the same.
    number_sids : tuple of str
        SIDs of the numbers.
    """

    numbers: tuple[str, ...]
    through: Literal["application", "service", "number"]
    sid: str
    name: str
    url: str | None = field(repr=False)  # it may hold the secret of a webhook
    is_missing: bool = False
    number_sids: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """Where the address stands, in words."""
        if self.through == "number":
            return f"the number {self.name}"
        kind = "TwiML application" if self.through == "application" else "Messaging Service"
        return f"the {kind} {self.name!r}"


def routes(gateway: Gateway, sender: str | None) -> list[Route]:
    """Find out where texts to a sender go.

    Parameters
    ----------
    gateway : Gateway
        The account.
    sender : str or None
        A number of the account, or the SID of a Messaging Service, of which all numbers are looked at; None for the
        account's only number.

    Returns
    -------
    list of Route
        One for each place that decides; empty if the sender is none that the API tells about, such as a short
        code, a name or a channel address, or if none is chosen.

    Raises
    ------
    GatewayError
        If Twilio does not say.
    """
    if sender is not None and not sender.startswith(("+", "MG")):
        return []
    numbers, services = gateway.numbers(), gateway.messaging_services()
    pools = {
        service["sid"]: {one["sid"] for one in gateway.messaging_service_numbers(service["sid"])}
        for service in services
    }
    if sender is None:
        chosen = numbers if len(numbers) == 1 else []
    elif sender in pools:
        chosen = [one for one in numbers if one["sid"] in pools[sender]]
    else:
        chosen = [one for one in numbers if one["phone_number"] == sender]
    found: dict[str, Route] = {}
    for number in chosen:
        service = next((one for one in services if number["sid"] in pools[one["sid"]]), None)
        route = _route(gateway, number, service)
        if before := found.get(route.sid):
            numbers_of, sids = before.numbers + route.numbers, before.number_sids + route.number_sids
            route = Route(numbers_of, route.through, route.sid, route.name, route.url, route.is_missing, sids)
        found[route.sid] = route
    return list(found.values())


def point(gateway: Gateway, route: Route, url: str) -> None:
    """Let Twilio take texts to an address, by changing the place that decides.

    An application that was deleted is taken off its numbers, and their own address set: then a Messaging Service may be
    what decides next.

    Parameters
    ----------
    gateway : Gateway
        The account.
    route : Route
        What decides now.
    url : str
        The address, as `Service.address` returns it.

    Raises
    ------
    GatewayError
        If Twilio refuses.
    """
    if route.through == "service":
        gateway.update_messaging_service(route.sid, inbound_request_url=url)
    elif route.through == "number" or route.is_missing:
        off = "" if route.is_missing else None
        for sid in route.number_sids:
            gateway.update_number(sid, sms_url=url, sms_application_sid=off)
    else:
        gateway.update_application(route.sid, sms_url=url)


def _route(gateway: Gateway, number: Record, service: Record | None) -> Route:
    numbers, sids = (str(number["phone_number"]),), (str(number["sid"]),)
    if sid := number.get("sms_application_sid"):
        try:
            application = gateway.application(sid)
        except GatewayError as error:
            if error.status != _NOT_FOUND:
                raise
            return Route(numbers, "application", sid, sid, "", is_missing=True, number_sids=sids)
        name = application.get("friendly_name") or sid
        return Route(numbers, "application", sid, name, application["sms_url"] or "", number_sids=sids)
    if service is None or service["use_inbound_webhook_on_number"]:
        return Route(numbers, "number", sids[0], numbers[0], number["sms_url"] or "", number_sids=sids)
    url = service["inbound_request_url"] or None
    return Route(
        numbers, "service", service["sid"], service["friendly_name"] or service["sid"], url, number_sids=sids
    )
