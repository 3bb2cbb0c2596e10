"""Stand-ins for systemctl and sleep, for a machine without systemd: they do what the unit files say.

`python stand_ins.py systemctl|sleep …`, told by MACHINE where the files of the pretended machine lie.
"""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

MACHINE = Path(os.environ["MACHINE"])
PORT = os.environ["MACHINE_PORT"]
PLACES = ("/opt/hoc-tap", "/etc/hoc-tap", "/etc/systemd/system", "/var/lib/hoc-tap", "/mnt/sao-luu")
BARE = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
WELL_WITHIN_S = 120


def here(text: str) -> str:
    """The same words about the pretended machine: its folders, its one free port."""
    for place in PLACES:
        text = text.replace(place, f"{MACHINE}{place}")
    return text.replace("PORT=443", f"PORT={PORT}")


def unit(name: str) -> dict[str, list[str]]:
    """The settings of a unit file, each with all its values in order."""
    found: dict[str, list[str]] = {}
    for line in (MACHINE / "etc/systemd/system" / name).read_text(encoding="utf-8").splitlines():
        key, separator, value = line.partition("=")
        if separator and not line.startswith("#"):
            found.setdefault(key, []).append(here(value))
    return found


def environment(settings: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """What systemd would hand over, and only that; the site listens to this machine alone."""
    env = {**BARE, "HOST": "127.0.0.1"}
    for assignment in settings.get("Environment", ()):
        name, _, value = assignment.partition("=")
        env[name] = value
    for file in settings.get("EnvironmentFile", ()):
        for line in Path(file).read_text(encoding="utf-8").splitlines():
            (word,) = shlex.split(line)
            name, _, value = word.partition("=")
            env[name] = value
    return env


def start(name: str) -> None:
    settings = unit(name)
    command, folder = shlex.split(settings["ExecStart"][0]), settings["WorkingDirectory"][0]
    with (MACHINE / f"{name}.log").open("ab") as log:
        if settings.get("Type") == ["oneshot"]:
            subprocess.run(command, cwd=folder, env=environment(settings), stdout=log, stderr=log, check=True)
            return
        process = subprocess.Popen(
            command, cwd=folder, env=environment(settings), stdout=log, stderr=log, start_new_session=True
        )
    _mark(name).write_text(str(process.pid))


def stop(name: str) -> None:
    """SIGTERM to the main process alone, as KillMode=mixed has it, and nothing left running in the time allowed."""
    settings, pid = unit(name), int(_mark(name).read_text())
    assert settings["KillMode"] == ["mixed"]
    known = _family(pid)
    os.kill(pid, signal.SIGTERM)
    ends = time.monotonic() + int(settings["TimeoutStopSec"][0])
    while left := [one for one in known if _runs(one)]:
        assert time.monotonic() < ends, f"{name} left {left} running"
        time.sleep(0.1)
    _mark(name).unlink()


def end_everything() -> None:
    """For the end of a test, however it went."""
    for mark in MACHINE.glob("*.pid"):
        for pid in _family(int(mark.read_text())):
            if _runs(pid):
                os.kill(pid, signal.SIGKILL)


def systemctl(words: Sequence[str]) -> None:
    match list(words):
        case ["daemon-reload"]:
            return
        case ["enable", "--now", name] if name.endswith(".timer"):
            assert unit(name)["OnCalendar"]
            assert (MACHINE / "etc/systemd/system" / name.replace(".timer", ".service")).exists()
        case ["enable", "--now", name] | ["start", name]:
            start(_full(name))
        case ["stop", name]:
            stop(_full(name))
        case _:
            raise SystemExit(f"systemctl {' '.join(words)}: not known here")


def wait() -> None:
    """Stands for the guide's pause: until the examination finds everything well, as a patient person would wait."""
    settings = {"EnvironmentFile": [here("/etc/hoc-tap/hoc-tap.env")]}
    folder, ends = here("/opt/hoc-tap"), time.monotonic() + WELL_WITHIN_S
    command = [f"{folder}/.venv/bin/flask", "--app", "wsgi", "doctor"]
    while not _answers():
        assert time.monotonic() < ends, "the site never answered"
        time.sleep(0.2)
    while True:
        done = subprocess.run(
            command, cwd=folder, env=environment(settings), capture_output=True, text=True, check=False
        )
        if done.returncode == 0:
            return
        assert time.monotonic() < ends, done.stdout + done.stderr
        time.sleep(1)


def _answers() -> bool:
    try:
        socket.create_connection(("127.0.0.1", int(PORT)), timeout=1).close()
    except OSError:
        return False
    return True


def _full(name: str) -> str:
    return name if name.endswith(".service") else f"{name}.service"


def _mark(name: str) -> Path:
    return MACHINE / f"{name}.pid"


def _family(pid: int) -> list[int]:
    """The process and everything below it."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(one for child in children for one in _family(int(child)))]


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


if __name__ == "__main__":
    if sys.argv[1] == "systemctl":
        systemctl(sys.argv[2:])
    else:
        wait()
