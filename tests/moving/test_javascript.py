"""What a function touches is read from its JavaScript, which is never run."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.moving.conftest import cells, said
from tests.moving.exports import SAVE_TEXT, Exported, put
from twilio_nb.moves import Move
from twilio_nb.moving.decisions import Kind
from twilio_nb.moving.javascript import Scan, scan

Import = Callable[..., Move]


def scanned(body: str, head: str = "exports = async function(payload, response)") -> Scan:
    found = scan(f"{head} {{\n{body}\n}};")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("source", "parameters"),
    [
        ("exports = function(payload, response) {}", ("payload", "response")),
        ("exports = async function handler(args) {}", ("args",)),
        ("exports = (message) => {}", ("message",)),
        ("exports = message => {}", ("message",)),
        ("module.exports = function(a) {}", ("a",)),
        ("exports = handler;\nasync function handler(a, b) {}", ("a", "b")),
        ("const handler = (a) => 1;\nexports = handler;", ("a",)),
        ("exports = function(a = 1, ...rest) {}", ("a", "*rest")),
        ("exports = function({query, body}) {}", ("",)),
        ("exports = function() {}", ()),
        ("String.prototype.x = function() {};\nexports = function(input) {};\nfunction f() {}", ("input",)),
        ("exports = function(/* the text */ a, // more\n b) {}", ("a", "b")),
        ("exports = require('x')", None),
        ("", None),
    ],
)
def test_the_arguments_are_those_of_what_is_exported(source: str, parameters: tuple[str, ...] | None) -> None:
    found = scan(source)

    assert found is not None
    assert found.parameters == parameters


@pytest.mark.parametrize(
    ("body", "touched"),
    [
        ('context.services.get("a").db("d").collection("c").insertOne({})', {"d.c": ["insertOne"]}),
        (
            "const db = context.services.get('a').database(`d`);\nawait db.collection('c').find({}).toArray()",
            {"d.c": ["find"]},
        ),
        (
            "const {services} = context;\nconst c = services.get('a').db('d').collection('c');\nc.count()",
            {"d.c": ["count"]},
        ),
        (
            "const name = 'c';\ncontext.services.get('a').db('d').collection(name).findOne({})",
            {"d.c": ["findOne"]},
        ),
        ("context.services.get('a').db(payload.db).collection('c').deleteOne({})", {"?.c": ["deleteOne"]}),
        (
            "const c = (await context.services.get('a')).db('d').collection('c');\nc.updateOne({}); c.updateOne({})",
            {"d.c": ["updateOne"]},
        ),
        ("// context.services.get('a').db('d').collection('c').insertOne({})", {}),
        ('\'context.services.get("a").db("d").collection("c").insertOne({})\'', {}),
    ],
)
def test_collections_are_followed_through_variables_and_comments_are_not(
    body: str, touched: dict[str, list[str]]
) -> None:
    assert scanned(body).collections == touched


@pytest.mark.parametrize(
    ("body", "what", "found"),
    [
        ("context.values.get('number')", "values", ["number"]),
        ("const {values} = context; values.get(`number`)", "values", ["number"]),
        ("context.functions.execute('f', context.functions.execute('g'))", "functions", ["f", "g"]),
        ("context.environment.values.base", "environment", ["base"]),
        ("context.services.get('tw').send({})", "services", ["tw"]),
        ("response.setStatusCode(201).setBody('x')", "response", ["setBody", "setStatusCode"]),
        ("const axios = require('axios')", "modules", ["axios"]),
        ("context.http.get({url: ''})", "http", ["get"]),
        ("EJSON.stringify(BSON.Binary('x'))", "globals", ["EJSON", "BSON"]),
    ],
)
def test_what_it_asks_the_context_for_is_listed(body: str, what: str, found: list[str]) -> None:
    assert sorted(getattr(scanned(body), what)) == sorted(found)


@pytest.mark.parametrize(
    ("body", "note"),
    [
        ("const d = c.findOne({});\nreturn d === null", "the document of findOne is not awaited"),  # RUL-09
        ("if (c.findOne({}) === null) return", "the document of findOne is not awaited"),
        ("c.insertOne({});", "nobody waits for insertOne"),  # CTX-09
        ("c.insertOne({}).then(r => response.setBody('x'));", "nobody waits for insertOne"),
        ("context.services.get('tw').send({});", "nobody waits for send"),  # SND-11
        ("context.values.get(payload.name)", "which value it asks for is only known when it runs"),
        ("response.setBody(`Failed: ${error}`)", "it texts an error's own words"),  # WHR-13
        (
            "response.setStatusCode(400).setBody('no')",
            "with the status 400 Twilio texts nothing back",
        ),  # WHR-10
        ("context.user.id", "it asks for context.user"),  # CTX-03
        ("payload.list.insertOne({})", "insertOne is called on a collection that is not named there"),
    ],
)
def test_what_stands_out_is_noted_with_its_line(body: str, note: str) -> None:
    before = "const c = context.services.get('a').db('d').collection('c');"

    notes = scanned(f"{before}\n{body}").notes

    assert [line for line, sentence in notes if sentence.startswith(note)] == [3]


@pytest.mark.parametrize(
    "body",
    [
        "const d = await c.findOne({});\nreturn d === null",
        "const d = c.findOne({});\nreturn await d",
        "return c.findOne({}).then(d => d === null)",
        "return c.insertOne({})",
        "await Promise.all([c.insertOne({}), c.deleteOne({})])",
        "const promise = c.insertOne({});\nawait promise",
        "response.setStatusCode(201).setBody('yes')",
    ],
)
def test_what_is_in_order_is_not_noted(body: str) -> None:
    before = "const c = context.services.get('a').db('d').collection('c');"

    assert scanned(f"{before}\n{body}").notes == []


def test_a_source_that_is_far_too_long_for_a_function_is_not_looked_through() -> None:
    found = scan("x" + ".a()" * 100_000)

    assert found is not None
    assert "longer than 200,000 characters" in found.notes[0][1]


COLLECTION = "var c = context.services.get('a').db('d').collection('c'); "
HOSTILE: dict[str, Callable[[int], str]] = {
    "calls in calls": lambda n: "f(" * n + ")" * n,
    "a chain of calls": lambda n: f"{COLLECTION} c{'.findOne()' * n};",
    "a chain of names": lambda n: "context" + ".a" * n,
    "answers in answers": lambda n: "r.setBody(" * n + "e" + ")" * n,
    "a variable for each other": lambda n: (
        "".join(f"a{i} = a{i + 1};" for i in range(n)) + "a0.findOne();" * n
    ),
    "a long text again and again": lambda n: f"var a = `{'$' * n}{'${b}' * n}`;" + "f(a);" * n,
    "many names": lambda n: "".join(f"context.values.get('v{i}');" for i in range(n)),
    "many notes": lambda n: "context.user;\n" * n,
}


@pytest.mark.parametrize("shape", HOSTILE.values(), ids=list(HOSTILE))
def test_a_source_of_four_times_the_size_is_not_much_more_than_four_times_the_work(
    shape: Callable[[int], str],
) -> None:
    small, large = work(shape(100)), work(shape(400))

    assert small > 500
    assert large < 4.5 * small


def work(source: str) -> int:
    """How many functions are called to scan a source, Python's and C's."""
    calls = 0

    def count(frame: object, event: str, what: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        scan(source)
    finally:
        sys.setprofile(None)
    return calls


def test_the_longest_source_that_is_looked_through_is_so_at_once_however_deep_it_is() -> None:
    # tree-sitter itself took minutes while it was asked what each node stands in; nothing could interrupt it.
    deep = "from twilio_nb.moving.javascript import scan; print(scan('f(' * 66_000 + ')' * 66_000).notes)"

    done = subprocess.run([sys.executable, "-c", deep], capture_output=True, text=True, timeout=40)

    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_functions_that_call_each_other_without_end_are_followed_once(place: Path, imported: Import) -> None:
    app = Exported()
    app.functions["lookUp"] = "exports = (a) => context.functions.execute('isStaff', a);"

    code = cells(imported(app.g3(place / "app")))

    assert [cell.splitlines()[0] for cell in code if cell.startswith("@")] == [
        '@twilio_nb.function("isStaff")',
        '@twilio_nb.function("lookUp")',
    ]


def test_a_function_in_a_folder_keeps_its_path_as_its_name_and_an_odd_one_is_changed(
    place: Path, imported: Import
) -> None:
    app = Exported()
    calls = "exports = a => [context.functions.execute('sms/isStaff', a), context.functions.execute('look up', a)];"
    app.services[0].webhooks = {"saveText": ({"respond_result": True}, calls)}
    app.functions = {"sms/isStaff": "exports = a => a;", "look up": "exports = a => a;"}

    move = imported(app.g3(place / "app"))

    assert '@twilio_nb.function("sms/isStaff")\ndef sms_isStaff(a):' in "\n".join(cells(move))
    assert '@twilio_nb.function("look-up")\ndef look_up(a):' in "\n".join(cells(move))
    assert "The function 'look up' is called 'look-up' here" in said(move, Kind.LOOK)


def test_two_functions_whose_names_become_the_same_have_two(place: Path, imported: Import) -> None:
    app = Exported()
    names = ("look up", "look-up", "look_up")
    calls = "".join(f"context.functions.execute('{name}');" for name in names)
    app.services[0].webhooks = {"saveText": ({"respond_result": True}, f"exports = a => {{{calls}}};")}
    app.functions = dict.fromkeys(names, "exports = a => a;")

    move = imported(app.g3(place / "app"))

    registered = re.findall(r'@twilio_nb\.function\("(.+)"\)', "\n".join(cells(move)))
    assert sorted(registered) == ["look-up", "look-up-2", "look_up"]
    assert "The function 'look up' is called 'look-up-2' here" in said(move, Kind.LOOK)


def test_the_cell_of_a_webhook_has_its_name_and_arguments_and_what_it_touches(
    place: Path, imported: Import
) -> None:
    webhook = next(cell for cell in cells(imported(Exported().g3(place / "app"))) if cell.startswith("%%"))

    assert webhook.splitlines()[:2] == [
        "%%twilio_webhook saveText --service hotline --respond-result",
        "def saveText(payload, response):",
    ]
    for touched in (
        '.db("demo").collection("texts"): insert_one',
        'context.functions.execute("isStaff"',
        "response.set_body",
    ):
        assert touched in webhook


@pytest.mark.parametrize(
    ("source", "name", "signature"),
    [
        ("exports = function(from, lambda, from) {}", "class", "def class_(from_, lambda_, from__):"),
        ("exports = function(a, b, c, d) {}", "my-hook", "def my_hook(a, b, c):"),
        ("exports = function() {}", "2nd", "def _2nd(payload, response):"),
        ("exports = function($x, é) {}", "x", "def x(_x, _):"),
        ("exports = function(context) {}", "x", "def x(context_):"),
        ("exports = function(a) {}", "print", "def print_(a):"),
    ],
)
def test_names_that_python_does_not_take_are_changed(
    source: str, name: str, signature: str, place: Path, imported: Import
) -> None:
    app = Exported()
    app.services[0].webhooks = {name: ({"respond_result": True}, source)}

    webhook = next(cell for cell in cells(imported(app.g3(place / "app"))) if cell.startswith("%%"))

    assert webhook.splitlines()[1] == signature


@pytest.mark.parametrize(
    ("config", "source", "sentence"),
    [
        ({"respond_result": False}, SAVE_TEXT, "It sets a body and does not text back"),  # WHR-05
        ({"respond_result": True}, SAVE_TEXT, "It answers and sends: whoever texts in may get two texts"),
        (
            {"respond_result": True},
            "exports = () => context.values.get('gone')",
            "It asks for the value 'gone'",
        ),
        (
            {"respond_result": True},
            "exports = () => context.functions.execute('gone')",
            "the function 'gone', which",
        ),
        (
            {"respond_result": True},
            "exports = () => context.services.get('gone')",
            "It asks for the service 'gone'",
        ),
        ({"respond_result": True}, "exports = () => require('axios')", "the JavaScript module 'axios'"),
    ],
)
def test_what_a_webhook_will_not_do_as_expected_is_said(
    config: dict[str, Any], source: str, sentence: str, place: Path, imported: Import
) -> None:
    app = Exported()
    app.services[0].webhooks = {"saveText": (config, source)}

    assert sentence in said(imported(app.g3(place / "app")), Kind.LOOK)


@pytest.mark.parametrize(
    ("kind", "remedy"),
    [("DATABASE", "watch the collection in a cell"), ("SCHEDULED", "have cron run a notebook")],
)
def test_what_takes_the_place_of_a_trigger_that_texts_is_said(
    kind: str, remedy: str, place: Path, imported: Import
) -> None:  # IMP-08
    export = Exported().g3(place / "app")
    put(export / "triggers/onInsert.json", {"name": "onInsert", "type": kind, "function_name": "tell"})

    assert remedy in said(imported(export), Kind.LEFT_OUT)


def test_another_name_of_mongodb_is_said(place: Path, imported: Import) -> None:  # CTX-01
    move = imported(Exported().g3(place / "app"))

    assert "It calls MongoDB 'atlas'; in a handler here it is 'mongodb-atlas'" in said(move, Kind.CHANGED)


def test_without_the_parser_everything_but_the_scan_is_made(
    place: Path, imported: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tree_sitter", None)

    move = imported(Exported().g3(place / "app"))

    assert 'pip install "twilio-nb[moving]"' in said(move, Kind.LOOK)
    assert any(cell.startswith("%%twilio_webhook saveText") for cell in cells(move))
    assert "no webhook and no rule calls it" not in said(move)
