"""What webhooks and rules reach, through functions that call functions; and what stands out on the way."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Any

from twilio_nb.domain.paths import DATA_SOURCE
from twilio_nb.moving.app import App, Function, Webhook
from twilio_nb.moving.decisions import Decisions, Kind
from twilio_nb.moving.javascript import UNAWAITED, Scan, scan


class Reach:
    """What the functions of an app touch.

    Parameters
    ----------
    app : App
        The app.
    decisions : Decisions
        Where it is noted what stands out.

    Attributes
    ----------
    functions : dict
        Those that webhooks and rules call, also through others, by name.
    """

    def __init__(self, app: App, decisions: Decisions) -> None:
        self._app = app
        self._say = decisions.say
        self._scans: dict[str, Scan] = {}
        webhooks = [one for service in app.services for one in service.webhooks]
        self._scanned = self._scan_all([*webhooks, *app.functions.values()])
        called = [
            name
            for one in webhooks
            for name in (*self.own(one).functions, *named(one.configuration.can_evaluate))
        ]
        of_rules = [
            name
            for service in app.services
            for rule in service.rules
            for name in named(rule.configuration.when)
        ]
        self.functions = self._reached([*called, *of_rules])
        reached: list[Webhook | Function] = [*webhooks, *self.functions.values()]
        for each in reached:
            self._note(each)
        for one in webhooks:
            self._note_answers(one)
        self._note_conditions()
        self._note_unreached()

    def own(self, one: Webhook | Function) -> Scan:
        """Return what a function touches by itself; nothing where there is no source."""
        return self._scans.get(one.place, Scan())

    def whole(self, one: Webhook | Function) -> Scan:
        """Return what a function touches, by itself and through those that it calls."""
        merged = Scan(parameters=self.own(one).parameters)
        _merge(merged, self.own(one))
        for function in self._reached(self.own(one).functions).values():
            _merge(merged, self.own(function))
        return merged

    def through(self, one: Webhook | Function) -> list[str]:
        """Return the names of the functions that a function calls, by itself and through those."""
        return list(self._reached(self.own(one).functions))

    def _scan_all(self, sources: Iterable[Webhook | Function]) -> bool:
        for one in sources:
            if one.source is None:
                continue
            found = scan(one.source)
            if found is None:
                self._say(
                    Kind.LOOK,
                    self._app.name,
                    "What its JavaScript touches was not looked at, and the functions that it calls "
                    "were not found: that "
                    'needs pip install "twilio-nb[moving]". Install it, and import again into another folder.',
                )
                return False
            self._scans[one.place] = found
        return True

    def _reached(self, names: Iterable[str]) -> dict[str, Function]:
        found: dict[str, Function] = {}
        waiting = list(names)
        while waiting:
            name = waiting.pop(0)
            function = self._app.functions.get(name)
            if function is not None and name not in found:
                found[name] = function
                waiting += self.own(function).functions
        return found

    def _note(self, one: Webhook | Function) -> None:
        found, app = self.own(one), self._app
        for line, sentence in found.notes:
            self._say(Kind.LOOK, f"{one.place}, line {line}", f"{sentence[0].upper()}{sentence[1:]}.")
        services = {service.was for service in app.services} | {service.name for service in app.services}
        known = {
            "value": (found.values, {value.name for value in app.values if value.environment is None}),
            "function": (found.functions, set(app.functions)),
            "service": (found.services, services | {DATA_SOURCE} | set(app.data_sources)),
        }
        for what, (asked, there) in known.items():
            for name in asked:
                if name not in there:
                    self._say(
                        Kind.LOOK,
                        one.place,
                        f"It asks for the {what} {name!r}, which the export does not have.",
                    )
        for source in found.sources:
            if source not in (DATA_SOURCE, "?"):
                self._say(
                    Kind.CHANGED,
                    one.place,
                    f"It calls MongoDB {source!r}; in a handler here it is {DATA_SOURCE!r}.",
                )
        for module in found.modules:
            self._say(
                Kind.LOOK, one.place, f"It needs the JavaScript module {module!r}; look for one of Python's."
            )
        if found.http:
            self._say(Kind.LOOK, one.place, "It asks other servers with context.http; use requests or httpx.")

    def _note_answers(self, one: Webhook) -> None:
        found = self.whole(one)
        if "setBody" in found.response and not one.configuration.respond_result:
            said = "It sets a body and does not text back (respond_result is off), so the body goes nowhere."
            self._say(Kind.LOOK, one.place, said)
        if found.sends and one.configuration.respond_result and "setBody" in found.response:
            self._say(Kind.LOOK, one.place, "It answers and sends: whoever texts in may get two texts.")

    def _note_conditions(self) -> None:
        for service in self._app.services:
            for rule in service.rules:
                self._note_condition(rule.place, rule.configuration.when)
            for webhook in service.webhooks:
                self._note_condition(f"{webhook.place}/config.json", webhook.configuration.can_evaluate)

    def _note_condition(self, place: str, condition: Any) -> None:
        values = {value.name for value in self._app.values}
        wanted = [("function", name) for name in named(condition) if name not in self._app.functions]
        wanted += [("value", name) for name in _values(condition) if name not in values]
        for what, name in wanted:
            said = (
                f"Its condition asks for the {what} {name!r}, which the export does not have; until there is one it "
                "does not hold."
            )
            self._say(Kind.LOOK, place, said)
        for name in named(condition):
            if any(UNAWAITED in dict(self.own(one).notes).values() for one in self._reached([name]).values()):
                said = (
                    f"It calls {name!r}, which compares a document that it does not wait for, so its condition never "
                    "held. Written in Python it will: see that this is what you want."
                )
                self._say(Kind.LOOK, place, said)
        if "%%user" in str(condition):
            self._say(Kind.LOOK, place, "It asks for %%user, which nobody is here, so that part never holds.")

    def _note_unreached(self) -> None:
        by_trigger = {trigger.function for trigger in self._app.triggers}
        for trigger in self._app.triggers:
            function = self._app.functions.get(trigger.function)
            if function is not None and self.whole(function).sends:
                instead = "watch the collection in a cell (collection.watch())"
                if trigger.scheduled:
                    instead = "have cron run a notebook at its times (jupyter execute)"
                said = (
                    f"The trigger {trigger.name!r} texts, through {function.name!r}. Atlas still has triggers, but no "
                    f"Twilio service for them: {instead} and call service.send there."
                )
            else:
                said = f"The trigger {trigger.name!r}: it sends nothing; Atlas still has triggers."
            self._say(Kind.LEFT_OUT, trigger.place, said)
        for name, function in self._app.functions.items():
            if name not in self.functions and self._scanned:
                who = "only a trigger calls it" if name in by_trigger else "no webhook and no rule calls it"
                self._say(Kind.LEFT_OUT, function.place, f"The function {name!r}: {who}.")


def named(expression: Any) -> list[str]:
    """Return the names of functions that a condition calls."""
    found = []
    for key, value in _pairs(expression):
        if (
            key in ("%function", "$function")
            and isinstance(value, Mapping)
            and isinstance(value.get("name"), str)
        ):
            found.append(value["name"])
    return list(dict.fromkeys(found))


def _values(expression: Any) -> list[str]:
    prefix = "%%values."
    texts = [text for pair in _pairs(expression) for text in pair if isinstance(text, str)]
    texts += [
        one
        for _, value in _pairs(expression)
        if isinstance(value, list)
        for one in value
        if isinstance(one, str)
    ]
    return list(
        dict.fromkeys(one[len(prefix) :].partition(".")[0] for one in texts if one.startswith(prefix))
    )


def _pairs(expression: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(expression, Mapping):
        for key, value in expression.items():
            yield key, value
            yield from _pairs(value)
    elif isinstance(expression, list | tuple):
        for one in expression:
            yield from _pairs(one)


def _merge(into: Scan, other: Scan) -> None:
    into.sends += other.sends
    for namespace, methods in other.collections.items():
        mine = into.collections.setdefault(namespace, [])
        mine += [method for method in methods if method not in mine]
    for field in fields(Scan):
        mine, theirs = getattr(into, field.name), getattr(other, field.name)
        if isinstance(mine, list) and field.name != "notes":
            mine += [one for one in theirs if one not in mine]
