"""What is asked on a line that ends is asked again on another, as browsers do; what is never answered fails."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.load.asks import page
from tests.load.generator import Supply, drive
from tests.load.load_lines import Ask, Loop, Script

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
NOTHING = b""


@contextmanager
def serving(lines: list[list[bytes]]) -> Iterator[int]:
    """A server that answers the requests of each line with these, and then ends the line."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for answers in lines:
                line, _ = server.accept()
                with line:
                    for answer in answers:
                        line.recv(65536)
                        line.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(10)


def asked(port: int) -> int:
    return len(drive(port, Supply([page("/")] * 3), connections=1).served)


def test_a_request_that_met_the_end_of_a_line_is_sent_again() -> None:
    with serving([[ANSWER, NOTHING], [ANSWER, ANSWER]]) as port:
        assert asked(port) == 3


def test_a_line_that_never_answers_is_a_failure() -> None:
    with serving([[ANSWER, NOTHING], [NOTHING]]) as port, pytest.raises(ConnectionError):
        asked(port)


def test_an_answer_that_breaks_off_is_a_failure() -> None:
    with serving([[ANSWER, ANSWER[:-1]]]) as port, pytest.raises(ConnectionError):
        asked(port)


def test_a_crowd_goes_to_the_port_with_fewest_to_answer() -> None:
    """As nginx sends it: one that does not answer gets one request, the other all that come meanwhile."""
    answered = []

    def asks() -> Script:
        answer = yield Ask(b"GET / HTTP/1.1\r\n\r\n", line=0, patience_s=1.0)
        assert answer is not None
        answered.append(answer.status)

    with socket.create_server(("127.0.0.1", 0)) as silent, serving([[ANSWER] * 3]) as port:
        loop = Loop([silent.getsockname()[1], port], most_lines=9)
        for number in range(4):
            loop.begin(asks(), at=0.05 * number)
        loop.run(5, lambda: None)
        loop.close()
    assert answered == [200, 200, 200, 0]
