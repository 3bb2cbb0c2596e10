"""What the product is made of: its packages with their licences, and whether an advisory names one of them.

`python -m deploy.supply licences|audit`. What is looked at is the pinned list, not what happens to be installed.
"""

from __future__ import annotations

import json
import os
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from quiz_app.kernel.settings import ROOT

LICENCES = ROOT / "docs" / "giay-phep.md"
LISTS = ("requirements.txt", "requirements-dev.txt")
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s\\;]+)", re.MULTILINE)
SOURCE = "AUDIT_SOURCE"
WITHIN_S = 30
# Their descriptions name none; read from the licence files they ship.
NAMED_IN_THEIR_FILES = {"pyrage": "MIT", "pysqlite3": "Zlib"}
HEAD = """# Giấy phép của các gói

Bản này do `make sbom` viết ra từ `requirements.txt`; đừng sửa tay. Gói chỉ dùng khi phát triển không có ở đây.

| Gói | Phiên bản | Giấy phép |
|---|---|---|
"""


class NotLookedUp(Exception):
    """Nobody could be asked, so nothing is known: never to be taken for "nothing was found"."""


@dataclass(frozen=True, order=True, slots=True)
class Package:
    name: str
    version: str


def pinned(path: Path) -> list[Package]:
    """What a list pins, by name."""
    return sorted({Package(name.lower(), version) for name, version in PIN.findall(path.read_text(encoding="utf-8"))})


def licences() -> str:
    """The page that names the licence of every package the product runs with."""
    rows = [f"| {one.name} | {one.version} | {_licence(one.name)} |\n" for one in pinned(ROOT / LISTS[0])]
    return HEAD + "".join(rows)


def _licence(name: str) -> str:
    told = metadata.metadata(name)
    if "License-Expression" in told:
        return told["License-Expression"]
    prefix = "License :: OSI Approved :: "
    classified = [one.removeprefix(prefix) for one in told.get_all("Classifier") or [] if one.startswith(prefix)]
    if classified:
        return "; ".join(classified)
    first_line = (told.get_all("License") or [""])[0].strip().partition("\n")[0]
    return first_line or NAMED_IN_THEIR_FILES[name]


def audit(packages: Iterable[Package], source: str) -> dict[Package, list[str]]:
    """The advisories that name one of these packages, asked in one request.

    `source` answers the batch query of the Open Source Vulnerabilities format. Raises NotLookedUp where it cannot be
    asked, or does not answer for every package.
    """
    asked = list(packages)
    if not source:
        raise NotLookedUp(f"{SOURCE} chưa được đặt; đặt địa chỉ trả lời truy vấn theo lô của định dạng OSV.")
    if not source.startswith(("https://", "http://127.0.0.1:")):
        raise NotLookedUp(f"{SOURCE} phải bắt đầu bằng https://.")
    queries = [{"package": {"name": one.name, "ecosystem": "PyPI"}, "version": one.version} for one in asked]
    request = urllib.request.Request(  # noqa: S310 - https, or this very machine
        source, json.dumps({"queries": queries}).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=WITHIN_S) as answer:  # noqa: S310 # nosec B310 # as above
            results = json.load(answer)["results"]
        found = [[str(one["id"]) for one in result.get("vulns", [])] for result in results]
    except (urllib.error.URLError, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotLookedUp(f"nguồn cảnh báo không trả lời được ({error}).") from error
    if len(found) != len(asked):
        raise NotLookedUp(f"nguồn cảnh báo chỉ trả lời cho {len(found)} trong {len(asked)} gói.")
    return {package: ids for package, ids in zip(asked, found, strict=True) if ids}


def run_audit() -> int:
    packages = sorted({one for name in LISTS for one in pinned(ROOT / name)})
    try:
        found = audit(packages, os.environ.get(SOURCE, ""))
    except NotLookedUp as problem:
        print(f"Không tra cứu được {len(packages)} gói: {problem}", file=sys.stderr)
        return 2
    for package, ids in found.items():
        print(f"{package.name} {package.version}: {', '.join(ids)}")
    print(f"Đã tra cứu {len(packages)} gói; {len(found)} gói có cảnh báo.")
    return 1 if found else 0


def run_licences() -> int:
    LICENCES.write_text(licences(), encoding="utf-8")
    return 0


COMMANDS: dict[str, Callable[[], int]] = {"audit": run_audit, "licences": run_licences}

if __name__ == "__main__":
    sys.exit(COMMANDS[sys.argv[1]]())
