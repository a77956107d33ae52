"""One notebook over a grid: what is refused, what runs, what a line holds, and what is written."""

import csv
import io

import pytest

from il6review import MIME, sweep
from il6review.runs import Line, RunError, Sweep, load_grid
from il6review.runs import sweep as runs_sweep
from il6review.runs.sweeps import combinations

DECLARED = 'k: int = 3\nmeasure: str = "ROM"  # measure, one of: ROM, SMD'
SHOW = f"""
from IPython.display import display

assert k != 9, "=k is 9"
number = {{"label": "k", "value": k * 2.5, "text": "", "digits": 1, "unit": "", "rows": []}}
checks = ("citation", "recomputation", "evidence")
entry = {{"headline": "=stands", **{{check: {{"finding": measure}} for check in checks}}}}
payload = {{"kind": "decision", "claim_id": "RA-1", "entry": entry, "numbers": {{"RA-1.estimate": number}}}}
display({{"{MIME}": payload, "text/plain": ""}}, raw=True)
"""


def silent(outcomes, _total):
    return outcomes


@pytest.fixture
def root(tmp_path, write_notebook):
    write_notebook(tmp_path / "notebooks" / "joint.ipynb", SHOW, parameters=DECLARED)
    return tmp_path


def grid(tmp_path, text):
    path = tmp_path / "grid.yml"
    path.write_text(text, encoding="utf-8")
    return path


def swept(root, values, chosen=(), report=silent):
    out = root / "out"
    return runs_sweep("joint", values, out, root=root, report=report, files=lambda done: sweep.files(done, chosen))


def table(done):
    return list(csv.DictReader(io.StringIO((done.folder / "table.csv").read_text(encoding="utf-8"))))


@pytest.mark.usefixtures("one_warm_process")
def test_every_combination_is_a_line_failed_ones_with_the_reason_and_results_are_reused(root):
    names = []

    def report(outcomes, total):
        for outcome in outcomes:
            names.append((outcome.name, total))
            yield outcome

    done = swept(root, {"k": [3, 9], "measure": ["ROM", "SMD"]}, report=report)
    assert sorted(names) == [(f"joint {number}", 4) for number in (1, 2, 3, 4)]
    lines = table(done)
    assert [(line["run"], line["k"], line["measure"]) for line in lines] == [
        ("1", "3", "ROM"), ("2", "3", "SMD"), ("3", "9", "ROM"), ("4", "9", "SMD"),
    ]  # fmt: skip
    assert [line["RA-1 evidence"] for line in lines] == ["ROM", "SMD", "", ""]
    assert [line["RA-1.estimate"] for line in lines] == ["7.5", "7.5", "", ""]
    assert lines[0]["RA-1 headline"] == "'=stands"
    assert lines[2]["problem"].startswith("joint.ipynb, code cell 2, ") and "=k is 9" in lines[2]["problem"]
    assert sorted(path.name for path in done.folder.iterdir()) == ["heat_map.html", "heat_map.svg", "table.csv"]
    assert 'alt="Heat map of RA-1.estimate' in (done.folder / "heat_map.html").read_text(encoding="utf-8")
    before = (done.folder / "table.csv").read_bytes()
    assert swept(root, {"k": [3, 9], "measure": ["ROM", "SMD"]}).reused == 2
    assert (done.folder / "table.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"k": [3, "x"], "measure": ["MD"]},
         "joint.ipynb, parameter k: found 'x', expected int, a whole number. "
         "Mend: give a value like the default, 3.\njoint.ipynb, parameter measure: found 'MD', expected measure, "
         "one of: ROM, SMD. Did you mean SMD? Mend: give a value like the default, 'ROM'."),
        ({"kk": [1]}, "parameter kk: found no such parameter. Did you mean k?"),
    ],
)  # fmt: skip
def test_wrong_name_or_value_is_refused_before_anything_runs(root, values, expected):
    with pytest.raises(RunError) as caught:
        swept(root, values)
    assert str(caught.value) == expected
    assert not (root / "out").exists() and not (root / "_build").exists()


def test_unknown_notebook_and_folder_with_other_things_are_refused(root):
    with pytest.raises(RunError, match=r"^notebook joynt: found no such notebook\. Did you mean joint\?$"):
        runs_sweep("joynt", {"k": [1]}, root / "out", root=root, report=silent, files=None)
    with pytest.raises(RunError, match="found something else than a former run"):
        runs_sweep("joint", {"k": [1]}, root / "notebooks", root=root, report=silent, files=None)


def test_combinations_come_with_the_last_parameter_fastest_and_values_of_their_type(root):
    found = combinations(root / "notebooks" / "joint.ipynb", {"k": ["1", 2], "measure": ["ROM", "SMD"]})
    assert [tuple(one.values()) for one in found] == [(1, "ROM"), (1, "SMD"), (2, "ROM"), (2, "SMD")]


def test_grid_is_read_as_a_list_of_values_for_each_parameter(tmp_path):
    assert load_grid(grid(tmp_path, "k: [1, 2]\nmeasure:\n  - ROM\n")) == {"k": [1, 2], "measure": ["ROM"]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("k: [1", r"line 1: found no YAML, expected a list of values for each parameter\. Mend: "),
        ("k: !!python/object/apply:os.getcwd []", "line 1: found no YAML"),
        ("", r"grid\.yml: expected a list of values"),
        ("- 1", r"grid\.yml: expected a list of values"),
        ("k: 1", r"grid\.yml, k: found 1, expected a list"),
        ("k: []", r"grid\.yml, k: found \[\], expected a list"),
        ("1: [2]", r"grid\.yml, 1: found \[2\], expected a list"),
        ("k: [1, 2, 1]", r"grid\.yml, k: found 1 twice, expected each value once"),
        ("k: [1, 2]\nk: [3]", r"line 2: found k twice, expected each parameter once"),
    ],
)
def test_grid_of_another_shape_is_refused_with_its_place(tmp_path, text, expected):
    with pytest.raises(RunError, match=expected):
        load_grid(grid(tmp_path, text))


def test_grid_that_is_not_there_is_told(tmp_path):
    with pytest.raises(RunError, match=r"grid\.yml: cannot be read \(No such file or directory\)"):
        load_grid(tmp_path / "grid.yml")


def sweep_of(*lines):
    return Sweep("joint", None, [Line(values, {}, numbers) for values, numbers in lines], 0)


def test_heat_map_is_of_the_estimate_that_differs_over_the_first_two_parameters_with_several_values():
    lines = [
        ({"one": 1, "a": a, "b": b, "c": c}, {"x": 1.0, "x.low": a, "x.estimate": 100 * a + 10 * b + c})
        for a in (1, 2) for b in (1, 2) for c in (1, 2)
    ]  # fmt: skip
    done = sweep_of(*lines)
    assert sweep.telling(done, ["x", "x.low", "x.estimate"]) == "x.estimate"
    figure = sweep.heat_map(done, "x.estimate")
    assert figure.columns == ("a \\ b", "1", "2")
    assert figure.table == (("1", "111", "121"), ("2", "211", "221"))
    assert "Held at their first value: c 1." in figure.caption


def test_chosen_numbers_alone_are_kept_and_an_unknown_one_is_refused():
    done = sweep_of(({"a": 1}, {"x": 1.0, "y": 2.0}), ({"a": 2}, {"x": 1.0, "y": 3.0}))
    assert sweep.files(done, ["x"])["table.csv"] == "run,a,problem,x\n1,1,,1.0\n2,2,,1.0\n"
    assert "Heat map of x:" in sweep.files(done, ["x", "y"])["heat_map.html"]
    with pytest.raises(RunError, match=r"^number z: found no such number\. Known: x, y\.$"):
        sweep.files(done, ["z"])


def test_sweep_in_which_all_failed_has_a_table_alone():
    done = Sweep("joint", None, [Line({"a": 1}, {}, {}, "broke")], 0)
    assert sweep.files(done, ["x"]) == {"table.csv": "run,a,problem\n1,1,broke\n"}
