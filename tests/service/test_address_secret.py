"""A webhook that asks for a secret in its address, as a person has it: defined, shown, looked at, pointed to."""

import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import pytest

import twilio_nb
from tests import planted
from tests.numbers import number
from twilio_nb.account import SandboxAccount
from twilio_nb.errors import ConfigurationError, GatewayError, SecretNotFound, WebhookNotFound
from twilio_nb.notebook.display import Finding
from twilio_nb.notebook.widgets.webhooks import Webhooks
from twilio_nb.receiving.host import Host
from twilio_nb.service import Service
from twilio_nb.storage.registry import Registry

Keep = Callable[[str], None]

HUB = "https://hub.example.org/user/ann/"
PATH = "twilio/service/{name}/incoming_webhook/vote"


@pytest.fixture
def name() -> str:
    """The name of a secret of the test's own, of which nothing is kept yet."""
    return f"key-{secrets.token_hex(3)}"


@pytest.fixture
def keep(name: str, monkeypatch: pytest.MonkeyPatch) -> Keep:
    """Give the secret a value; from the environment, which is quicker than any other place."""
    variable = f"TWILIO_NB_SECRET_{name.upper().replace('-', '_')}"
    return lambda value: monkeypatch.setenv(variable, value)


@pytest.fixture
def public(service: Service, account: SandboxAccount) -> Iterator[Service]:
    """A service as at Twilio, with a public address; the account's numbers are its own again afterwards."""
    service.redefine(replace(service.definition, public_url=HUB))
    yield service
    account.service.point("inbox")


@pytest.fixture(autouse=True)
def no_handler_stays() -> Iterator[None]:
    yield
    host = Host.running()
    for handler in host.handlers() if host else []:
        host.unregister(handler.service, handler.name)  # type: ignore[union-attr]


def count(payload: dict[str, str], response: Any, context: Any) -> str:
    return f"counted {context.request.raw_query_string!r}"


def about(findings: list[Finding], words: str) -> Finding:
    [found] = [one for one in findings if words in one.sentence]
    return found


def called(service: Service) -> str:
    """What Twilio calls for texts to the service's sender."""
    client = service.gateway._client
    numbers = client.incoming_phone_numbers.list()
    return next(str(one.sms_url) for one in numbers if service.definition.sender in (None, one.phone_number))


def test_a_phone_is_answered_since_its_number_points_at_the_whole_address(
    account: SandboxAccount, name: str, keep: Keep
) -> None:  # VLD-01, WHC-12
    value = planted.token()
    keep(value)

    handle = account.service.define(count, "vote", respond_result=True, secret=name)

    assert account.phone().text("Tea").replies == ["counted ''"]
    assert called(account.service).endswith(f"/vote?secret={value}#rc=2&rp=ct,5xx")
    shown = "".join(map(repr, [handle, handle.address, account.service.webhooks(), handle._repr_html_()]))
    assert f"?secret=<{name}>#rc=2" in shown
    assert f"the value of the secret {name!r}" in repr(handle)
    assert planted.MARK not in shown + json.dumps(Webhooks([account.service])._seen(), default=str)


def test_a_simulated_account_has_a_secret_of_its_own_making_where_none_is_kept(
    account: SandboxAccount, name: str
) -> None:  # WHC-14
    handle = account.service.define(count, "vote", respond_result=True, secret=name)

    assert f"No secret {name!r} is kept, so the simulated account has made one up" in repr(handle)
    assert account.phone().text("Tea").replies == ["counted ''"]
    made = called(account.service).partition("?secret=")[2].partition("#")[0]
    account.service.define(count, "vote", respond_result=True, secret=name)
    assert len(made) == 64
    assert made in called(account.service)


def test_the_list_of_secrets_says_what_a_simulated_account_uses(
    account: SandboxAccount, name: str
) -> None:  # SEC-04
    twilio_nb.secrets.set(name, planted.token())
    handle = account.service.define(count, "vote", respond_result=True, secret=name)
    assert "made one up" not in repr(handle)

    [listed] = [line for line in repr(twilio_nb.secrets).splitlines() if line.startswith(name)]

    assert f"the address of '{account.service.name}/vote'" in listed
    assert f"the service {account.service.name!r}" not in repr(twilio_nb.secrets)
    assert f"twilio_nb.secrets.set({name!r}) keeps another" in repr(twilio_nb.secrets.delete(name))


def test_a_phone_gets_nothing_at_an_address_without_the_secret(
    account: SandboxAccount, name: str
) -> None:  # VLD-01
    account.service.define(count, "vote", respond_result=True, secret=name)
    bare = called(account.service).partition("?")[0]
    for one in account.service.gateway.numbers():
        account.service.gateway.update_number(one["sid"], sms_url=bare)
    phone = account.phone(number())

    assert phone.text("Tea").replies == []
    assert len(account.service.texts(with_=phone.number)) == 0
    account.service.point("vote")
    assert phone.text("Tea").replies == ["counted ''"]


def test_a_webhook_whose_secret_is_kept_nowhere_is_not_defined(service: Service, name: str) -> None:  # WHC-12
    with pytest.raises(SecretNotFound, match=rf"twilio_nb\.secrets\.set\('{name}'\)"):
        service.define(count, "vote", secret=name)

    with pytest.raises(WebhookNotFound):
        service.pause("vote")


def test_no_address_gives_an_auth_token_away(service: Service, account: SandboxAccount) -> None:  # WHC-12
    for one in (service, account.service):
        with pytest.raises(ConfigurationError, match="is the auth token of"):
            one.define(count, "vote", secret=one.definition.secret)
    other = replace(service.definition, name="other", secret="otherToken")
    Registry(service.database).save_service(other)
    with pytest.raises(ConfigurationError, match="is the auth token of 'other'"):
        service.define(count, "vote", secret="otherToken")
    # TWILIO_NB_SECRET_OTHERTOKEN would be found for either.
    with pytest.raises(
        ConfigurationError, match=r"the same variable .* as 'otherToken', the auth token of 'other'"
    ):
        service.define(count, "vote", secret="othertoken")
    with pytest.raises(ConfigurationError, match="the same variable"):
        account.service.define(count, "vote", secret=account.service.definition.secret.swapcase())


def test_a_check_says_that_an_address_gives_the_token_of_a_later_service_away(
    public: Service, name: str, keep: Keep
) -> None:  # WHC-12
    keep(planted.token())
    public.define(count, "vote", secret=name)
    later = replace(public.definition, name=f"{public.name}-later", secret=name)
    Registry(public.database).save_service(later)

    finding = about(public.check(), "The address of 'vote' must not be entered at Twilio")

    assert finding.state == "problem"
    assert f"is the auth token of '{later.name}'" in finding.sentence


def test_a_check_says_which_secret_is_missing_and_how_it_is_kept(
    public: Service, name: str
) -> None:  # WHC-12
    twilio_nb.secrets.set(name, planted.token())
    public.define(count, "vote", secret=name)
    assert (
        f"/vote?secret=<{name}>#rc=2&rp=ct,5xx At Twilio the value"
        in about(public.check(), "to be configured").sentence
    )
    twilio_nb.secrets.delete(name)

    finding = about(public.check(), "Texts to 'vote' are refused")

    assert finding.state == "problem"
    assert f"twilio_nb.secrets.set({name!r})" in finding.sentence
    point_it_here = about(public.check(), "go elsewhere").remedy
    assert point_it_here is not None
    with pytest.raises(SecretNotFound):
        point_it_here.mend()


def test_the_whole_address_is_entered_at_twilio_and_never_shown(
    public: Service, name: str, keep: Keep
) -> None:  # WHC-12
    value = planted.token() + "&+ é"
    keep(value)
    public.define(count, "vote", secret=name)

    finding = about(public.check(), "go elsewhere")
    assert finding.remedy is not None
    assert f"call {HUB}{PATH.format(name=public.name)}?secret=<{name}>" in finding.remedy.change
    finding.remedy.mend()

    written = value.replace("&", "%26").replace("+", "%2B").replace(" ", "%20").replace("é", "%C3%A9")
    assert called(public) == f"{HUB}{PATH.format(name=public.name)}?secret={written}#rc=2&rp=ct,5xx"
    assert about(public.check(), "come here, to 'vote', as is set").state == "ok"
    assert planted.MARK not in repr(public.check()) + repr(public.whole_address("vote"))


@pytest.mark.parametrize(("query", "why"), [("", "no value"), ("?secret=other", "another value")])
def test_an_address_without_the_right_secret_is_a_problem_that_can_be_mended(
    public: Service, name: str, keep: Keep, query: str, why: str
) -> None:  # WHC-12
    value = planted.token()
    keep(value)
    public.define(count, "vote", secret=name)
    for one in public.gateway.numbers():
        public.gateway.update_number(one["sid"], sms_url=f"{HUB}{PATH.format(name=public.name)}{query}#rc=2")

    finding = about(public.check(), f"with {why} of the secret {name!r} in the address, so they are refused")

    assert finding.state == "problem"
    assert "=other" not in finding.sentence
    assert finding.remedy is not None
    finding.remedy.mend()
    assert f"/vote?secret={value}#" in called(public)


def test_while_it_is_rotated_the_next_value_is_entered(public: Service, name: str) -> None:  # VLD-01
    old, new = planted.token(), planted.token()
    twilio_nb.secrets.set(name, old)
    public.define(count, "vote", secret=name)
    about(public.check(), "go elsewhere").remedy.mend()  # type: ignore[union-attr]
    assert old in called(public)

    twilio_nb.secrets.set(name, new, next=True)

    finding = about(public.check(), "that is being replaced")
    assert finding.state == "warning"
    finding.remedy.mend()  # type: ignore[union-attr]
    assert new in called(public)
    assert about(public.check(), "come here").state == "ok"


def test_a_new_value_holds_at_once_for_the_phone_too(account: SandboxAccount, name: str) -> None:  # VLD-01
    account.service.define(count, "vote", respond_result=True, secret=name)
    value = planted.token()

    twilio_nb.secrets.set(name, value)

    assert value in called(account.service)
    assert account.phone().text("Tea").replies == ["counted ''"]


def test_a_secret_that_gets_another_name_keeps_its_webhook(service: Service, name: str) -> None:  # WHC-12
    twilio_nb.secrets.set(name, planted.token())
    service.define(count, "vote", secret=name)
    assert f"the address of '{service.name}/vote'" in repr(twilio_nb.secrets)

    twilio_nb.secrets.rename(name, f"{name}-b")

    assert service._secret_of("vote") == f"{name}-b"
    assert service.uses(f"{name}-b")
    Registry(service.database).rename_secret(f"{name}-b", "elsewhere")  # as another notebook does
    assert "elsewhere" in [row["secret"] for row in service.webhooks().rows]
    Registry(service.database).rename_secret("elsewhere", f"{name}-b")
    said = repr(twilio_nb.secrets.delete(f"{name}-b"))
    assert f"It is still asked for by the address of '{service.name}/vote'" in said


@pytest.mark.parametrize("quote", [str, unquote])
def test_what_twilio_says_of_the_address_does_not_show_the_secret(
    public: Service, name: str, keep: Keep, monkeypatch: pytest.MonkeyPatch, quote: Callable[[str], str]
) -> None:  # WHC-12
    keep(planted.token() + "/+")
    public.define(count, "vote", secret=name)
    remedy = about(public.check(), "go elsewhere").remedy
    assert remedy is not None

    def refuse(sid: str, *, sms_url: str, **_: Any) -> None:
        raise GatewayError(f"Twilio refused: {quote(sms_url)} is not valid", status=400, code=21402)

    # The simulated Twilio takes every such address.
    monkeypatch.setattr(public.gateway, "update_number", refuse)

    with pytest.raises(GatewayError, match="secret=…#") as caught:
        remedy.mend()
    assert planted.MARK not in repr(caught.value)
    assert caught.value.__context__ is None
    # As %xmode Verbose shows them.
    assert planted.MARK not in repr([entry.frame.f_locals for entry in caught.traceback[1:]])


def test_a_twilio_that_is_away_shows_no_address_in_a_traceback(
    public: Service, name: str, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:  # WHC-12
    keep(planted.token())
    public.define(count, "vote", secret=name)
    remedy = about(public.check(), "go elsewhere").remedy
    assert remedy is not None

    def be_away(sid: str, *, sms_url: str, **_: Any) -> None:
        raise GatewayError("Twilio could not be reached.", unknown=True)

    monkeypatch.setattr(public.gateway, "update_number", be_away)

    with pytest.raises(GatewayError, match="could not be reached") as caught:
        remedy.mend()
    assert caught.value.unknown
    assert planted.MARK not in repr([entry.frame.f_locals for entry in caught.traceback[1:]])


def test_a_simulated_account_that_is_away_shows_no_address_in_a_traceback(
    account: SandboxAccount, name: str, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:  # WHC-12
    keep(planted.token())
    account.service.define(count, "vote", secret=name)

    def be_away(sid: str, *, sms_url: str) -> None:
        raise GatewayError("Twilio could not be reached.", unknown=True)

    monkeypatch.setattr(account.service.gateway, "update_number", be_away)

    with pytest.raises(GatewayError, match="could not be reached") as caught:
        account.service.point("vote")
    assert planted.MARK not in repr([entry.frame.f_locals for entry in caught.traceback[1:]])
