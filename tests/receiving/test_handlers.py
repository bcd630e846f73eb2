"""Functions as handlers: what they are given, what becomes of their errors, running one by hand."""

import asyncio
import functools
import time
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from twilio_nb.errors import ConfigurationError, HandlerError
from twilio_nb.receiving.context import Context
from twilio_nb.receiving.handlers import Handler
from twilio_nb.receiving.lanes import start
from twilio_nb.receiving.outcomes import Outcome
from twilio_nb.receiving.response import Response
from twilio_nb.receiving.runs import Text

SAMPLE = (
    ("From", "+15558675309"),
    ("To", "+18057166646"),
    ("Body", "Hello! How are you?"),
    ("NumMedia", "0"),
    ("Body", "another"),
)


def handler(function: Callable[..., Any], **options: Any) -> Handler:
    return Handler(function, "s", "w", **({"respond_result": True} | options))


def run(
    function: Callable[..., Any], payload: tuple[tuple[str, str], ...] = SAMPLE, **options: Any
) -> Outcome:
    return start(handler(function, **options), Text(payload)).result(10)


def body(outcome: Outcome) -> str:
    assert outcome.error is None
    (reply,) = outcome.replies
    return reply.body


def test_a_handler_is_called_with_as_many_arguments_as_it_takes() -> None:  # WHP-07
    seen: list[tuple[Any, ...]] = []

    def one(message: Any) -> None:
        seen.append((message,))

    def two(anything: Any, goes: Any) -> None:
        seen.append((anything, goes))

    def three(payload: Any, response: Any, context: Any) -> None:
        seen.append((payload, response, context))

    def any_number(*arguments: Any) -> None:
        seen.append(arguments)

    async def asynchronous(payload: Any, response: Any = None) -> None:
        seen.append((payload, response))

    for function in (one, two, three, any_number, asynchronous, functools.partial(three, context=None)):
        assert run(function).ok, function

    assert [[type(argument) for argument in arguments] for arguments in seen[:5]] == [
        [dict],
        [dict, Response],
        [dict, Response, Context],
        [dict, Response, Context],
        [dict, Response],
    ]


def test_the_payload_is_a_fresh_dict_of_strings_in_which_the_first_of_a_name_counts() -> (
    None
):  # WHP-01, WHP-09
    payloads: list[dict[str, str]] = []

    def keep(payload: dict[str, str]) -> None:
        payload["_id"] = "changed"
        payloads.append(payload)

    run(keep)
    run(keep)

    assert payloads[0] is not payloads[1]
    assert payloads[0] == {
        "From": "+15558675309",
        "To": "+18057166646",
        "Body": "Hello! How are you?",
        "NumMedia": "0",
        "_id": "changed",
    }


def no_parameters() -> None: ...


def four(a: Any, b: Any, c: Any, d: Any) -> None: ...


def keyword_only(payload: Any, *, model: Any) -> None: ...


def generator(payload: Any) -> Iterator[str]:
    yield "never"


async def async_generator(payload: Any) -> AsyncIterator[str]:
    yield "never"


@pytest.mark.parametrize(
    ("function", "advice"),
    [
        (no_parameters, r"no_parameters\(\).* cannot be a handler.*payload, response, context"),
        (four, "one to three positional"),
        (keyword_only, "one to three positional"),
        (generator, "use return"),
        (async_generator, "use return"),
        ("text", "An object of type str cannot answer texts"),
    ],
)
def test_a_function_that_cannot_answer_is_refused_when_it_is_defined(function: Any, advice: str) -> None:
    with pytest.raises(HandlerError, match=advice):
        handler(function)


@pytest.mark.parametrize(
    "options",
    [
        *({"concurrency": 0}, {"concurrency": "2"}),
        *({"timeout": 0}, {"timeout": 15}, {"timeout": float("nan")}, {"timeout": "5"}),
        *({"on_error": 404}, {"respond_result": "no"}, {"disable_arg_logs": None}),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        handler(lambda payload: None, **options)


def test_objects_and_lambdas_can_be_handlers() -> None:
    class Answering:
        async def __call__(self, payload: dict[str, str]) -> str:
            await asyncio.sleep(0)
            return payload["Body"]

    assert body(run(Answering())) == "Hello! How are you?"
    assert body(run(lambda p: p["To"])) == "+18057166646"


def test_an_error_is_shown_with_the_users_lines_only_and_nothing_is_texted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def parse(text: str) -> int:
        return int(text)

    def failing(payload: dict[str, str], response: Response) -> None:
        response.set_body("said before")
        parse(payload["Body"])

    outcome = run(failing)
    shown = capsys.readouterr().err

    assert not outcome.ok
    assert outcome.replies == ()
    assert shown.startswith("failing failed; nothing was texted back.\nTraceback (most recent call last):\n")
    assert ", in failing\n" in shown
    assert ", in parse\n    return int(text)\n" in shown
    assert "twilio_nb/receiving" not in shown
    assert shown.endswith("ValueError: invalid literal for int() with base 10: 'Hello! How are you?'\n")


def test_the_error_for_the_log_holds_neither_the_texters_words_nor_numbers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def failing(payload: dict[str, str]) -> None:
        message = f"no room for {payload['From']}: {payload['Body']}\nsecond line"
        raise LookupError(message)

    error = run(failing, (("From", "+15558675309"), ("Body", "PIN 7 secret"))).error

    assert error is not None
    assert error.startswith("LookupError: no room for ")
    assert not any(word in error for word in ("555867", "PIN 7", "secret", "second"))
    assert f"in {__file__}" not in error
    assert f"of {__file__})" in error
    assert "secret" in capsys.readouterr().err


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), asyncio.CancelledError()])
def test_nothing_that_a_handler_raises_ends_more_than_its_own_run(error: BaseException) -> None:
    def failing(payload: Any) -> None:
        raise error

    async def failing_async(payload: Any) -> None:
        raise error

    async def answering(payload: Any) -> str:
        return "still here"

    for function in (failing, failing_async):
        outcome = run(function)
        assert not outcome.ok
        assert (outcome.error or "").startswith(type(error).__name__)
    assert body(run(answering)) == "still here"


def test_a_coroutine_that_is_not_awaited_is_noticed_at_every_call(
    capsys: pytest.CaptureFixture[str],
) -> None:  # CTX-09
    async def save(text: str) -> None: ...

    async def forgetful(payload: dict[str, str]) -> str:
        save(payload["Body"])  # type: ignore[unused-coroutine]
        return "Saved"

    def no_way_to_await(payload: dict[str, str]) -> str:
        kept = save(payload["Body"])
        return "Saved" if kept else ""

    line = forgetful.__code__.co_firstlineno + 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as many a notebook does in its first cell
        for _ in range(2):
            outcome = run(forgetful)
            assert body(outcome) == "Saved"
            assert outcome.warnings == (
                f"save(…) in line {line} of {__file__} was not awaited, so it never ran: "
                "write `await` before it.",
            )
        assert "define the handler with `async def`" in run(no_way_to_await).warnings[0]

    assert capsys.readouterr().err.count("was not awaited, so it never ran") == 3


def test_a_coroutine_lost_on_the_way_to_an_error_is_noticed_too() -> None:
    async def save() -> None: ...

    async def failing(payload: Any) -> None:
        kept = save()
        message = f"{kept is not None}"
        raise ValueError(message)

    outcome = run(failing)

    assert not outcome.ok
    assert "save(…)" in outcome.warnings[0]


def test_a_warning_of_the_user_stays_a_warning() -> None:
    with pytest.warns(UserWarning, match="mine"):
        start(handler(lambda payload: warnings.warn("mine", stacklevel=1)), Text(SAMPLE)).result(10)


def test_a_handler_can_be_run_by_hand_on_fields_by_twilios_names(
    capsys: pytest.CaptureFixture[str],
) -> None:  # CTX-13
    def answering(payload: dict[str, str]) -> str:
        print("printed")  # noqa: T201
        return f"{payload['From']} said {payload['Body']}, {payload['NumMedia']} pictures"

    result = handler(answering).test(Body="hi", From="+15558675310")

    assert [reply.body for reply in result.replies] == ["+15558675310 said hi, 0 pictures"]
    assert (result.status_code, result.error, result.warnings) == (200, None, ())
    assert capsys.readouterr().out == "printed\n"
    assert repr(result).startswith("reply: +15558675310 said hi, 0 pictures\ntook: ")


def test_who_tries_a_handler_sees_its_error_whole() -> None:
    result = handler(lambda payload: int(payload["Body"])).test(Body="twelve", From="+15558675309")

    assert "ValueError: invalid literal for int() with base 10: 'twelve'" in (result.error or "")


def test_a_result_shows_a_hostile_reply_as_text() -> None:
    result = handler(lambda payload: payload["Body"]).test(Body="<img src=x onerror=alert(1)>\x1b[2J")

    assert "&lt;img src=x onerror=alert(1)&gt;" in result._repr_html_()
    assert "<img" not in result._repr_html_()
    assert "\x1b" not in repr(result)


def test_a_result_says_why_there_is_no_reply_and_what_went_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    async def slow(payload: Any) -> str:
        await asyncio.sleep(0.05)
        return "late"

    assert "--respond-result" in handler(slow, respond_result=False).test().note
    assert "by REST" in handler(slow, timeout=0.01).test().note
    assert "error: ZeroDivisionError" in repr(handler(lambda payload: 1 / 0).test())


def test_each_run_of_a_def_handler_has_a_thread_of_its_own() -> None:
    began = time.monotonic()
    runs = [start(handler(lambda payload: time.sleep(0.2)), Text(SAMPLE)) for _ in range(5)]

    assert all(running.result(5).ok for running in runs)
    assert time.monotonic() - began < 0.9
