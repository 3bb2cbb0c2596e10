"""What nodes share may vanish at any moment: nobody waits for it, nobody fails by it, nobody believes a stranger's."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from quiz_app.kernel import shared as kernel_shared
from quiz_app.kernel.shared import Shared
from quiz_app.web.allowance import Allowance
from tests.support.clock import NOW
from tests.support.valkey import Valkey

SECRET = "khoá của nơi này"


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    server = Valkey(tmp_path)
    server.start()
    yield server
    server.kill()


def test_one_node_keeps_what_another_reads(valkey: Valkey) -> None:
    first, second = Shared(valkey.url, SECRET), Shared(valkey.url, SECRET)
    first.put("bảng", b"noi dung", 60)
    assert second.get("bảng") == b"noi dung"
    assert second.get("bảng khác") is None
    valkey.flush()
    assert second.get("bảng") is None
    first.put("bảng", b"x", 0.05)
    time.sleep(0.1)
    assert second.get("bảng") is None


def test_what_was_not_sealed_here_for_this_key_is_not_believed(valkey: Valkey) -> None:
    own, foreign = Shared(valkey.url, SECRET), Shared(valkey.url, "một khóa khác")
    foreign.put("bảng", b"khong phai cua ta", 60)
    assert own.get("bảng") is None
    own.put("bảng", b"cua ta", 60)
    own.put("bảng khác", b"cua bang khac", 60)
    names = {own._name(key).encode(): key for key in ("bảng", "bảng khác")}
    kept = valkey.contents()
    with valkey._client() as client:
        one, other = names
        client.set(one, kept[other])
        client.set(other, b"ngan")
    assert [own.get(key) for key in names.values()] == [None, None]
    assert not any("bảng".encode() in key for key in kept)


def test_a_server_that_is_gone_costs_one_short_wait(valkey: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    one = Shared(valkey.url, SECRET)
    one.put("a", b"1", 60)
    valkey.kill()
    began = time.monotonic()
    for _ in range(200):
        assert one.get("a") is None
        assert one.take("a", burst=1, per_s=1) is None
        one.put("a", b"2", 60)
    assert time.monotonic() - began < 1
    assert not one.answers()
    valkey.start()
    assert one.get("a") is None, "it is left in peace for a while"
    monkeypatch.setattr(kernel_shared, "REST_S", 0.0)
    one._rests_until = 0.0
    one.put("a", b"3", 60)
    assert one.get("a") == b"3"


def test_a_server_that_hangs_is_not_waited_for(tmp_path: Path) -> None:
    path = str(tmp_path / "silent.sock")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        one = Shared(f"unix://{path}", SECRET)
        began = time.monotonic()
        assert [one.get("a") for _ in range(50)] == [None] * 50
        assert time.monotonic() - began < 1


def test_tries_are_counted_by_all_nodes_together(valkey: Valkey) -> None:
    nodes = [Shared(valkey.url, SECRET) for _ in range(2)]
    taken: list[bool | None] = []

    def try_often(node: Shared) -> None:
        taken.extend(node.take("a", burst=20, per_s=0.01) for _ in range(30))

    threads = [threading.Thread(target=try_often, args=(node,)) for node in nodes * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert (taken.count(True), taken.count(False)) == (20, 100)
    assert nodes[0].take("b", burst=20, per_s=0.01)


def test_an_allowance_goes_on_counting_by_itself(valkey: Valkey, bare_app: Flask) -> None:
    allowance = Allowance("thử", burst=2, per_s=0.01)
    bare_app.extensions["shared"] = Shared(valkey.url, SECRET)
    with bare_app.app_context():
        assert [allowance.take("a", NOW) for _ in range(3)] == [True, True, False]
        another_node = Allowance("thử", burst=2, per_s=0.01)
        assert not another_node.has("a", NOW)
        assert not another_node.take("a", NOW), "another node knows of it"
        assert [another_node.has("b", NOW) for _ in range(3)] == [True, True, True], "to look uses nothing up"
        assert Allowance("khác", burst=2, per_s=0.01).take("a", NOW)
        valkey.kill()
        assert [allowance.take("a", NOW) for _ in range(3)] == [True, True, False]
        assert allowance.take("a", NOW + timedelta(seconds=101))
