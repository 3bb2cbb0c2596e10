"""Writes docs/vong-doi.md: states and events of attempts and rounds, and what is seen of results in each state.

As `quiz_app.rules.lifecycle` and `quiz_app.rules.visibility` have them.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from quiz_app.contests.labels import CHANGES as CHANGE_WORDS
from quiz_app.contests.labels import LOCKS
from quiz_app.rules.lifecycle import (
    ALLOWED,
    CHANGES,
    AttemptEvent,
    AttemptRefusal,
    AttemptState,
    Change,
    ChangeRefusal,
    Permit,
    RoundState,
)
from quiz_app.rules.visibility import SIGHTS, Audience, BoardState, Sight, Thing

PAGE = Path(__file__).parent / "vong-doi.md"

ATTEMPT_STATES = {
    AttemptState.RUNNING: ("Đang làm", "từ lúc bắt đầu đến trước hạn nộp"),
    AttemptState.GRACE: ("Chờ mạng", "từ hạn nộp, trong khoảng cho phép của đường truyền; câu gửi đến vẫn được lưu"),
    AttemptState.SETTLING: ("Đang khép", "2 giây sau đó; không nhận gì thêm, câu nhận sau cùng đang được ghi xong"),
    AttemptState.OVERDUE: ("Quá hạn", "từ đó đến khi hệ thống tự nộp"),
    AttemptState.SUBMITTED: ("Đã nộp", "do thí sinh nộp hoặc hệ thống tự nộp"),
    AttemptState.ANNULLED: ("Đã hủy", "Ban tổ chức hủy, có lý do"),
}
ATTEMPT_EVENTS = {
    AttemptEvent.SAVE: "Lưu câu trả lời hoặc dự đoán",
    AttemptEvent.SUBMIT: "Nộp bài",
    AttemptEvent.CLOSE: "Hệ thống tự nộp",
    AttemptEvent.TAKE_OVER: "Làm tiếp ở máy khác",
    AttemptEvent.GRANT_TIME: "Thêm giờ",
    AttemptEvent.ANNUL: "Hủy lượt",
}
REFUSALS = {
    AttemptRefusal.NOT_DUE: "chưa làm gì: chưa đến lúc",
    AttemptRefusal.TOO_LATE: "từ chối: đã hết giờ, lưu làm bằng chứng kèm giờ nhận",
    AttemptRefusal.SETTLING: "chờ vài giây rồi hệ thống tự nộp",
    AttemptRefusal.SUBMITTED: "từ chối: bài đã nộp",
    AttemptRefusal.ANNULLED: "từ chối: lượt đã hủy",
}
ROUND_STATES = {
    RoundState.DRAFT: ("Bản nháp", "chưa công bố"),
    RoundState.UPCOMING: ("Sắp mở", "đã công bố, chưa đến giờ mở"),
    RoundState.OPEN: ("Đang mở", "bắt đầu làm bài được"),
    RoundState.PAUSED: ("Tạm nghỉ", "ngoài khung giờ hoặc ngày làm bài"),
    RoundState.CLOSED: ("Đã đóng", "hết thời gian mở, kể cả gia hạn dài nhất"),
    RoundState.FINAL: ("Đã chốt", "kết quả đã chốt"),
}
PERMITS = {
    Permit.FREE: "được",
    Permit.UNTIL_FIRST_ATTEMPT: "được, khi chưa ai vào thi",
    Permit.UNTIL_KEYS_ARE_SHOWN: "được, khi chưa ai có thể đã xem đáp án",
}
BOARD_STATES = {
    BoardState.UPCOMING: ("Chưa mở", "đã công bố, chưa đến giờ mở"),
    BoardState.LIVE: ("Đang chạy", "từ lúc mở đến khi không ai còn trả lời được nữa"),
    BoardState.GUARDED: ("Giữ kín", "đợt có câu hỏi dự đoán, khi còn người có thể dự đoán"),
    BoardState.SEALED: ("Giữ kín và đóng băng", "như trên, sau lúc đóng băng"),
    BoardState.FROZEN: ("Đóng băng", "từ lúc đóng băng đến khi chốt kết quả, kể cả sau khi đợt thi đóng"),
    BoardState.PROVISIONAL: ("Tạm tính", "không ai còn trả lời được nữa, chưa chốt; chỉ ở đợt không đóng băng"),
    BoardState.FINAL: ("Chính thức", "kết quả đã chốt"),
}
THINGS = {
    Thing.OWN_SCORE: "Điểm của chính mình",
    Thing.OWN_PLACE: "Hạng của chính mình",
    Thing.PERSON_BOARD: "Bảng cá nhân",
    Thing.UNIT_BOARD: "Bảng đơn vị",
    Thing.COUNTS: "Số người, số lượt của cả đợt",
    Thing.OWN_UNITS: "Ai đã thi ở đơn vị mình phụ trách",
    Thing.EXPORT: "Tệp kết quả",
    Thing.WINNERS: "Người đoạt giải",
    Thing.CERTIFICATES: "Giấy chứng nhận",
}
AUDIENCES = {
    Audience.MEMBER: ("Mọi người", "đảng viên, người dự thi, và bảng trình chiếu"),
    Audience.DESK: ("Phụ trách đơn vị", "bí thư, cấp ủy của một phần các đơn vị dự thi"),
    Audience.ONLOOKER: ("Theo dõi cả đợt", "cấp ủy, bí thư của đơn vị tổ chức và cán bộ kỹ thuật"),
    Audience.ORGANISER: ("Ban tổ chức", "Ban tổ chức của cuộc thi"),
}
SIGHT_WORDS = {
    Sight.HIDDEN: "không",
    Sight.LIVE: "đang thay đổi",
    Sight.AS_FROZEN: "như lúc đóng băng",
    Sight.PROVISIONAL: "tạm tính",
    Sight.FINAL: "chính thức",
}

INTRODUCTION = """# Vòng đời của lượt thi và đợt thi

Trang này được viết ra từ `quiz_app/rules/lifecycle.py` và `quiz_app/rules/visibility.py` bằng lệnh
`python -m docs.make_life_cycle`; xin đừng sửa bằng tay. Mọi khoảng thời gian kể cả thời điểm đầu, không kể thời điểm
cuối.
"""


def text() -> str:
    """The whole page."""
    return "\n".join((INTRODUCTION, *_attempts(), "", *_rounds(), "", *_boards(), ""))


def _attempts() -> Iterable[str]:
    yield "## Lượt thi\n"
    yield from _states(ATTEMPT_STATES.values())
    yield "\nDòng là trạng thái, cột là việc xảy ra; trong ô là trạng thái tiếp theo hoặc vì sao không có gì đổi.\n"
    yield from _table(
        ["Trạng thái", *(ATTEMPT_EVENTS[event] for event in AttemptEvent)],
        (
            [ATTEMPT_STATES[state][0], *(_outcome(ALLOWED[state, event]) for event in AttemptEvent)]
            for state in AttemptState
        ),
    )


def _rounds() -> Iterable[str]:
    yield "## Đợt thi\n"
    yield from _states(ROUND_STATES.values())
    yield "\nDòng là điều Ban tổ chức muốn đổi, cột là trạng thái của đợt.\n"
    yield from _table(
        ["Muốn đổi", *(ROUND_STATES[state][0] for state in RoundState)],
        (
            [_capital(CHANGE_WORDS[change]), *(_verdict(CHANGES[state, change]) for state in RoundState)]
            for change in Change
        ),
    )


def _boards() -> Iterable[str]:
    yield "## Bảng xếp hạng và kết quả\n"
    yield from _states(BOARD_STATES.values())
    yield "\nNgười xem:\n"
    yield from _states(AUDIENCES.values())
    yield (
        "\nTrong ô là điều người đó thấy. Đây là mức cao nhất: cài đặt công bố điểm và nêu tên của đợt thi có thể cho "
        "thấy ít hơn. Một bảng cho mỗi người xem; dòng là điều được xem, cột là trạng thái.\n"
    )
    for audience in Audience:
        yield f"### {AUDIENCES[audience][0]}\n"
        yield from _table(
            ["Được xem", *(BOARD_STATES[state][0] for state in BoardState)],
            (
                [THINGS[thing], *(SIGHT_WORDS[SIGHTS[state, thing, audience]] for state in BoardState)]
                for thing in Thing
            ),
        )
        if audience is not Audience.ORGANISER:
            yield ""


def _states(states: Iterable[tuple[str, str]]) -> Iterable[str]:
    return (f"- **{name}**: {meaning}." for name, meaning in states)


def _outcome(outcome: AttemptState | AttemptRefusal) -> str:
    return ATTEMPT_STATES[outcome][0] if isinstance(outcome, AttemptState) else REFUSALS[outcome]


def _verdict(verdict: Permit | ChangeRefusal) -> str:
    return PERMITS[verdict] if isinstance(verdict, Permit) else f"không: {LOCKS[verdict]}"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _table(heads: list[str], rows: Iterable[list[str]]) -> Iterable[str]:
    yield _row(heads)
    yield _row(["---"] * len(heads))
    yield from (_row(row) for row in rows)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
