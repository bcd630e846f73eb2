"""What a handler's outcome becomes: the answer to Twilio, and the replies as they are stored."""

from dataclasses import dataclass
from functools import partial

from twilio_nb.domain.definitions import WebhookDefinition
from twilio_nb.domain.messages import Document, HandlingState
from twilio_nb.domain.twiml import Reply, parse, render
from twilio_nb.receiving.address import status_callback
from twilio_nb.receiving.exchange import NOTHING, Answer
from twilio_nb.receiving.protocol import WireOutcome

ANSWER_LIMIT = 64_000
"""Bytes that Twilio takes in one answer; a longer one is refused whole (error 11750)."""


@dataclass(frozen=True)
class Composed:
    """An outcome, ready to be stored and answered.

    Attributes
    ----------
    state : str
        ``answered``, ``failed``, ``refused``, or ``pending`` again.
    answer : Answer
        What Twilio is told.
    replies : list of dict
        The messages in it, as ``handling.replies`` holds them.
    error : str or None
        Why it failed.
    warnings : list of str
        What a person should know, in sentences.
    """

    state: str
    answer: Answer
    replies: list[Document]
    error: str | None
    warnings: list[str]


def compose(outcome: WireOutcome, webhook: WebhookDefinition, *, base: str, sid: str) -> Composed:
    """Turn a handler's outcome into the answer to Twilio.

    Parameters
    ----------
    outcome : WireOutcome
        How the handler ended.
    webhook : WebhookDefinition
        The webhook it is for.
    base : str
        The base address that the text was signed for, where Twilio reports on the replies.
    sid : str
        The text's SID.

    Returns
    -------
    Composed
        A handler that failed answers nothing, with the status that its webhook asks for: its error is for the log,
        never for the sender. Nor does one that was not run, because the condition did not hold, or because it had
        just been taken out of service: then its text is pending again.
    """
    warnings = list(outcome["warnings"])
    if not outcome["ok"] and outcome["error"] is None:
        return Composed(HandlingState.PENDING, NOTHING, [], None, warnings)
    failed = partial(Composed, HandlingState.FAILED, Answer(webhook.on_error), [], warnings=warnings)
    if outcome["refused"]:
        return Composed(HandlingState.REFUSED, NOTHING, [], outcome["error"], warnings)
    if not outcome["ok"]:
        return failed(outcome["error"])
    if not webhook.respond_result:
        return Composed(HandlingState.ANSWERED, NOTHING, [], None, warnings)
    replies = [Reply(reply["body"], tuple(reply["media"])) for reply in outcome["replies"]]
    if outcome["twiml"] is None:
        callbacks = [status_callback(base, webhook.service, sid, n) for n in range(len(replies))]
        kept = len(replies)
        while len((twiml := render(replies[:kept], callbacks)).encode()) > ANSWER_LIMIT:
            kept -= 1
        if kept < len(replies):
            warnings.append(
                f"Twilio takes {ANSWER_LIMIT // 1000} KB in one answer: {kept} of {len(replies)} messages "
                "were sent."
            )
            replies = replies[:kept]
    elif error := _objection(twiml := outcome["twiml"]):
        return failed(error)
    stored = [
        {"n": n, "body": reply.body, "media": list(reply.media), "sid": None, "status": None}
        for n, reply in enumerate(replies)
    ]
    answer = Answer(outcome["status_code"], twiml)
    return Composed(HandlingState.ANSWERED, answer, stored, None, warnings)


def _objection(twiml: str) -> str | None:
    """Why a handler's own TwiML cannot be answered: Twilio would report it, and text nothing."""
    if len(twiml.encode("utf-8", "replace")) > ANSWER_LIMIT:
        return f"HandlerError: The TwiML has more than the {ANSWER_LIMIT // 1000} KB that Twilio takes."
    try:
        parse(twiml)
    except ValueError as error:
        return f"HandlerError: {error}"
    return None
