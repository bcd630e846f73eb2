"""What a user would write instead: the servers that ours are measured beside.

``gunicorn tests.bench.rivals:webhook`` is the tutorial's answer to an incoming text: Flask, Twilio's validator,
a pymongo insert that waits for the journal. ``python -m tests.bench.rivals SOCKET`` answers an empty TwiML
response to everything, as the smallest server that could stand behind jupyter-server-proxy.
"""

import os
import sys
from typing import Any

EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


def webhook(environ: dict[str, Any], start_response: Any) -> Any:
    """Answer a request; the application is made with the first one, in the worker that serves it."""
    global _application
    if _application is None:
        _application = _flask()
    return _application(environ, start_response)


_application: Any = None


def _flask() -> Any:
    from flask import Flask, request
    from pymongo import MongoClient
    from pymongo.write_concern import WriteConcern
    from twilio.request_validator import RequestValidator

    validator = RequestValidator(os.environ["BENCH_TOKEN"])
    client: MongoClient[dict[str, Any]] = MongoClient(os.environ["BENCH_URI"])
    texts = client["rival"].get_collection("texts", write_concern=WriteConcern("majority", j=True))
    url = os.environ["BENCH_URL"]
    application = Flask(__name__)

    @application.post("/sms")
    def receive() -> Any:
        form = request.form.to_dict()
        if not validator.validate(url, form, request.headers.get("X-Twilio-Signature", "")):
            return "", 403
        texts.insert_one({"_id": form["MessageSid"], **form})
        return EMPTY, 200, {"Content-Type": "text/xml"}

    return application


def null(socket: str) -> None:
    """Serve an empty TwiML response on a unix socket."""
    import uvicorn

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        headers = [(b"content-type", b"text/xml"), (b"content-length", str(len(EMPTY)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": EMPTY.encode()})

    uvicorn.run(answer, uds=socket, http="httptools", loop="uvloop", lifespan="off", log_level="critical")


if __name__ == "__main__":
    null(sys.argv[1])
