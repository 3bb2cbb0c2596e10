"""gunicorn for this product, one machine. Everything that differs between installations comes from the environment."""

import gc
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from deploy.gunicorn_worker import LINES, Worker
from quiz_app.kernel.settings import ports_of, processes_of, threads_of
from quiz_app.web.logs import configuration

_certificate = os.environ.get("TLS_CERT")
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 # nosec B108 # a heartbeat must not wait for a disk

host = os.environ.get("HOST", "0.0.0.0" if _certificate else "127.0.0.1")  # noqa: S104 - with its own certificate it is the front door
_ports = ports_of(os.environ)
bind = [f"{host}:{port}" for port in _ports]
_metrics_port = os.environ.get("METRICS_PORT", "")
if _metrics_port:
    bind.append(f"127.0.0.1:{_metrics_port}")
    # Read by prometheus-client when the application is loaded: each process writes a file, whoever is asked adds up.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="hoc-tap-so-do-", dir=worker_tmp_dir)

certfile = _certificate
keyfile = os.environ.get("TLS_KEY")

worker_class = "deploy.gunicorn_worker.Worker"  # gthread that tells how long a request has waited
workers = processes_of(os.environ)
threads = threads_of(os.environ)
timeout = 30
graceful_timeout = 30
keepalive = 75  # above a proxy's idle time, so that it never sends into a connection being closed
control_socket_disable = True
forwarded_allow_ips = ""  # the scheme comes from ProxyFix alone, which counts the proxies it was told of

logger_class = "deploy.gunicorn_logs.Quiet"
errorlog = "-"
loglevel = os.environ.get("LOG_LEVEL", "info" if os.environ.get("ACCESS_LOG") == "1" else "warning")
logconfig_dict = configuration(loglevel)


def pre_fork(server: Any, worker: Worker) -> None:
    """Give a process the port of the one whose place it takes."""
    if len(_ports) > 1:
        worker.settle(len(_ports), server.WORKERS.values())


def post_fork(server: Any, worker: Worker) -> None:
    """A port that its own process no longer serves is held open by no other."""
    for listener in server.LISTENERS:
        if listener not in worker.sockets:
            listener.close()


def post_worker_init(_worker: object) -> None:
    """The application is loaded, and stays: to look through it again and again would halt everybody for 100 ms."""
    gc.collect()
    gc.freeze()


def child_exit(_server: object, worker: Worker) -> None:
    """Whoever goes on leaves it no more lines."""
    LINES.forget(worker.age)


def on_exit(_server: object) -> None:
    """The figures of this server end with it."""
    if _metrics_port:
        shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
