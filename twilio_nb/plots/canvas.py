"""What all pictures have in common: figures that show themselves, colours for both themes, harmless texts."""

import io
import re
import unicodedata
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from twilio_nb.domain.markup import plain

# Each has a contrast of 3 and more on white and on JupyterLab's black, the grey of texts of more than 4. The
# colours are those of Okabe and Ito, the blue a little lighter: https://jfly.uni-koeln.de/color/
GREY = "#787878"
RECEIVED = "#1c84cc"
SENT = "#009e73"
TROUBLE = "#d55e00"
_LINE = "#78787859"

_ACCENTS = 3  # as many as a letter of any language has
_WIDTH = 6.4  # inches
_DPI = 100  # of what a notebook shows; the picture itself has twice as many, for fine screens

_FAMILY = "DejaVu Sans"  # which matplotlib brings
# Scripts that it lacks, in the fonts of Linux, macOS and Windows; those that are there are used.
_FONTS = (
    *(
        "Noto Sans CJK JP",
        "WenQuanYi Micro Hei",
        "Hiragino Sans",
        "PingFang SC",
        "Microsoft YaHei",
        "Yu Gothic",
    ),
    *("Malgun Gothic", "Apple SD Gothic Neo", "Noto Sans Arabic", "Geeza Pro", "Noto Sans Hebrew"),
    *(
        "Noto Sans Devanagari",
        "Kohinoor Devanagari",
        "Nirmala UI",
        "Noto Sans Thai",
        "Thonburi",
        "Leelawadee UI",
    ),
    *("Noto Emoji", "Segoe UI Emoji", "Arial Unicode MS"),
)


class Picture(Axes):
    """Axes on a figure of their own, which a notebook shows in their place.

    pyplot does not know the figure: it is shown once, and gone when nobody holds it any more.
    """

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        figure = self.get_figure(root=True)
        assert figure is not None
        png = io.BytesIO()
        with _quiet():
            figure.savefig(png, format="png", dpi=2 * _DPI)
        width, height = (round(inches * _DPI) for inches in figure.get_size_inches())
        return {"image/png": png.getvalue()}, {"image/png": {"width": width, "height": height}}


@contextmanager
def drawing(ax: Axes | None, title: str, *, rows: int = 10) -> Iterator[Axes]:
    """Provide Axes to draw on, with the look of all pictures.

    Parameters
    ----------
    ax : matplotlib.axes.Axes or None
        Somebody's, or None for a figure of their own.
    title : str
        What is to be seen.
    rows : int
        How many bars lie above each other: so high is a figure of its own.

    Yields
    ------
    matplotlib.axes.Axes
        Without lines around it; its texts are styled at the end.
    """
    # Whoever has TeX do his texts has it not do ours, which may come from anybody.
    with mpl.rc_context({"text.usetex": False, "font.family": list(_families()), "font.size": 10}):
        if ax is None:
            layout = ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.1)
            figure = Figure((_WIDTH, 1.1 + 0.25 * rows), _DPI, facecolor="none", layout=layout)
            ax = figure.add_subplot(axes_class=Picture)
        ax.set_facecolor("none")
        ax.set_axisbelow(True)
        ax.spines[:].set_visible(False)
        yield ax
        bold = {"family": _FAMILY, "weight": "bold", "size": 11}
        ax.set_title(title, loc="left", color=GREY, fontproperties=bold, pad=10)
        ax.tick_params(colors=GREY, length=0, labelsize=9)
        for label in (ax.xaxis.label, ax.yaxis.label):
            label.set(color=GREY, fontsize=9.5)
        for axis in (ax.xaxis, ax.yaxis):
            axis.get_offset_text().set_color(GREY)


def harmless(text: object, longest: int = 28) -> str:
    """Return a text of a stranger's as a label: one line, not too long, no mathematics.

    Parameters
    ----------
    text : object
        Such as a sender.
    longest : int
        Characters; what is cut off is an ellipsis.
    """
    line = _unstacked(re.sub(r"\s+", " ", plain(text)).strip())
    line = line if len(line) <= longest else line[: longest - 1] + "…"
    return line.replace("$", r"\$")  # between two of them matplotlib would look for formulas


def _unstacked(line: str) -> str:
    """Return a line without accents upon accents, which would grow over the lines above it."""
    kept, stacked = [], 0
    for character in line:
        stacked = stacked + 1 if unicodedata.combining(character) else 0
        if stacked <= _ACCENTS:
            kept.append(character)
    return "".join(kept)


def grid(ax: Axes, along: str) -> None:
    """Draw fine lines at whole numbers, which have commas between thousands, on one axis."""
    axis = {"x": ax.xaxis, "y": ax.yaxis}[along]
    most = {"x": 6, "y": 8}[along]  # intervals: what fits beside each other, or above
    axis.set_major_locator(MaxNLocator(most, steps=[1, 2, 5, 10], integer=True, min_n_ticks=1))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{abs(value):,.0f}"))
    axis.grid(True, color=_LINE, linewidth=0.8)


def lying_bars(ax: Axes, places: NDArray[Any], rows: Sequence[tuple[str, int, str]], total: int) -> None:
    """Draw named bars above each other, each with its number and its share of a total.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where.
    places : numpy.ndarray
        Of each bar, from above; one unit is a row.
    rows : sequence of (str, int, str)
        Name, number and colour of each.
    total : int
        What shares are of.
    """
    names, numbers, colours = zip(*rows, strict=True)
    bars = ax.barh(places, numbers, 0.76, color=colours)
    ax.set_yticks(places, names, usetex=False)
    ax.invert_yaxis()
    shares = [f"{number:,}  ({_percent(number / total)})" for number in numbers]
    ax.bar_label(bars, shares, color=GREY, fontsize=9, padding=4)
    grid(ax, "x")
    ax.xaxis.grid(visible=False)  # a line would run through the numbers, which say more
    ax.margins(x=0.24, y=0.02)


def _percent(share: float) -> str:
    if 0 < share < 0.001:
        return "<0.1%"
    return f"{share:.1%}" if 0 < share < 0.1 else f"{share:.0%}"


def legend(ax: Axes, handles: Sequence[Any], labels: Sequence[str]) -> None:
    """Name the colours, at the right above the picture."""
    ax.legend(
        handles,
        labels,
        loc="lower right",
        bbox_to_anchor=(1, 1),
        ncols=len(labels),
        frameon=False,
        borderaxespad=0.1,
        labelcolor=GREY,
        fontsize=9,
        handlelength=0.9,
        columnspacing=1.2,
    )


def nothing(ax: Axes, what: str) -> None:
    """Say that there is nothing to draw."""
    ax.set(xticks=[], yticks=[], xlim=(0, 1), ylim=(0, 1))
    ax.text(0.5, 0.5, what, ha="center", va="center", color=GREY, fontsize=11, transform=ax.transAxes)


@lru_cache(1)
def _families() -> tuple[str, ...]:
    installed = set(font_manager.get_font_names())
    return (_FAMILY, *(name for name in _FONTS if name in installed))


@contextmanager
def _quiet() -> Iterator[None]:
    """Draw without TeX, and without a warning for each character of a sender's that no font has: it is a box."""
    with warnings.catch_warnings(), mpl.rc_context({"text.usetex": False}):
        warnings.filterwarnings("ignore", message=r"Glyph \d+")
        yield
