"""The guide of the IT person, followed to the letter on a pretended machine: its folders, sudo and systemd are ours."""

from __future__ import annotations

import hashlib
import http.cookiejar
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import xlsxwriter

from tests.docs.guides import FOLDER, ROOT, blocks, text_of

LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "__pycache__", ".*_cache", ".hypothesis", "data", "test-results", "*.json"
)
FOLDERS = ("opt/hoc-tap", "etc/hoc-tap", "etc/systemd/system", "var/lib/hoc-tap", "mnt/sao-luu")
LONGEST_S = 480
CHOSEN = "bốn từ rời nhau nhé"
DONE = "--- khối lệnh xong ---"
ROSTER = (
    ("Họ và tên", "Ngày sinh", "Chi bộ", "Số thẻ đảng viên"),
    ("Nguyễn Văn An", "05/02/1980", "Chi bộ thôn 1", "01.000001"),
    ("Trần Thị Bình", "17/08/1975", "Chi bộ thôn 2", "01.000002"),
)


class Machine:
    """A pretended machine, and one terminal on it in which block after block is typed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = _free_port()
        self.env = {**os.environ, "MACHINE": str(folder), "MACHINE_PORT": str(self.port)}
        for name in FOLDERS:
            (folder / name).mkdir(parents=True)
        tools = folder / "tools"
        tools.mkdir()
        me = f"{sys.executable} {Path(__file__).with_name('stand_ins.py')}"
        lines = {"sudo": 'exec "$@"', "systemctl": f'exec {me} systemctl "$@"', "sleep": f"exec {me} sleep"}
        for name, line in lines.items():
            (tools / name).write_text(f"#!/bin/sh\n{line}\n")
            (tools / name).chmod(0o755)
        kept = {name: value for name, value in self.env.items() if not name.startswith(("PYTEST", "COV", "GIT_"))}
        kept.pop("APP_MODE", None)
        self.terminal = subprocess.Popen(
            ["bash", "-eu", "-o", "pipefail"],
            cwd=folder,
            env={**kept, "PATH": f"{tools}:{os.environ['PATH']}", "HOST": "127.0.0.1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def place(self, path: str) -> Path:
        return self.folder / path.removeprefix("/")

    def here(self, text: str) -> str:
        for name in FOLDERS:
            text = text.replace(f"/{name}", f"{self.folder}/{name}")
        return text.replace("PORT=443", f"PORT={self.port}").replace("ĐỊA-CHỈ-KHO-MÃ", str(self.folder / "kho"))

    def type(self, text: str) -> str:
        """What the block printed; a command that fails fails the test, as `set -e` ends the shell."""
        assert self.terminal.stdin is not None
        assert self.terminal.stdout is not None
        self.terminal.stdin.write(f"{self.here(text)}\necho '{DONE}'\n")
        self.terminal.stdin.flush()
        told: list[str] = []
        for line in self.terminal.stdout:
            if line.strip() == DONE:
                return "".join(told)
            told.append(line)
        logs = "".join(log.read_text(encoding="utf-8")[-3000:] for log in self.folder.glob("*.log"))
        pytest.fail(f"This block of the guide failed:\n{text}\n{''.join(told)}\n{logs}", pytrace=False)

    def end(self) -> None:
        self.terminal.kill()
        self.terminal.communicate()
        cleaning = "from tests.docs import stand_ins; stand_ins.end_everything()"
        subprocess.run([sys.executable, "-c", cleaning], cwd=ROOT, env=self.env, check=True)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    found = Machine(tmp_path)
    watch = threading.Timer(LONGEST_S, found.terminal.kill)
    watch.start()
    yield found
    watch.cancel()
    found.end()


def test_the_guide_leads_to_a_running_installation_and_back_from_an_update(machine: Machine) -> None:
    _release(machine.folder / "kho")
    told: dict[str, str] = {}
    for block in blocks(text_of(FOLDER / "quan-tri.md")):
        if not block.is_tested:
            continue
        for mark, prepare in BEFORE.items():
            if mark in block.text:
                prepare(machine)
        told[block.text] = machine.type(block.text)
        if "members grant" in block.text:
            _organiser_signs_in(machine, told[block.text])
    everything = "".join(told.values())
    assert "Đã thêm 3 đơn vị" in everything
    assert "Mới xem trước, chưa ghi" in everything
    assert "Nguyễn Văn An, Chi bộ thôn 1: tên đăng nhập 01000001" in everything
    assert everything.count("✓ Tiến trình nền đang chạy.") == 3
    assert "✗" not in everything
    assert everything.count("✓ Đã phục hồi: SQLite") == 2
    assert "Mọi điểm và kết quả khớp" in everything
    assert "✓ Nhật ký nguyên vẹn" in everything
    assert len(list(machine.place("/mnt/sao-luu").glob("sao-luu-*.tar.gz"))) == 2
    assert machine.place("/var/lib/hoc-tap/du-lieu-loi/app.sqlite3").exists()
    _organiser_signs_in(machine)  # the data has come back with the old release
    machine.type("sudo systemctl stop hoc-tap")
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", machine.port), timeout=5)


def _release(folder: Path) -> None:
    """The repository of the product with two releases, made of the files as they stand."""
    shutil.copytree(ROOT, folder, ignore=LEFT_OUT)
    git = ["git", "-c", "user.name=Test", "-c", "user.email=test@example.vn", "-c", "init.defaultBranch=main"]
    for words in (
        ["init", "-q"],
        ["add", "-A"],
        ["commit", "-q", "-m", "Release 1.0"],
        ["tag", "v1.0"],
        ["commit", "-q", "--allow-empty", "-m", "Release 1.1"],
        ["tag", "v1.1"],
    ):
        subprocess.run([*git, *words], cwd=folder, check=True)


def _lend_environment(machine: Machine) -> None:
    """The packages are here already: the installer finds the list unchanged and has nothing to fetch."""
    lent = machine.place("/opt/hoc-tap/.venv")
    if lent.exists():
        return
    lent.mkdir()
    for name in ("bin", "lib", "pyvenv.cfg"):
        (lent / name).symlink_to(Path(sys.prefix) / name)
    sums = hashlib.sha256(machine.place("/opt/hoc-tap/requirements.txt").read_bytes()).hexdigest()
    (lent / ".installed-requirements.txt").write_text(f"{sums}\n")


def _lay_roster(machine: Machine) -> None:
    with xlsxwriter.Workbook(machine.place("/var/lib/hoc-tap/danh-sach.xlsx")) as book:
        sheet = book.add_worksheet("Danh sách")
        for number, row in enumerate(ROSTER):
            sheet.write_row(number, 0, row)


BEFORE: dict[str, Callable[[Machine], None]] = {"make install": _lend_environment, "import-roster": _lay_roster}


def _organiser_signs_in(machine: Machine, slip: str = "") -> None:
    """The first organiser comes in by his slip, later by his password; his second factor comes before his desk."""
    unknown = ssl.create_default_context()
    unknown.check_hostname = False
    unknown.verify_mode = ssl.CERT_NONE  # the guide's own certificate, signed by nobody
    browser = urllib.request.build_opener(
        urllib.request.HTTPSHandler(context=unknown), urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    )

    def send(path: str, **fields: str) -> str:
        with browser.open(f"https://127.0.0.1:{machine.port}{path}", timeout=30) as answer:
            token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', answer.read().decode())
        assert token is not None
        sent = urllib.parse.urlencode({"csrf_token": token[1], **fields}).encode()
        action = "/kich-hoat/ma-so" if "new" in fields else path
        with browser.open(f"https://127.0.0.1:{machine.port}{action}", data=sent, timeout=30) as answer:
            return str(answer.read().decode())

    if slip:
        code = re.search(r"gõ mã ([A-Z0-9-]{14})", slip)
        assert code is not None
        told = send("/kich-hoat", code=code[1], factor="0502", new=CHOSEN, again=CHOSEN)
        assert "Thông báo về dữ liệu cá nhân" in told
        send("/tai-khoan/thong-bao", take_part="y")
    else:
        assert "Nguyễn Văn An" in send("/dang-nhap", username="01000001", password=CHOSEN)
    with browser.open(f"https://127.0.0.1:{machine.port}/to-chuc/", timeout=30) as answer:
        assert "bắt buộc có xác thực hai lớp" in answer.read().decode()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
