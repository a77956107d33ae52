"""Whatever is wrong with a file, the message says what and how to mend it, and nothing else happens."""

import errno
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from bad_input import corpus
from il6review import cli
from il6review.evidence import templates


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


#: The command line in a process of its own, whose files may not grow beyond so many bytes or whose rights are taken.
LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from il6review import cli
from il6review.evidence import column_maps, own, templates
{limit}
cli.main(sys.argv[1:], "il6review")
"""


def limited(limit, *arguments):
    """Call the command line under a limit of the system."""
    code = LIMITED.format(limit=limit)
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)


def full_after(size):
    return f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))"


TOO_LARGE = "expected a place that can be written (File too large). Mend: name another place, or make room there."


def failing(error):
    def fail(*_, **__):
        raise error

    return fail


FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
READ_ONLY = OSError(errno.EROFS, os.strerror(errno.EROFS))


def test_an_unreadable_file_is_told(inside):
    corpus.make({"base": "persons"}, inside)
    (inside / "my.csv").chmod(0)
    # Root may read whatever its rights are, so it becomes nobody, who may not read Python: all is imported before.
    nobody = "import os\nfrom il6review.claims import below_detection\nif os.getuid() == 0: os.setuid(65534)"
    result = limited(nobody, "check", "my.csv")
    assert (result.returncode, told(result)) == (
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


@pytest.mark.parametrize("size", [0, 4000])
def test_a_folder_whose_files_cannot_be_written_whole_leaves_nothing(inside, size):
    assert max(map(len, templates.files().values())) > 4000
    result = limited(full_after(size), "new", "study")
    assert (result.returncode, told(result)) == (
        2,
        [f"study: {TOO_LARGE}"],
    )
    assert list(inside.iterdir()) == []


def test_a_mapping_that_cannot_be_written_whole_leaves_nothing(inside):
    corpus.make({"base": "persons", "rename": {"value": "v"}}, inside)
    result = limited(full_after(5), "check", "my.csv", "--map", "value=v", "--save-mapping", "map.yml")
    assert (result.returncode, told(result)) == (
        2,
        [f"map.yml: {TOO_LARGE}"],
    )
    assert [path.name for path in inside.iterdir()] == ["my.csv"]


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
