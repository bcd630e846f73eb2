"""An app of the retired service, as far as texts are concerned; the same whatever it was exported as."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from twilio_nb.domain.configuration.rules import RuleConfiguration
from twilio_nb.domain.configuration.services import ServiceConfiguration
from twilio_nb.domain.configuration.webhooks import WebhookConfiguration
from twilio_nb.domain.values import ValueDefinition


@dataclass(frozen=True)
class Webhook:
    """A webhook, its function, and what it was called there.

    Attributes
    ----------
    configuration : WebhookConfiguration
        What its file says.
    was : str
        Its name there.
    place : str
        Where it stands in the export.
    source : str or None
        Its JavaScript; None where the export has none.
    """

    configuration: WebhookConfiguration
    was: str
    place: str
    source: str | None = None


@dataclass(frozen=True)
class Rule:
    """A rule.

    Attributes
    ----------
    configuration : RuleConfiguration
        What its file says.
    place : str
        Where it stands in the export.
    refused : str or None
        Why it cannot be added here, in a sentence; such a rule never allowed anything. None if it can.
    """

    configuration: RuleConfiguration
    place: str
    refused: str | None = None


@dataclass(frozen=True)
class TwilioService:
    """A Twilio service with all that belongs to it.

    Attributes
    ----------
    configuration : ServiceConfiguration
        What its file says.
    was : str
        Its name there, which stands in old addresses.
    place : str
        Where it stands in the export.
    webhooks, rules : tuple
        By name.
    """

    configuration: ServiceConfiguration
    was: str
    place: str
    webhooks: tuple[Webhook, ...] = ()
    rules: tuple[Rule, ...] = ()

    @property
    def name(self) -> str:
        """Its name here."""
        return self.configuration.name


@dataclass(frozen=True)
class Function:
    """A function that webhooks, rules and others call by its name.

    Attributes
    ----------
    name, called : str
        Its name in the app, and here.
    place : str
        Where it stands in the export.
    source : str or None
        The JavaScript.
    """

    name: str
    called: str
    place: str
    source: str | None


@dataclass(frozen=True)
class Collection:
    """What an app said of a collection.

    Attributes
    ----------
    database, name : str
        The collection.
    place : str
        Where it stands in the export.
    schema : mapping or None
        Of App Services.
    rules : mapping or None
        Roles and filters, in whichever dialect.
    """

    database: str
    name: str
    place: str
    schema: Mapping[str, Any] | None = None
    rules: Mapping[str, Any] | None = None

    @property
    def namespace(self) -> str:
        """Database and collection, with a dot between."""
        return f"{self.database}.{self.name}"


@dataclass(frozen=True)
class Trigger:
    """What called a function by itself, at a change or at a time; where it stands in the export."""

    name: str
    place: str
    function: str
    scheduled: bool = False


@dataclass(frozen=True)
class App:
    """An app.

    Attributes
    ----------
    name : str
        The app's own name, or what the export is called.
    client_id : str or None
        The app's id in old addresses.
    layout : str
        Which of the layouts the export has, in words.
    environment : str
        The environment whose values were filled in.
    nullable : bool
        Whether fields that are not required could be null.
    services, values, functions, data_sources, collections, triggers
        Its parts, each by name.
    """

    name: str
    client_id: str | None
    layout: str
    environment: str = ""
    nullable: bool = False
    services: tuple[TwilioService, ...] = ()
    values: tuple[ValueDefinition, ...] = ()
    functions: Mapping[str, Function] = field(default_factory=dict)
    data_sources: tuple[str, ...] = ()
    collections: tuple[Collection, ...] = ()
    triggers: tuple[Trigger, ...] = ()
