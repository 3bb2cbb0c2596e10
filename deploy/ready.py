"""Ends well when the web server of this machine says that it is ready; a container's health check.

`python -m deploy.ready`
"""

import os
import sys
import urllib.request

WITHIN_S = 5
_DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # whatever proxy the container is told of


def is_ready(port: str) -> bool:
    """Whether `/readyz` on this port answers in time that all is well."""
    try:
        with _DIRECTLY.open(f"http://127.0.0.1:{port}/readyz", timeout=WITHIN_S):
            return True
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(not is_ready(os.environ.get("PORT", "8000")))
