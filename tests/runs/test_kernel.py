import json
import os
import sys
from hashlib import sha256

import pytest

from il6review.evidence import parts
from il6review.runs import kernel
from il6review.runs.kernel import ABSENT, Finder, Notes, Source, counts, digest


@pytest.fixture
def notes(tmp_path):
    return Notes(str(tmp_path / "kernel.json.read"))


def reads(notes, path):
    notes("open", (str(path), "r", os.O_RDONLY))


def test_digest_is_that_of_the_bytes_or_of_the_names_in_a_folder(tmp_path):
    (tmp_path / "a").write_bytes(b"text")
    assert digest(str(tmp_path / "a")) == sha256(b"text").hexdigest()
    assert digest(str(tmp_path / "b")) == ABSENT
    before = digest(str(tmp_path))
    (tmp_path / "__pycache__").mkdir()
    assert digest(str(tmp_path)) == before
    (tmp_path / "b").touch()
    assert digest(str(tmp_path)) != before


def test_files_read_are_noted_as_they_were_when_first_opened(notes, tmp_path):
    path = tmp_path / "table.csv"
    path.write_bytes(b"1")
    reads(notes, path)
    path.write_bytes(b"2")
    reads(notes, path)
    reads(notes, tmp_path / "none.csv")
    assert notes.seen == {str(path): sha256(b"1").hexdigest(), str(tmp_path / "none.csv"): ABSENT}


@pytest.mark.parametrize(
    ("mode", "flags"), [("w", 0), ("xb", 0), ("a", 0), ("r+", 0), (None, os.O_WRONLY | os.O_CREAT)]
)
def test_file_that_the_kernel_writes_is_no_input(notes, tmp_path, mode, flags):
    notes("open", (str(tmp_path / "made.csv"), mode, flags))
    reads(notes, tmp_path / "made.csv")
    assert notes.seen == {}


def test_listing_of_a_folder_is_noted(notes, tmp_path):
    notes("os.scandir", (str(tmp_path),))
    assert notes.seen == {str(tmp_path): digest(str(tmp_path))}


def test_descriptors_other_events_and_the_installation_are_passed_over(notes):
    notes("open", (3, "r", 0))
    notes("compile", (None, "x"))
    for path in (os.__file__, pytest.__file__, "/proc/self/status", "/dev/null"):
        reads(notes, path)
    assert notes.seen == {}


def test_package_counts_wherever_it_is_installed(monkeypatch):
    assert counts(os.path.join(kernel.PACKAGE, "claims", "rules.yaml"))
    monkeypatch.setattr(kernel, "PACKAGE", os.path.dirname(pytest.__file__))
    assert counts(pytest.__file__)


def test_notes_are_written_whole_or_not_at_all(notes, tmp_path, monkeypatch):
    (tmp_path / "a").touch()
    reads(notes, tmp_path / "a")
    notes.write()
    written = json.loads((tmp_path / "kernel.json.read").read_text())
    assert list(written["read"]) == [str(tmp_path / "a")]
    assert written["peak"] > 10_000

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(json, "dump", full)
    notes.write()
    assert not (tmp_path / "kernel.json.read").exists()


def test_module_edited_twice_within_a_second_is_loaded_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.syspath_prepend(tmp_path)
    path = tmp_path / "helper_of_a_notebook.py"
    path.write_text("VALUE = 1\n")
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns
    import helper_of_a_notebook as before

    path.write_text("VALUE = 2\n")
    os.utime(path, ns=times)
    del sys.modules[before.__name__]
    stale = __import__(before.__name__)
    assert stale.VALUE == 1, "Python no longer takes the compiled file: the loader is not needed"
    del sys.modules[before.__name__]
    spec = Finder.find_spec(before.__name__)
    assert type(spec.loader) is Source
    monkeypatch.setattr(sys, "meta_path", [Finder, *sys.meta_path])
    assert __import__(before.__name__).VALUE == 2
    del sys.modules[before.__name__]


def test_modules_of_the_installation_load_as_ever():
    assert type(Finder.find_spec("statistics").loader) is not Source
    assert Finder.find_spec("no_such_module") is None


def read_part(notes, path, selection="[{}]", found="one"):
    notes(kernel.OPENED, (str(path), True))
    reads(notes, path)
    notes(kernel.OPENED, (str(path), False))
    notes(kernel.PART, (str(path), selection, found))


def test_of_a_file_read_in_parts_only_these_are_noted(notes, tmp_path):
    path, other = tmp_path / "groups.csv", tmp_path / "other.csv"
    notes(kernel.OPENED, (str(path), True))
    reads(notes, other)
    read_part(notes, path)
    read_part(notes, path, "[]", "two")
    assert notes.seen == {str(other): ABSENT}
    assert notes.parts == {str(path): {"[{}]": "one", "[]": "two"}}


def test_a_file_that_is_also_read_whole_counts_as_a_whole(notes, tmp_path):
    (tmp_path / "groups.csv").touch()
    read_part(notes, tmp_path / "groups.csv")
    read_part(notes, tmp_path / "effects.csv")
    reads(notes, tmp_path / "groups.csv")
    notes.write()
    written = json.loads((tmp_path / "kernel.json.read").read_text())
    assert list(written["read"]) == [str(tmp_path / "groups.csv")]
    assert written["parts"] == {str(tmp_path / "effects.csv"): {"[{}]": "one"}}


def test_the_events_have_the_names_under_which_they_are_told():
    assert (kernel.OPENED, kernel.PART) == (parts.OPENED, parts.PART)
