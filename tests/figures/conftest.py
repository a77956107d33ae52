"""What a test sees of a picture: the names of its marks and the texts in it."""

import html
import re
import xml.etree.ElementTree as ET

import pytest

#: Labels that a table may hold and that must stay what they are.
HOSTILE = (
    "<script>alert(1)</script>",
    "$x^2$ $",
    r"\LaTeX \n",
    "{x} %s",
    "a & b -- c",
    "Ali\n\x00\x1b 2019",
    "",
    "–" * 90,
)


@pytest.fixture
def hostile():
    return HOSTILE


@pytest.fixture
def names():
    """Return a function: the ids of the parts of a picture that begin with a text, in the order drawn."""

    def read(svg, start):
        return [part.get("id") for part in ET.fromstring(svg).iter() if part.get("id", "").startswith(start)]

    return read


@pytest.fixture
def texts():
    """Return a function: the texts of a picture in the order written; each stands beside its outlines as a comment."""

    def read(svg):
        return [html.unescape(text) for text in re.findall(r"<!-- (.*?) -->", svg, flags=re.DOTALL)]

    return read


@pytest.fixture
def place():
    """Return a function: x and y, in points, where a named mark of a picture stands or its outline begins."""

    def read(svg, name):
        part = svg.split(f'<g id="{name}">', 1)[1]
        first = re.search(r'<use [^>]*x="([-\d.]+)" y="([-\d.]+)"|d="M ([-\d.]+) ([-\d.]+)[^>]*clip-path', part)
        return tuple(float(number) for number in first.groups() if number)

    return read
