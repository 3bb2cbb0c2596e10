"""What the usual run leaves out on the second engine must never be what proves that nothing is lost."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.architecture.sources import ROOT


@pytest.mark.parametrize("case", ["test_a_bad_line", "test_everybody_comes_at_the_end", "no row lock: saves"])
def test_faults_are_put_to_both_engines_by_the_usual_run(case: str, fault_cases: list[str]) -> None:
    assert any(case in name and "postgresql" in name for name in fault_cases), fault_cases


@pytest.fixture(scope="module")
def fault_cases() -> list[str]:
    """The names of the cases of `make faults`."""
    command = [sys.executable, "-m", "pytest", "tests/faults", "-m", "faults", "--collect-only", "-q", "-p", "no:xdist"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [line for line in listed.stdout.splitlines() if "::" in line]
