"""faults.json, and what is printed as the cases end, whichever process of the run did them."""

from __future__ import annotations

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
    """Collects the rows of the run, says each when its test ends, and writes them all at the end."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._cases: list[dict[str, Any]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call":
            return
        printer: Any = self._config.pluginmanager.getplugin("terminalreporter")
        for name, value in report.user_properties:
            if name != _ROW or not isinstance(value, dict):
                continue
            self._cases.append(value["row"])
            told = {**value["row"], "seconds": round(report.duration), **value["facts"]}
            printer.ensure_newline()
            printer.write_line(", ".join(f"{key}: {what}" for key, what in told.items()))

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if not self._cases:
            return
        FILE.write_text(json.dumps({"cases": self._cases}, indent=1, ensure_ascii=False) + "\n")
        terminalreporter.write_line(f"{len(self._cases)} cases written to {FILE}")
