"""A reader's own table that is hostile in every cell, from the command line to a book open in a browser."""

import ast
import csv
import json
import re
from dataclasses import dataclass
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest

from whole import il6review, project

CHAPTER = "ra_serum_levels"
NAME = "hostile"
#: What stands in every hostile text, and in nothing else.
MARK = "ownmark"

SCRIPT = f"<script>document.title='{MARK}';window.{MARK}=1</script>"
IMAGE = f"<img src=x onerror='window.{MARK}=2;alert(1)'>"
MARKDOWN = f"**{MARK}-1** _{MARK}-2_ [{MARK}-3](javascript:{MARK}=3) # {MARK}"
ROLES = f"{{raw}}`html {MARK}` {{claim}}`RA-999` {{n}}`{MARK}` :::{{note}} {MARK} ::: ```{{raw}} html {MARK} ```"
MATHS = f"$\\input{{/etc/passwd}}$ $${MARK}^2$$ \\({MARK}\\) \\begin{{align}}{MARK}\\end{{align}}"
TEMPLATE = f"{{{{ 7*7 }}}} {{% raw %}} {{x}} %s ${{{MARK}}} {{0.__class__}}"
QUOTES = f'\'""" \\ \'); import {MARK} #'
ENDS = f"--> ]]> </script></style></textarea></title><svg onload='window.{MARK}=4'>{MARK}"
STEERING = f"\x1b[31m{MARK}\x1b[0m\x1b]0;{MARK}\x07\u202e\u200b"
#: How a spreadsheet's formula begins.
FORMULA = ("=", "+", "-", "@")

#: A name of a folder above, and of a file, that papermill or a shell could take for more than a name.
FOLDER = 'it\'s {x} {{7*7}} "q" $(id) %s'
FILE = f'{MARK} <img src=x onerror=alert(1)> {{x}} \'"""; $x^2$ -->.csv'

SHARED = {
    "comparison_set": f"=cmd|' /C calc'!A0 {STEERING}",
    "chapter": CHAPTER,
    "population": f"RA {SCRIPT} {IMAGE}",
    "analyte": "IL-6",
    "sample": "serum",
    "unit": "pg/mL",
    "assay": f"@SUM(1+1)*cmd {MARK} {TEMPLATE}",
    "statistic": "mean_sd",
}
CASES = {
    **SHARED,
    "group_label": f"{IMAGE} {MARKDOWN} {ENDS}",
    "role": "case",
    "n": "40",
    "centre": "38.1",
    "spread": "20.2",
    "as_reported": f"38.1 ± 20.2 {SCRIPT} {MATHS}",
    "locator": f"{ROLES} {QUOTES}",
    "url": f"https://example.org/\"onmouseover='window.{MARK}=5'",
    "note": f"=HYPERLINK(1) {STEERING} {SCRIPT}",
}
CONTROLS = {
    **SHARED,
    "group_label": "controls",
    "role": "control",
    "n": "30",
    "centre": "9.4",
    "spread": "4.4",
    "as_reported": f"9.4 ± 4.4 {IMAGE} {ROLES}",
    "locator": f"+1+1 {MATHS} {ENDS}",
    "url": "unpublished",
    "note": f"{QUOTES} {MARKDOWN}",
}
#: Names for controls that are not known for such are set aside, with a reason that names them.
OTHER_SET = {"comparison_set": f"+1 {SCRIPT}"}
OTHER = {
    **OTHER_SET,
    "chapter": CHAPTER,
    "population": f"{MARKDOWN} {ROLES}",
    "group_label": f"{MATHS} {ENDS}",
    "role": "other",
    "analyte": f"{SCRIPT} {TEMPLATE}",
    "sample": f"{IMAGE} {QUOTES}",
    "unit": f"={MARK} {IMAGE}",
    "assay": ENDS,
    "statistic": "mean_only",
    "n": "5",
    "centre": "2",
}
ROWS = (CASES, CONTROLS, CASES | OTHER_SET, CONTROLS | OTHER_SET | {"group_label": f"-2+3 {SCRIPT} {TEMPLATE}"}, OTHER)


@dataclass(frozen=True)
class Made:
    """What both commands gave: the copy of the project, what they printed, and what stood in the copy before."""

    root: Path
    printed: str
    before: dict[str, str]

    @property
    def run(self) -> Path:
        return self.root / "runs" / NAME

    @property
    def book(self) -> Path:
        return self.root / "_build" / f"book-{NAME}"


def content(root: Path) -> dict[str, str]:
    """Give name and digest of each file of a project, without its results."""
    paths = [path for path in root.rglob("*") if path.is_file()]
    names = {str(path.relative_to(root)): path for path in paths}
    return {
        name: sha256(path.read_bytes()).hexdigest()
        for name, path in names.items()
        if not name.startswith((f"runs/{NAME}/", f"_build/book-{NAME}/", "_build/store/"))
    }


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Made:
    folder = tmp_path_factory.mktemp("own") / FOLDER
    root = project(folder / "project")
    table = folder / FILE
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, dict.fromkeys(name for row in ROWS for name in row))
        writer.writeheader()
        writer.writerows(ROWS)
    before = content(root)
    printed = ""
    for command in (("run", "--data", table, "--name", NAME), ("book", "--run", NAME)):
        code, output = il6review(*command, "--root", root)
        assert code == 0, output
        printed += output
    return Made(root, printed, before)


def kept(text: str) -> str:
    """Give a hostile text as the tables keep it: on one line, no control characters, no formula."""
    text = " ".join(re.sub(r"[\x00-\x1f]", " ", text).split())
    return f"'{text}" if text.startswith(FORMULA) else text


def test_what_is_printed_steers_no_terminal_and_names_the_book_last(made):
    assert "\\x1b[31m" in made.printed
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202e]", made.printed)
    assert made.printed.splitlines()[-1] == str(made.book / "index.html")


def test_run_and_book_leave_all_else_of_the_project_as_it_was(made):
    assert content(made.root) == made.before


def test_only_the_page_on_all_rows_reads_whole_tables_of_rows(made):
    runs = json.loads((made.run / "runs.json").read_text(encoding="utf-8"))
    whole = {f"data/{table}.csv" for table in ("groups", "comparisons", "correlations", "proportions")}
    assert {name for name, one in runs.items() if whole & one["files"].keys()} == {"evidence_flow"}


class Seen(HTMLParser):
    """What a browser would make of data in a piece of HTML: elements, and attributes that run."""

    def __init__(self, html: str):
        super().__init__()
        self.live, self.text, self.open = [], "", ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.open = tag
        live = [name for name, value in attributes if name.startswith("on") or "javascript:" in (value or "")]
        self.live += [f"{tag} {name}" for name in live]

    def handle_endtag(self, tag):
        self.open = ""

    def handle_data(self, data):
        self.text += data
        if MARK in data and self.open in ("script", "style", "b", "strong", "em", "h1", "svg"):
            self.live.append(self.open)


def outputs(notebook: dict, kind: str) -> str:
    found = [output.get("data", {}) for cell in notebook["cells"] for output in cell.get("outputs", ())]
    return "\n".join("".join(data.get(kind, ())) for data in found)


def test_executed_notebooks_hold_the_cells_as_text(made):
    told = ""
    for path in sorted((made.run / "notebooks").glob("*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        seen = Seen(outputs(notebook, "text/html"))
        assert seen.live == [], path.name
        told += seen.text
        for kind in ("text/markdown", "text/latex", "application/javascript"):
            assert MARK not in outputs(notebook, kind), path.name
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                ast.parse("".join(cell["source"]))
            assert MARK not in "".join(cell["source"]), path.name
    assert kept(ROWS[0]["as_reported"]) in told


def cells(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_no_text_in_a_csv_file_is_a_formula(made):
    own = cells(made.run / "own.csv")
    assert len(own) == len(ROWS) + 1
    evidence = [row for path in (made.run / "evidence").glob("*.csv") for row in cells(path) if "OWN" in str(row)]
    assert len(evidence) > len(ROWS)
    ledger = cells(made.book / "ledger.csv")
    formulas = [cell for row in (*own, *evidence, *ledger) for cell in row if cell.lstrip(" ").startswith(FORMULA)]
    assert formulas == []
    assert kept(SHARED["assay"]) in {cell for row in own for cell in row}


def test_json_files_hold_the_cells_as_text(made):
    delta = json.loads((made.run / "delta.json").read_text(encoding="utf-8"))
    assert {"WM-06", "RA-25"} <= {*delta["moved"], *delta["flipped"]}
    assert delta["own_rows"][:2] == ["OWN001", "OWN002"]
    for path in (made.run / "ledger.json", made.book / "ledger.json"):
        assert "OWN001" in json.loads(path.read_text(encoding="utf-8"))["claims"]["RA-25"]["evidence"]["rows"]
    card = json.loads((made.book / "cards" / "RA-25.json").read_text(encoding="utf-8"))
    row = next(row for row in card["evidence"]["groups"] if row["row_id"] == "OWN001")
    assert {name: row[name] for name in ROWS[0] if name not in ("n", "centre", "spread")} == {
        name: kept(text) for name, text in ROWS[0].items() if name not in ("n", "centre", "spread")
    }


def pages(book: Path) -> list[Path]:
    return sorted([*book.glob("*.html"), *book.glob("analysis/*.html")])


#: What data may not become, wherever its text stands.
LIVE = f"""() => {{
    const all = [...document.querySelectorAll("*")];
    const runs = one => [...one.attributes].some(found =>
        (found.name.startsWith("on") || /^javascript:/i.test(found.value)) && found.value.includes("{MARK}"));
    const own = one => [...one.childNodes].some(part => part.nodeType === 3 && part.data.includes("{MARK}"));
    const markup = "b, strong, em, i, math, svg *, script, style, h1, div.admonition, .math, img, iframe, template";
    return all.filter(one => runs(one) || (own(one) && one.matches(markup))
        || (one.matches("a[href]") && own(one) && !/^(https?:.*|.*html#.*)$/.test(one.getAttribute("href")))
    ).map(one => one.outerHTML.slice(0, 300));
}}"""


@pytest.mark.browser
def test_pages_that_show_the_cells_show_them_as_text_and_run_nothing(made, browser):
    shown = [path for path in pages(made.book) if MARK in path.read_text(encoding="utf-8")]
    assert {"evidence.html", f"{CHAPTER}.html", "references.html"} == {path.name for path in shown}
    page = browser.new_page()
    trouble, told = [], ""
    page.on("dialog", lambda dialog: (trouble.append(dialog.message), dialog.dismiss()))
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("request", lambda asked: asked.url.startswith(("file:", "data:")) or trouble.append(asked.url))
    page.on("requestfailed", lambda asked: trouble.append(asked.url))
    for path in shown:
        page.goto(path.as_uri())
        assert trouble == [], path.name
        assert page.evaluate(f"window.{MARK}") is None, path.name
        assert MARK not in page.title(), path.name
        assert page.evaluate(LIVE) == [], path.name
        told += page.locator("main").inner_text()
    page.close()
    told = " ".join(told.split())
    for name in ("population", "group_label", "as_reported", "locator"):
        for row in ROWS[:4]:
            assert kept(row[name]) in told, (name, kept(row[name]))


def test_each_page_says_that_it_holds_unpublished_data(made):
    said = f"This book holds unpublished data of your own: run {NAME}."
    assert [path.name for path in pages(made.book) if said not in path.read_text(encoding="utf-8")] == []


@pytest.mark.browser
def test_the_page_of_what_changed_says_what_moved_with_a_figure_before_and_after(made, browser):
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto((made.book / "index.html").as_uri())
    link = page.locator("a[href='what_changed.html']").first
    page.goto((made.book / link.get_attribute("href")).as_uri())
    delta = json.loads((made.run / "delta.json").read_text(encoding="utf-8"))
    assert page.locator("main h1").first.inner_text().startswith("What your data changed")
    assert page.get_by_text(delta["summary"]).is_visible()
    assert page.locator("figure.il6-figure img").count() > 0
    assert page.locator("figure.il6-figure figcaption").first.inner_text().startswith("Before and after your rows")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    heading = page.locator("main h3 a").first
    claim = heading.inner_text()
    assert claim in delta["claims"]
    heading.click()
    page.locator(f"article#{claim.lower()}").wait_for(state="visible")
    page.close()


def test_a_book_of_a_name_without_a_run_is_wrong_use(made):
    code, output = il6review("book", "--run", "nothing", "--root", made.root)
    assert code == 2
    assert "found no result" in output and "Mend: il6review run --data FILE --name nothing" in output
    assert not (made.root / "_build" / "book-nothing").exists()
