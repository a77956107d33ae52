"""The house holds: who may import whom, and what must not stand in the tree."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "il6review"

ALLOWED = {
    "stats": set(),
    "evidence": set(),
    "claims": {"evidence", "stats"},
    "figures": {"stats"},
    "runs": {"claims", "evidence"},
    "publish": {"claims"},
}


def imported_parts(path: Path) -> set[str]:
    """Name the parts of the package that a module imports; the package root itself is open to all."""
    found = set()
    depth = len(path.relative_to(PACKAGE).parts)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.startswith("il6review")}
        elif isinstance(node, ast.ImportFrom):
            base = ["il6review", *path.relative_to(PACKAGE).parts][: depth + 1 - node.level] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            if module.startswith("il6review"):
                found |= {f"{module}.{alias.name}" for alias in node.names}
    return {name.split(".")[1] for name in found if name.count(".")}


@pytest.mark.parametrize("part", ALLOWED)
def test_a_part_imports_only_what_stands_to_its_left(part):
    parts = set(ALLOWED) | {"cli"}
    for path in sorted((PACKAGE / part).rglob("*.py")):
        foreign = imported_parts(path) & parts - {part}
        assert foreign <= ALLOWED[part], f"{path.relative_to(ROOT)} imports {foreign - ALLOWED[part]}"


def test_every_part_of_the_package_has_a_rule():
    assert {path.parent.name for path in PACKAGE.glob("*/__init__.py")} == set(ALLOWED)


def test_the_import_rule_sees_every_form_of_import(tmp_path):
    path = PACKAGE / "stats" / "imagined.py"
    source = "from ..claims import x\nfrom .. import runs\nimport il6review.publish\nfrom il6review.evidence import y\n"
    imagined = type(path)(path)
    tree_of = {imagined: source}

    class Fake(type(path)):
        def read_text(self, encoding=None):
            return tree_of[path]

    assert imported_parts(Fake(path)) == {"claims", "runs", "publish", "evidence"}


def test_scipy_stays_in_one_module():
    users = [
        str(path.relative_to(PACKAGE))
        for path in sorted(PACKAGE.rglob("*.py"))
        if re.search(r"^\s*(?:from|import) scipy", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert users == ["stats/distributions.py"]


def committed_files() -> list[Path]:
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listing.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listing.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def test_no_path_of_a_machine_and_no_registry_stands_in_the_tree():
    forbidden = re.compile(
        rb"(?<![\w.])/(?:work|farm|root|home/\w+|Users/\w+)/|https?://[\w./-]*(?:pypi|pythonhosted|npmjs)[\w.-]*"
    )
    found = [
        f"{path.relative_to(ROOT)}: {match[0].decode()}"
        for path in committed_files()
        if path.suffix not in (".png",) and path != Path(__file__).resolve()
        for match in forbidden.finditer(path.read_bytes())
    ]
    assert found == []


def test_the_lock_has_a_hash_for_every_package_and_no_address():
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    packages = re.split(r"\n(?=\S)", text.strip())
    assert len(packages) > 100
    assert all("--hash=sha256:" in package for package in packages)
    assert "://" not in text
    assert "rfc3987-syntax" not in text
