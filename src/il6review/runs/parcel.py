"""A project packed to travel to a worker that shares no file system with us."""

import io
import json
import os
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from .jobs import Job, Outcome
from .kernel import PACKAGE

#: Folders of a project that stay here: what is built, the package, which a worker has, and the notebooks, which
#: travel with each job. What is hidden stays too.
LEFT = ("_build", "src", "notebooks")
PROJECT, GIVEN = "project", "given"


@dataclass(frozen=True)
class Parcel:
    """The files of a project as a zip archive, and where they lie here.

    `given` holds the files outside the project that a parameter names; `package` is the folder of our code.
    """

    run: str
    content: bytes
    root: str
    given: tuple[str, ...]
    package: str = PACKAGE

    def places(self, top: Path) -> dict[str, str]:
        """Tell for each place of an unpacked parcel, under `top`, which place here it stands for."""
        given = {str(top / _name(position, path)): path for position, path in enumerate(self.given)}
        return {**given, str(top / PROJECT): self.root, PACKAGE: self.package}


def pack(run: str, root: Path, jobs: Iterable[Job]) -> Parcel:
    """Pack the files of a project and those that jobs name in their values. Raises OSError if one cannot be read."""
    root = Path(os.path.realpath(root))
    values = sorted({value for job in jobs for value in job.values.values() if isinstance(value, str)})
    given = tuple(value for value in values if os.path.isabs(value) and os.path.isfile(value))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in _files(root):
            archive.writestr(f"{PROJECT}/{path.relative_to(root).as_posix()}", path.read_bytes())
        for position, path in enumerate(given):
            archive.writestr(_name(position, path), Path(path).read_bytes())
    return Parcel(run, buffer.getvalue(), str(root), given)


def _files(root: Path) -> Iterator[Path]:
    """Find the files that travel, in the order of their names."""
    for folder, names, files in os.walk(root):
        top = Path(folder) == root
        names[:] = sorted(
            name for name in names if not (name.startswith(".") or name == "__pycache__" or (top and name in LEFT))
        )
        yield from (Path(folder, name) for name in sorted(files) if not name.startswith("."))


def _name(position: int, path: str) -> str:
    return f"{GIVEN}/{position}/{os.path.basename(path)}"


def unpack(parcel: Parcel, top: Path) -> None:
    """Unpack a parcel in the new folder `top`."""
    (top / PROJECT).mkdir(parents=True)
    with zipfile.ZipFile(io.BytesIO(parcel.content)) as archive:
        archive.extractall(top)


def sent(job: Job, places: Mapping[str, str]) -> Job:
    """Let the values of a job name the files where they were unpacked."""
    here = {there: here for here, there in places.items()}
    values = {name: here.get(value, value) if isinstance(value, str) else value for name, value in job.values.items()}
    return replace(job, values=values)


def back(outcome: Outcome, places: Mapping[str, str]) -> Outcome:
    """Let an outcome name each file by where it lies at home."""
    text, problem = outcome.text, outcome.problem
    for here, there in places.items():
        text = text.replace(_json(here), _json(there))
        problem = problem.replace(here, there)
    return replace(
        outcome,
        text=text,
        problem=problem,
        read={_moved(path, places): found for path, found in outcome.read.items()},
        parts={_moved(path, places): found for path, found in outcome.parts.items()},
    )


def _json(path: str) -> str:
    """Write a path as it stands within a text of a notebook file."""
    return json.dumps(path, ensure_ascii=False)[1:-1]


def _moved(path: str, places: Mapping[str, str]) -> str:
    for here, there in places.items():
        if path == here or path.startswith(here + os.sep):
            return there + path.removeprefix(here)
    return path
