"""A notebook runs again when something that it was made from changed, and only then."""

import json
import os
import re
import shutil
from pathlib import Path

import nbformat
import pytest

from il6review.runs import FailedRun, execute, keys, provisioner, run

DATA = Path(__file__).parents[2] / "data"
READ = 'from il6review import evidence\n\nprint(len(evidence.read("{}")))'


def silent(outcomes, _total):
    return outcomes


@pytest.fixture(scope="module")
def project(tmp_path_factory, write_notebook):
    """Three notebooks: `groups` reads a table, `helped` a table, a file, a folder and code, `alone` nothing."""
    root = tmp_path_factory.mktemp("project")
    (root / "data").mkdir()
    for name in ("datapackage.json", "groups.csv", "effects.csv"):
        shutil.copy(DATA / name, root / "data")
    (root / "requirements.lock").write_text("pandas==3.0.0\n")
    (root / "top.py").write_text("import middle\n")
    (root / "middle.py").write_text("def lazily():\n    import low\n\n    return low.VALUE\n")
    (root / "low.py").write_text("VALUE = 1\n")
    (root / "listed").mkdir()
    (root / "listed" / "a.txt").write_text("a")
    declared = "k: int = 3"
    write_notebook(root / "notebooks" / "groups.ipynb", READ.format("groups"), parameters=declared)
    write_notebook(
        root / "notebooks" / "helped.ipynb",
        READ.format("effects"),
        "import top\n\nprint(top.middle.lazily())",
        'from pathlib import Path\n\nprint(sorted(path.name for path in Path("listed").iterdir()))',
        parameters=declared,
    )
    write_notebook(root / "notebooks" / "alone.ipynb", "print(label)", parameters='label: str = "a"')
    return root


pytestmark = pytest.mark.usefixtures("one_warm_process")


@pytest.fixture(scope="module")
def first(project, one_warm_process):
    return run([], {}, project / "out", root=project, report=silent)


def again(project, given=None, **options):
    """Run again; gives the names of the notebooks that ran, and the run."""
    done = run([], given or {}, project / "out", root=project, report=silent, **options)
    return {name for name, outcome in done.outcomes.items() if not outcome.reused}, done


def content(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def edit(path, before, after):
    """Change a file and keep its size and time: nothing but its bytes tells that it changed."""
    stat, text = path.stat(), path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def one_value(project):
    text = (project / "data" / "groups.csv").read_text(encoding="utf-8")
    value = re.search(r",(\d\d\.\d),", text)[1]
    edit(project / "data" / "groups.csv", f",{value},", f",{value[:-1]}{9 - int(value[-1])},")


def a_cell(project):
    path = project / "notebooks" / "alone.ipynb"
    notebook = nbformat.read(path, 4)
    notebook.cells[-1].source += "  # a word"
    nbformat.write(notebook, path)


ALL = {"alone", "groups", "helped"}


@pytest.mark.parametrize(
    ("change", "ran", "why"),
    [
        (a_cell, {"alone"}, "the notebook changed"),
        (one_value, {"groups"}, "data/groups.csv changed"),
        (lambda root: edit(root / "low.py", "1", "2"), {"helped"}, "low.py changed"),
        (lambda root: (root / "listed" / "b.txt").write_text("b"), {"helped"}, "listed changed"),
        (lambda root: edit(root / "requirements.lock", "3.0.0", "3.0.1"), ALL, "requirements.lock changed"),
        (lambda root: edit(root / "data" / "datapackage.json", "1", "2"), ALL, "data/datapackage.json changed"),
    ],
    ids=["cell", "value", "function", "folder", "version", "schema"],
)
def test_change_of_an_input_runs_the_notebooks_that_it_touches(first, project, change, ran, why):
    again(project)
    before = content(project / "out")
    change(project)
    found, done = again(project)
    assert found == ran
    assert {done.why[name] for name in ran} == {why}
    assert content(project / "out") != before
    assert again(project)[0] == set()


def test_parameter_runs_the_notebook_that_takes_it_and_its_return_none(first, project):
    again(project)
    found, done = again(project, {"label": "b"})
    assert (found, done.why["alone"]) == ({"alone"}, "another value of label")
    assert again(project)[0] == set()
    assert again(project, {"label": "b"})[0] == set()


@pytest.mark.parametrize(
    ("attribute", "value", "why"),
    [("python_version", lambda: "3.99.0", "Python changed (CPython 3.11"), ("python_implementation", lambda: "X", "P")],
)
def test_another_python_runs_all(first, project, monkeypatch, attribute, value, why):
    again(project)
    monkeypatch.setattr(keys.platform, attribute, value)
    found, done = again(project)
    assert found == ALL
    assert all(reason.startswith(why) for reason in done.why.values())


def test_another_installed_package_runs_all(first, project, monkeypatch, tmp_path):
    again(project)
    (tmp_path / "added-1.0.dist-info").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    found, done = again(project)
    assert found == ALL
    assert set(done.why.values()) == {"installed packages changed"}


def test_code_of_the_package_is_among_the_inputs_with_all_that_it_imports(first):
    files = json.loads((first.folder / "runs.json").read_text())["groups"]["files"]
    assert {"data/groups.csv", "data/datapackage.json", "requirements.lock"} < set(files)
    assert {"il6review/evidence/tables.py", "il6review/evidence/sheets.py", "il6review/runs/notebook.py"} < set(files)
    assert not [name for name in files if "effects" in name or "stats" in name or name.endswith(".pyc")]


def test_fresh_run_is_identical_to_a_reused_one_to_the_byte(first, project):
    assert again(project)[0] == set()
    before = content(project / "out")
    found, done = again(project, fresh=True)
    assert found == ALL
    assert set(done.why.values()) == {"a fresh run was asked for"}
    assert content(project / "out") == before


def test_earlier_state_is_reused_when_it_comes_back(first, project):
    again(project)
    edit(project / "low.py", "VALUE", "value")
    edit(project / "middle.py", "VALUE", "value")
    assert again(project)[0] == {"helped"}
    edit(project / "low.py", "value", "VALUE")
    edit(project / "middle.py", "value", "VALUE")
    assert again(project)[0] == set()


def test_input_that_changes_during_a_run_fails_it_and_keeps_nothing(first, project):
    again(project)
    before = content(project / "out")

    def change(outcomes, _total):
        for outcome in outcomes:
            if outcome.name == "groups":
                one_value(project)
            yield outcome

    with pytest.raises(FailedRun, match=r"^data/groups.csv changed while the notebooks ran\.\nNothing was written"):
        run([], {}, project / "out", root=project, report=change, fresh=True)
    assert content(project / "out") == before
    assert again(project)[0] == {"groups"}


def test_outputs_of_a_committed_notebook_are_no_part_of_its_source(first, project):
    again(project)
    path = project / "notebooks" / "alone.ipynb"
    path.write_bytes((project / "out" / "notebooks" / "alone.ipynb").read_bytes())
    assert again(project)[0] == set()


def test_reused_notebooks_need_neither_papermill_nor_a_kernel(first, project, monkeypatch):
    again(project)
    monkeypatch.setattr(execute, "Threads", None)
    monkeypatch.setattr(provisioner, "warm_process", None)
    assert again(project)[0] == set()


def test_the_first_run_of_all_may_list_the_folder_of_the_project(tmp_path, write_notebook):
    root = tmp_path / "new"
    write_notebook(root / "notebooks" / "lists.ipynb", "import os\n\nprint(sorted(os.listdir()))")
    assert run([], {}, tmp_path / "elsewhere", root=root, report=silent).outcomes["lists"].text
