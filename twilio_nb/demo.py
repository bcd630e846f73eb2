"""The main job without a screen: a short conversation through every real part, and its DataFrame.

The cells are those of a notebook; a kernel of a real Jupyter Server runs them. A simulated phone texts
through Jupyter's public path, the receiver and MongoDB to the function of a cell, and gets its reply.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import time
from collections.abc import Callable
from typing import Any

from twilio_nb.errors import TwilioNBError
from twilio_nb.headless import Kernel
from twilio_nb.playground import Playground

OPEN = """\
%load_ext twilio_nb
import collections, json, time
import twilio_nb

account = twilio_nb.sandbox({name!r})
phone = account.phone()
own_collection = "texts" not in account.service.database.client["demo"].list_collection_names()
phone.number
"""

SEND = "%twilio_send {number} Hello from the notebook"

# The example of the retired service, as its users know it.
SAVE_TEXT = """\
%%twilio_webhook saveText --respond-result
def save_text(payload, response):
    texts = context.services.get("mongodb-atlas").db("demo").collection("texts")
    try:
        saved = texts.insert_one(payload)
        response.set_body(f"Saved your text message with _id: {saved.inserted_id}")
    except Exception as error:
        response.set_body(f"Failed to save your text message: {type(error).__name__}")
"""

TALLY = """\
%%twilio_webhook vote --respond-result
async def vote(payload, response):
    choice = payload["Body"].strip().lower()
    votes[choice] += 1
    response.set_body(f"{choice} has {votes[choice]} of {votes.total()}")
"""

# Replies get their SIDs from status callbacks, which may come a moment after the text was answered.
READ = """\
deadline = time.monotonic() + 5
while len(frame := account.service.texts()) < len(phone.messages) and time.monotonic() < deadline:
    time.sleep(0.05)
table = frame[["time", "direction", "from", "to", "body", "status"]]
table = table.assign(time=[moment.strftime("%H:%M:%S") for moment in table["time"]])
print(json.dumps({
    "messages": phone.messages.records,
    "address": account.service.known_address("vote"),
    "frame": json.loads(frame.to_json(orient="records", date_format="iso")),
    "table": table.to_string(index=False),
}))
"""

# The example handler writes to the database `demo`; what it wrote goes when the demo goes. The collection may
# have been there before, empty, with its indexes, where TWILIO_NB_MONGODB_URI names a MongoDB that people use.
TIDY = """\
texts = account.service.database.client["demo"]["texts"]
texts.delete_many({"AccountSid": account.service.definition.account_sid})
if own_collection and texts.find_one() is None:
    texts.drop()
account.close()
"""


def converse(kernel: Kernel) -> dict[str, Any]:
    """Run the cells and return the conversation and the frame.

    Parameters
    ----------
    kernel : Kernel
        A kernel of a Jupyter Server.

    Returns
    -------
    dict
        ``messages``: the conversation as the phone saw it, in Twilio's own words; ``frame``: the records
        of the DataFrame; ``table``: the DataFrame as text; ``address``: where the phone's texts went.
    """
    number = kernel.run(OPEN.format(name=f"demo-{secrets.token_hex(4)}")).strip().strip("'")
    try:
        kernel.run(SEND.format(number=number))
        kernel.run(SAVE_TEXT)
        kernel.run('phone.text("Hello from my phone")')
        kernel.run("votes = collections.Counter()")
        kernel.run(TALLY)
        for word in ("Tea", "coffee", "tea"):
            kernel.run(f"phone.text({word!r})")
        result: dict[str, Any] = json.loads(kernel.run(READ))
    except BaseException:
        with contextlib.suppress(TwilioNBError):  # the first error is the one to show
            kernel.run(TIDY, seconds=5)
        raise
    kernel.run(TIDY)
    return result


def run(say: Callable[[str], None]) -> dict[str, Any]:
    """Run the demo in a playground that is gone when this returns.

    Parameters
    ----------
    say : callable
        Takes a line on what is going on.

    Returns
    -------
    dict
        See :func:`converse`.
    """
    started = time.monotonic()
    say("Starting Jupyter Server, with a token and a base URL ...")
    with Playground() as playground:
        say("Starting a kernel ...")
        kernel = playground.kernel()
        say("Texting: simulated phone and account, receiver, MongoDB, the functions of two cells ...")
        result = converse(kernel)
        say(f"Ending all of it, after {time.monotonic() - started:.0f} seconds ...")
    return result


def conversation(messages: list[dict[str, Any]]) -> str:
    """Return the messages as lines, the phone's own to the right."""
    lines = []
    for message in messages:
        inbound = message["direction"] == "inbound"
        arrow = "phone ──▶ notebook" if inbound else "phone ◀── notebook"
        lines.append(f"  {arrow}   {message['body']}")
    return "\n".join(lines)
