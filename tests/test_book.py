"""From the committed tables to the published page: fresh run, two builds, and a reader's browser."""

import ast
import csv
import filecmp
import json
import os
import re
import shutil
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import pytest
from PIL import Image

import pictures
from il6review import claims
from il6review.publish import PublishError, book
from whole import ROOT, il6review, project

CHAPTER = "ra_serum_levels"


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    """Run the committed notebooks on the committed tables."""
    out = tmp_path_factory.mktemp("run") / "run"
    _, output = il6review("run", "--fresh", "--root", ROOT, "--out", out)
    assert (out / "ledger.json").is_file(), output
    return out


@pytest.fixture(scope="module")
def built(run, tmp_path_factory) -> Path:
    return book(run, tmp_path_factory.mktemp("book") / "book", ROOT).parent


def test_the_fresh_ledger_equals_the_committed_one(run):
    changes = claims.diff(claims.loads(ROOT / "ledger.json"), claims.loads(run / "ledger.json"))
    assert not changes, "\n".join(["moved and not accepted:", *map(str, changes)])


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_forked_kernels_give_every_cell_and_figure_as_committed(run, path):
    """The run forks its kernels; nbval holds the same outputs against cold ones."""
    assert (run / "notebooks" / path.name).read_bytes() == path.read_bytes(), "Mend: il6review claims --accept"


def test_a_changed_value_turns_the_run_red_and_names_the_claims_that_moved(tmp_path):
    root = project(tmp_path)
    path = root / "data" / "groups.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    changed = next(row for row in rows if row["row_id"] == "G187")
    changed["as_reported"] = changed["as_reported"].replace(changed["centre"], "36.05")
    changed["centre"] = "36.05"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    assert il6review("check", "--root", root)[0] == 0
    code, output = il6review("run", CHAPTER, "--root", root)
    assert code == 1
    assert "WM-06.pooled_estimate" in output and "RA-25.pooled_estimate" in output


def test_ordered_stages_of_a_table_that_is_passed_in_are_tested(tmp_path):
    # A path that papermill, a template or a shell could take for more than a path.
    table = tmp_path / 'it\'s {x} {{7*7}} """ $(id) \\.csv'
    shutil.copy(ROOT / "tests" / "synthetic" / "four_stages.csv", table)
    root, out = project(tmp_path / "project"), tmp_path / "run"
    code, output = il6review("run", CHAPTER, "-p", "groups", table, "--root", root, "--out", out)
    assert code == 0, output
    notebook = (out / "notebooks" / f"{CHAPTER}.ipynb").read_text(encoding="utf-8")
    assert "linear trend" in notebook
    cells = json.loads(notebook)["cells"]
    (injected,) = (cell for cell in cells if "injected-parameters" in cell["metadata"].get("tags", ()))
    lines = ast.parse("".join(injected["source"])).body
    assert [ast.literal_eval(line.value) for line in lines] == [str(table)]
    assert f"{CHAPTER}.stages" in (out / "figures.json").read_text(encoding="utf-8")
    assert f'"{CHAPTER}.stages"' not in (ROOT / "ledger.json").read_text(encoding="utf-8")


def test_the_pictures_of_the_readme_show_the_ledger_as_it_is(run):
    with Image.open(pictures.CARD) as card:
        assert card.text["entry"] == pictures.entry(run / "ledger.json"), "stale card. Mend: make pictures"
    assert pictures.FOREST.read_bytes() == pictures.forest(run / "figures.json"), "stale plot. Mend: make pictures"
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(str(path.relative_to(ROOT)) in readme for path in (pictures.CARD, pictures.FOREST))


def differing(left: Path, right: Path) -> list[str]:
    """List the files that are not the same to the byte in two folders."""
    found = []
    for folder, _, names in os.walk(left):
        for name in names:
            one = Path(folder) / name
            two = right / one.relative_to(left)
            if not two.is_file() or not filecmp.cmp(one, two, shallow=False):
                found.append(str(one.relative_to(left)))
    return found


@pytest.fixture(scope="module")
def used(tmp_path_factory) -> Path:
    """Run one notebook with own rows in a copy of the project."""
    folder = tmp_path_factory.mktemp("used")
    assert il6review("new", folder / "mine")[0] == 0
    root = project(folder / "project")
    code, output = il6review("run", "joint_pain", "--data", folder / "mine" / "synthetic_groups.csv", "--root", root)
    assert code == 0, output
    return root


def test_two_builds_are_identical_to_the_byte_also_after_a_run_with_own_rows(run, built, used, tmp_path):
    again = book(run, tmp_path / "book", used).parent
    assert differing(built, again) == []
    assert differing(again, built) == []


def test_a_book_of_own_rows_needs_a_run_of_every_notebook(used):
    code, output = il6review("book", "--run", "synthetic_groups", "--root", used)
    assert code == 2
    others = len(list((ROOT / "notebooks").glob("*.ipynb"))) - 1
    assert f"{others} notebooks not run. Mend: il6review run --data FILE, without names." in output


def test_a_missing_key_and_a_typed_number_fail_the_build_and_leave_the_last_book(run, tmp_path):
    root = project(tmp_path / "project")
    page = root / "book" / f"{CHAPTER}.md"
    lines = page.read_text(encoding="utf-8").count("\n")
    with page.open("a", encoding="utf-8") as file:
        file.write("\nThere were 66 patients, {n}`RA-23.nothing`, and {claim}`RA-999`.\n")
    out = tmp_path / "book"
    out.mkdir()
    (out / "searchindex.js").write_text("the last good book", encoding="utf-8")
    with pytest.raises(PublishError) as error:
        book(run, out, root)
    message = str(error.value)
    assert f"{CHAPTER}.md:{lines + 2}: WARNING: typed number '66'" in message
    assert "the ledger has no number 'RA-23.nothing'" in message
    assert "the ledger has no claim 'RA-999'" in message
    assert (out / "searchindex.js").read_text(encoding="utf-8") == "the last good book"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["book", "project"]


class Links(HTMLParser):
    """Collect ids, links and pictures of a page."""

    def __init__(self):
        super().__init__()
        self.ids, self.links, self.loads, self.bare = [], [], [], []

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if found.get("id"):
            self.ids.append(found["id"])
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])
        if tag in ("script", "img", "iframe", "source") and found.get("src"):
            self.loads.append(found["src"])
        if tag == "link" and found.get("rel") in ("stylesheet", "preload"):
            self.loads.append(found["href"])
        if tag == "img" and not found.get("alt"):
            self.bare.append(found.get("src", "")[:60])


def parsed(path: Path) -> Links:
    links = Links()
    links.feed(path.read_text(encoding="utf-8"))
    return links


def pages(folder: Path) -> list[Path]:
    own = [path for path in folder.glob("*.html") if path.name not in ("genindex.html", "search.html")]
    return sorted([*own, *folder.glob("analysis/*.html")])


def test_every_link_of_a_number_a_row_or_a_card_leads_to_its_anchor(built):
    anchors = {path: set(parsed(path).ids) for path in pages(built)}
    followed = 0
    for page in anchors:
        for link in parsed(page).links:
            if ":" in link or "#" not in link:
                continue
            target, anchor = link.split("#", 1)
            path = (page.parent / target).resolve() if target else page
            if path in anchors and anchor:
                assert anchor in anchors[path], f"{page.name}: {link}"
                followed += 1
    assert followed > 500


def test_no_anchor_stands_twice_on_a_page_and_every_picture_has_words(built):
    for page in pages(built):
        found = parsed(page)
        assert len(found.ids) == len(set(found.ids)), [name for name in found.ids if found.ids.count(name) > 1]
        assert found.bare == []


def test_no_page_asks_another_host_for_anything(built):
    for page in pages(built):
        assert [load for load in parsed(page).loads if load.startswith(("http", "//"))] == [], page.name
        scripts = re.findall(r"<script[^>]*>(.*?)</script>", page.read_text(encoding="utf-8"), re.DOTALL)
        assert "://" not in "".join(scripts), page.name


@pytest.mark.browser
@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)], ids=["desktop", "phone"])
def test_a_reader_opens_the_chapter_from_disk_and_follows_a_number(built, browser, width, height):
    page = browser.new_page(viewport={"width": width, "height": height})
    trouble, outside = [], []
    page.on("requestfailed", lambda request: trouble.append(request.url))
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on(
        "request", lambda request: None if request.url.startswith(("file:", "data:")) else outside.append(request.url)
    )
    page.goto((built / f"{CHAPTER}.html").as_uri())
    cards = page.locator("article.il6-card")
    chapter = [
        key for key, entry in claims.loads(ROOT / "ledger.json")["claims"].items() if entry["chapter"] == CHAPTER
    ]
    assert cards.count() == len(chapter)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    widths = page.eval_on_selector_all(
        "figure.il6-figure img", "pictures => pictures.map(picture => picture.naturalWidth)"
    )
    assert widths and all(widths)
    page.locator("a.il6-n[href$='#n-ra-23-n-a']").first.click()
    page.locator("tr:target a").first.click()
    page.wait_for_url("**/evidence.html#k173")
    row = page.locator("tr#k173:target")
    row.wait_for(state="visible")
    assert row.locator("td a[href^=http]").count() == 1
    assert (trouble, outside) == ([], [])
    page.close()


@pytest.mark.browser
def test_the_ledger_page_filters_searches_and_sorts(built, browser):
    page = browser.new_page()
    page.goto((built / "ledger.html").as_uri())
    entries = claims.loads(ROOT / "ledger.json")["claims"]
    shown = page.locator("table.il6-ledger tbody tr:visible")
    page.get_by_label("Headline").select_option("weakened")
    weakened = {key for key, entry in entries.items() if entry["headline"] == "weakened"}
    assert shown.count() == len(weakened)
    assert page.get_by_role("status").inner_text() == f"{len(weakened)} of {len(entries)} claims"
    page.get_by_label("Words in the statement").fill("il-6 STAGE")
    found = {key for key in weakened if {"il-6", "stage"} <= set(words_of(entries[key]["statement"]))}
    assert found <= {row.split("\t")[0] for row in shown.all_inner_texts()}
    assert 0 < shown.count() < len(weakened)
    page.get_by_label("Words in the statement").fill("")
    page.get_by_label("Headline").select_option("")
    page.get_by_role("button", name="Statement").focus()
    page.keyboard.press("Enter")
    statements = page.locator("table.il6-ledger tbody td:nth-child(2)").all_inner_texts()
    assert page.locator("th[aria-sort=ascending]").inner_text().startswith("Statement")
    assert statements == page.evaluate("words => [...words].sort((a, b) => a.localeCompare(b, 'en'))", statements)
    page.close()


def words_of(text: str) -> list[str]:
    return re.findall(r"[a-z0-9-]+", text.lower())


@pytest.mark.browser
def test_ledger_and_cards_can_be_taken_away_and_cited(built, browser):
    page = browser.new_page()
    page.goto((built / "ledger.html").as_uri())
    for link in page.locator("a[download]").all():
        assert (built / link.get_attribute("href")).is_file()
    page.goto((built / f"{CHAPTER}.html").as_uri())
    card = page.locator("#ra-25")
    record = json.loads((built / card.locator("a[download]").get_attribute("href")).read_text(encoding="utf-8"))
    card.get_by_text("Cite this card").click()
    assert f"card RA-25, data {record['data_version']}" in card.inner_text()
    page.close()


@pytest.mark.browser
def test_without_script_text_findings_and_tables_are_there(built, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((built / f"{CHAPTER}.html").as_uri())
    assert page.locator("#ra-25 dl").is_visible()
    assert page.locator("figure.il6-figure img:visible").count() > 0
    page.locator("figure.il6-figure summary:visible").first.click()
    assert page.locator("figure.il6-figure table:visible").count() == 1
    page.goto((built / "ledger.html").as_uri())
    assert page.locator("table.il6-ledger tbody tr:visible").count() == len(
        claims.loads(ROOT / "ledger.json")["claims"]
    )
    assert page.locator("form.il6-filter").is_hidden()
    context.close()


#: What stands many times alike on a page; the first of them stand for the rest.
ALIKE = (
    "tbody tr:nth-child(n+6)",
    "article.il6-card ~ article.il6-card ~ article.il6-card",
    "li:nth-child(n+6)",
    "dt:nth-of-type(n+8)",
    "dd:nth-of-type(n+8)",
    "div.citation:nth-of-type(n+6)",
)
#: Mode and width that a page is read in.
READERS = tuple((mode, *size) for mode in ("light", "dark") for size in ((1280, 900), (390, 844)))
NO_TRANSITION = """addEventListener("DOMContentLoaded", () => document.head.append(
    Object.assign(document.createElement("style"), {textContent: "* {transition: none !important}"})))"""
AXE = """alike => {
    document.querySelectorAll(alike.join()).forEach(one => one.remove());
    return axe.run(document, {resultTypes: ["violations"]});
}"""


@pytest.mark.browser
def test_axe_finds_no_barrier_on_any_page(built, browser):
    """Each page is read in one mode and width, by turns; `make axe` reads each page in all of them."""
    axe = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
    context = browser.new_context(reduced_motion="reduce")
    context.add_init_script(NO_TRANSITION)
    found = []
    for turn, path in enumerate(pages(built)):
        for mode, width, height in READERS if os.environ.get("IL6REVIEW_AXE") else READERS[turn % 4 :][:1]:
            page = context.new_page()
            page.emulate_media(color_scheme=mode)
            page.set_viewport_size({"width": width, "height": height})
            page.goto(path.as_uri())
            page.evaluate(axe)
            assert page.evaluate("document.documentElement.dataset.theme") == mode
            result = page.evaluate(AXE, ALIKE)
            assert result["passes"], "axe looked at nothing"
            found += [
                f"{path.name}, {mode}, {width}: {violation['id']}: {node['html'][:120]}"
                for violation in result["violations"]
                for node in violation["nodes"]
            ]
            page.close()
    context.close()
    assert not found, "\n".join(found)


def table(name: str) -> list[dict[str, str]]:
    with (ROOT / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_no_claim_source_citation_check_or_defect_is_left_out_of_the_book(built):
    evidence = set(parsed(built / "evidence.html").ids)
    for name, key in (("citation_checks", "check_id"), ("defects", "defect_id")):
        assert {row[key].lower() for row in table(name)} <= evidence, name
    assert {f"source-{row['source_key'].lower()}" for row in table("sources")} <= evidence
    decided = claims.loads(ROOT / "ledger.json")["claims"]
    told = {row["claim_id"] for row in table("claims")}
    assert told == decided.keys()
    cards = {
        chapter: set(parsed(built / f"{chapter}.html").ids) for chapter in {row["chapter"] for row in table("claims")}
    }
    for claim_id in told:
        assert claim_id.lower() in cards[decided[claim_id]["chapter"]]
        assert (built / "cards" / f"{claim_id}.json").is_file()
