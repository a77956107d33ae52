"""Files that are put in place together: killed at any step, they are all the former ones or become all the new ones."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress

import pytest
from click.testing import CliRunner

from il6review import cli, journal

NAMES = ("data/groups.csv", "data/README.md", "notebooks/anaemia.ipynb", "ledger.json", "CHANGELOG.md")
OLD, NEW = dict.fromkeys(NAMES, b"old"), dict.fromkeys(NAMES, b"new")
#: Renames of `put`: the one that decides, one for each file, the one that ends it.
RENAMES = len(NAMES) + 2
KILLED = """
import os, signal, sys
from pathlib import Path
from il6review import journal
left = int(sys.argv[2])

def killing(rename):
    def call(source, target):
        global left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        rename(source, target)
    return call

os.rename, os.replace = killing(os.rename), killing(os.replace)
journal.put(Path(sys.argv[1]), dict.fromkeys(sys.argv[3:], b"new"))
"""


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A project with the files that are replaced, and one beside them that is not."""
    for name in (*NAMES, "data/datapackage.json", "README.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"old")
    (tmp_path / "data" / "datapackage.json").write_text('{"resources": []}')
    monkeypatch.delenv("IL6REVIEW_DATA", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(root):
    return {name: (root / name).read_bytes() for name in NAMES}


def killed(root, renames):
    """Put the files in a process of its own, which is killed after so many renames."""
    ended = subprocess.run([sys.executable, "-c", KILLED, root, str(renames), *NAMES], check=False)
    assert ended.returncode == (-signal.SIGKILL if renames < RENAMES else 0)


def waiting(root, states=None, **texts):
    """Leave a folder as a killed process does, or as nobody should."""
    folder = root / journal.WAITING
    for name, text in {"data/groups.csv": b"new", **texts}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text)
    (folder / journal.JOURNAL).write_text(json.dumps(states))
    return folder


def states(**changed):
    former, new = (journal.hashlib.sha256(text).hexdigest() for text in (b"old", b"new"))
    return {"data/groups.csv": [former, new], **changed}


def check(root):
    return CliRunner().invoke(cli.main, ["claims", "--root", str(root)])


def test_killed_before_the_decision_all_files_are_the_former_ones(root):
    killed(root, 0)
    assert found(root) == OLD
    assert "Finished" not in check(root).stderr
    assert found(root) == OLD
    journal.put(root, NEW)
    assert found(root) == NEW
    assert not [path for path in root.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("renames", range(1, RENAMES - 1))
def test_killed_between_any_two_renames_the_next_command_finishes(root, renames):
    killed(root, renames)
    assert sum(text == b"new" for text in found(root).values()) == renames - 1
    result = check(root)
    assert result.stderr.splitlines()[0] == "Finished an accept that was stopped: 5 files in place."
    assert found(root) == NEW
    assert (root / "README.md").read_bytes() == b"old"
    assert not [path for path in root.iterdir() if path.name.startswith(".")]
    assert "Finished" not in check(root).stderr


def test_killed_before_the_last_rename_all_is_in_place_and_told_once(root):
    killed(root, RENAMES - 1)
    assert found(root) == NEW
    assert "Finished" in check(root).stderr
    assert "Finished" not in check(root).stderr
    assert found(root) == NEW


def test_not_killed_nothing_is_left_behind(root):
    killed(root, RENAMES)
    assert found(root) == NEW
    assert not [path for path in root.iterdir() if path.name.startswith(".")]


def test_a_fault_before_the_decision_leaves_the_former_files(root, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "rename", full)
    with pytest.raises(OSError, match="No space left"):
        journal.put(root, NEW)
    assert found(root) == OLD
    assert not [path for path in root.iterdir() if path.name.startswith(".")]


def test_a_fault_after_the_decision_is_told_and_finished_later(root, monkeypatch):
    def denied(*_):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", denied)
        with pytest.raises(journal.JournalError, match=r"Permission denied.*Mend: "):
            journal.put(root, NEW)
        assert check(root).exit_code == 2
    check(root)
    assert found(root) == NEW


@pytest.mark.parametrize(
    "name", ["README.md", "../stolen.csv", "data/../README.md", "data/datapackage.json", "/etc/hosts", "data/x/y.csv"]
)
def test_a_journal_that_names_another_file_touches_nothing(root, name):
    waiting(root, states(**{name: states()["data/groups.csv"]}))
    before = found(root)
    result = check(root)
    assert result.exit_code == 2
    assert "found " + repr(name) in result.stderr
    assert "Mend: " in result.stderr
    assert found(root) == before
    assert (root / "README.md").read_bytes() == b"old"
    with pytest.raises(journal.JournalError):
        journal.put(root, {name: b"new"})


@pytest.mark.parametrize("content", [None, [], {"ledger.json": "x"}, {"ledger.json": ["a"]}, {"ledger.json": [1, 2]}])
def test_what_is_no_journal_is_told(root, content):
    waiting(root, content)
    result = check(root)
    assert result.exit_code == 2
    assert "expected the journal of il6review accept. Mend: remove" in result.stderr
    assert found(root) == OLD


def test_a_file_that_was_edited_in_between_stays(root):
    waiting(root, states())
    (root / "data" / "groups.csv").write_bytes(b"edited")
    result = check(root)
    assert result.exit_code == 2
    assert "changed after il6review accept was stopped" in result.stderr
    assert (root / "data" / "groups.csv").read_bytes() == b"edited"


def test_waiting_files_that_were_edited_are_not_taken(root):
    waiting(root, states(), **{"data/groups.csv": b"forged"})
    assert check(root).exit_code == 2
    assert found(root) == OLD


@pytest.mark.parametrize("link", ["data", f"{journal.WAITING}/data", f"{journal.WAITING}", "data/groups.csv"])
def test_no_link_leads_out_of_the_project(root, link, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "it"
    waiting(root, states())
    os.rename(root / link, outside)
    (root / link).symlink_to(outside)
    before = {str(path): path.read_bytes() for path in outside.parent.rglob("*") if path.is_file()}
    with pytest.raises(journal.JournalError, match="undo links"):
        journal.finish(root)
    assert {str(path): path.read_bytes() for path in outside.parent.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    "command", ["check", "run", "claims", "claims --accept", "accept study", "book", "sweep anaemia --grid grid.yml"]
)
def test_every_command_that_reads_the_project_looks_for_waiting_files(root, command):
    waiting(root, [])
    result = CliRunner().invoke(cli.main, [*command.split(), "--root", str(root)])
    assert result.exit_code == 2
    assert "expected the journal of il6review accept" in result.stderr


@pytest.mark.parametrize("link", [journal.UNDECIDED, f"{journal.UNDECIDED}/data"])
def test_what_was_left_undecided_is_not_written_into(root, link, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    (root / link).parent.mkdir(exist_ok=True)
    (root / link).symlink_to(outside)
    with suppress(FileExistsError):
        journal.put(root, NEW)
    assert list(outside.iterdir()) == []
    assert found(root) in (OLD, NEW)
