"""A notebook in which everything goes wrong that a person sees, with all that makes errors tell more.

It has no secret in its source: those are in the environment, in the file of secrets, in the simulated account
and beside mongod's data, and it hands them to everything that shows things.
"""

LOUD = """\
%load_ext twilio_nb
import logging, os
import twilio_nb
from twilio_nb.storage.directories import data_directory
from twilio_nb.storage.secrets import Secret, find_secret
logging.basicConfig(level=logging.DEBUG, filename=data_directory() / "debug.log", force=True)
for name in ("twilio", "twilio.http_client", "urllib3", "pymongo", "twilio_nb", "asyncio", "requests"):
    logging.getLogger(name).setLevel(logging.DEBUG)
%xmode Verbose
"""

SANDBOX = """\
account = twilio_nb.sandbox("leaks")
phone = account.phone()
token = account.service.token
uri = account.service.database.uri
sid, number = account.service.definition.account_sid, account.numbers[0]
account
"""

SHOWN = [
    "account.service, account.service.definition, account.service.database, account.service.gateway",
    "vars(account), vars(account.service), vars(account.service.gateway), vars(account.service.database)",
    "token, uri, str(token), f'{token} {uri!r} {uri!s}', [token], {'token': token}",
    "%twilio_config leaks",
    "vars(account.service.gateway._client), vars(account.service.gateway._client.http_client)",
    "account.service.gateway.account()",
    "account.service.database.client",
    "account.service.database.client['admin'].command('connectionStatus')",
    "import pickle; pickle.dumps(account.service)",
    "import pickle; pickle.dumps(token)",
    "import copy, json; json.dumps({'token': copy.deepcopy(token)})",
    "token + 1",
    "int(token)",
    "import ipywidgets; ipywidgets.HTML(f'{token} {account.service}')",
    "import ipywidgets; ipywidgets.Password(value=repr(token))",
    "%whos",
]

HANDLERS = [
    """\
%%twilio_webhook raising --respond-result
def raising(payload, response):
    secret, address, service = find_secret("real"), uri, account.service
    raise ValueError(f"{secret} {address} {service.token}")
""",
    "phone.text('Hello')",
    "account.service.handler('raising').test(Body='Hello')",
    """\
%%twilio_webhook showing --respond-result
def showing(payload, response):
    print(vars(context.services.get("leaks")), context.request, dict(context.request.request_headers))
    logging.getLogger("twilio_nb").warning("%s %r", token, uri)
    return f"{token} {context.services.get('mongodb-atlas')}"
""",
    "phone.text('Hello')",
    """\
%%twilio_webhook awaiting --respond-result
async def awaiting(payload, response):
    found = context.services.get("mongodb-atlas").db("demo").collection("texts")
    await found.insert_one({"token": token})
""",
    "phone.text('Hello')",
    "%twilio_replay awaiting --failed",
]

REFUSED = [
    # The simulated account stands for Twilio; the token of the environment is not its.
    "wrong = twilio_nb.connect('real', account_sid=sid, api_url=account.service.definition.api_url, sender=number)",
    "wrong.send('+15558675310', 'Hello')",
    "%twilio_send --service real +15558675310 Hello",
    "wrong.gateway.numbers()",
    "wrong.check()",
    "%twilio_config real",
    "twilio_nb.connect('filed', account_sid=sid, api_url=account.service.definition.api_url).check()",
    "wrong.receive()",
    "wrong.address()",
    "from twilio_nb.receiving.signature import verify",
    "verify(['https://example.org/'], [('Body', 'x')], signature='x', tokens=[token])",
    "twilio_nb.secrets.set('long', find_secret('real').reveal() * 20)",
    "twilio_nb.secrets.rename('filed', 'filed')",
    "twilio_nb.secrets.delete('filed', 'nowhere')",
    "twilio_nb.secrets",
    "account.service.to_config()",
    # secrets.set asks; its answer must not be in the traceback of what then fails.
    """\
file = data_directory() / "secrets.json"
file.chmod(0o644)
twilio_nb.credentials.getpass = lambda _: os.environ["PLANTED_ANSWER"]
try:
    twilio_nb.secrets.set("asked")
finally:
    file.chmod(0o600)
""",
]

# The token in the place of its name, or of the account's: here the variables are the person's own.
MISPLACED = [
    "%xmode Context",
    "twilio_nb.connect('x', account_sid=find_secret('real').reveal())",
    "twilio_nb.connect('x', account_sid=sid, secret=find_secret('real').reveal())",
    "twilio_nb.secrets.set(find_secret('real').reveal(), 'x')",
    "%xmode Verbose",
]

# What takes seconds to be given up.
AWAY = [
    "away = twilio_nb.connect('away', account_sid=sid, secret='real', api_url='http://127.0.0.1:9')",
    "away.send('+15558675310', 'Hello', number)",
    "os.environ['TWILIO_NB_MONGODB_URI'] = os.environ.pop('PLANTED_URI')",
    "twilio_nb.connect('real')",
    "os.environ['TWILIO_NB_MONGODB_URI'] += '&tlsCAFile=/nowhere'",
    "twilio_nb.connect('real')",
    "os.environ['TWILIO_NB_MONGODB_URI'] = os.environ['TWILIO_NB_MONGODB_URI'].replace('://', '://a@b:')",
    "twilio_nb.connect('real')",
    "os.environ['TWILIO_NB_MONGODB_URI'] = 'x' + os.environ['TWILIO_NB_MONGODB_URI']",
    "twilio_nb.connect('real')",
    "del os.environ['TWILIO_NB_MONGODB_URI']",
    """\
import psutil, signal
mongod = next(one for one in psutil.process_iter(["cmdline"])
              if str(data_directory()) in " ".join(one.info["cmdline"] or []) and "mongod" in one.name())
mongod.suspend()
try:
    account.service.texts()
finally:
    mongod.resume()
""",
    "account.service.texts()",
]

CELLS = [LOUD, SANDBOX, *SHOWN, *HANDLERS, *REFUSED, *MISPLACED]
