"""A cluster on one machine, by the files of deploy/: nginx, two nodes, a worker, PostgreSQL, Valkey."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from quiz_app.kernel.settings import ROOT
from tests.faults.conftest import Site, installed
from tests.faults.forms import Form, forms
from tests.faults.people import Person
from tests.faults.programs import Program, Server
from tests.faults.report import Report
from tests.support import run
from tests.support.valkey import Valkey

FILES = ROOT / "deploy" / "nginx"
READY_WITHIN_S = 10
PEOPLE = 34  # as many as the tests of one cluster take together
PORTS = ("10.0.0.11:8000", "10.0.0.11:8001", "10.0.0.12:8000", "10.0.0.12:8001")


def nginx_program() -> str:
    found = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.fail("The tests of several nodes need nginx: deploy/nginx.sh installs it, as root.", pytrace=False)
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


class Front(Program):
    """nginx by the product's own files, with the folders, ports and nodes of this test in place of the written ones.

    `changes` are made to the text besides, to see that a test would notice.
    """

    def __init__(self, folder: Path, port: int, ports: list[str], changes: Mapping[str, str] | None = None) -> None:
        self.port = port
        self.folder = folder
        self.cache = folder / "cache"
        for name in ("hoc-tap", "cache", "temp"):
            (folder / name).mkdir(parents=True)
        written = {
            "/etc/nginx/hoc-tap/": f"{folder}/hoc-tap/",
            "/etc/hoc-tap/": f"{folder}/",
            "/var/cache/nginx/hoc-tap": str(self.cache),
            "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
            "listen 80;": f"listen 127.0.0.1:{free_port()};",
            **(changes or {}),
        }
        (folder / "site.conf").write_text(_replaced((FILES / "hoc-tap.conf").read_text("utf-8"), written))
        for name in ("proxy.conf", "busy.html"):
            shutil.copy(FILES / name, folder / "hoc-tap" / name)
        named = _replaced((FILES / "nodes.conf").read_text("utf-8"), dict(zip(PORTS, ports, strict=True)))
        (folder / "hoc-tap" / "nodes.conf").write_text(named)
        (folder / "nginx.conf").write_text(_around(folder))
        _make_certificate(folder)
        command = [nginx_program(), "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf")]
        checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stderr
        super().__init__(command, {"PATH": os.environ["PATH"]}, folder / "nginx.log")

    def start(self) -> None:
        super().start()
        ends = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < ends and not self.has_ended():
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise RuntimeError(f"nginx did not start:\n{self.words()}")


def _replaced(text: str, written: Mapping[str, str]) -> str:
    for old, new in written.items():
        assert old in text, f"deploy/nginx no longer says {old!r}"
        text = text.replace(old, new)
    return text


def _around(folder: Path) -> str:
    """What Debian's nginx.conf has around a site."""
    temporary = "".join(
        f"{kind}_temp_path {folder}/temp/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "scgi", "uwsgi")
    )
    user = "user root;\n" if os.geteuid() == 0 else ""
    return (
        f"{user}daemon off;\npid {folder}/nginx.pid;\nworker_processes 1;\n"
        f"events {{ worker_connections 1024; }}\nhttp {{\naccess_log off;\n{temporary}include {folder}/site.conf;\n}}\n"
    )


def _make_certificate(folder: Path) -> None:
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    files = ["-keyout", str(folder / "khoa.pem"), "-out", str(folder / "chung-thu.pem")]
    subprocess.run([*command, *files], capture_output=True, check=True)


def line(port: int) -> http.client.HTTPSConnection:
    """A connection to nginx, under the test's own certificate."""
    trusting = ssl.create_default_context()
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection("127.0.0.1", port, timeout=30, context=trusting)


class Outsider(Person):
    """Somebody who comes through nginx."""

    cookie = "__Host-phien"

    def _connect(self) -> http.client.HTTPConnection:
        return line(self._port)


@dataclass(frozen=True)
class Reply:
    status: int
    headers: http.client.HTTPMessage
    raw: bytes

    @property
    def text(self) -> str:
        return self.raw.decode()

    @property
    def form(self) -> list[Form]:
        return list(forms(self.text))


class Phone:
    """A browser that goes through nginx or, as nginx would, straight to a node; it keeps its cookies either way."""

    def __init__(self, front: Front) -> None:
        self.front = front
        self.cookies: dict[str, str] = {}

    def get(self, path: str, *, node: Server | None = None, headers: Mapping[str, str] | None = None) -> Reply:
        return self._ask("GET", path, None, node, headers or {})

    def post(self, path: str, fields: dict[str, Any], *, node: Server | None = None) -> Reply:
        return self._ask("POST", path, urlencode(fields, doseq=True), node, {"Accept": "application/json"})

    def sign_in(self, username: str, password: str, *, node: Server | None = None) -> None:
        (form,) = (one for one in self.get("/dang-nhap", node=node).form if "dang-nhap" in one.action)
        fields = {**form.hidden, "username": username, "password": password}
        reply = self.post("/dang-nhap", fields, node=node)
        assert reply.status == 302, reply.text[:500]

    def _ask(self, method: str, path: str, body: str | None, node: Server | None, headers: Mapping[str, str]) -> Reply:
        asking = line(self.front.port) if node is None else http.client.HTTPConnection("127.0.0.1", node.port)
        told = {"Accept": "text/html", **headers}
        if node is not None:
            told |= {"X-Forwarded-Proto": "https", "X-Forwarded-For": "127.0.0.1"}
        if self.cookies:
            told["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body is not None:
            told["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            asking.request(method, path, body, told)
            response = asking.getresponse()
            raw = response.read()
        finally:
            asking.close()
        for cookie in response.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return Reply(response.status, response.headers, raw)


@dataclass
class Town:
    """The whole cluster, running."""

    site: Site
    front: Front
    nodes: list[Server]
    worker: Program
    valkey: Valkey
    _sat: int = 0

    def people(self, count: int) -> list[Outsider]:
        """So many who have sat nothing yet."""
        self._sat += count
        chosen = list(zip(self.site.actors, self.site.tokens, strict=True))[self._sat - count : self._sat]
        assert len(chosen) == count
        return [
            Outsider(self.front.port, actor.member, token, self.site.ledger, self.site.lines) for actor, token in chosen
        ]

    def log(self) -> str:
        return f"{self.front.words()}\n{self.site.log()}"


@contextmanager
def town(folder: Path) -> Iterator[Town]:
    """A cluster of two nodes, ended with the block. Each test gives its own report to the site."""
    url, valkey = run.new_postgres(), Valkey(folder)
    valkey.start()
    try:
        with installed("postgresql", url, folder, Report([]), people=PEOPLE) as site:
            port = free_port()
            site.env |= {
                "PUBLIC_URL": f"https://127.0.0.1:{port}",
                "PROXY_HOPS": "1",
                "ARRIVAL_HEADER": "X-Request-Start",
                "REDIS_URL": valkey.url,
                "ACCESS_LOG": "1",
                "PORT_FOR_EACH": "1",
            }
            nodes = [site.server() for _ in range(2)]
            worker = site.worker()
            front = Front(folder / "nginx", port, [f"127.0.0.1:{one}" for node in nodes for one in node.ports])
            site.running.append(front)
            front.start()
            yield Town(site, front, nodes, worker, valkey)
    finally:
        valkey.kill()
        run.drop_postgres(url)
