"""Keep the names of interleukins in one piece: a browser would end a line after the hyphen."""

import re

#: Comments, elements whose text is no prose or may hold no mark-up, tags with their attributes, and the names sought.
PARTS = re.compile(
    r"<!--.*?-->"
    r"|<(script|style|title|option|textarea|svg|pre)\b.*?</\1>"
    r"|<(?:\"[^\"]*\"|'[^']*'|[^'\">])*>"
    r"|\b(?P<name>s?IL-\d\w*)",
    re.DOTALL,
)


def kept_together(page: str) -> str:
    """Return the HTML of a page with every name such as IL-6 or sIL-6R in its text kept on one line."""
    return PARTS.sub(
        lambda found: f'<span class="il6-nobr">{found["name"]}</span>' if found["name"] else found[0], page
    )
