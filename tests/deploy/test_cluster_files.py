"""The files of a cluster agree with each other and with the product. `make faults` runs a cluster by them."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped] # it ships no types

from deploy.serve import children, read_environment_file
from quiz_app.factory import MAX_REQUEST_BYTES
from quiz_app.kernel.db import JOB_STORE_CONNECTIONS
from quiz_app.kernel.settings import ROOT, UnsafeSettings, ports_of, read_settings
from quiz_app.worker import CONNECTIONS

DEPLOY = ROOT / "deploy"
CLIENTS = {"bookworm": 15, "trixie": 17}  # the postgresql-client of each Debian
UNITS = {"hoc-tap-web": 0, "hoc-tap-nen": 1}


def unit(name: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in (DEPLOY / f"{name}.service").read_text("utf-8").splitlines():
        key, separator, value = line.partition("=")
        if separator and not line.startswith("#"):
            found.setdefault(key, []).append(value)
    return found


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    return found


@pytest.mark.parametrize("name", UNITS)
def test_units_start_what_one_machine_starts(name: str) -> None:
    started = shlex.split(unit(name)["ExecStart"][0])
    assert started[0] == "/opt/hoc-tap/.venv/bin/python"
    assert started[1:] == list(children()[UNITS[name]].command)[1:]
    one_machine = unit("hoc-tap")
    for line in ("User", "UMask", "NoNewPrivileges", "PrivateTmp", "ProtectHome", "ProtectSystem"):
        assert unit(name)[line] == one_machine[line]


def test_the_worker_gives_way() -> None:
    worker, web = unit("hoc-tap-nen"), unit("hoc-tap-web")
    assert int(worker["Nice"][0]) > 0
    assert int(worker["CPUWeight"][0]) < int(web["CPUWeight"][0])


def test_the_example_lacks_only_the_secret() -> None:
    env = read_environment_file(DEPLOY / "hoc-tap.env.example")
    with pytest.raises(UnsafeSettings) as refused:
        read_settings(env)
    assert [line.split(":")[0] for line in refused.value.problems] == ["SECRET_KEY"]
    settings = read_settings({**env, "SECRET_KEY": "0123456789abcdef" * 2})
    assert (settings.proxy_hops, settings.arrival_header) == (1, "X-Request-Start")
    listed = re.findall(
        rf"^server {env['HOST']}:(\d+) ", (DEPLOY / "nginx" / "nodes.conf").read_text("utf-8"), re.MULTILINE
    )
    assert [int(port) for port in listed] == list(ports_of(env)), "nginx knows each process"
    assert f"+ {CONNECTIONS + JOB_STORE_CONNECTIONS} cho mỗi tiến trình nền" in (
        DEPLOY / "hoc-tap.env.example"
    ).read_text("utf-8")


def test_the_proxy_takes_as_much_as_the_application() -> None:
    text = (DEPLOY / "nginx" / "hoc-tap.conf").read_text("utf-8")
    assert f"client_max_body_size {MAX_REQUEST_BYTES // 1024**2}m;" in text
    for file in re.findall(r"/etc/nginx/hoc-tap/([a-z]+[.][a-z]+)", text):
        assert (DEPLOY / "nginx" / file).is_file()


def test_nobody_is_sent_to_a_host_of_the_callers_choice() -> None:
    text = (DEPLOY / "nginx" / "hoc-tap.conf").read_text("utf-8")
    targets = re.findall(r"return 30\d ([^;]+);", text)
    assert targets
    for target in targets:
        assert target.startswith("https://$server_name$"), target


def test_the_services_know_each_other(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {"postgres", "valkey", "migrate", "web", "worker", "nginx"}
    for name, service in services.items():
        assert set(service.get("depends_on", {})) < set(services), name
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            if source.startswith("./"):
                assert (DEPLOY / source).exists(), source
            elif re.fullmatch(r"[a-z]+", source):
                assert source in compose["volumes"], source
    env = services["web"]["environment"]
    assert "@postgres/" in env["DATABASE_URL"]
    assert "//valkey:" in env["REDIS_URL"]
    ports = re.findall(
        r"^server web:(\d+) ", (DEPLOY / "nginx" / "nodes.compose.conf").read_text("utf-8"), re.MULTILINE
    )
    assert [int(port) for port in ports] == list(ports_of(env)), "nginx knows each process"
    assert services["worker"]["cpu_shares"] < services["web"]["cpu_shares"]
    assert services["web"]["deploy"]["replicas"] >= 2


def test_the_image_has_what_its_commands_need(compose: dict[str, Any]) -> None:
    lines = list(_instructions((DEPLOY / "Containerfile").read_text("utf-8")))
    copied = {words.split()[0] for kind, words in lines if kind == "COPY"}
    assert copied == {"requirements.txt", "wsgi.py", "question_bank", "quiz_app", "migrations", "deploy", "docs"}
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[0] == "!"}
    assert let_in == copied
    kinds = [kind for kind, _ in lines]
    assert kinds[0] == "FROM"
    assert "USER" in kinds[: kinds.index("CMD")], "nothing runs as root"
    (command,) = (words for kind, words in lines if kind == "CMD")
    web, worker = (list(child.command)[1:] for child in children())
    assert yaml.safe_load(command)[1:] == web
    assert compose["services"]["worker"]["command"][1:] == worker


def _instructions(text: str) -> Iterator[tuple[str, str]]:
    joined = re.sub(r"\\\n\s*", "", text)
    for line in joined.splitlines():
        if line and not line.startswith("#"):
            kind, _, words = line.partition(" ")
            yield kind, words.strip()


def test_the_image_can_copy_the_database_of_the_cluster(compose: dict[str, Any]) -> None:
    """`pg_dump` refuses a server that is younger than itself."""
    lines = list(_instructions((DEPLOY / "Containerfile").read_text("utf-8")))
    (base,) = (words for kind, words in lines if kind == "FROM")
    (installed,) = (words for kind, words in lines if kind == "RUN" and "apt-get" in words)
    assert re.search(r"\bpostgresql-client(-\d+)?\b", installed)
    debian = base.rsplit("-", 1)[1]
    assert compose["services"]["postgres"]["image"] == f"postgres:{CLIENTS[debian]}-{debian}"


def test_keys_stay_out_of_the_image_and_of_the_repository(compose: dict[str, Any]) -> None:
    (certificates,) = re.findall(r"TLS_FOLDER:-[.]/([^}]+)}", (DEPLOY / "compose.yaml").read_text("utf-8"))
    secret = [compose["services"]["web"]["env_file"], ".env", certificates]
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    kept_out = lines[lines.index("!deploy") + 1 :]  # of the lines that fit a file the last one holds
    kept_back = (ROOT / ".gitignore").read_text().splitlines()
    for name in secret:
        assert any(fnmatch(f"deploy/{name}", line) for line in kept_out), name
        assert any(fnmatch(f"/deploy/{name}", line.rstrip("/")) for line in kept_back), name


def test_health_is_asked_by_words_without_spaces(compose: dict[str, Any]) -> None:
    """Podman's Docker interface cuts each word at its spaces, and half a program never says that all is well."""
    checks = [service["healthcheck"]["test"] for service in compose["services"].values() if "healthcheck" in service]
    assert len(checks) == 2
    for kind, *words in checks:
        assert kind == "CMD"
        assert not any(" " in word for word in words), words


def test_nginx_asks_the_engine_which_nodes_there_are(compose: dict[str, Any], tmp_path: Path) -> None:
    """Containers come back under other addresses, and the host's name server knows of none of them."""
    shell, option, script = compose["services"]["nginx"]["command"]
    (tmp_path / "resolv.conf").write_text("search dns.podman\nnameserver 10.89.0.1\nnameserver 192.0.2.53\n")
    script = script.replace("$$", "$").replace("/etc/resolv.conf", f"{tmp_path}/resolv.conf")
    script = script.replace("/etc/nginx/hoc-tap/", f"{tmp_path}/").replace("exec nginx", "echo nginx")
    subprocess.run([shell, option, script], check=True, capture_output=True)
    assert (tmp_path / "resolver.conf").read_text() == "resolver 10.89.0.1 valid=2s ipv6=off;\n"
    nodes = (DEPLOY / "nginx" / "nodes.compose.conf").read_text("utf-8")
    assert "include /etc/nginx/hoc-tap/resolver.conf;" in nodes
    assert re.search(r"^zone \w+ \d+k;$", nodes, re.MULTILINE)
    assert re.search(r"^server web:\d+ resolve ", nodes, re.MULTILINE)
    (version,) = re.findall(r"nginx:(\d+)[.](\d+)-", compose["services"]["nginx"]["image"])
    assert tuple(map(int, version)) >= (1, 28), "it follows names since 1.27.3"


def test_nothing_of_the_cluster_is_left_out_of_the_guide() -> None:
    guide = (ROOT / "docs" / "huong-dan" / "quan-tri.md").read_text("utf-8")
    for name in (
        "WEB_WORKERS",
        "PORT_FOR_EACH",
        "WEB_THREADS",
        "REDIS_URL",
        *(f"{unit}.service" for unit in UNITS),
        "compose.yaml",
    ):
        assert name in guide, name
    assert Path(DEPLOY / "nginx.sh").stat().st_mode & 0o111
