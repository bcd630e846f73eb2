"""The pictures of README.md are taken by a script, which runs here, so that they can be taken anew at any time."""

import struct
from pathlib import Path

import pytest

from tests.browser.pictures import FOLDER, take
from tests.browser.screens import Screens

README = Path(__file__).parents[2] / "README.md"


def size(picture: Path) -> tuple[int, int]:
    """Width and height, as a PNG says them itself."""
    head = picture.read_bytes()[:24]
    assert head.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", head[16:])
    return width, height


@pytest.mark.browser
def test_the_pictures_of_the_readme_can_be_taken_anew_and_are_of_today_s_size(
    screens: Screens, tmp_path: Path
) -> None:
    taken = take(screens, tmp_path)

    assert {picture.name for picture in taken} == {picture.name for picture in FOLDER.iterdir()}
    for picture in taken:
        assert f"notebooks/pictures/{picture.name}" in README.read_text("utf-8")
        stored, now = size(FOLDER / picture.name), size(picture)
        assert all(abs(one - other) <= 40 for one, other in zip(stored, now, strict=True)), picture.name
