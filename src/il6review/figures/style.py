"""One look for all figures, drawn without any global state, and saved to the same bytes each time."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path
from matplotlib.transforms import blended_transform_factory

#: Inches. The text column of a page is about as wide.
WIDTH = 7.5
MARGIN = 0.08
#: Points.
TEXT = 11.0
SMALL = 10.0

#: From the palette of Okabe and Ito, told apart with any colour vision and in grey print.
BLUE = "#0072B2"
VERMILION = "#D55E00"
INK = "#1a1a1a"
MUTED = "#595959"
RULE = "#c8c8c8"
#: Fill and type of the parts of a stacked bar, from worst to best: neighbours differ in lightness too.
STACK = (
    (VERMILION, INK),
    ("#E69F00", INK),
    ("#F0E442", INK),
    ("#C4C4C4", INK),
    ("#56B4E9", INK),
    (BLUE, "#ffffff"),
)

_SETTINGS = {
    "font.family": "DejaVu Sans",
    "font.size": TEXT,
    "text.color": INK,
    # A label is text, never markup: without this a name such as "$x$" would be read as a formula.
    "text.parse_math": False,
    "axes.facecolor": "none",
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    # Glyphs as outlines look the same on every machine; the numbers stand as text in the table.
    "svg.fonttype": "path",
    "svg.hashsalt": "il6review",
}


@contextmanager
def applied() -> Iterator[None]:
    """Draw and save with the project's settings, whatever the reader's own matplotlib settings are."""
    with matplotlib.style.context(["default", _SETTINGS]):
        yield


def canvas(height: float) -> Figure:
    """Return an empty white figure of the common width; ``height`` in inches."""
    return Figure(figsize=(WIDTH, height), facecolor="white")


def axes(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Add axes at a place in inches, counted from the upper left corner of the figure."""
    total = figure.get_figheight()
    return figure.add_axes((left / WIDTH, 1 - (top + height) / total, width / WIDTH, height / total))


def lines(figure: Figure, top: float, count: int, height: float) -> Axes:
    """Add axes without frame for ``count`` lines of text, ``height`` inches each; x in inches, y the line number."""
    sheet = axes(figure, 0, top, WIDTH, count * height)
    sheet.set_xlim(0, WIDTH)
    sheet.set_ylim(count - 0.5, -0.5)
    sheet.set_axis_off()
    return sheet


def write(sheet: Axes, x: float, y: float, text: str, **style: object) -> None:
    """Write text on axes, x in inches from the left edge of the figure, y on the axes' own scale."""
    figure_x = blended_transform_factory(sheet.figure.dpi_scale_trans, sheet.transData)
    sheet.text(x, y, text, transform=figure_x, **({"va": "center_baseline"} | style))


@cache
def text_width(text: str, size: float = TEXT, weight: str = "normal") -> float:
    """Return the width of a text in inches; ``size`` in points."""
    font = FontProperties(family="DejaVu Sans", size=size, weight=weight)
    return text_to_path.get_text_width_height_descent(text, font, ismath=False)[0] / 72


def shorten(text: str, width: float, size: float = TEXT) -> str:
    """Return the text, cut with an ellipsis if it is wider than ``width`` inches."""
    if text_width(text, size) <= width:
        return text
    kept = len(text)
    while kept and text_width(text[:kept].rstrip() + "…", size) > width:
        kept -= 1
    return text[:kept].rstrip() + "…"


def wrap(text: str, width: float, size: float = TEXT) -> list[str]:
    """Break the text at spaces into lines of at most ``width`` inches; a single word that is wider is cut."""
    broken: list[str] = []
    for word in text.split():
        longer = f"{broken[-1]} {word}" if broken else word
        if broken and text_width(longer, size) <= width:
            broken[-1] = longer
        else:
            broken.append(shorten(word, width, size))
    return broken


def save(figure: Figure) -> str:
    """Return the figure as SVG, without date, program name or anything else that changes between two runs."""
    stream = io.StringIO()
    figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    return stream.getvalue()
