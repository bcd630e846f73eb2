"""The address of the page: offered where it can be public, said plainly where it cannot, taken once a person agrees."""

from dataclasses import replace

import pytest

from tests.notebook.widgets.config.conftest import Wait
from tests.notebook.widgets.pages import Page
from twilio_nb.account import SandboxAccount
from twilio_nb.notebook.widgets.config import Config
from twilio_nb.service import Service
from twilio_nb.storage.registry import Registry


@pytest.fixture(autouse=True)
def jupyter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the kernel be one of a Jupyter Server with our extension."""
    monkeypatch.setenv("TWILIO_NB_RUNTIME", "/nowhere")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://127.0.0.1:8888/lab", "this machine only"),
        ("http://192.168.0.7:8888/", "your own network"),
        ("http://hub.example.org/user/ann/", "it is http"),
    ],
)
def test_what_twilio_cannot_use_is_said_and_not_offered(empty_store: str, url: str, says: str) -> None:
    form = Config()
    page = Page(form.receiving.page)

    answer = page.ask("reached", url=url)

    assert says in answer["sentence"]
    assert "cannot use that" in answer["sentence"]
    assert answer["offer"] is False


def test_it_becomes_the_public_address_once_agreed_to(service: Service) -> None:
    form = service.config()
    page = Page(form.receiving.page)
    url = "https://ann:secret@hub.example.org/user/ann/?token=1"
    offered = page.ask("reached", url=url)
    assert offered["offer"] is True
    assert "hub.example.org/user/ann/" in offered["sentence"]
    assert "secret" not in offered["sentence"] + str(form.receiving.page.url)
    before = service.definition.public_url

    used = page.ask("use", url=url)

    assert (before, service.definition.public_url) == (None, "https://hub.example.org/user/ann/")
    assert used["sentence"] == ""
    assert form.receiving.public.value == "https://hub.example.org/user/ann/"
    assert form.receiving.address.value.startswith("https://hub.example.org/user/ann/twilio/service/")


def test_of_a_service_that_is_not_stored_yet_it_fills_the_field(empty_store: str) -> None:
    form = Config()
    page = Page(form.receiving.page)

    used = page.ask("use", url="https://hub.example.org/user/ann/")

    assert form.receiving.public.value == "https://hub.example.org/user/ann/"
    assert (used["sentence"], used["offer"]) == ("", False)


@pytest.mark.parametrize("url", [None, "", "file:///x", "javascript:alert(1)", "https://"])
def test_what_is_no_address_is_not_offered(empty_store: str, url: str | None) -> None:
    page = Page(Config().receiving.page)

    answer = page.ask("reached", url=url)

    assert (answer["sentence"], answer["offer"]) == ("", False)


def test_a_page_of_a_server_without_our_extension_is_not_offered(
    empty_store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TWILIO_NB_RUNTIME")
    form = Config()
    page = Page(form.receiving.page)

    answer = page.ask("reached", url="https://hub.example.org/user/ann/")

    assert answer["offer"] is False
    assert form.receiving.page_url is None


def test_once_the_worlds_address_is_known_nothing_is_offered_any_more(service: Service) -> None:
    service.redefine(replace(service.definition, public_url="https://tunnel.example.org/"))
    page = Page(service.config().receiving.page)

    answer = page.ask("reached", url="https://hub.example.org/user/ann/")

    assert (answer["sentence"], answer["offer"]) == ("", False)


def test_the_list_offers_it_too(service: Service, account: SandboxAccount, eventually: Wait) -> None:
    form = service.config()
    Page(form.receiving.page).ask("reached", url="http://127.0.0.1:9/user/ann/")
    form.checklist.check()
    eventually(lambda: any(one.remedy for one in form.checklist.findings))
    index, label = next(
        (n, one.remedy.label)
        for n, one in enumerate(form.checklist.findings)
        if one.remedy and "page" in one.remedy.label
    )

    Page(form.checklist).ask("mend", run=form.checklist._run, index=index)

    assert label == "Use this page's address"
    eventually(lambda: service.definition.public_url == "http://127.0.0.1:9/user/ann/")
    eventually(lambda: form.receiving.public.value == "http://127.0.0.1:9/user/ann/")
    assert Registry(service.database).service(service.name).public_url == "http://127.0.0.1:9/user/ann/"
