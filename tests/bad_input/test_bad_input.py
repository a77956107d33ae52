"""Whatever is wrong with a file, the message says what and how to mend it, and nothing else happens."""

import errno
import os
import re
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from bad_input import corpus
from il6review import cli


def snapshot(folder):
    """Name and state of everything in a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() and not path.is_symlink() else None
        for path in folder.rglob("*")
    }


def told(result):
    """The messages in what was printed: problems, and what click says of wrong use."""
    lines = (result.stdout + result.stderr).splitlines()
    return [
        line for line in lines if "Mend: " in line or re.fullmatch(r"and [0-9]+ more", line) or line[:7] == "Error: "
    ]


def run(case, folder):
    """Make the file of a case in `folder`, the working folder, and give it to the command line."""
    corpus.make(case, folder)
    before = snapshot(folder)
    arguments = case.get("command") or ["check", case.get("file", "my.csv"), *case.get("args", [])]
    return before, CliRunner().invoke(cli.main, arguments)


@pytest.fixture(autouse=True)
def inside(tmp_path, monkeypatch):
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("case", corpus.CASES, ids=lambda case: case["name"])
def test_the_message_is_exact_and_nothing_is_written(case, inside):
    before, result = run(case, inside)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert told(result) == case["says"]
    assert result.exit_code == case["exit"]
    assert "Traceback" not in result.output
    assert snapshot(inside) == before
    assert [path.name for path in inside.parent.iterdir()] == ["work"]
    # A cell steers nothing: no control character reaches the terminal.
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u202a-\u202e]", result.output)


def test_the_corpus_is_large_and_its_cases_differ():
    assert len(corpus.CASES) >= 120
    assert max(Counter(case["name"] for case in corpus.CASES).values()) == 1
    assert {case["exit"] for case in corpus.CASES} == {1, 2}


@pytest.mark.parametrize("case", corpus.CASES, ids=lambda case: case["name"])
def test_every_message_says_what_was_expected_and_how_to_mend_it(case):
    for message in case["says"]:
        if not re.fullmatch(r"and [0-9]+ more|Error: .+ Mend: .+", message):
            assert re.fullmatch(r"(?s).*: (found .*, )?expected .+\. Mend: .+", message), message
    assert case["says"]


@pytest.mark.parametrize("name", corpus.GOOD)
def test_the_good_tables_are_good(name, inside):
    corpus.make({"base": name}, inside)
    result = CliRunner().invoke(cli.main, ["check", "my.csv"])
    assert (result.exit_code, told(result)) == (0, [])
    assert f"--kind {name})" in result.output


def failing(error):
    def fail(*_, **__):
        raise error

    return fail


FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
READ_ONLY = OSError(errno.EROFS, os.strerror(errno.EROFS))
DENIED = PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def test_an_unreadable_file_is_told(inside, monkeypatch):
    corpus.make({"base": "persons"}, inside)
    monkeypatch.setattr(Path, "read_bytes", failing(DENIED))
    result = CliRunner().invoke(cli.main, ["check", "my.csv"])
    assert (result.exit_code, told(result)) == (
        2,
        ["my.csv: expected a file that can be read (Permission denied). Mend: correct its name or its rights."],
    )


@pytest.mark.parametrize(("error", "reason"), [(FULL, "No space left on device"), (READ_ONLY, "Read-only file system")])
@pytest.mark.parametrize("step", ["mkdir", "write_text"])
def test_a_folder_that_cannot_be_written_leaves_nothing(inside, monkeypatch, error, reason, step):
    monkeypatch.setattr(Path, step, failing(error))
    result = CliRunner().invoke(cli.main, ["new", "study"])
    assert (result.exit_code, told(result)) == (
        2,
        [f"study: expected a place that can be written ({reason}). Mend: name another place, or make room there."],
    )
    assert list(inside.iterdir()) == []


def test_a_disk_that_is_full_at_the_last_file_leaves_nothing(inside, monkeypatch):
    monkeypatch.setattr(os, "rename", failing(FULL))
    result = CliRunner().invoke(cli.main, ["new", "study"])
    assert result.exit_code == 2
    assert list(inside.iterdir()) == []


@pytest.mark.parametrize("error", [FULL, READ_ONLY])
def test_a_mapping_that_cannot_be_kept_leaves_nothing(inside, monkeypatch, error):
    corpus.make({"base": "persons", "rename": {"value": "v"}}, inside)
    monkeypatch.setattr(os, "replace", failing(error))
    result = CliRunner().invoke(cli.main, ["check", "my.csv", "--map", "value=v", "--save-mapping", "map.yml"])
    assert result.exit_code == 2
    assert told(result) == [
        f"map.yml: expected a place that can be written ({error.strerror}). "
        "Mend: name another place, or make room there."
    ]
    assert [path.name for path in inside.iterdir()] == ["my.csv"]


def test_the_full_device_is_told(inside):
    if not Path("/dev/full").exists():
        pytest.skip("this system has no full device")
    corpus.make({"base": "persons"}, inside)
    result = CliRunner().invoke(cli.main, ["check", "my.csv", "--save-mapping", "/dev/full"])
    assert result.exit_code == 2
    assert told(result) == ["/dev/full: expected a name that is free. Mend: name another file, or remove this one."]
