"""Ends well when the web server of this machine says that it is ready; a container's health check.

`python -m deploy.ready`
"""

import os
import sys
import urllib.request

WITHIN_S = 5


def is_ready(port: str) -> bool:
    """Whether `/readyz` on this port answers in time that all is well."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=WITHIN_S):  # nosec B310 # this very machine
            return True
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(not is_ready(os.environ.get("PORT", "8000")))
