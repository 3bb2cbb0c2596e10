"""Ends well when every process of this machine's web server says that it is ready; a container's health check.

`python -m deploy.ready`
"""

import os
import sys
import urllib.request

from quiz_app.kernel.settings import ports_of

WITHIN_S = 5
_DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # whatever proxy the container is told of


def is_ready(port: int) -> bool:
    """Whether `/readyz` on this port answers in time that all is well."""
    try:
        with _DIRECTLY.open(f"http://127.0.0.1:{port}/readyz", timeout=WITHIN_S):
            return True
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(not all(is_ready(port) for port in ports_of(os.environ)))
