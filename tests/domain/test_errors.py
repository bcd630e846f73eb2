"""Errors under the names that App Services had for them."""

import pytest

from twilio_nb import errors
from twilio_nb.errors import GatewayError, TwilioNBError, code_of

CODES = {
    "ConfigurationError": "InvalidParameter",
    "FunctionNotFound": "FunctionNotFound",
    "GatewayError": "TwilioError",
    "HandlerError": "FunctionExecutionError",
    "HandlerTimeout": "ExecutionTimeLimitExceeded",
    "InvalidAddress": "InvalidParameter",
    "InvalidMessage": "InvalidParameter",
    "RuleDenied": "NoMatchingRuleFound",
    "RuleNotFound": "RuleNotFound",
    "SecretNotFound": "SecretNotFound",
    "SecretRefused": "IncomingWebhookAuthFailed",
    "ServiceAlreadyExists": "ServiceAlreadyExists",
    "ServiceNotFound": "ServiceNotFound",
    "SignatureError": "IncomingWebhookAuthFailed",
    "StorageError": "MongoDBError",
    "StoreUnavailable": "MongoDBError",
    "TwilioNBError": "InternalServerError",
    "ValueNotFound": "ValueNotFound",
    "WebhookNotFound": "IncomingWebhookNotFound",
}


def test_every_error_has_a_code() -> None:  # CFG-20
    found = {
        name: kind.error_code
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, TwilioNBError)
    }

    assert found == CODES


@pytest.mark.parametrize("kind", [*CODES, "KeyError", "WriteError"])
def test_the_code_of_an_error_is_told_by_its_class_alone(kind: str) -> None:  # LOG-02
    assert code_of(kind) == CODES.get(kind, "FunctionExecutionError")


def test_no_other_name_of_the_module_is_taken_for_an_error() -> None:
    assert code_of("code_of") == code_of("ClassVar") == "FunctionExecutionError"


def test_what_twilio_refused_tells_its_code_and_status_too() -> None:  # SND-06
    error = GatewayError("Twilio refused.", status=400, code=21211)

    assert (error.error_code, error.code, error.status) == ("TwilioError", 21211, 400)
