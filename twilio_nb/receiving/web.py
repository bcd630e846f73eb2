"""HTTP for the receiver: limits, routes and error answers.

The limits stand here as well as in Jupyter's public handler, because a tunnel reaches the receiver
directly. No answer but TwiML has a 2xx status, and errors are JSON: Twilio would text a plain one.
"""

import asyncio
import json
import logging
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, Router
from starlette.types import Receive, Scope, Send

from twilio_nb.errors import (
    ConfigurationError,
    InvalidMessage,
    SecretRefused,
    SignatureError,
    StorageError,
    TwilioNBError,
    WebhookNotFound,
)
from twilio_nb.receiving.address import PAGES_MOUNT, PUBLIC_MOUNT
from twilio_nb.receiving.exchange import BODY_LIMIT, BODY_SECONDS, REMOTE_HEADER, Arrival
from twilio_nb.receiving.intake import Intake
from twilio_nb.receiving.tracebacks import frames

_MOST_PARAMETERS = 1000
_METHODS = ("GET", "POST")
_FORM = "application/x-www-form-urlencoded"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
# Status and code by error, the code in the words of the retired service. What the error says is for the log:
# a caller whose signature was not right learns nothing.
_NO_WEBHOOK = (404, WebhookNotFound.error_code, "There is no such webhook.")
_NOTHING_HERE = (404, "NotFound", "There is nothing here.")
_FAILURE = (500, TwilioNBError.error_code, "The receiver failed; its log says how.")
_REFUSALS: dict[type[TwilioNBError], tuple[int, str, str]] = {
    WebhookNotFound: _NO_WEBHOOK,
    SecretRefused: (403, SecretRefused.error_code, "Its address does not hold the webhook's secret."),
    SignatureError: (403, SignatureError.error_code, "It is not signed by Twilio for this address."),
    InvalidMessage: (400, InvalidMessage.error_code, "The form is no text message and no status callback."),
    ConfigurationError: (503, "SignatureUncheckable", "The signature cannot be checked; the log says why."),
    StorageError: (503, StorageError.error_code, "The store is away; send the request again."),
    TwilioNBError: _FAILURE,
}

logger = logging.getLogger(__name__)


class _Refused(Exception):
    """A request outside of the limits."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.response = refusal(status, code, message)


class Endpoint:
    """One of the two paths, as an ASGI application, which leaves no method to anybody else.

    Parameters
    ----------
    intake : Intake
        Where what is within the limits goes.
    mount : str
        What stands before the path in the address that is signed.
    """

    def __init__(self, intake: Intake, mount: str) -> None:
        self._intake = intake
        self._mount = mount

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            response = await self._respond(Request(scope, receive))
        except _Refused as error:
            response = error.response
        except TwilioNBError as error:
            answer = next(answer for kind, answer in _REFUSALS.items() if isinstance(error, kind))
            response = refusal(
                *answer, is_read=True
            )  # whom a flood comes through opens no connection for each
        except ClientDisconnect:
            return
        except Exception as error:  # its own text may hold the form
            logger.error("The receiver failed over a request for %s: %s", self._mount, frames(error))
            response = refusal(*_FAILURE)
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        arrival = await self._arrival(request)
        if arrival.webhook is None:
            await self._intake.status(arrival)
            return Response(status_code=204)
        answer = await self._intake.text(arrival)
        return Response(answer.twiml, answer.status, media_type="text/xml")

    async def _arrival(self, request: Request) -> Arrival:
        began, time = asyncio.get_running_loop().time(), datetime.now(UTC)
        if request.method not in _METHODS:
            raise _Refused(405, "MethodNotAllowed", "Only GET and POST are taken.")
        # A path that is written in another way is another path: the signature is over the plain one.
        if request.scope.get("raw_path") != request.scope["path"].encode():
            raise _Refused(*_NO_WEBHOOK)
        if not all(_NAME.fullmatch(name) for name in request.path_params.values()):
            raise _Refused(*_NO_WEBHOOK)
        raw_query: bytes = request.scope["query_string"]
        body = await _body(request)
        if len(raw_query) > BODY_LIMIT:
            raise _Refused(413, "RequestTooLarge", "The query has more than 64 KiB.")
        query = raw_query.decode("utf-8", "replace")
        text = query
        if request.method == "POST":
            if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
                raise _Refused(400, InvalidMessage.error_code, f"Only {_FORM} is taken.")
            text = body.decode("utf-8", "replace")
        elif body:
            raise _Refused(
                400, InvalidMessage.error_code, "A GET has no body."
            )  # no signature would cover it
        return Arrival(
            service=request.path_params["service"],
            webhook=request.path_params.get("webhook"),
            mount=self._mount,
            method=request.method,
            form=tuple(_parameters(text)),
            query=query,
            headers=request.headers,
            remote=request.headers.get(REMOTE_HEADER) or (request.client.host if request.client else ""),
            time=time,
            began=began,
        )


def webhook_application(intake: Intake) -> Router:
    """Make the application of the webhooks socket: the two public paths and nothing else.

    Parameters
    ----------
    intake : Intake
        Where requests go.

    Returns
    -------
    Router
        A router alone: all that the middleware of an application would do for these two is done by `Endpoint`.
    """
    return Router(_routes(intake, "/twilio", PUBLIC_MOUNT), redirect_slashes=False, default=_nothing_here)


def pages_application(intake: Intake, page: Callable[[Request], Awaitable[Response]]) -> Starlette:
    """Make the application of the pages socket, which jupyter-server-proxy opens to a Jupyter login.

    That proxy checks neither origin nor token of a form, so nothing here changes anything without
    Twilio's signature.

    Parameters
    ----------
    intake : Intake
        Where requests for webhooks go.
    page : callable
        Answers a GET of ``/``, which people look at.

    Returns
    -------
    Starlette
        The ASGI application.
    """

    async def shown(request: Request) -> Response:
        try:
            return await page(request)
        except Exception as error:  # which uvicorn would log with its own text
            logger.error("The receiver's page failed: %s", frames(error))
            return refusal(*_FAILURE)

    return _application([Route("/", shown, methods=["GET"]), *_routes(intake, "", PAGES_MOUNT)])


def refusal(status: int, code: str, message: str, *, is_read: bool = False) -> Response:
    """Make the answer to a request that is not taken.

    Parameters
    ----------
    status : int
        HTTP status, 400 or more.
    code : str
        A word for programs.
    message : str
        A sentence for people; tells no internals.
    is_read : bool, optional
        Whether the body was read; if not, the connection is closed.

    Returns
    -------
    Response
        JSON, as the retired service answered.
    """
    headers = {} if is_read else {"Connection": "close"}
    if status == 405:
        headers["Allow"] = ", ".join(_METHODS)
    content = json.dumps({"error": message, "error_code": code})
    return Response(content, status, headers, "application/json")


async def _body(request: Request) -> bytes:
    declared = request.headers.get("content-length", "0")
    if not (declared.isascii() and declared.isdigit()):
        raise _Refused(400, InvalidMessage.error_code, "The Content-Length is no number.")
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            if int(declared) <= BODY_LIMIT:
                async for chunk in request.stream():
                    body += chunk
                    if len(body) > BODY_LIMIT:
                        break
    except TimeoutError:
        raise _Refused(408, "RequestTimeout", "The body did not come within 10 s.") from None
    if max(len(body), int(declared)) > BODY_LIMIT:
        raise _Refused(413, "RequestTooLarge", "The body has more than 64 KiB.")
    return bytes(body)


def _parameters(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
    except ValueError:
        raise _Refused(400, InvalidMessage.error_code, f"More than {_MOST_PARAMETERS} parameters.") from None


def _routes(intake: Intake, prefix: str, mount: str) -> list[BaseRoute]:
    endpoint = Endpoint(intake, mount)
    return [
        Route(prefix + "/service/{service}/incoming_webhook/{webhook}", endpoint),
        Route(prefix + "/service/{service}/status", endpoint),
    ]


async def _nothing_here(scope: Scope, receive: Receive, send: Send) -> None:
    await refusal(*_NOTHING_HERE)(scope, receive, send)


def _application(routes: list[BaseRoute]) -> Starlette:
    async def not_found(request: Request, error: Exception) -> Response:
        return refusal(*_NOTHING_HERE)

    async def not_allowed(request: Request, error: Exception) -> Response:
        return refusal(405, "MethodNotAllowed", "Only GET is taken.")

    application = Starlette(routes=routes, exception_handlers={404: not_found, 405: not_allowed})
    application.router.redirect_slashes = False
    return application
