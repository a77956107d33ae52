import pytest

from il6review.publish.accessible import MENDS, mended

TOGGLE = '<details><summary><span class="toctree-toggle" role="presentation"></span></summary></details>'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (TOGGLE, TOGGLE.replace("<summary>", '<summary aria-label="Pages of this chapter">')),
        (
            '<div id="pst-primary-sidebar" class="x">',
            '<div id="pst-primary-sidebar" role="navigation" aria-label="Book" class="x">',
        ),
        ('<div class="citation" id="a" role="doc-biblioentry">', '<div class="citation" id="a">'),
        ('<div role="list" class="citation-list">', '<div class="citation-list">'),
    ],
)
def test_what_the_theme_leaves_unnamed_is_mended(before, after):
    assert mended(f"<p>{before}</p>") == f"<p>{after}</p>"


def test_all_else_stays_as_it_is():
    page = '<details><summary>How robust is this?</summary></details><div role="list"></div>'
    assert mended(page) == page
    assert len(MENDS) == 4
