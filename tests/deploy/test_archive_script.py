"""A piece of PostgreSQL's log of changes is in the archive whole or not at all. `make faults` restores from one."""

from __future__ import annotations

import gzip
import re
import subprocess
from pathlib import Path

from quiz_app.kernel.settings import ROOT

SCRIPT = ROOT / "deploy" / "archive_wal.sh"
SETTINGS = ROOT / "deploy" / "hoc-tap-postgresql.conf"


def archived(piece: Path, kept: Path) -> int:
    return subprocess.run([SCRIPT, piece, kept], stderr=subprocess.DEVNULL, check=False).returncode


def test_a_piece_is_kept_once_and_never_replaced(tmp_path: Path) -> None:
    piece, kept = tmp_path / "piece", tmp_path / "wal" / "000000010000000000000001.gz"
    piece.write_bytes(b"what has changed" * 1000)
    assert archived(piece, kept) != 0, "there is no archive, as where its volume is not mounted"
    kept.parent.mkdir()
    (kept.parent / f"{kept.name}.part").write_bytes(b"what a power cut has left")
    assert archived(piece, kept) == 0
    assert gzip.decompress(kept.read_bytes()) == piece.read_bytes()
    assert [file.name for file in kept.parent.iterdir()] == [kept.name]
    assert archived(piece, kept) == 0, "PostgreSQL asks again where it was killed before it took note"
    piece.write_bytes(b"something else" * 1000)
    assert archived(piece, kept) != 0
    assert b"what has changed" in gzip.decompress(kept.read_bytes())


def test_the_guide_promises_no_more_than_the_settings_hold() -> None:
    guide = (ROOT / "docs" / "huong-dan" / "quan-tri.md").read_text("utf-8")
    (seconds,) = re.findall(r"^archive_timeout = (\d+)s$", SETTINGS.read_text("utf-8"), re.MULTILINE)
    assert int(seconds) < 60
    for told in (f"{seconds} giây", SCRIPT.name, SETTINGS.name, "/usr/local/bin/hoc-tap-luu-wal", "/mnt/sao-luu/wal"):
        assert told in guide, told
