"""Any form that is signed passes, and whatever was changed in it does not: properties."""

from collections.abc import Callable
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.attacks.signed_site import INBOX, Site, passes, text
from tests.attacks.vectors import TOKEN, Pairs, canonical, sign

NAMES = st.text(st.characters(codec="utf-8"), max_size=6)
PAIRS = st.lists(st.tuples(NAMES, st.text(st.characters(codec="utf-8"), max_size=12)), max_size=6)


@st.composite
def changes(draw: st.DrawFn) -> Callable[[str, Pairs, str], tuple[str, Pairs, str]]:
    """Something that is different from what was signed: one letter, one pair, the address or the token."""
    kind = draw(st.sampled_from(["value", "name", "drop", "add", "path", "query", "token"]))
    place, letter = draw(st.integers(0, 99)), draw(st.characters(codec="utf-8"))

    def change(url: str, pairs: Pairs, token: str) -> tuple[str, Pairs, str]:
        n = place % len(pairs)
        name, value = pairs[n]
        return {
            "value": (
                url,
                [*pairs[:n], (name, value[: place % (len(value) + 1)] + letter), *pairs[n + 1 :]],
                token,
            ),
            "name": (url, [*pairs[:n], (name + letter, value), *pairs[n + 1 :]], token),
            "drop": (url, [*pairs[:n], *pairs[n + 1 :]], token),
            "add": (url, [*pairs, (name, value + letter)], token),
            "path": (url.replace("/inbox", f"/inbox{place}"), pairs, token),
            "query": (f"{url}?{place}", pairs, token),
            "token": (url, pairs, token + letter),
        }[kind]

    return change


@settings(deadline=None)
@given(pairs=PAIRS, more=PAIRS, change=changes())
def test_any_form_passes_and_any_change_to_it_does_not(pairs: Pairs, more: Pairs, change: Any) -> None:
    form = [*pairs, ("Body", "Hello"), *more]
    url, altered, token = change(INBOX, form, TOKEN)
    # What is signed has no delimiters: ("Body", "Hello") and ("BodyH", "ello") are the same to every library.
    assume((canonical(url, altered), token) != (canonical(INBOX, form), TOKEN))

    assert passes(INBOX, form, sign(INBOX, form))
    assert not passes(url, altered, sign(INBOX, form), token=token)


@settings(max_examples=40, deadline=None)
@given(pairs=PAIRS, more=PAIRS, change=changes())
def test_any_text_passes_the_receiver_and_none_that_was_changed(
    site: Site, pairs: Pairs, more: Pairs, change: Any
) -> None:
    form = text() + [pair for pair in [*pairs, *more] if pair[0] not in ("MessageSid", "From", "To")]
    url, altered, token = change(INBOX, form, TOKEN)
    assume((canonical(url, altered), token) != (canonical(INBOX, form), TOKEN))

    refused = site.post(url, altered, sign(INBOX, form)) if token == TOKEN else 403
    assert refused in (403, 404)
    assert site.post(INBOX, form, sign(INBOX, form, token)) == (200 if token == TOKEN else 403)
    assert site.post(INBOX, form, sign(INBOX, form)) == 200
    assert site.stored(form) == [list(pair) for pair in form]
