"""What the usual run leaves out on the second engine must never be what proves that nothing is lost."""

from __future__ import annotations

import subprocess
import sys

from tests.architecture.sources import ROOT


def test_faults_are_put_to_both_engines_by_the_usual_run() -> None:
    command = [sys.executable, "-m", "pytest", "tests/faults", "-m", "faults", "--collect-only", "-q", "-p", "no:xdist"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    on_postgres = [name for name in listed if "::" in name and "postgresql" in name]
    for case in ("test_a_bad_line", "test_everybody_comes_at_the_end", "no row lock: saves"):
        assert any(case in name for name in on_postgres), case
