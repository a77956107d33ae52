"""Mend what the theme leaves unnamed for readers who hear the page or use the keyboard alone."""

import re

#: What is written by the theme or by the bibliography, and what a screen reader needs in its place.
MENDS = (
    # The arrow that unfolds a chapter in the sidebar has a picture and no name.
    (r'<summary>(?=<span class="toctree-toggle")', '<summary aria-label="Pages of this chapter">'),
    # Title and search stand outside every landmark.
    (r'<div id="pst-primary-sidebar"', '<div id="pst-primary-sidebar" role="navigation" aria-label="Book"'),
    # Entries of the bibliography carry a role that was withdrawn, in a list whose items are none.
    (r' role="doc-biblioentry"', ""),
    (r'<div role="list" class="citation-list">', '<div class="citation-list">'),
)


def mended(page: str) -> str:
    """Return the HTML of a page with the names that the theme leaves out; all else stays as it is."""
    for pattern, replacement in MENDS:
        page = re.sub(pattern, replacement, page)
    return page
