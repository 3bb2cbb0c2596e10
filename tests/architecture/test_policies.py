"""Each access rule stands twice, as predicate and as SQL, side by side and naming each other."""

from __future__ import annotations

import importlib
import inspect
import re
from types import FunctionType

import pytest

from tests.architecture.sources import ROOT

POLICIES = sorted(path.parent.name for path in (ROOT / "quiz_app").glob("*/policy.py"))
SQL = re.compile(r"ColumnElement|Select|ScalarSelect|CompoundSelect")
TWIN = re.compile(r"[Tt]win of `(\w+)`")


def _rules(feature: str) -> dict[str, FunctionType]:
    module = importlib.import_module(f"quiz_app.{feature}.policy")
    return {
        name: found
        for name, found in vars(module).items()
        if inspect.isfunction(found) and found.__module__ == module.__name__ and not name.startswith("_")
    }


def _is_sql(rule: FunctionType) -> bool:
    return bool(SQL.search(str(rule.__annotations__.get("return", ""))))


@pytest.mark.parametrize("feature", POLICIES)
def test_every_rule_in_sql_has_its_twin(feature: str) -> None:
    rules = _rules(feature)
    for name, rule in rules.items():
        if not _is_sql(rule):
            continue
        found = TWIN.search(inspect.getdoc(rule) or "")
        assert found, f"{feature}.policy.{name} does not name its twin (“The twin of `…`.”)"
        assert found[1] in rules, f"{feature}.policy.{name} names a twin that is not there: {found[1]}"
        assert not _is_sql(rules[found[1]]), f"{found[1]} is no predicate"


@pytest.mark.parametrize("feature", POLICIES)
def test_twins_are_tested_to_agree(feature: str) -> None:
    tests = "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "features" / feature).rglob("test_*.py")
    )
    untested = [
        name for name, rule in _rules(feature).items() if _is_sql(rule) and not re.search(rf"\b{name}\(", tests)
    ]
    assert untested == []


@pytest.mark.parametrize("feature", POLICIES)
def test_permissions_and_actions_carry_codes_of_their_feature(feature: str) -> None:
    module = importlib.import_module(f"quiz_app.{feature}.policy")
    for kind in ("Permission", "Action"):
        codes = [one.code for one in getattr(module, kind, ())]
        assert len(codes) == len(set(codes))
        assert all(re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", code) for code in codes)


def test_audit_codes_are_unique_in_the_house() -> None:
    codes = [
        action.code
        for feature in POLICIES
        for action in getattr(importlib.import_module(f"quiz_app.{feature}.policy"), "Action", ())
    ]
    assert sorted(codes) == sorted(set(codes))
