"""Files of the newest layout come back byte for byte, whatever stands in them."""

import contextlib
from typing import Any, Protocol, Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twilio_nb.domain.configuration import files
from twilio_nb.domain.configuration.rules import RuleConfiguration
from twilio_nb.domain.configuration.services import ServiceConfiguration
from twilio_nb.domain.configuration.webhooks import WebhookConfiguration
from twilio_nb.domain.definitions import RuleDefinition, WebhookDefinition
from twilio_nb.errors import ConfigurationError

SID = "AC" + "a1" * 16


class Configuration(Protocol):
    """What all of them can."""

    @classmethod
    def from_config(cls, document: dict[str, Any]) -> Self: ...

    def to_config(self) -> dict[str, Any]: ...


SERVICE = """{
    "name": "hotline",
    "type": "twilio",
    "config": {
        "sid": "AC00000000000000000000000000000000"
    },
    "secret_config": {
        "auth_token": "hotline_token"
    },
    "version": 1
}
"""
WEBHOOK = """{
    "name": "saveText",
    "run_as_authed_user": false,
    "run_as_user_id": "",
    "run_as_user_id_script_source": "exports = () => \\"5f0c7d1e2f8fb814b56fa181\\";",
    "can_evaluate": {
        "%%request.requestHeaders.X-Lang": "dé"
    },
    "options": {
        "httpMethod": "POST",
        "validationMethod": "NO_VALIDATION"
    },
    "respond_result": true,
    "disable_arg_logs": true,
    "fetch_custom_user_data": false,
    "create_user_on_auth": false
}
"""
ASKING = WEBHOOK.replace('"NO_VALIDATION"', '"SECRET_AS_QUERY_PARAM",\n        "secret_name": "voteKey"')
RULE = """{
    "name": "staff",
    "actions": [
        "send"
    ],
    "when": {
        "%%args.to": {
            "$in": [
                "+15558675309"
            ]
        }
    }
}
"""


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (ServiceConfiguration, SERVICE),
        (WebhookConfiguration, WEBHOOK),
        (WebhookConfiguration, ASKING),
        (RuleConfiguration, RULE),
    ],
)
@pytest.mark.parametrize("spoil", ["{}", "\ufeff{}"], ids=["as it is", "with a byte order mark and CRLF"])
def test_a_file_of_the_newest_layout_comes_back_byte_for_byte(
    kind: type[Configuration], text: str, spoil: str
) -> None:  # CFG-02, WHC-12
    came = spoil.format(text.replace("\n", "\r\n") if spoil != "{}" else text).encode()

    assert files.write(kind.from_config(files.read(came, "")).to_config()) == text


names = st.from_regex(r"[A-Za-z0-9_-]{1,31}", fullmatch=True)
leaves: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**31), 2**31 - 1),
    st.text(max_size=4),
    st.floats(allow_nan=False),
)
keys = st.sampled_from(["to", "%%args.from", "$in", "%exists", "%or", "%function", "name", "é", ""])
conditions = st.booleans() | st.dictionaries(
    keys,
    st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(keys, inner, max_size=2)
    ),
)
flags = st.none() | st.booleans()
texts = st.none() | st.text(max_size=5)

services = st.builds(
    ServiceConfiguration,
    names,
    st.none() | st.just(SID),
    st.none() | st.just("token") | st.just("other-token"),
)
webhooks = st.builds(
    WebhookConfiguration,
    names,
    st.booleans(),
    st.none() | conditions,
    flags,
    texts,
    texts,
    st.none()
    | st.just({})
    | st.just({"httpMethod": "POST"})
    | st.just({"validationMethod": "NO_VALIDATION"})
    | st.just({"validationMethod": "SECRET_AS_QUERY_PARAM"})
    | st.just({"validationMethod": "SECRET_AS_QUERY_PARAM", "secret_name": "voteKey"}),
    flags,
    flags,
    flags,
    flags,
)
rules = st.builds(
    RuleConfiguration, names, st.none() | st.lists(names, max_size=2).map(tuple), st.none() | conditions
)


@given(services | webhooks | rules)
def test_what_was_written_is_read_as_what_it_was(configuration: Configuration) -> None:
    text = files.write(configuration.to_config())

    read = type(configuration).from_config(files.read(text, ""))

    assert read == configuration
    assert files.write(read.to_config()) == text


@given(rules, webhooks)
def test_a_definition_keeps_what_has_a_meaning_here(
    rule: RuleConfiguration, webhook: WebhookConfiguration
) -> None:
    stored: RuleDefinition = rule.definition("hotline")
    answering: WebhookDefinition = webhook.definition("hotline")

    assert RuleConfiguration.of(stored).definition("hotline") == stored
    assert WebhookConfiguration.of(answering).definition("hotline") == answering


junk = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(keys | st.text(max_size=3), inner, max_size=3)
    ),
)
known = st.sampled_from(
    [
        "name",
        "type",
        "config",
        "secret_config",
        "actions",
        "when",
        "can_evaluate",
        "options",
        "run_as_user_id",
    ]
)


@given(
    st.sampled_from([ServiceConfiguration, WebhookConfiguration, RuleConfiguration]),
    st.dictionaries(known, junk),
)
def test_whatever_stands_in_a_file_it_is_read_or_refused_in_a_sentence(
    kind: type[Configuration], document: dict[str, Any]
) -> None:
    with contextlib.suppress(ConfigurationError):
        read = kind.from_config({"name": "one", **document})

        assert kind.from_config(read.to_config()) == read
