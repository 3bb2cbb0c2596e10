"""gunicorn for this product, one machine. Everything that differs between installations comes from the environment."""

import multiprocessing
import os
from pathlib import Path

from quiz_app.kernel.settings import threads_of
from quiz_app.web.logs import configuration

_is_sqlite = os.environ.get("DATABASE_URL", "sqlite:").startswith("sqlite:")
_certificate = os.environ.get("TLS_CERT")

host = os.environ.get("HOST", "0.0.0.0" if _certificate else "127.0.0.1")  # noqa: S104 - with its own certificate it is the front door
bind = [f"{host}:{os.environ.get('PORT', '8000')}"]
certfile = _certificate
keyfile = os.environ.get("TLS_KEY")

worker_class = "deploy.gunicorn_worker.Worker"  # gthread that tells how long a request has waited
# SQLite has one writer: one process, whose queue keeps the slowest save short.
workers = 1 if _is_sqlite else int(os.environ.get("WEB_WORKERS", str(multiprocessing.cpu_count())))
threads = threads_of(os.environ)
timeout = 30
graceful_timeout = 30
keepalive = 75  # above a proxy's idle time, so that it never sends into a connection being closed
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 # nosec B108 # a heartbeat must not wait for a disk
control_socket_disable = True
forwarded_allow_ips = ""  # the scheme comes from ProxyFix alone, which counts the proxies it was told of

accesslog = None  # gunicorn's own lines bear addresses of people and pages; ACCESS_LOG=1 makes the application's
errorlog = "-"
loglevel = os.environ.get("LOG_LEVEL", "info" if os.environ.get("ACCESS_LOG") == "1" else "warning")
logconfig_dict = configuration(loglevel)
