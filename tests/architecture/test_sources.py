"""What holds for every file: its size, the one clock, the one commit, the one SQLite, plain names."""

from __future__ import annotations

import ast
import re
import unicodedata
from pathlib import Path

import pytest

from tests.architecture.sources import (
    PRODUCT,
    ROOT,
    calls,
    imports,
    name_of,
    product_files,
    python_files,
    scripts,
    templates,
    tree_of,
)

LONGEST_PYTHON, LONGEST_SCRIPT = 400, 150
CLOCK_CALLS = re.compile(r"(^|\.)(datetime\.(now|utcnow|today)|date\.today|time\.time(_ns)?|clock_gettime(_ns)?)$")
CLOCK_HOMES = {"quiz_app/kernel/db.py", "quiz_app/kernel/clock.py"}
CLOCK_EXCEPTIONS: dict[str, str] = {
    "quiz_app/kernel/durable.py": "the workflow library's own store has no clock of the database to ask",
}
COMMIT_HOME = "quiz_app/kernel/db.py"
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "data", "misc"}
WORKPLACE = re.compile(r"(?<![\w.])/(work|root)/|--(extra-)?index-url|--find-links", re.IGNORECASE)


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_python_file_is_too_long() -> None:
    long = {
        name_of(path): _lines(path)
        for path in [*product_files(), *python_files("tests")]
        if _lines(path) > LONGEST_PYTHON
    }
    assert long == {}


def test_no_script_is_too_long() -> None:
    vendored = {path for path in scripts() if "vendor" in path.parts}
    long = {name_of(path): _lines(path) for path in scripts() if path not in vendored and _lines(path) > LONGEST_SCRIPT}
    assert scripts()
    assert long == {}


def test_only_the_kernel_asks_the_clock() -> None:
    askers = {
        f"{name_of(path)}:{line} {call}"
        for path in product_files()
        if name_of(path) not in CLOCK_HOMES | CLOCK_EXCEPTIONS.keys()
        for call, line in calls(path)
        if CLOCK_CALLS.search(call)
    }
    assert askers == set()


def test_every_exception_to_the_clock_is_still_one() -> None:
    still = {
        name_of(path)
        for path in product_files()
        if name_of(path) in CLOCK_EXCEPTIONS and any(CLOCK_CALLS.search(call) for call, _ in calls(path))
    }
    assert still == CLOCK_EXCEPTIONS.keys()


def test_only_one_place_commits() -> None:
    places = {name_of(path) for path in product_files() for call, _ in calls(path) if call.endswith(".commit")}
    assert places == {COMMIT_HOME}


def test_the_standard_librarys_sqlite_is_never_imported() -> None:
    """It may carry the fault that loses commits; kernel.db falls back to it only behind its guard."""
    places = {
        name_of(path)
        for path in [*product_files(), *python_files("migrations")]
        for module, _ in imports(path)
        if module.split(".")[0] == "sqlite3"
    }
    assert places == {COMMIT_HOME}


def test_no_engine_but_the_kernels() -> None:
    places = {name_of(path) for path in product_files() for call, _ in calls(path) if call.endswith("create_engine")}
    assert places == {COMMIT_HOME}


def test_imports_stand_at_the_top() -> None:
    """A late import hides a ring between features. One that has to wait says why beside its noqa."""
    late = {
        f"{name_of(path)}:{node.lineno}"
        for path in product_files()
        for outer in ast.walk(tree_of(path))
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        for node in ast.walk(outer)
        if isinstance(node, ast.Import | ast.ImportFrom)
        and not ("noqa: PLC0415" in _line(path, node.lineno) and _is_outside(node))
    }
    escapes = {name_of(path) for path in product_files() if "TYPE_CHECKING" in path.read_text(encoding="utf-8")}
    assert late == set()
    assert escapes == set()


def _line(path: Path, number: int) -> str:
    return path.read_text(encoding="utf-8").splitlines()[number - 1]


def _is_outside(node: ast.Import | ast.ImportFrom) -> bool:
    """Whether the import is of somebody else's package: our own floors have no need of late ones."""
    modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
    return not any(module.split(".")[0] in PRODUCT for module in modules)


def test_modules_and_folders_have_plain_names() -> None:
    bad = {
        name_of(path)
        for path in [*product_files(), *python_files("tests")]
        if FORBIDDEN_NAMES & {path.stem, *path.relative_to(ROOT).parts[:-1]}
    }
    assert bad == set()


def test_every_silenced_finding_gives_its_reason() -> None:
    silent = re.compile(
        r"#\s*(type: ignore(?P<code>\[[^\]]+\])?|noqa(?P<rule>:\s*[A-Z]+\d+(,\s*[A-Z]+\d+)*)?)(?P<rest>.*)$"
    )
    bad = set()
    for path in [*product_files(), *python_files("tests")]:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            found = silent.search(line)
            if found is None or "re.compile" in line:
                continue
            has_code = found["code"] or found["rule"]
            if not has_code or len(re.sub(r"\W", "", found["rest"])) < 8:
                bad.add(f"{name_of(path)}:{number}")
    assert bad == set()


def test_nothing_tells_of_the_place_where_it_was_written() -> None:
    here = Path(__file__)
    texts = [
        *product_files(),
        *python_files("tests"),
        *templates(),
        *scripts(),
        ROOT / "Makefile",
        ROOT / "pyproject.toml",
    ]
    texts += [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("requirements*"), *ROOT.glob("deploy/*")]
    bad = {
        name_of(path)
        for path in texts
        if path.is_file() and path != here and WORKPLACE.search(path.read_text(encoding="utf-8"))
    }
    assert bad == set()


def test_text_is_stored_composed() -> None:
    """Decomposed Vietnamese looks the same on the screen and is found by no search."""
    texts = [
        *product_files(),
        *templates(),
        *(ROOT / "question_bank").rglob("*.toml"),
        *(ROOT / "question_bank").rglob("*.md"),
    ]
    bad = {name_of(path) for path in texts if not unicodedata.is_normalized("NFC", path.read_text(encoding="utf-8"))}
    assert bad == set()


@pytest.mark.parametrize("folder", sorted(path.parent for path in (ROOT / "tests").rglob("__init__.py")), ids=name_of)
def test_every_test_folder_has_tests(folder: Path) -> None:
    assert list(folder.rglob("test_*.py"))
