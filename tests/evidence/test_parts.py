import pytest

from il6review.evidence import Parts, Rows, parts, selection

ROWS = [
    {"row_id": "G001", "analyte": "IL-6", "sample": "serum", "claim_ids": "RA-1;RA-12"},
    {"row_id": "G002", "analyte": "IL-6", "sample": "", "claim_ids": ""},
    {"row_id": "G003", "analyte": "TNF", "sample": "serum", "claim_ids": "RA-2"},
]


def chosen(*wheres):
    return Rows(ROWS).positions(selection(*wheres))


@pytest.mark.parametrize(
    ("wheres", "found"),
    [
        ([{"analyte": "IL-6"}], [0, 1]),
        ([{"analyte": ["IL-6", "TNF"], "sample": "serum"}], [0, 2]),
        ([{"sample": ""}], [1]),
        ([{"analyte": "IL"}], []),
        ([{"analyte": []}], []),
        ([{}], [0, 1, 2]),
        ([{"analyte": [], "sample": "serum"}, {"analyte": "TNF"}], [2]),
        ([], []),
        ([{"row_id": "G003"}, {"row_id": ["G003", "G001"]}], [0, 2]),
        ([{"analyte": "TNF", "row_id": "G001"}, {"sample": "", "analyte": "IL-6"}], [1]),
        ([{"claim_ids": "RA-1"}], [0]),
        ([{"claim_ids": ["RA-2", "RA-12"]}], [0, 2]),
        ([{"claim_ids": ""}], [1]),
    ],
)
def test_rows_are_selected_by_words_in_their_order_and_once(wheres, found):
    assert chosen(*wheres) == found


def test_a_column_that_is_not_there_is_no_empty_selection():
    with pytest.raises(KeyError):
        chosen({"analyt": "IL-6"})


def test_a_selection_has_one_form():
    assert selection({"b": "x", "a": ("z", "y", "z")}) == [{"a": ["y", "z"], "b": ["x"]}]
    assert [*selection({"b": "x", "a": {"y"}})[0]] == ["a", "b"]


def digest(rows, *wheres):
    held = Rows(rows)
    return held.digest(held.positions(selection(*wheres)))


@pytest.mark.parametrize(
    ("change", "same"),
    [
        (lambda rows: rows[2].update(sample="plasma"), True),
        (lambda rows: rows.insert(0, rows.pop()), True),
        (lambda rows: rows.pop(2), True),
        (lambda rows: rows[1].update(sample="plasma"), False),
        (lambda rows: rows[2].update(analyte="IL-6"), False),
        (lambda rows: rows.insert(0, rows.pop(1)), False),
        (lambda rows: rows.pop(1), False),
        (lambda rows: [row.update(note="") for row in rows], False),
    ],
)
def test_the_digest_is_that_of_the_selected_rows_in_their_order(change, same):
    rows = [dict(row) for row in ROWS]
    change(rows)
    assert (digest(rows, {"analyte": "IL-6"}) == digest(ROWS, {"analyte": "IL-6"})) is same


def test_no_row_has_a_digest_of_its_own():
    assert digest(ROWS, {"analyte": "CRP"}) == digest([], {"analyte": "IL-6"}) == parts.NO_ROWS
    assert digest(ROWS, {"analyte": "TNF"}) != parts.NO_ROWS


def test_only_tables_of_own_rows_may_be_absent(tmp_path):
    assert parts.text_rows(tmp_path / "own_links.csv").rows == []
    with pytest.raises(FileNotFoundError):
        parts.text_rows(tmp_path / "groups.csv")


def test_a_line_with_too_few_or_too_many_cells_can_be_told_from_others(tmp_path):
    path = tmp_path / "comparisons.csv"
    path.write_text("row_id,claim_ids\nK1\nK2,RA-1;RA-2\nK3,RA-3,more\n", encoding="utf-8")
    held = parts.text_rows(path)
    assert held.positions(selection({"claim_ids": "RA-2"})) == [1]
    assert len({held.digest([0]), held.digest([1]), held.digest([2])}) == 3


@pytest.fixture
def told(monkeypatch):
    events = []
    monkeypatch.setattr(parts.sys, "audit", lambda *event: events.append(event))
    return events


def typed(frame):
    return tuple(frame.to_dict("records"))


def test_a_part_is_told_with_its_digest_between_opening_and_the_next(data, told):
    effects = Parts("effects", data, typed)
    rows = effects.part(selection({"row_id": ["E002", "E001"]}))
    assert [row["row_id"] for row in rows] == ["E001", "E002"] and isinstance(rows[0]["estimate"], float)
    path = str(data / "effects.csv")
    begun, ended, part = told
    assert (begun, ended) == ((parts.OPENED, path, True), (parts.OPENED, path, False))
    assert part[:3] == (parts.PART, path, '[{"row_id": ["E001", "E002"]}]')
    held = parts.text_rows(data / "effects.csv")
    assert part[3] == held.digest([0, 1])


def test_own_sources_that_are_not_there_are_told_as_no_row(data, told):
    assert Parts("own_sources", data, typed).part(selection({})) == ()
    assert told[-1] == (parts.PART, str(data / "own_sources.csv"), "[{}]", parts.NO_ROWS)
