"""The product's files, as the architecture tests read them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = ("quiz_app", "question_bank", "deploy")


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def product_files() -> list[Path]:
    return [*python_files(*PRODUCT), ROOT / "wsgi.py"]


def templates() -> list[Path]:
    return sorted((ROOT / "quiz_app").rglob("templates/**/*.html"))


def scripts() -> list[Path]:
    return sorted((ROOT / "quiz_app").rglob("*.js"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def nodes_of(path: Path) -> list[ast.AST]:
    return list(ast.walk(tree_of(path)))


@cache
def calls(path: Path) -> list[tuple[str, int]]:
    """Every call in the file as dotted words (`datetime.now`, `session.commit`) with its line."""
    return [(dotted(node.func), node.lineno) for node in nodes_of(path) if isinstance(node, ast.Call)]


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Every module that the file imports, with its line."""
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "", node.lineno


def dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return ""
