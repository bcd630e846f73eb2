"""What is made of an app: everything that is written, before anything is."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from twilio_nb.domain.address_secret import shown_with
from twilio_nb.domain.paths import webhook_path
from twilio_nb.domain.values import ValueDefinition
from twilio_nb.moving.access import Access, access
from twilio_nb.moving.app import App, TwilioService, Webhook
from twilio_nb.moving.decisions import Decisions, Kind
from twilio_nb.moving.names import python_name, secret_name
from twilio_nb.moving.reach import Reach
from twilio_nb.moving.reading import read_app
from twilio_nb.moving.tokens import Tokens

_HOST = "https://webhooks.mongodb-realm.com/api/client/v2.0/app"
_UNKNOWN_APP = "APP-ID"


@dataclass(frozen=True)
class Plan:
    """What is made of an app.

    Attributes
    ----------
    export : str
        What the export is called.
    app : App
        The app.
    reach : Reach
        What its functions touch.
    access : Access
        What MongoDB can enforce.
    decisions : Decisions
        Every decision.
    tokens : Tokens
        What must not be written.
    """

    export: str
    app: App
    reach: Reach
    access: Access
    decisions: Decisions
    tokens: Tokens

    @classmethod
    def of(cls, path: Path, environment: str | None = None) -> "Plan":
        """Read an export, and plan what is made of it.

        Raises
        ------
        ConfigurationError
            If it is no export at all, or there is no such environment.
        """
        reading = read_app(path, environment)
        app, decisions = reading.app, reading.decisions
        plan = cls(
            reading.tokens.hidden(path.name),
            app,
            Reach(app, decisions),
            access(app, decisions, reading.tokens),
            decisions,
            reading.tokens,
        )
        for name, users in plan.secrets().items():
            said = (
                f"Keep the secret {name!r}, {' and '.join(users)}: twilio_nb.secrets.set({name!r}) in a cell."
            )
            decisions.say(Kind.NEEDED, app.name, said)
        decisions.hide(reading.tokens.hidden)
        return plan

    def secrets(self) -> dict[str, list[str]]:
        """Return the names of the secrets that are needed, and what needs each."""
        found: dict[str, list[str]] = {}
        for service in self.app.services:
            found.setdefault(secret_of(service), []).append(f"the auth token of the service {service.name!r}")
            for webhook in service.webhooks:
                if (secret := webhook.configuration.secret(service.name)) is not None:
                    what = f"the address of the webhook {webhook.configuration.name!r} of {service.name!r}"
                    found.setdefault(secret, []).append(what)
        for value in self.app.values:
            if value.from_secret:
                found.setdefault(value.value, []).append(f"the value {value.name!r}")
        return dict(sorted(found.items()))

    def addresses(self) -> list[tuple[TwilioService, Webhook, str, str]]:
        """Return for each webhook where texts went, and the path of where they go."""
        app_id = _part(self.app.client_id or _UNKNOWN_APP)
        return [
            (
                service,
                webhook,
                f"{_HOST}/{app_id}/service/{_part(service.was)}/incoming_webhook/{_part(webhook.was)}",
                shown_with(
                    webhook_path(service.name, webhook.configuration.name),
                    webhook.configuration.secret(service.name),
                ),
            )
            for service in self.app.services
            for webhook in service.webhooks
        ]

    def variables(self) -> dict[str, str]:
        """Return the variable of each service; none hides another, nor what the notebook needs."""
        used = {"addresses", "old", "new", "os"}
        used |= {python_name(name) for name in self.reach.functions}
        used |= {
            python_name(one.configuration.name) for service in self.app.services for one in service.webhooks
        }
        found = {}
        for service in self.app.services:
            name = python_name(service.name)
            while name in used:
                name += "_service"
            used.add(name)
            found[service.name] = name
        return found

    def plain_values(self) -> list[ValueDefinition]:
        """Return the values that come from no secret, those of all environments behind those of none."""
        return [value for value in self.app.values if not value.from_secret]


def _part(name: str) -> str:
    return quote(name, safe="")


def secret_of(service: TwilioService) -> str:
    """Return the name of the secret that holds a service's auth token."""
    return service.configuration.secret or secret_name(service.name)
