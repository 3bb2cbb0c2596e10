"""Every address of the product: its guard, its methods, its language."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
import unicodedata

import pytest
from flask import Flask
from werkzeug.routing import Rule

from quiz_app.web.guard import SAFE_METHODS, Guard, guard_of
from tests.architecture.sources import dotted
from tests.support.browse import Browse

OWN_TOKEN = {"study.answer"}  # open to visitors, who have none; it asks members for theirs itself
GUARDS = {"public", "signed_in", "before_notices", "requires"}


@pytest.fixture
def rules(app: Flask) -> list[Rule]:
    return list(app.url_map.iter_rules())


def _changes(rule: Rule) -> bool:
    return bool((rule.methods or set()) - SAFE_METHODS)


def _decorators(app: Flask, endpoint: str) -> list[str]:
    """Names of the view's decorators, from the outermost on."""
    source = textwrap.dedent(inspect.getsource(inspect.unwrap(app.view_functions[endpoint])))
    function = ast.parse(source).body[0]
    assert isinstance(function, ast.FunctionDef)
    found = [node.func if isinstance(node, ast.Call) else node for node in function.decorator_list]
    return [dotted(node).rsplit(".", 1)[-1] for node in found]


def _guard(app: Flask, endpoint: str) -> Guard:
    guard = guard_of(app, endpoint)
    assert guard is not None, f"{endpoint} has no guard"
    return guard


def test_every_endpoint_has_exactly_one_guard_right_above_its_view(app: Flask, rules: list[Rule]) -> None:
    wrong = {}
    for endpoint in {rule.endpoint for rule in rules}:
        decorators = _decorators(app, endpoint)
        routes = [name for name in decorators if name in {"get", "post", "route", "put", "delete", "patch"}]
        is_right = len(GUARDS.intersection(decorators)) == 1 and sum(name in GUARDS for name in decorators) == 1
        if not is_right or not routes or decorators[: len(routes)] != routes or decorators[len(routes)] not in GUARDS:
            wrong[endpoint] = decorators
    assert wrong == {}


def test_a_permission_to_read_never_lets_change(app: Flask, rules: list[Rule]) -> None:
    wrong = {
        rule.endpoint
        for rule in rules
        if _changes(rule) and (permission := _guard(app, rule.endpoint).permission) is not None and permission.reads
    }
    assert wrong == set()


def test_only_views_that_open_work_are_judged_in_it(app: Flask, rules: list[Rule]) -> None:
    wrong = set()
    for rule in rules:
        if not _guard(app, rule.endpoint).in_work:
            continue
        source = inspect.getsource(inspect.unwrap(app.view_functions[rule.endpoint]))
        if not _changes(rule) or not re.search(r"with work\(\)", source):
            wrong.add(rule.endpoint)
    assert wrong == set()


def test_addresses_are_short_words_without_marks(rules: list[Rule]) -> None:
    wrong = set()
    for rule in rules:
        fixed = re.sub(r"<[^>]*>", "", rule.rule)
        if not re.fullmatch(r"[a-z0-9/._-]*", fixed) or unicodedata.normalize("NFC", fixed) != fixed:
            wrong.add(rule.rule)
    assert wrong == set()


def test_permission_codes_are_unique(app: Flask, rules: list[Rule]) -> None:
    by_code: dict[str, set[object]] = {}
    for rule in rules:
        permission = _guard(app, rule.endpoint).permission
        if permission is not None:
            by_code.setdefault(permission.code, set()).add(permission)
    assert {code for code, permissions in by_code.items() if len(permissions) > 1} == set()


def test_nothing_is_changed_without_a_form_token_nor_from_another_site(app: Flask, rules: list[Rule]) -> None:
    """Asked of every address that changes something, whoever calls."""
    browse = Browse(app, app.extensions["database"])
    token = {"csrf_token": browse.form_token()}
    for rule in filter(_changes, rules):
        if rule.endpoint not in OWN_TOKEN:
            url = _somewhere(rule)
            browse.post(url, status=400, with_token=False)
            browse.post(url, token, status=403, headers={"Sec-Fetch-Site": "cross-site"})


def _somewhere(rule: Rule) -> str:
    """An address that the rule takes, whether anything lies there or not."""
    filled = re.sub(r"<any\(([^,)]+)[^>]*>", r"\1", rule.rule)
    return re.sub(r"<[^>]+>", "x", re.sub(r"<int:[^>]+>", "1", filled))
