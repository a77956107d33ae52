import re
from pathlib import Path

import pytest
import yaml

from il6review.publish import own

DELTA = "# What changed\n\n**1 of 2 claims moved**\n\n## Moved (1)\n\n| number | move |\n|---|---|\n| votes | +1 |\n"


@pytest.fixture
def stage(tmp_path):
    config = {"sphinx": {"config": {"html_theme_options": {"show_navbar_depth": 2}}}}
    (tmp_path / "_config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    toc = {"format": "jb-book", "root": "index", "parts": [{"caption": "Chapters", "chapters": []}]}
    (tmp_path / "_toc.yml").write_text(yaml.safe_dump(toc), encoding="utf-8")
    (tmp_path / "run").mkdir()
    return tmp_path


def test_each_page_is_marked_and_the_page_of_what_changed_comes_first(stage):
    own.stage(own.Own("mine", Path("evidence"), (DELTA,)), stage)
    config = yaml.safe_load((stage / "_config.yml").read_text(encoding="utf-8"))
    options = config["sphinx"]["config"]["html_theme_options"]
    assert options == {
        "show_navbar_depth": 2,
        "announcement": "This book holds unpublished data of your own: run mine.",
    }
    toc = yaml.safe_load((stage / "_toc.yml").read_text(encoding="utf-8"))
    assert [part["caption"] for part in toc["parts"]] == ["Your data", "Chapters"]
    assert (stage / "what_changed.md").read_text(encoding="utf-8").startswith("# What your data changed\n")
    assert "<strong>1 of 2 claims moved</strong>" in (stage / "run" / "own.html").read_text(encoding="utf-8")


def test_figures_come_first_then_the_reports_below_the_title(read_page):
    told = own.Own("mine", Path("evidence"), (DELTA, "# Your persons\n\n## IL-6\n"), ("<figure>drawn</figure>",))
    page = read_page(own.report(told))
    assert [tag for tag, _ in page.elements if tag in ("figure", "h1", "h2", "h3")] == ["figure", "h2", "h2", "h3"]
    assert "What changed" not in page.text
    assert ("div", {"class": "il6-scroll", "role": "group", "aria-label": "Table", "tabindex": "0"}) in page.elements


@pytest.mark.parametrize(("lines", "tables", "fold"), [(5, [5], ""), (6, [6], ""), (7, [5, 2], "2 more lines")])
def test_a_long_table_shows_its_first_lines_and_folds_the_others(read_page, lines, tables, fold):
    delta = DELTA + "".join(f"| more {number} | {number} |\n" for number in range(1, lines))
    html = own.report(own.Own("mine", Path("evidence"), (delta,)))
    found = [read_page(part) for part in html.split("<table>")[1:]]
    assert [[tag for tag, _ in page.elements].count("tr") - 1 for page in found] == tables
    assert all(page.text.split()[:2] == ["number", "move"] for page in found)
    assert re.findall("<summary>(.*?)<", html) == ([fold] if fold else [])
    assert html.count("<tr>") == html.count("</tr>") and f"more {lines - 1}" in html


def test_markup_in_a_report_is_shown_and_not_obeyed(hostile, read_page):
    page = read_page(own.report(own.Own("mine", Path("evidence"), (f"# What changed\n\n{hostile}\n\n{{n}}`RA-25`\n",))))
    assert page.tags <= {"p", "code"}
    assert "<script>alert(1)</script>" in page.text


CLAIMS = """# What changed

## Moved without a flip (1)

### RA-25: stands

Claim: RA-26: as high as in RA-27.

## Untouched (3)

WM-01, RA-22a, RA-99
"""
LINKS = {name: f"chapter.html#{name.lower()}" for name in ("RA-25", "RA-26", "RA-22a", "WM-01")}


def test_claims_in_headings_and_the_untouched_lead_to_their_cards(read_page):
    html = own.linked(own.report(own.Own("mine", Path("evidence"), (CLAIMS,))), LINKS)
    page = read_page(html)
    assert page.links == ["chapter.html#ra-25", "chapter.html#wm-01", "chapter.html#ra-22a"]
    assert '<h3><a href="chapter.html#ra-25">RA-25</a>: stands</h3>' in html
    assert re.search(r"</h2>\n<details class=\"il6-fold\"><summary>Which</summary><p>.*RA-99</p></details>", html)
    assert own.linked("<p>RA-25: x</p><h3>Untouched (3)</h3>\n<p>RA-25</p>", LINKS).count("<a ") == 0
