"""Templates: nothing inline, nothing unescaped, fields only through their component."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

from tests.architecture.sources import ROOT, calls, name_of, product_files, templates

UI = ROOT / "quiz_app/web/templates/ui"
PLAIN_INPUTS = {"hidden", "submit", "button", "image"}
MARKUP_HOME = "quiz_app/web/filters.py"  # the only code that vouches for HTML: what the bank's renderer has cleaned
SAFE_HOMES = {"quiz_app/web/templates/ui/icon.html": "its own drawings"}


def _without_comments(path: Path) -> str:
    return re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)


@pytest.mark.parametrize("path", templates(), ids=name_of)
def test_nothing_is_inline(path: Path) -> None:
    """The policy of the site forbids it, so it would silently do nothing."""
    text = _without_comments(path)
    assert re.findall(r"<[a-z][^>]*\sstyle\s*=", text, re.IGNORECASE) == []
    assert re.findall(r"<[a-z][^>]*\son[a-z]+\s*=", text, re.IGNORECASE) == []
    assert re.findall(r"<style\b", text) == []
    assert re.findall(r"javascript:", text) == []
    for attributes in re.findall(r"<script\b([^>]*)>", text):
        assert "src=" in attributes or 'type="application/json"' in attributes


@pytest.mark.parametrize("path", templates(), ids=name_of)
def test_nothing_comes_from_elsewhere(path: Path) -> None:
    assert re.findall(r"(?:src|href|action)\s*=\s*[\"'](?:https?:)?//", _without_comments(path)) == []


@pytest.mark.parametrize("path", templates(), ids=name_of)
def test_nothing_is_declared_safe(path: Path) -> None:
    text = _without_comments(path)
    assert len(re.findall(r"\|\s*safe\b", text)) == (1 if name_of(path) in SAFE_HOMES else 0)
    assert re.findall(r"autoescape\s+false", text) == []


def test_only_one_place_vouches_for_html() -> None:
    homes = {
        name_of(path) for path in product_files() for call, _ in calls(path) if call in {"Markup", "markupsafe.Markup"}
    }
    assert homes == {MARKUP_HOME}


@pytest.mark.parametrize("path", [path for path in templates() if not path.is_relative_to(UI)], ids=name_of)
def test_fields_come_from_their_component(path: Path) -> None:
    """Only so does every field have its label, its hint and its error in the same words and places."""
    text = _without_comments(path)
    assert re.findall(r"<(?:select|textarea)\b", text) == []
    raw = [
        attributes
        for attributes in re.findall(r"<input\b([^>]*)>", text)
        if _kind(attributes) not in PLAIN_INPUTS and 'class="choice' not in attributes
    ]
    is_sitting = "<fieldset" in text and "choice__" in text  # the answers of a question: a component of the sitting
    assert raw == [] or (is_sitting and all(_kind(attributes) in {"radio", "checkbox"} for attributes in raw))


def _kind(attributes: str) -> str:
    """The type of an input; a type chosen by a template expression is taken for what its branches name."""
    found = re.search(r"type\s*=\s*\"([^\"]*)\"", attributes)
    if found is None:
        return "text"
    words = set(re.findall(r"radio|checkbox|hidden|submit|text|number|date", found[1]))
    return words.pop() if len(words) == 1 else ("radio" if words == {"radio", "checkbox"} else found[1])


@pytest.mark.parametrize("path", templates(), ids=name_of)
def test_posting_forms_carry_their_token(path: Path) -> None:
    text = _without_comments(path)
    for form in re.findall(r"<form\b[^>]*method=\"post\".*?</form>", text, re.DOTALL | re.IGNORECASE):
        assert re.search(r"csrf\(\)|csrf_token|hidden_tag\(\)|caller\(\)", form), form[:120]


def test_every_template_compiles(app: Flask) -> None:
    names = app.jinja_env.list_templates(extensions=["html"])
    assert len(names) > 20
    for name in names:
        app.jinja_env.get_template(name)


def test_features_keep_their_templates_in_a_folder_of_their_own_name() -> None:
    misplaced = {
        name_of(path)
        for path in templates()
        if (feature := path.relative_to(ROOT / "quiz_app").parts[0]) != "web"
        and path.relative_to(ROOT / "quiz_app").parts[2] != feature
    }
    assert misplaced == set()
