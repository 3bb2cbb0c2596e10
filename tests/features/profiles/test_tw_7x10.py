"""Profile tw-7x10: three weeks, 10 minutes, 7 attempts a week, the best and fastest counts; score → time.

Papers of four items here, a point each. The first week opens on Monday the 7th at 8:00, the second as it closes.
"""

from __future__ import annotations

from datetime import timedelta

from tests.features.profiles.staging import Stage, Try, at, deciding, lines_of, rule_of

CELLS = {"o_II.1.3_x": "1", "o_II.1.6_x": "1", "o_II.2-IV_x": "2"}
LIMIT = timedelta(minutes=10)
OPENS, CLOSES = "07 08:00:00", "14 08:00:00"

TRIES = {
    # Seven attempts.
    "Nguyễn Thị An": [
        Try("07 08:00:00", "20", "1000"),
        Try("07 08:01:00", "20", "1100"),
        Try("08 08:00:00", "540", "1111"),
        Try("09 08:00:00", "120", "1111"),
        Try("10 08:00:00", "120", "1111"),
        Try("11 08:00:00", "15", "1110"),
        Try("12 08:00:00", "5", "----"),
    ],
    "Trần Văn Ba": [
        Try("07 09:00:00", "61", "1110"),
        Try("07 09:02:00", "60", "0111"),
        Try("07 09:04:00", "59.999", "1110"),
        Try("07 09:06:00", "60", "1101"),
        Try("07 09:08:00", "58", "1100"),
        Try("07 09:10:00", "57", "1000"),
        Try("07 09:12:00", "", "1011"),
    ],
    # All right.
    "Lê Thị Cúc": [Try("13 21:00:00", "37.412", "1111")],
    "Phạm Văn Đạt": [Try("07 08:00:00", "37.413", "1111")],
    "Hoàng Thị Giang": [Try("09 10:00:00", "37.413", "1111")],
    "Vũ Văn Hải": [Try("08 10:00:00", "45", "1111"), Try("08 10:01:00", "45.001", "1111")],
    "Đỗ Thị Kim": [Try("11 10:00:00", "45", "1111"), Try("11 10:01:00", "10", "1110")],
    "Bùi Văn Lợi": [Try("11 10:00:00", "45", "1111")],
    "Ngô Thị Mận": [Try("08 10:00:00", "120", "1111")],
    "Đặng Văn Năm": [Try("12 09:00:00", "599.999", "1111")],
    "Phan Thị Oanh": [Try("10 20:00:00", "", "1111")],
    "Lý Văn Phú": [Try("12 20:00:00", "604.999", "1111")],  # submitted within the grace
    "Tô Thị Quế": [Try("09 20:00:00", "600", "1111")],  # submitted at the very deadline
    # Less.
    "Mai Văn Sáu": [Try("07 12:00:00", "12", "1110")],
    "Cao Văn Tám": [Try("08 12:00:00", "", "111-")],  # the fourth answer arrives after the grace
    "Tạ Thị Uyển": [Try("14 07:55:00", "", "1101")],  # five minutes are left before the close
    "Hồ Văn Việt": [Try("13 12:00:00", "300", "0111")],
    "Chu Thị Xoan": [Try("09 12:00:00", "12", "1100")],
    "Trịnh Thị Yến": [Try("10 12:00:00", "12.001", "0011")],
    "Đinh Văn Ân": [Try("07 13:00:00", "2", "0100")],
    "Hà Thị Ấm": [Try("07 13:00:00", "2", "0001"), Try("07 14:00:00", "2", "0100")],
    "Lưu Thị Bé": [Try("08 13:00:00", "1", "0000")],
    "Thân Văn Chiến": [Try("08 13:00:00", "", "----")],
    # Never ranked.
    "Kiều Văn Dần": [Try("07 08:05:00", "3", "1111")],
}

# Place, name, score, time. Nothing is predicted, and when somebody submitted decides nothing.
TABLE = [
    (1, "Lê Thị Cúc", 4, "37,412 giây"),  # on the last evening, but a millisecond faster
    (2, "Hoàng Thị Giang", 4, "37,413 giây"),
    (2, "Phạm Văn Đạt", 4, "37,413 giây"),
    (4, "Bùi Văn Lợi", 4, "45,000 giây"),  # three with 45 seconds: Hải's first of two, and Kim's, whose later attempt
    (4, "Vũ Văn Hải", 4, "45,000 giây"),  # is faster with one answer wrong
    (4, "Đỗ Thị Kim", 4, "45,000 giây"),
    (7, "Nguyễn Thị An", 4, "2 phút 00,000 giây"),  # the fourth of seven: full marks, and the fastest so
    (7, "Ngô Thị Mận", 4, "2 phút 00,000 giây"),
    (9, "Đặng Văn Năm", 4, "9 phút 59,999 giây"),
    (10, "Lý Văn Phú", 4, "10 phút 00,000 giây"),  # by the grace, by the job, and at the deadline itself
    (10, "Phan Thị Oanh", 4, "10 phút 00,000 giây"),
    (10, "Tô Thị Quế", 4, "10 phút 00,000 giây"),
    (13, "Mai Văn Sáu", 3, "12,000 giây"),  # faster than all above: the score comes first
    (14, "Trần Văn Ba", 3, "59,999 giây"),  # the third of seven
    (15, "Hồ Văn Việt", 3, "5 phút 00,000 giây"),
    (15, "Tạ Thị Uyển", 3, "5 phút 00,000 giây"),  # the close cuts the attempt
    (17, "Cao Văn Tám", 3, "10 phút 00,000 giây"),
    (18, "Chu Thị Xoan", 2, "12,000 giây"),
    (19, "Trịnh Thị Yến", 2, "12,001 giây"),
    (20, "Hà Thị Ấm", 1, "2,000 giây"),
    (20, "Đinh Văn Ân", 1, "2,000 giây"),
    (22, "Lưu Thị Bé", 0, "1,000 giây"),
    (23, "Thân Văn Chiến", 0, "10 phút 00,000 giây"),
]
MILLISECONDS = {"Lê Thị Cúc": 37_412, "Phạm Văn Đạt": 37_413, "Trần Văn Ba": 59_999, "Lý Văn Phú": 600_000}
RULE = ["điểm cao hơn", "làm bài nhanh hơn"]
USED_UP = "Đồng chí đã dùng hết số lượt thi của đợt này."

SECOND_WEEK = {
    "Nguyễn Thị An": [Try("14 08:00:00", "30", "1111")],  # who used up the seven of the first week has seven more
    "Lê Thị Cúc": [Try("15 08:00:00", "30.001", "1111")],
}
SECOND_TABLE = [(1, "Nguyễn Thị An", 4, "30,000 giây"), (2, "Lê Thị Cúc", 4, "30,001 giây")]


def test_two_weeks_by_the_rules_of_tw_7x10(stage: Stage) -> None:
    stage.people([*TRIES, "Nghiêm Thị Én"])
    organiser = stage.organiser_sits()
    first, second, third = stage.hold("tw-7x10", OPENS, CELLS, length=10, publish=2)
    assert [one.title for one in (first, second, third)] == ["Tuần 1", "Tuần 2", "Tuần 3"]
    assert (first.time_limit_s, first.attempts_allowed, second.opens_at) == (600, 7, first.closes_at)
    stage.exclude(first, "Kiều Văn Dần")
    sitters = stage.sitters
    an, ba, tam, late = (sitters[name] for name in ("Nguyễn Thị An", "Trần Văn Ba", "Cao Văn Tám", "Nghiêm Thị Én"))

    stage.then(at("07 07:59:59.999999"), lambda: late.refused(first.id, "Đợt thi chưa mở."))
    stage.plan(first, TRIES, limit=LIMIT)
    stage.plan(first, {organiser: [Try("07 08:20:00", "1", "1111")]}, limit=LIMIT)
    stage.then(at("07 09:30:00"), lambda: ba.refused(first.id, USED_UP))  # all on one day: the limit is the week's
    stage.then(at("12 08:01:00"), lambda: an.refused(first.id, USED_UP))
    stage.then(at("08 12:10:05"), lambda: tam.save(4, "1", status=409))
    stage.then(at("13 23:59:59"), lambda: an.refused(second.id, "Đợt thi chưa mở."))
    stage.then(at(CLOSES), lambda: late.refused(first.id, "Đợt thi đã đóng."))
    stage.plan(second, SECOND_WEEK, limit=LIMIT)
    stage.then(at("14 08:20:00"), lambda: _assert_first_week(stage, first.id))
    stage.run()

    assert not an.is_asked, "nothing is predicted here"
    board = stage.board(first)
    assert rule_of(board) == RULE
    assert "Tạm tính" in board.text and "mỗi người được tính lượt điểm cao nhất" in board.text
    assert lines_of(board) == sorted((place, name, f"{score}/4", time) for place, name, score, time in TABLE)
    desk = stage.browse.other().as_(stage.commune.organiser)
    desk.page(f"/to-chuc/dot/{first.id}/so-thuc-te", status=404)

    results = stage.results(first)
    assert len(results) == 25
    unranked = {name: (one.k1, one.k2) for name, one in results.items() if not one.is_ranked}
    assert unranked == {organiser: (-4, 1_000), "Kiều Văn Dần": (-4, 3_000)}
    for _, name, score, _ in TABLE:
        one = results[name]
        assert (one.k1, one.k3, one.k4) == (-score, 0, 0), name
    assert {name: results[name].k2 for name in MILLISECONDS} == MILLISECONDS
    assert deciding(results.values()) == {0, 1}, "both criteria part somebody"
    assert (results["Nguyễn Thị An"].attempts, results["Trần Văn Ba"].attempts) == (7, 7)

    second_board = stage.board(second)
    assert lines_of(second_board) == [(place, name, f"{score}/4", time) for place, name, score, time in SECOND_TABLE]
    assert "Tạm tính" in second_board.text


def _assert_first_week(stage: Stage, round_id: int) -> None:
    """Who shares a place reads it on his own board, as soon as the week is closed."""
    reader = stage.sitters["Đỗ Thị Kim"].browser
    own = reader.page(f"/bang-xep-hang/{round_id}/toan-xa").text
    assert "Đồng chí xếp hạng 4 trên 23 người" in own and "Người xếp ngay trên làm bài nhanh hơn 7,587 giây" in own
