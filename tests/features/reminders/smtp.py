"""A mail server for tests: it speaks enough SMTP over a real socket, and answers as told."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any


@dataclass
class Inbox:
    """What arrived, and how recipients are answered: by address a reply line.

    After `text ` it is said to DATA, after `dot ` to the whole mail; `hang-up` says nothing to it.
    """

    port: int
    letters: list[EmailMessage] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    offers_login: bool = False
    replies: Mapping[str, str] = field(default_factory=dict)


class _Conversation(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        with suppress(ConnectionError):  # who is killed in the middle says no good-bye
            self._converse()

    def _converse(self) -> None:
        self._say("220 hộp thư".encode("ascii", "ignore").decode() + " ready")
        reply = ""
        while line := self.rfile.readline():
            words = line.decode().strip()
            verb = words.split(" ")[0].upper()
            if verb in {"EHLO", "HELO"}:
                self._say("250-localhost\r\n250 AUTH PLAIN" if self.server.inbox.offers_login else "250 localhost")
            elif verb == "RCPT":
                address = words.partition("<")[2].partition(">")[0]
                self.server.inbox.asked.append(address)
                reply = self.server.inbox.replies.get(address, "")
                self._say(reply if reply[:1].isdigit() else "250 ok")
            elif verb == "DATA":
                if reply.startswith("text "):
                    self._say(reply.removeprefix("text "))
                    continue
                self._say("354 go on")
                body = self._body()
                if body is None or reply == "hang-up":
                    return
                self.server.inbox.letters.append(_read(body))
                self._say(reply.removeprefix("dot ") if reply.startswith("dot ") else "250 taken")
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _body(self) -> bytes | None:
        """A mail up to the line with the dot; None where it broke off."""
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line.endswith(b"\n"):
                return None
            lines.append(line)
        return b"".join(lines)

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    inbox: Inbox


def _read(body: bytes) -> EmailMessage:
    letter: Any = message_from_bytes(body, policy=policy.default)
    assert isinstance(letter, EmailMessage)
    return letter


@contextmanager
def mail_server() -> Iterator[Inbox]:
    with _Server(("127.0.0.1", 0), _Conversation) as server:
        server.inbox = Inbox(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server.inbox
        finally:
            server.shutdown()
            thread.join()
