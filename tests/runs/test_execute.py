import json
import pickle
import sys
from pathlib import Path

import nbformat
import pytest

from il6review import MIME, claims
from il6review.runs import FailedRun, Job, Outcome, RunError, is_default, kernels, parcel, provisioner, run
from il6review.runs.kernels import OwnKernel, cell_name
from il6review.runs.notebook import read
from il6review.runs.store import Found, Store

SHOW = f"""
import os, sys
from pathlib import Path
from IPython.display import display
def show(payload):
    display({{"{MIME}": payload, "text/plain": payload["kind"]}}, raw=True)
"""
NUMBER = {"label": "k", "text": "3", "unit": "", "rows": []}
STATE = """
print(sys.executable, flush=True)
print(Path.cwd().name, os.environ["PYTHONHASHSEED"], {"a", "b", "c", "d"}, k)
print("late", file=sys.stderr)
"""


def silent(outcomes, _total):
    return outcomes


def content(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def text_of(path):
    outputs = [output for cell in nbformat.read(path, 4).cells for output in cell.get("outputs", ())]
    return "".join(output.get("text", "") for output in outputs)


@pytest.fixture(scope="module")
def root(tmp_path_factory, write_notebook):
    """A project with two notebooks: `k` is a parameter of both, `label` of one."""
    root = tmp_path_factory.mktemp("a {strange} name") / "project"
    show_number = f'show({{"kind": "numbers", "numbers": {{"anaemia.k": {NUMBER}}}}})'
    write_notebook(
        root / "notebooks" / "anaemia.ipynb",
        SHOW,
        STATE,
        show_number,
        parameters='k: int = 3\nlabel: str = "a"',
    )
    write_notebook(
        root / "notebooks" / "fatigue.ipynb",
        SHOW,
        'show({"kind": "figure", "key": "fatigue.forest"})\nshow({"kind": "figure", "key": "a.first"})',
        "print(k)",
        parameters="k: int = 3",
    )
    return root


@pytest.fixture(scope="module")
def first(root, tmp_path_factory):
    """A run with parameters, on a machine whose `python3` kernel is another program."""
    kernel = tmp_path_factory.mktemp("jupyter") / "kernels" / "python3" / "kernel.json"
    kernel.parent.mkdir(parents=True)
    kernel.write_text(json.dumps({"argv": ["false"], "display_name": "other", "language": "python"}))
    out = tmp_path_factory.mktemp("out") / "run"
    before = Path.cwd()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(kernel.parents[2]))
        done = run([], {"k": "7", "label": "mine"}, out, root=root, report=silent)
    assert Path.cwd() == before
    return done


def test_run_writes_notebooks_ledger_and_figures(first):
    assert sorted(content(first.folder)) == [
        "figures.json",
        "ledger.json",
        "notebooks/anaemia.ipynb",
        "notebooks/fatigue.ipynb",
        "runs.json",
    ]
    assert first.ledger == {"claims": {}, "numbers": {"anaemia.k": NUMBER}}
    assert claims.loads(first.folder / "ledger.json") == first.ledger
    figures = json.loads((first.folder / "figures.json").read_text())
    assert list(figures) == ["a.first", "fatigue.forest"]
    assert figures["a.first"] == {"kind": "figure", "key": "a.first", "html": ""}
    assert list(first.notebooks) == list(first.outcomes) == ["anaemia", "fatigue"]
    assert all(path.is_file() for path in first.notebooks.values())


def test_kernel_is_this_interpreter_in_the_project_with_a_fixed_hash_seed(first):
    lines = text_of(first.notebooks["anaemia"]).splitlines()
    assert lines[0] == sys.executable
    assert lines[1].startswith("project 0 {")
    assert lines[2] == "late"


def test_text_printed_in_parts_is_one_output(first):
    outputs = nbformat.read(first.notebooks["anaemia"], 4).cells[-2].outputs
    assert [output.name for output in outputs] == ["stdout", "stderr"]


def test_parameter_goes_to_the_notebooks_that_declare_it(first):
    given = {name: read(path).metadata.papermill.parameters for name, path in first.notebooks.items()}
    assert given == {"anaemia": {"k": 7, "label": "mine"}, "fatigue": {"k": 7}}
    assert text_of(first.notebooks["fatigue"]) == "7\n"


def test_second_run_is_identical_to_the_byte_and_replaces_the_first(first, root):
    before = content(first.folder)
    (first.folder / "figures.json").write_text("{}")
    again = run([], {"k": 7, "label": "mine"}, first.folder, root=root, report=silent, fresh=True)
    assert not any(outcome.reused for outcome in again.outcomes.values())
    assert content(first.folder) == before
    assert [path.name for path in first.folder.parent.iterdir()] == ["run"]


def test_failed_cell_is_named_with_its_reason_and_the_former_run_stays(tmp_path, write_notebook):
    code = ('import this_is_not\n"second line"', "print('never')")
    write_notebook(tmp_path / "notebooks" / "joint.ipynb", *code, parameters="k: int = 3")
    out = tmp_path / "run"
    (out / "notebooks").mkdir(parents=True)
    (out / "ledger.json").write_text("former")
    (out / "figures.json").write_text("former")
    before = content(out)
    with pytest.raises(FailedRun) as caught:
        run(["joint"], {"k": "4"}, out, root=tmp_path, report=silent)
    assert caught.value.problems == (
        "joint.ipynb, code cell 2, `import this_is_not`: ModuleNotFoundError: No module named 'this_is_not'",
        "Without a problem: none. Nothing was written.",
    )
    assert content(out) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["_build", "notebooks", "run"]


def fake_execution(monkeypatch, problems=(), payload=None):
    """Let each notebook end at once; those named in `problems` fail."""

    def execute_at_once(job, *_, **__):
        node = nbformat.reads(job.source, 4)
        node.metadata.papermill = {"parameters": dict(job.values)}
        if payload:
            node.cells[-1].outputs = [nbformat.v4.new_output("display_data", data={MIME: payload})]
        problem = f"{job.name} broke" if job.name in problems else ""
        return Outcome(job.name, 0.5, "" if problem else nbformat.writes(node), problem)

    replace_execution(monkeypatch, execute_at_once)


def replace_execution(monkeypatch, execute):
    """Let `execute` run the jobs; nothing is reused or kept, no warm process starts."""
    monkeypatch.setattr(Store, "find", lambda *_: Found("not asked"))
    monkeypatch.setattr(Store, "keep", lambda *_: None)
    monkeypatch.setattr(kernels, "execute", execute)
    monkeypatch.setattr(provisioner, "why_cold", lambda: "not wanted here")


def test_failure_tells_of_the_other_notebooks(root, tmp_path, monkeypatch):
    fake_execution(monkeypatch, problems=["fatigue"])
    with pytest.raises(FailedRun) as caught:
        run([], {}, tmp_path / "run", root=root, report=silent)
    assert str(caught.value) == "fatigue broke\nWithout a problem: anaemia. Nothing was written."
    assert not (tmp_path / "run").exists()


def test_named_notebooks_alone_run(root, tmp_path, monkeypatch):
    fake_execution(monkeypatch)
    done = run(["fatigue", "fatigue"], {}, tmp_path / "deep" / "run", root=root, report=silent)
    assert list(done.notebooks) == ["fatigue"]


def test_default_run_is_told_from_one_with_parameters_or_of_some_notebooks(root, tmp_path, monkeypatch):
    fake_execution(monkeypatch)
    out = tmp_path / "run"
    assert not is_default(out, root)
    for names, given, default in [([], {}, True), (["fatigue"], {}, False), ([], {"label": "b"}, False)]:
        run(names, given, out, root=root, report=silent)
        assert is_default(out, root) is default


def test_figure_drawn_twice_is_refused(root, tmp_path, monkeypatch):
    fake_execution(monkeypatch, payload={"kind": "figure", "key": "x"})
    with pytest.raises(FailedRun, match=r"^x is drawn twice\. Mend: give each figure a key of its own\.$"):
        run([], {}, tmp_path / "run", root=root, report=silent)


def test_interrupted_run_starts_no_other_notebook_and_writes_nothing(tmp_path, write_notebook, monkeypatch):
    for number in range(9):
        write_notebook(tmp_path / "notebooks" / f"n{number}.ipynb")
    started, seen = [], []

    def slow(job, *_, stopped, **__):
        started.append(job.name)
        seen.append(stopped.wait(5))
        return Outcome(job.name, 0.1, job.source)

    def interrupt(_outcomes, _total):
        raise KeyboardInterrupt

    replace_execution(monkeypatch, slow)
    with pytest.raises(KeyboardInterrupt):
        run([], {}, tmp_path / "run", root=tmp_path, report=interrupt)
    assert len(started) < 9
    assert all(seen)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("names", "given", "expected"),
    [
        (["anemia"], {}, "notebook anemia: found no such notebook. Did you mean anaemia?"),
        (["zzz"], {}, "notebook zzz: found no such notebook. Known: anaemia, fatigue."),
        ([], {"lable": "x"}, "parameter lable: found no such parameter. Did you mean label?"),
        (["fatigue"], {"label": "x"}, "parameter label: found no such parameter. Known: k."),
        ([], {"k": "x"}, "anaemia.ipynb, parameter k: found 'x', expected int, a whole number. "
         "Mend: give a value like the default, 3."),
    ],
)  # fmt: skip
def test_wrong_use_is_refused_before_anything_runs(root, tmp_path, names, given, expected):
    with pytest.raises(RunError) as caught:
        run(names, given, tmp_path / "run", root=root, report=silent)
    assert str(caught.value) == expected
    assert not isinstance(caught.value, FailedRun)
    assert not (tmp_path / "run").exists()


def test_project_without_notebooks_is_refused(tmp_path):
    with pytest.raises(RunError, match=r"found no notebook\. Mend: restore the folder `notebooks`"):
        run([], {}, tmp_path / "run", root=tmp_path, report=silent)


@pytest.mark.parametrize("name", ["thesis.docx", "ledger.json"])
def test_folder_with_other_things_is_never_replaced(root, tmp_path, name):
    (tmp_path / name).write_text("precious")
    with pytest.raises(RunError, match="found something else than a former run, which would be lost"):
        run([], {}, tmp_path, root=root, report=silent)
    with pytest.raises(RunError, match="found something else than a former run, which would be lost"):
        run([], {}, tmp_path / name, root=root, report=silent)
    assert (tmp_path / name).read_text() == "precious"


@pytest.mark.parametrize(("injected", "position", "number"), [(False, 2, 2), (True, 3, 2), (True, 4, 3), (True, 1, 1)])
def test_failed_cell_is_counted_as_in_the_source(tmp_path, write_notebook, injected, position, number):
    source = read(write_notebook(tmp_path / "a.ipynb", "1 / 0", "2 / 0"))
    first_line = {1: 'measure: str = "ROM"  # effect measure, one of: SMD, MD, ROM', 2: "1 / 0", 3: "2 / 0"}[number]
    assert cell_name(source, injected, position) == f", code cell {number}, `{first_line}`"
    assert cell_name(source, injected, -1) == ""


def test_job_and_outcome_can_be_sent_elsewhere():
    job = Job("a", "{}", {"k": 3}, 5.0)
    outcome = Outcome("a", 0.5, "text", read={"/a": "b"}, parts={"/a": {"[]": "c"}})
    assert pickle.loads(pickle.dumps((job, outcome))) == (job, outcome)


def test_outcome_names_files_by_where_they_lie_at_home():
    there = Outcome("a", 0.5, read={"/w/p/x": "b", "/usr/y": "c"}, parts={"/w/p/data/groups.csv": {"[]": "d"}})
    here = parcel.back(there, {"/w/p": "/here"})
    assert here.read == {"/here/x": "b", "/usr/y": "c"}
    assert here.parts == {"/here/data/groups.csv": {"[]": "d"}}


def test_own_kernel_needs_no_kernel_spec_on_disk(monkeypatch, tmp_path):
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    spec = OwnKernel(kernel_name="python3").kernel_spec
    assert spec.argv == [
        sys.executable,
        "-P",
        "-Xfrozen_modules=off",
        str(Path(kernels.__file__).with_name("kernel.py")),
        "-f",
        "{connection_file}",
    ]
    assert spec.env == {"PYTHONHASHSEED": "0"}
