import os

import pytest

from il6review import swap


def folder(path, text):
    path.mkdir()
    (path / "file").write_text(text)
    return path


@pytest.mark.parametrize("system", ["linux", "darwin"])
def test_new_folder_takes_the_place_and_the_former_is_beside_it(tmp_path, monkeypatch, system):
    monkeypatch.setattr(swap.sys, "platform", system)
    new, old = folder(tmp_path / "new", "new"), folder(tmp_path / "old", "old")
    swap.replace(new, old)
    assert ((old / "file").read_text(), (new / "file").read_text()) == ("new", "old")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "old"]


def test_first_folder_takes_an_empty_place(tmp_path):
    swap.replace(folder(tmp_path / "new", "new"), tmp_path / "old")
    assert (tmp_path / "old" / "file").read_text() == "new"
    assert not (tmp_path / "new").exists()


@pytest.mark.skipif(not hasattr(os, "posix_spawn") or swap.sys.platform != "linux", reason="Linux alone exchanges")
def test_on_linux_no_moment_is_without_a_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "replace", None)
    swap.replace(folder(tmp_path / "new", "new"), folder(tmp_path / "old", "old"))
    assert (tmp_path / "old" / "file").read_text() == "new"
