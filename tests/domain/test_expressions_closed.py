"""Whatever an expression is made of: it never raises, fails closed, and reaches nothing but its scope."""

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from twilio_nb.domain.expressions import evaluate, parse, written
from twilio_nb.domain.operands import Scope
from twilio_nb.errors import ConfigurationError

ARGUMENTS = ("to", "from", "body", "mediaUrl")
SECRET = "hunter2hunter2"
BODY = "the words of a text"
NUMBER = "+15558675309"

SCOPE = Scope(
    args={"to": NUMBER, "from": "+15005550006", "body": BODY},
    request={"requestHeaders": {"X-Secret": [SECRET]}},
    values={"staff": [NUMBER], "secret": SECRET, "number": 1, "null": None},
    functions={"yes": lambda *given: True, "fails": lambda *given: [][0]},
)

OPERATORS = (
    *("eq", "ne", "in", "nin", "gt", "gte", "lt", "lte", "exists", "and", "or", "nor", "not"),
    *("function", "stringToOid", "oidToString", "stringToUuid", "uuidToString", "type", "where", "regex"),
)
NAMES = (
    *("to", "To", "from", "body", "mediaUrl", "form", "__class__", "to.__class__", "body.upper"),
    *(
        "%%args.to",
        "%%args",
        "%%args.body",
        "%%values.staff",
        "%%values.secret",
        "%%values.nothing",
        "%%values",
    ),
    *("%%true", "%%false", "%%user.id", "%%request.requestHeaders.x-secret", "%%environment.tag", "%%root.a"),
    *(
        "%%values.staff.append",
        "%%values.__class__",
        "%%args.__init__.__globals__",
        "%%",
        "%%.",
        "%",
        "$",
        "",
    ),
)

keys = st.sampled_from([f"{sign}{name}" for sign in "%$" for name in OPERATORS]) | st.sampled_from(NAMES)
scalars = (
    st.sampled_from([*NAMES, NUMBER, "yes", "fails", "+15005550006"])
    | st.none()
    | st.booleans()
    | st.integers(-2, 2)
    | st.floats()
    | st.text(max_size=3)
)
functions = st.fixed_dictionaries({"name": scalars, "arguments": st.lists(scalars, max_size=2)})
anything = st.recursive(
    scalars | functions,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=12,
)
expressions = st.dictionaries(keys, anything, max_size=3)


@given(anything | expressions | st.builds(object) | st.sets(st.text()))
def test_it_never_raises_and_what_is_refused_when_saved_does_not_hold(expression: Any) -> None:
    verdict = evaluate(expression, SCOPE, ARGUMENTS)

    try:
        parse(expression, ARGUMENTS)
    except ConfigurationError:
        assert not verdict.holds


@given(expressions)
def test_a_percent_sign_means_what_a_dollar_sign_means(expression: dict[str, Any]) -> None:
    dollars, percents = (evaluate(spelt(expression, sign), SCOPE, ARGUMENTS) for sign in "$%")

    assert dollars == percents or all("not understood" in one.clauses[0].found for one in (dollars, percents))


@given(expressions, st.sampled_from(["$type", "%where", "$regex", "%%root.a", "%%nothing"]))
def test_one_part_that_is_not_understood_makes_all_of_it_not_hold(expression: Any, odd: str) -> None:
    for whole in ({"$or": [{}, {"to": {"$or": [expression, {odd: 1}]}}]}, {"%not": {odd: expression}}):
        assert not evaluate(whole, SCOPE, ARGUMENTS).holds


@given(expressions)
def test_what_holds_and_its_opposite_never_hold_both(expression: Any) -> None:
    verdicts = [evaluate(one, SCOPE, ARGUMENTS).holds for one in (expression, {"%not": expression})]

    assert not all(verdicts)


@given(expressions)
def test_in_an_empty_scope_a_condition_on_equality_holds_never(expression: Any) -> None:
    for operator in ("eq", "gt", "in", "lte"):
        assert not evaluate({"%%user.id": {f"${operator}": expression}}, Scope()).holds


class Guarded(str):
    """A text of which any attribute that is looked up by name is noted."""

    asked: list[str] = []  # noqa: RUF012

    def __getattribute__(self, name: str) -> Any:
        if name not in ("__class__", "lower"):
            Guarded.asked.append(name)
        return super().__getattribute__(name)


@given(expressions)
def test_no_operand_reaches_an_attribute(expression: Any) -> None:
    guarded = Scope(
        args={"to": Guarded(NUMBER), "from": Guarded("+1"), "body": Guarded(BODY)},
        values={"staff": [Guarded(NUMBER)], "secret": Guarded(SECRET)},
    )
    Guarded.asked.clear()

    evaluate(expression, guarded, ARGUMENTS)

    assert not [name for name in Guarded.asked if name in str(expression)]


def test_a_path_does_not_lead_into_attributes() -> None:
    for path in (
        "%%values.staff.append",
        "%%values.secret.upper",
        "%%args.to.__class__",
        "%%values.__class__",
    ):
        assert not evaluate({path: {"%exists": True}}, SCOPE).holds


@given(anything | expressions)
def test_an_explanation_shows_no_secret_no_text_and_no_whole_number(expression: Any) -> None:
    shown = " ".join(str(clause) for clause in evaluate(expression, SCOPE, ARGUMENTS).clauses)

    assert SECRET not in shown
    assert BODY not in shown
    assert NUMBER not in shown


@given(anything | expressions)
def test_an_expression_is_shown_without_whole_numbers(expression: Any) -> None:
    assert NUMBER not in written(expression)


def spelt(part: Any, sign: str) -> Any:
    """Write every operator with this sign, in the names of documents."""
    if isinstance(part, Mapping):
        named = [(key, value) for key, value in part.items()]
        return {
            sign + key[1:] if key[:1] in ("%", "$") and key[:2] != "%%" else key: spelt(value, sign)
            for key, value in named
        }
    return [spelt(one, sign) for one in part] if isinstance(part, list) else part
