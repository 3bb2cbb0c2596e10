"""faults.json, and what is printed as the cases end, whichever process of the run did them."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Mapping
from typing import Any

import pytest

from quiz_app.kernel.settings import ROOT

FILE = ROOT / "faults.json"
_ROW = "fault"


class Report:
    """The rows of one test. They travel with its outcome, so that cases may be done side by side."""

    def __init__(self, properties: list[tuple[str, object]]) -> None:
        self._properties = properties

    def add(self, row: Mapping[str, Any], facts: Mapping[str, int | str]) -> None:
        """`facts` are printed beside the row: what happened, and how close it was."""
        self._properties.append((_ROW, {"row": dict(row), "facts": dict(facts)}))


class Board:
    """Says each row when its test ends, and puts it into the file at once: a run may be ended at any time."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call":
            return
        printer: Any = self._config.pluginmanager.getplugin("terminalreporter")
        for name, value in report.user_properties:
            if name != _ROW or not isinstance(value, dict):
                continue
            _keep(value["row"])
            told = {**value["row"], "seconds": round(report.duration), **value["facts"]}
            printer.ensure_newline()
            printer.write_line(", ".join(f"{key}: {what}" for key, what in told.items()))


def _keep(row: Mapping[str, Any]) -> None:
    """A case that is done anew replaces its row; the others stay, so cases may be done in several runs."""
    with FILE.open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        before = json.loads(file.read() or '{"cases": []}')["cases"]
        rows = [one for one in before if _name(one) != _name(row)] + [row]
        file.seek(0)
        file.truncate()
        file.write(json.dumps({"cases": rows}, indent=1, ensure_ascii=False) + "\n")


def _name(row: Mapping[str, Any]) -> tuple[str, str, bool]:
    return row["case"], row["engine"], "mutant" in row
