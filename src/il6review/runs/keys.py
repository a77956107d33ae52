"""What a notebook was made from: its source, its values, the files that it read, the installation; and the key."""

import csv
import json
import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

from ..evidence import VARIABLE, parts
from .kernel import ABSENT, PACKAGE, digest

#: Files of a project that every notebook depends on, read or not: the locked versions, and the schema, which
#: also decides in which folder the tables are looked for.
ALWAYS = ("requirements.lock", "data/datapackage.json")
HEAD = "il6review/"
#: The tables are named so wherever they lie: what counts is their content.
TABLES = "data/"


@dataclass(frozen=True)
class Made:
    """What a result was made from; all that can change it.

    `source` and `files` hold SHA-256, by name for the files; `parts` those of the rows that were read of a table, by
    its name and the selection; `settings` hold what is no file.
    """

    source: str
    values: Mapping[str, object]
    settings: Mapping[str, str]
    files: Mapping[str, str]
    parts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def start(self) -> str:
        """Name what is known before a run: the source and the values."""
        return _sha256([self.source, self.values])

    @property
    def key(self) -> str:
        """Name the whole: results with the same key are the same."""
        return _sha256([self.source, self.values, self.settings, self.files, *filter(None, [self.parts])])


def _sha256(content: object) -> str:
    return sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def bare(text: str) -> str:
    """Give the source of a notebook without what a run leaves in it: outputs, counts, the kernel's names.

    Raises ValueError, KeyError or TypeError when the text is no notebook.
    """
    notebook = json.loads(text)
    for name in ("kernelspec", "language_info", "papermill"):
        notebook["metadata"].pop(name, None)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    return json.dumps(notebook, ensure_ascii=False, sort_keys=True)


def source_digest(source: str) -> str:
    """Give the SHA-256 of a bare source."""
    return sha256(source.encode()).hexdigest()


def settings() -> dict[str, str]:
    """Give what results depend on beside files: Python and the packages installed."""
    folders = [folder for folder in sys.path if os.path.isdir(folder)]
    packages = sorted(
        {name for folder in folders for name in os.listdir(folder) if name.endswith((".dist-info", ".egg-info"))}
    )
    return {
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "installed packages": _sha256(packages),
    }


@dataclass
class Present:
    """The state of a project now; each file is read once. `data` is the folder of its tables."""

    root: Path
    data: str = field(default_factory=lambda: os.environ.get(VARIABLE, ""))
    settings: Mapping[str, str] = field(default_factory=settings)
    known: dict[str, str] = field(default_factory=dict)
    texts: dict[str, parts.Rows | None] = field(default_factory=dict)

    def digest(self, name: str) -> str:
        """Give the SHA-256 of a named file or folder."""
        if name not in self.known:
            self.known[name] = digest(self._place(name))
        return self.known[name]

    def part_digest(self, name: str, selection: str) -> str:
        """Give the SHA-256 of the rows that a selection gives of a named table; ABSENT if it cannot be read."""
        if name not in self.texts:
            try:
                self.texts[name] = parts.text_rows(Path(self._place(name)))
            except (OSError, ValueError, csv.Error):
                self.texts[name] = None
        rows = self.texts[name]
        if rows is None:
            return ABSENT
        try:
            return rows.digest(rows.positions(json.loads(selection)))
        except KeyError:
            return ABSENT

    def made(
        self,
        source: str,
        values: Mapping[str, object],
        read: Mapping[str, str] = MappingProxyType({}),
        in_part: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
    ) -> Made:
        """Put together what a result was made from: what it read, and what every result depends on."""
        runs = sorted(Path(PACKAGE, "runs").glob("*.py"))
        names = [*ALWAYS, *(self.name(str(path)) for path in runs)]
        files = {name: self.digest(name) for name in names} | {self.name(path): read[path] for path in read}
        of_parts = {self.name(path): in_part[path] for path in in_part}
        return Made(source_digest(source), values, self.settings, files, of_parts)

    def name(self, path: str) -> str:
        """Name a file: from the top of the package, of the tables or of the project, else by its whole path."""
        for head, top in ((HEAD, PACKAGE), (TABLES, self._tables), ("", os.path.realpath(self.root))):
            name = head + os.path.relpath(path, top)
            if path.startswith(top + os.sep) and self._place(name) == path:
                return name
        return path

    @property
    def _tables(self) -> str:
        return os.path.realpath(self.data or os.path.join(self.root, "data"))

    def _place(self, name: str) -> str:
        if name.startswith(HEAD):
            return os.path.join(PACKAGE, name.removeprefix(HEAD))
        if name.startswith(TABLES):
            return os.path.join(self._tables, name.removeprefix(TABLES))
        return os.path.join(os.path.realpath(self.root), name)

    def changes(self, made: Made) -> list[str]:
        """Say what is no longer as it was when something was made."""
        said = [
            f"{name} changed ({made.settings.get(name, 'none')} -> {value})" if name == "Python" else f"{name} changed"
            for name, value in self.settings.items()
            if made.settings.get(name) != value
        ]
        for name, former in made.files.items():
            now = self.digest(name)
            if now != former:
                said.append(f"{name} {'is gone' if now == ABSENT else 'is new' if former == ABSENT else 'changed'}")
        for name, former in made.parts.items():
            if any(self.part_digest(name, selection) != digest for selection, digest in former.items()):
                said.append(f"{name} changed in rows that it reads")
        return said
