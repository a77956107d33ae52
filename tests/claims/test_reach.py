"""A chapter that would not run anew for a change of one row decides all its claims as before."""

import csv
import random
from shutil import copytree

import pytest

from il6review.claims import decisions
from il6review.claims.review import load
from il6review.evidence import VARIABLE, base, parts

#: Tables that own rows go to, with a column of words and one of numbers that decisions rest on.
CHANGES = {
    "groups": ("population", "centre"),
    "comparisons": ("direction", "n_a"),
    "correlations": ("direction", "r"),
    "proportions": ("arm", "percent_reported"),
}


def decided(chapter):
    """Decide all claims of a chapter anew."""
    review = load(chapter)
    found = [repr(decisions.bare(review, claim.claim_id)) for claim in review.claims()]
    assert not review.tables._held.keys() & CHANGES.keys(), "a table was read whole"
    return found


@pytest.fixture(scope="module")
def chapters(serum):
    """The decisions of each chapter, and the parts of tables that it read for them."""
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        for chapter in sorted({row["chapter"] for row in serum.tables["claims"]}):
            read = {}

            def note(event, path, *told, read=read):
                if event == parts.PART:
                    read[path, told[0]] = told[1]

            patch.setattr(parts.sys, "audit", note)
            found[chapter] = decided(chapter), read
    return found


def changed(path, column, draw):
    """Give one cell of a table the content of another row."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    row = draw.choice([row for row in rows if row[column]])
    row[column] = draw.choice([one[column] for one in rows if one[column] not in ("", row[column])])
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


@pytest.mark.parametrize("table", CHANGES)
@pytest.mark.parametrize("kind", [0, 1])
def test_chapters_whose_rows_are_the_same_decide_the_same(table, kind, chapters, tmp_path, monkeypatch):
    draw = random.Random(f"{table} {kind}")
    touched = set()
    for turn in range(3):
        folder = copytree(base(), tmp_path / str(turn))
        changed(folder / f"{table}.csv", CHANGES[table][kind], draw)
        monkeypatch.setenv(VARIABLE, str(folder))
        now = parts.text_rows(folder / f"{table}.csv")
        for chapter, (before, read) in chapters.items():
            mine = {selection: was for (path, selection), was in read.items() if path.endswith(f"{table}.csv")}
            if any(now.digest(now.positions(parts.json.loads(selection))) != was for selection, was in mine.items()):
                touched.add(chapter)
            else:
                assert decided(chapter) == before, (chapter, turn)
    assert len(touched) < len(chapters)
