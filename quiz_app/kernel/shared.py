"""What the nodes share besides the database, on Redis or Valkey: only what may be lost at any moment.

Losing it makes the product slower and never wrong: every answer is waited for shortly, after a failure nothing is asked
for a while, and whoever gets no answer works out the same from the database or by himself. What is kept there is signed
for its key, so that neither another installation nor whoever can write there is ever believed.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import threading
import time
from collections.abc import Callable
from typing import TypeVar, cast

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

log = logging.getLogger(__name__)
T = TypeVar("T")

WAIT_S = 0.1
REST_S = 5.0
_SEAL = 32
# A bucket that fills by the clock of the server that keeps it; a full one is forgotten.
_TAKE = """
local stamp = redis.call('TIME')
local now = stamp[1] + stamp[2] / 1000000
local burst, per_s = tonumber(ARGV[1]), tonumber(ARGV[2])
local kept = redis.call('HMGET', KEYS[1], 'left', 'at')
local left, at = tonumber(kept[1]) or burst, tonumber(kept[2]) or now
left = math.min(burst, left + math.max(0, now - at) * per_s)
local has = left >= 1
if has then left = left - tonumber(ARGV[3]) end
redis.call('HSET', KEYS[1], 'left', string.format('%.6f', left), 'at', string.format('%.6f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil(burst / per_s * 1000) + 1000)
return has and 1 or 0
"""


class Shared:
    """One installation's corner of a Redis or Valkey. Safe to share between threads; never raises for its absence."""

    def __init__(self, url: str, secret: str) -> None:
        self._client = redis.Redis.from_url(
            url, socket_timeout=WAIT_S, socket_connect_timeout=WAIT_S, retry=Retry(NoBackoff(), 0)
        )
        self._take = self._client.register_script(_TAKE)
        self._secret = hashlib.sha256(b"shared\0" + secret.encode()).digest()
        self._rests_until = 0.0
        self._lock = threading.Lock()

    def get(self, key: str) -> bytes | None:
        """What is kept under the key; None where nothing is, or where nobody answers."""
        name = self._name(key)
        found = self._asked(lambda: cast("bytes | None", self._client.get(name)))
        if found is None or len(found) < _SEAL:
            return None
        seal, value = found[:_SEAL], found[_SEAL:]
        return value if hmac.compare_digest(seal, self._seal(name, value)) else None

    def put(self, key: str, value: bytes, seconds: float) -> None:
        """Keep a value for so long, if it can be kept."""
        name = self._name(key)
        self._asked(lambda: self._client.set(name, self._seal(name, value) + value, px=max(1, int(seconds * 1000))))

    def take(self, key: str, *, burst: int, per_s: float, uses: int = 1) -> bool | None:
        """Use up one try of a key that has `burst` at once and `per_s` more each second, or with 0 only look at it.

        None where nobody answers.
        """
        name = self._name(f"take {burst} {per_s} {key}")
        taken = self._asked(lambda: cast(int, self._take(keys=[name], args=[burst, per_s, uses])))
        return None if taken is None else bool(taken)

    def answers(self) -> bool:
        """Whether it can be reached now, whatever it was like before."""
        self._rests_until = 0.0
        return self._asked(lambda: bool(self._client.ping())) is True

    def close(self) -> None:
        self._client.close()

    def _asked(self, ask: Callable[[], T]) -> T | None:
        if time.monotonic() < self._rests_until:
            return None
        try:
            return ask()
        except (redis.RedisError, OSError) as error:
            self._rest(error)
            return None

    def _rest(self, error: Exception) -> None:
        with self._lock:
            is_news = time.monotonic() >= self._rests_until
            self._rests_until = time.monotonic() + REST_S
        if is_news:
            log.warning("the shared cache does not answer (%s); working without it", type(error).__name__)

    def _name(self, key: str) -> str:
        """Keys may hold telephone numbers or codes: nobody reads them there."""
        return "quiz:" + hmac.new(self._secret, key.encode(), hashlib.sha256).hexdigest()

    def _seal(self, name: str, value: bytes) -> bytes:
        return hmac.new(self._secret, name.encode() + b"\0" + value, hashlib.sha256).digest()
