"""What all pictures have in common: how they look in both themes, and what they show of strangers' texts."""

import io
import subprocess
import sys
import warnings
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import nbformat
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from nbclient import NotebookClient
from PIL import Image

import twilio_nb
from tests.analysis.made import texts
from twilio_nb import plots
from twilio_nb.plots import canvas

Plot = Callable[..., Axes]
NAMES = [name for name in plots.__all__ if name != "answers"]  # which draws answers, not texts
PLOTS = [getattr(plots, name) for name in NAMES]
ZONED = [plots.heatmap, plots.opt_outs, plots.volume]
each = pytest.mark.parametrize("plot", PLOTS, ids=NAMES)


def pixels(ax: Axes) -> np.ndarray:
    """The picture as a notebook gets it: rows, columns, and red, green, blue, opacity from 0 to 255."""
    data, _ = ax._repr_mimebundle_()  # type: ignore[attr-defined]
    return np.asarray(Image.open(io.BytesIO(data["image/png"])).convert("RGBA")).astype(int)


def written(ax: Axes) -> str:
    """The picture as SVG, in which texts are texts."""
    file = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none"}), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        figure = ax.get_figure(root=True)
        assert figure is not None
        figure.savefig(file, format="svg")
    return file.getvalue()


def luminance(colour: str) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


def contrast(one: str, other: str) -> float:
    """As WCAG has it: https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio."""
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("background", ["#ffffff", "#111111"])
def test_colours_can_be_seen_in_both_themes(background: str) -> None:
    assert contrast(canvas.GREY, background) >= 4.2
    for colour in (canvas.RECEIVED, canvas.SENT, canvas.TROUBLE):
        assert contrast(colour, background) >= 3


@each
def test_a_picture_has_no_background_and_nothing_black_or_white(
    plot: Plot, day_of_texts: pd.DataFrame
) -> None:
    picture = pixels(plot(day_of_texts))

    assert (picture[[0, 0, -1, -1], [0, -1, 0, -1], 3] == 0).all()
    seen = picture[picture[:, :, 3] > 128][:, :3].sum(axis=1)
    assert 150 < seen.min() <= seen.max() < 600


@each
def test_a_picture_has_a_title_and_says_what_is_counted(plot: Plot, day_of_texts: pd.DataFrame) -> None:
    ax = plot(day_of_texts)

    assert ax.get_title(loc="left")
    assert ax.get_xlabel()
    assert (
        "texts" in ax.get_ylabel() + ax.get_xlabel() + ax.get_title(loc="left").lower()
        or "opt-outs" in ax.get_ylabel()
    )


@pytest.mark.parametrize("plot", ZONED)
@pytest.mark.parametrize("tz", ["UTC", "Europe/Vienna"])
def test_a_picture_of_hours_or_days_names_the_zone(plot: Plot, tz: str, day_of_texts: pd.DataFrame) -> None:
    assert f"({tz})" in plot(day_of_texts, tz=tz).get_xlabel()
    assert f"({tz})" in plot(day_of_texts.iloc[:0], tz=tz).get_xlabel()


@each
def test_a_picture_of_nothing_says_so(plot: Plot, day_of_texts: pd.DataFrame) -> None:
    ax = plot(day_of_texts.iloc[:0])

    assert [text.get_text().startswith("no texts") for text in ax.texts] == [True]
    assert pixels(ax)[:, :, 3].any()


@each
def test_only_the_texts_of_the_window_are_drawn(plot: Plot, day_of_texts: pd.DataFrame) -> None:
    after = pd.Timestamp(day_of_texts["time"].max()) + pd.Timedelta(days=1)

    assert plot(day_of_texts, since=after).texts[0].get_text().startswith("no texts")


@each
def test_it_draws_on_the_axes_of_others_and_changes_no_others(plot: Plot, day_of_texts: pd.DataFrame) -> None:
    figure = Figure()
    mine, other = figure.subplots(1, 2)

    assert plot(day_of_texts, ax=mine) is mine
    assert other.has_data() is False
    assert figure.get_facecolor() == mpl.colors.to_rgba(mpl.rcParams["figure.facecolor"])


@each
def test_settings_of_matplotlib_stay_as_they_are(plot: Plot, day_of_texts: pd.DataFrame) -> None:
    before = dict(mpl.rcParams)

    pixels(plot(day_of_texts))

    assert dict(mpl.rcParams) == before


def test_somebody_who_sets_texts_in_tex_has_no_senders_set_in_it(day_of_texts: pd.DataFrame) -> None:
    with mpl.rc_context({"text.usetex": True}):  # TeX would have to be installed to draw a single letter
        assert pixels(plots.top_senders(day_of_texts)).any()


@pytest.mark.parametrize(
    ("sender", "shown"),
    [
        ("Ann $5 to $\\frac{", "Ann $5 to $\\frac{"),
        ("$x$", "$x$"),
        ("\\$x$y$", "\\$x$y$"),
        ("two\nlines\t.", "two lines ."),
        ("bell\x07", "bell\\x07"),
        ("<script>", "&lt;script&gt;"),
        ("\u202egnirts", "\\u202egnirts"),
        ("a" * 40, "a" * 27 + "…"),
        ("山田太郎", "山田太郎"),
        ("محمد", "محمد"),
        ("👍", "👍"),
        ("e" + "\u0301" * 200 + "!", "e" + "\u0301" * 3 + "!"),
        (" ", "unknown"),
    ],
)
def test_a_sender_is_shown_and_not_obeyed(sender: str, shown: str) -> None:
    ax = plots.top_senders(texts({"from": sender}))

    assert pixels(ax).any()
    assert f">{shown}<" in written(ax)


def test_no_warning_comes_of_a_character_that_no_font_has() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pixels(plots.top_senders(texts({"from": "\U000e0100\U0001fabf\u1c5a"})))


def test_a_notebook_shows_one_picture_and_pyplot_holds_none() -> None:
    cells = [
        "%matplotlib inline\nfrom matplotlib import pyplot\nimport twilio_nb\nfrom tests.analysis.made import said",
        "ax = twilio_nb.plots.volume(said('a', 'b'))",
        "ax",
        "print(pyplot.get_fignums())",
    ]
    v4: Any = nbformat.v4
    notebook = v4.new_notebook(cells=[v4.new_code_cell(cell) for cell in cells])

    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()

    begun, drawn, shown, held = (cell.outputs for cell in notebook.cells)
    assert (begun, drawn) == ([], [])
    (output,) = shown
    assert output.data["image/png"]
    assert output.metadata["image/png"] == {"width": 640, "height": 360}
    assert held[0].text == "[]\n"


def test_without_matplotlib_it_says_what_to_install() -> None:
    program = "import sys; sys.modules['matplotlib'] = None; import twilio_nb; twilio_nb.plots"

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )

    assert "ImportError: Pictures are drawn by matplotlib" in done.stderr
    assert 'pip install "twilio-nb[analysis]"' in done.stderr


def test_plots_are_a_module_that_is_imported_when_asked_for() -> None:
    assert twilio_nb.plots is plots
    assert "plots" in dir(twilio_nb)


def test_thousands_of_senders_make_no_larger_picture() -> None:
    many = texts(*({"from": f"+1555{n:07}"} for n in range(3_000)))

    ax = plots.top_senders(many)

    assert ax.get_title(loc="left") == "Top 10 of 3,000 senders"
    assert pixels(ax).shape[:2] == (720, 1280)
