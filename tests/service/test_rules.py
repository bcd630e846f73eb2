"""The rules of a service as a person meets them, with a real store and Twilio's part played by the sandbox."""

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import twilio_nb
from twilio_nb.account import SandboxAccount
from twilio_nb.errors import ConfigurationError, RuleDenied, RuleNotFound
from twilio_nb.phones import Phone
from twilio_nb.receiving.host import Host
from twilio_nb.service import Service

STAFF, STRANGER = "+15558675309", "+15558675311"
Eventually = Callable[[Callable[[], bool]], None]


@pytest.fixture
def narrow(service: Service) -> Service:
    """A service that may text the staff only."""
    service.rules.add("staff", when={"to": {"$in": [STAFF, "+15558675310"]}})
    service.rules.remove("allow-send")
    return service


def asked(service: Service, number: str) -> list[str]:
    """What Twilio was asked to send to a number."""
    return [record["body"] for record in service.gateway.messages(to=number)]


def test_a_new_service_shows_its_one_rule_that_allows_everything(service: Service) -> None:
    assert repr(service.rules).splitlines() == [
        "rule        actions  when  meaning",
        "allow-send  send     {}    allows every text",
    ]
    assert "<table" in service.rules._repr_html_()


def test_a_rule_binds_at_once_and_only_what_it_names(narrow: Service) -> None:  # RUL-06, SND-07, SND-11
    assert narrow.send(STAFF, "Hello").status == "queued"

    with pytest.raises(RuleDenied, match=r"'staff' comes closest: %%args\.to is …5311"):
        narrow.send(STRANGER, "Hello, secret words")
    assert "Hello, secret words" not in asked(narrow, STRANGER)


def test_without_any_rule_nothing_leaves_until_one_allows(service: Service) -> None:  # RUL-02, C1
    said = service.rules.remove("allow-send")
    with pytest.raises(RuleDenied):
        service.send(STAFF, "Hello")

    service.rules.add("allow-send")
    assert "No rule is left" in repr(said)
    assert service.send(STAFF, "Hello").sid


def test_whoever_adds_a_condition_is_told_which_rule_makes_it_idle(service: Service) -> None:
    said = service.rules.add("staff", when={"to": STAFF})

    assert "'allow-send' still allows everything: service.rules.remove('allow-send')" in repr(said)


@pytest.mark.parametrize("name", ["to", "To"])
def test_a_document_is_normalised_before_the_rules_see_it(
    narrow: Service, name: str
) -> None:  # SND-03, C10, SND-01
    assert narrow.send({name: "+1 (555) 867-5309", "Body": "Hello"}).to == STAFF

    with pytest.raises(RuleDenied):
        narrow.send({name: STRANGER, "Body": "Hello"})


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({"to": STAFF, "To": STRANGER, "body": "x"}, "'To' stands twice"),
        ({"to": STAFF, "text": "x"}, "'text' does not belong"),
        ({"body": "x"}, "no recipient"),
    ],
)
def test_a_document_that_could_mean_two_things_is_refused(
    service: Service, document: dict[str, Any], says: str
) -> None:
    with pytest.raises(ConfigurationError, match=says):
        service.send(document)


def test_nothing_stands_beside_a_document(service: Service) -> None:
    with pytest.raises(ConfigurationError, match="takes no 'from_' beside it"):
        service.send({"to": STAFF, "body": "x"}, from_="+15558675310")


def test_a_function_of_the_notebook_decides_as_long_as_the_kernel_lives(service: Service) -> None:
    known = {STAFF}
    said = service.rules.add("allow-send", when=lambda send: send["to"] in known)

    assert "it is not stored" in repr(said)
    assert service.send(STAFF, "Hello").sid
    with pytest.raises(RuleDenied, match=r"<lambda>\(\) is false; expected: true"):
        service.send(STRANGER, "Hello")
    assert service.database.collection("rules").count_documents({}) == 0


def test_a_refusal_is_explained_rule_by_rule(narrow: Service) -> None:
    narrow.rules.add("by-night", when={"from": STAFF, "to": STAFF, "body": {"$ne": "STOP"}})
    narrow.rules.add("idle", actions=())

    explained = repr(narrow.rules.explain(STRANGER, "secret words"))

    sender = (narrow.definition.sender or "")[-4:]
    assert explained.splitlines() == [
        f"A text from …{sender} to …5311 is refused.",
        f"  ✗ 'by-night' does not allow it: %%args.from is …{sender}; expected: …5309; "
        "and %%args.to is …5311; expected: …5309.",
        "  ✗ 'staff' does not allow it: %%args.to is …5311; expected: one of …5309, …5310.",
        "  ! 'idle' covers nothing, as it names no action.",
    ]


def test_what_was_refused_as_a_document_is_explained_as_one(narrow: Service) -> None:  # SND-03
    refused = {"To": STRANGER, "Body": "Hello"}

    assert repr(narrow.rules.explain(refused)) == repr(narrow.rules.explain(STRANGER, "Hello"))


def test_a_rule_that_is_not_there_is_named_with_those_that_are(narrow: Service) -> None:
    assert narrow.rules["staff"].actions == ("send",)
    with pytest.raises(RuleNotFound, match="no rule 'stuff'; it has: staff"):
        narrow.rules["stuff"]


def test_what_is_allowed_is_explained_too_and_nothing_is_sent(narrow: Service) -> None:
    before = asked(narrow, STAFF)

    explained = repr(narrow.rules.explain(STAFF))

    assert (
        "is allowed.\n  ✓ 'staff' allows it: %%args.to is …5309; expected: one of …5309, …5310." in explained
    )
    assert asked(narrow, STAFF) == before


def test_a_rule_that_was_imported_with_a_fault_says_what_it_is(service: Service) -> None:
    service.database.collection("rules").insert_one(
        {
            "_id": f"{service.name}/old",
            "service": service.name,
            "name": "old",
            "actions": ["send"],
            "when": {"to": {"%regex": "x"}},
        }
    )

    assert "never allows anything. A condition holds the operator '%regex'" in repr(service.rules)
    assert len(service.rules) == 2
    assert service.rules["old"].when == {"to": {"%regex": "x"}}


def test_the_rules_shown_have_no_whole_numbers(narrow: Service) -> None:
    shown = repr(narrow.rules) + narrow.rules._repr_html_()

    assert STAFF not in shown
    assert "…5309" in shown


@pytest.mark.parametrize("given", [({"to": STAFF},), ("staff", {"to": STAFF}), ("staff", lambda send: True)])
def test_a_condition_in_the_wrong_place_is_refused(service: Service, given: Any) -> None:
    with pytest.raises(ConfigurationError, match="its condition is called when"):
        service.rules.add(*given)


@pytest.fixture
def narrowed(account: SandboxAccount) -> Iterator[SandboxAccount]:
    """The sandbox account, whose service may text the staff only."""
    rules = account.service.rules
    rules.add("staff", when={"to": STAFF})
    rules.remove("allow-send")
    yield account
    rules.add("allow-send")
    rules.remove("staff")
    host = Host.running()
    if host is not None:
        for handler in host.handlers():
            host.unregister(handler.service, handler.name)


@pytest.fixture
def stranger() -> str:
    """A number that no other test of the account has texted."""
    return f"+1555868{secrets.randbelow(10_000):04d}"


@pytest.fixture
def phone(account: SandboxAccount) -> Phone:
    return account.phone(f"+1555867{secrets.randbelow(10_000):04d}")


def test_a_handler_cannot_be_talked_into_texting_a_stranger(
    narrowed: SandboxAccount, phone: Phone, stranger: str
) -> None:  # RUL-13
    @narrowed.service.webhook("forward", respond_result=True)
    def forward(payload: dict[str, str], response: Any, context: Any) -> str:
        try:
            context.services.get(narrowed.name).send(to=payload["Body"], body="psst")
        except RuleDenied as error:
            return type(error).__name__
        return "sent"

    assert phone.text(stranger).replies == ["RuleDenied"]  # a reply is no send
    assert phone.text(STAFF).replies == ["sent"]
    assert asked(narrowed.service, stranger) == []


def test_a_handler_that_awaits_is_bound_as_well(
    narrowed: SandboxAccount, phone: Phone, stranger: str
) -> None:
    @narrowed.service.webhook("later", respond_result=True)
    async def later(payload: dict[str, str]) -> str:
        try:
            narrowed.service.send(payload["Body"], "psst")
        except RuleDenied as error:
            return type(error).__name__
        return "sent"

    assert phone.text(stranger).replies == ["RuleDenied"]
    assert asked(narrowed.service, stranger) == []


def test_a_rule_may_ask_for_the_webhook_that_sends(
    narrowed: SandboxAccount, phone: Phone, stranger: str
) -> None:
    rules = narrowed.service.rules
    rules.add(
        "staff",
        when={"%%request.action": "trusted", "%%request.requestHeaders.user-agent": "TwilioProxy/1.1"},
    )

    def send(payload: dict[str, str]) -> str:
        narrowed.service.send(payload["Body"], "psst")
        return "sent"

    narrowed.service.define(send, "trusted", respond_result=True)
    assert phone.text(stranger).replies == ["sent"]
    with pytest.raises(RuleDenied, match=r"%%request\.action is missing"):
        narrowed.service.send(stranger, "psst")


def test_a_service_opened_in_another_place_of_the_kernel_has_the_same_rules(service: Service) -> None:
    service.rules.add("allow-send", when=lambda send: send["to"] == STAFF)

    again = twilio_nb.connect(service.name)
    with pytest.raises(RuleDenied):
        again.send(STRANGER, "Hello")
    again.close()
