"""Every refusal has words that a person can read, and its facts fill them."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import string
from collections.abc import Iterator

from flask import Flask

import quiz_app
from quiz_app.kernel.errors import Refused, SignInNeeded
from tests.architecture.sources import ROOT, dotted, name_of, product_files, tree_of


def _all_refusals() -> list[type[Refused]]:
    for module in pkgutil.walk_packages(quiz_app.__path__, "quiz_app."):
        importlib.import_module(module.name)
    return sorted(_below(Refused), key=lambda kind: f"{kind.__module__}.{kind.__name__}")


def _below(kind: type[Refused]) -> set[type[Refused]]:
    found = {below for below in kind.__subclasses__() if below.__module__.startswith("quiz_app.")}
    return found | {deeper for below in found for deeper in _below(below)}


def _fields(words: str) -> set[str]:
    return {name.split(".")[0].split("[")[0] for _, name, _, _ in string.Formatter().parse(words) if name}


def test_every_refusal_has_words(app: Flask) -> None:
    words: dict[type[Refused], str] = app.extensions["refusal_words"]
    abstract = {kind for kind in _all_refusals() if kind.__subclasses__()}
    wordless = [kind.__name__ for kind in _all_refusals() if not any(base in words for base in kind.__mro__[:-1])]
    assert [name for name in wordless if name not in {kind.__name__ for kind in abstract}] == []


def test_words_are_finished_vietnamese_sentences(app: Flask) -> None:
    words: dict[type[Refused], str] = app.extensions["refusal_words"]
    marks = re.compile(r"[à-ỹđ]", re.IGNORECASE)
    bad = {kind.__name__: text for kind, text in words.items() if not marks.search(text) or text[-1] not in ".!?}"}
    assert bad == {}


def _raised() -> Iterator[tuple[str, int, str, set[str]]]:
    """Every place that raises or builds a refusal by name: file, line, class, names of the facts."""
    names = {kind.__name__ for kind in _all_refusals()}
    for path in product_files():
        for node in ast.walk(tree_of(path)):
            if not isinstance(node, ast.Raise) or node.exc is None:
                continue
            call = node.exc
            target = call.func if isinstance(call, ast.Call) else call
            name = dotted(target).rsplit(".", 1)[-1]
            if name in names:
                keywords = {word.arg or "**" for word in call.keywords} if isinstance(call, ast.Call) else set()
                yield name_of(path), node.lineno, name, keywords


def test_every_refusal_is_raised_with_the_facts_its_words_need(app: Flask) -> None:
    words: dict[type[Refused], str] = app.extensions["refusal_words"]
    needed = {}
    for kind in _all_refusals():
        if "__init__" in kind.__dict__:
            continue  # gives its facts itself; the test below builds those
        text = next((words[base] for base in kind.__mro__ if base in words), "")
        needed[kind.__name__] = _fields(text)
    bad = {
        f"{file}:{line} {name} lacks {sorted(needed[name] - given)}"
        for file, line, name, given in _raised()
        if name in needed and "**" not in given and not needed[name] <= given
    }
    assert bad == set()


def test_no_two_features_word_the_same_refusal(app: Flask) -> None:
    features = [name for name in app.blueprints if not name.endswith("_manage")]
    seen: dict[type[Refused], str] = {}
    for feature in features:
        try:
            labels = importlib.import_module(f"quiz_app.{feature}.labels")
        except ModuleNotFoundError:
            continue
        for kind in labels.REFUSALS:
            assert kind not in seen, f"{kind.__name__} has words in {seen[kind]} and {feature}"
            seen[kind] = feature


def test_statuses_are_those_the_error_page_has_a_heading_for() -> None:
    page = (ROOT / "quiz_app/web/templates/layouts/error.html").read_text(encoding="utf-8")
    headed = {int(code) for code in re.findall(r"\b([45]\d\d):", page)}
    assert {kind.status for kind in _all_refusals()} - {SignInNeeded.status} <= headed
