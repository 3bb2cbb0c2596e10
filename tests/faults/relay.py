"""A line between members and the server that can stall: what is sent meanwhile is held, and arrives when it goes on."""

from __future__ import annotations

import asyncio
import threading
from typing import Self

from tests.faults.network import Fate

_LARGEST = 65536
_MOST_WAITING = 1024


class Relay:
    """Listens on `port` during its block, and brings what comes there to the server and its answers back.

    `fate` is what befalls the requests that were held, once it goes on: they are delivered, lost, or delivered without
    an answer. Who was on the line then finds it cut, except where all was delivered; whoever comes anew is served.
    """

    port: int

    def __init__(self, server_port: int, fate: Fate = Fate.DELIVERED) -> None:
        self.fate = fate
        self._server_port = server_port
        self._loop = asyncio.new_event_loop()
        self._flows = asyncio.Event()
        self._ends = asyncio.Event()
        self._listens = threading.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._listens.wait(30)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._ends.set)
        self._thread.join(30)
        self._loop.close()

    def stall(self) -> None:
        self._loop.call_soon_threadsafe(self._flows.clear)

    def go_on(self) -> None:
        self._loop.call_soon_threadsafe(self._flows.set)

    async def _serve(self) -> None:
        self._flows.set()
        listening = await asyncio.start_server(self._bring, "127.0.0.1", 0, backlog=_MOST_WAITING)
        self.port = listening.sockets[0].getsockname()[1]
        self._listens.set()
        await self._ends.wait()
        listening.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _bring(self, member: asyncio.StreamReader, to_member: asyncio.StreamWriter) -> None:
        server, to_server = await asyncio.open_connection("127.0.0.1", self._server_port)
        was_held = asyncio.Event()
        ways = {
            asyncio.ensure_future(self._there(member, to_server, was_held)),
            asyncio.ensure_future(self._back(server, to_member, was_held)),
        }
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            to_server.close()
            to_member.close()

    async def _there(self, member: asyncio.StreamReader, server: asyncio.StreamWriter, was_held: asyncio.Event) -> None:
        while asked := await member.read(_LARGEST):
            if not self._flows.is_set():
                was_held.set()
                await self._flows.wait()
                if self.fate is Fate.LOST:
                    return
            server.write(asked)
            await server.drain()

    async def _back(self, server: asyncio.StreamReader, member: asyncio.StreamWriter, was_held: asyncio.Event) -> None:
        while answered := await server.read(_LARGEST):
            await self._flows.wait()
            if was_held.is_set() and self.fate is Fate.UNANSWERED:
                return
            member.write(answered)
            await member.drain()
