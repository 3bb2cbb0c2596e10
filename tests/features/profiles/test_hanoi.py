"""Profile hanoi-2024: 15 minutes, 3 attempts a week, the best and fastest counts; score → time → prediction → instant.

Papers of five items here, a point each. Opens on Monday the 7th at 8:00, closes on Monday the 14th at 8:00.
"""

from __future__ import annotations

from datetime import timedelta

from tests.features.profiles.staging import Stage, Try, at, deciding, lines_of, milliseconds, rows_of, rule_of

CELLS = {"o_II.1.1_1": "1", "o_II.1.1_2": "1", "o_II.1.4_x": "1", "o_II.1.5_x": "1", "o__x": "1"}
LIMIT = timedelta(minutes=15)
OPENS, CLOSES = "07 08:00:00", "14 08:00:00"

TRIES = {
    # All right, by time alone; then equal times.
    "Nguyễn Văn Bảo": [Try("07 08:10:00", "37", "11111", "30")],
    "Trần Thị Cúc": [Try("07 08:30:00", "45", "11111", "28")],
    "Lê Văn Dũng": [Try("07 08:10:00", "45", "11111", "27")],
    "Phạm Thị Én": [Try("07 08:10:00.001", "45", "11111", "29")],
    "Hoàng Văn Giang": [Try("08 09:00:00", "60", "11111", "25")],
    "Vũ Thị Hạnh": [Try("08 09:00:00", "60", "11111", "31")],
    "Đỗ Văn Ích": [Try("07 08:00:00", "60.001", "11111", "28")],  # begun at the very opening
    # Several attempts.
    "Bùi Thị Kim": [
        Try("07 10:00:00", "30", "11110", "28"),
        Try("08 10:00:00", "120", "11111", "28"),
        Try("09 10:00:00", "90.500", "11111", "40"),
    ],
    "Ngô Văn Lâm": [Try("08 11:00:00", "100", "11111", "20"), Try("09 11:00:00", "100", "11111", "28")],
    "Đặng Thị Mơ": [Try("10 11:00:00", "100", "11111", "33")],
    "Trịnh Thị Xuân": [Try("09 12:00:00", "50", "11100", "28"), Try("10 12:00:00", "10", "11000", "28")],
    # The limit.
    "Phan Văn Nam": [Try("10 19:00:00", "", "11111", "28")],
    "Lý Thị Oanh": [Try("10 19:00:01", "903", "11111", "28")],  # submitted within the grace
    "Tô Văn Phúc": [Try("10 19:00:01", "", "11111", "28")],
    "Đinh Thị Quyên": [Try("09 19:00:00", "", "11111")],
    "Mai Văn Rạng": [Try("11 19:00:00", "", "11111", "999.999")],
    "Hồ Thị Uyên": [Try("11 20:00:00", "", "1111-", "28")],  # his fifth answer is sent after the grace
    # Less than all right.
    "Cao Thị Sen": [Try("08 14:00:00", "20", "11110", "26")],
    "Tạ Văn Tài": [Try("07 14:00:00", "20", "11101", "24")],
    "Chu Văn Vinh": [Try("07 15:00:00", "61", "10101", "28")],
    "Hà Văn Khoa": [Try("09 16:00:00", "30", "00001", "26")],
    "Lưu Thị Liên": [Try("09 15:59:59", "30", "10000", "30")],
    # The last minute before the close.
    "Đoàn Văn Yên": [Try("14 07:59:00", "", "01100", "28")],
    "Dương Thị Ánh": [Try("14 07:59:00", "64.999", "11000", "28")],  # submitted within the grace
    # Nothing answered.
    "Thân Văn Bền": [Try("12 08:00:00", "5", "-----", "1")],
    "Kim Thị Chi": [Try("11 08:00:00", "5", "-----")],
    # Never ranked.
    "Kiều Văn Độ": [Try("07 08:05:00", "36", "11111", "28")],
}

# 28 people have sat: the 27 above and the organiser. Place, name, score, time, submitted, distance from 28.
TABLE = [
    (1, "Nguyễn Văn Bảo", 5, "37,000 giây", "07 08:10:37", 2),  # the shortest time of who has all right
    (2, "Trần Thị Cúc", 5, "45,000 giây", "07 08:30:45", 0),  # 45 s as the next two, nearer, though 20 minutes later
    (3, "Lê Văn Dũng", 5, "45,000 giây", "07 08:10:45", 1),  # 27 and 29 are as far: a millisecond earlier
    (4, "Phạm Thị Én", 5, "45,000 giây", "07 08:10:45.001", 1),
    (5, "Hoàng Văn Giang", 5, "1 phút 00,000 giây", "08 09:01:00", 3),  # 25 and 31, the same instant: a shared place
    (5, "Vũ Thị Hạnh", 5, "1 phút 00,000 giây", "08 09:01:00", 3),
    (
        7,
        "Đỗ Văn Ích",
        5,
        "1 phút 00,001 giây",
        "07 08:01:00.001",
        0,
    ),  # a millisecond slower: his prediction is not asked
    (8, "Bùi Thị Kim", 5, "1 phút 30,500 giây", "09 10:01:30.500", 12),  # third attempt: full marks, and the fastest so
    (9, "Đặng Thị Mơ", 5, "1 phút 40,000 giây", "10 11:01:40", 5),
    (
        10,
        "Ngô Văn Lâm",
        5,
        "1 phút 40,000 giây",
        "08 11:01:40",
        8,
    ),  # equally fast twice: the earlier, with its guess 20
    (11, "Phan Văn Nam", 5, "15 phút 00,000 giây", "10 19:15:00", 0),  # closed by the job with what was saved
    (12, "Lý Thị Oanh", 5, "15 phút 00,000 giây", "10 19:15:01", 0),  # the grace counts as no time: as Phúc's, one
    (12, "Tô Văn Phúc", 5, "15 phút 00,000 giây", "10 19:15:01", 0),  # second after Nam's
    (14, "Mai Văn Rạng", 5, "15 phút 00,000 giây", "11 19:15:00", 999_971),  # any guess is before none,
    (15, "Đinh Thị Quyên", 5, "15 phút 00,000 giây", "09 19:15:00", 10**12),  # though Quyên was earlier
    (16, "Cao Thị Sen", 4, "20,000 giây", "08 14:00:20", 2),  # faster than all above: the score comes first
    (17, "Tạ Văn Tài", 4, "20,000 giây", "07 14:00:20", 4),
    (18, "Hồ Thị Uyên", 4, "15 phút 00,000 giây", "11 20:15:00", 0),  # the late fifth answer is not among them
    (19, "Trịnh Thị Xuân", 3, "50,000 giây", "09 12:00:50", 0),  # not the faster attempt with 2
    (20, "Chu Văn Vinh", 3, "1 phút 01,000 giây", "07 15:01:01", 0),
    (21, "Dương Thị Ánh", 2, "1 phút 00,000 giây", "14 08:00:00", 0),  # both cut by the close, at which both end,
    (21, "Đoàn Văn Yên", 2, "1 phút 00,000 giây", "14 08:00:00", 0),  # one by the job, one by a post in the grace
    (23, "Lưu Thị Liên", 1, "30,000 giây", "09 16:00:29", 2),  # 30 and 26 are as far: a second earlier
    (24, "Hà Văn Khoa", 1, "30,000 giây", "09 16:00:30", 2),
    (25, "Thân Văn Bền", 0, "5,000 giây", "12 08:00:05", 27),  # a guess of 1 is before none
    (26, "Kim Thị Chi", 0, "5,000 giây", "11 08:00:05", 10**12),
]
# Before the truth is fixed nobody gains by a guess: among equal times the instant decides at once.
FIRST_FOUR_BEFORE = ["Nguyễn Văn Bảo", "Lê Văn Dũng", "Phạm Thị Én", "Trần Thị Cúc"]
# Every third of the list of attempts is of the first chi bộ, in the order of the table.
IN_ONE_UNIT = [
    (1, "Nguyễn Văn Bảo"),
    (2, "Phạm Thị Én"),
    (3, "Đỗ Văn Ích"),
    (4, "Đặng Thị Mơ"),
    (5, "Lý Thị Oanh"),
    (6, "Mai Văn Rạng"),
    (7, "Tạ Văn Tài"),
    (8, "Lưu Thị Liên"),
    (9, "Thân Văn Bền"),
]
RULE = ["điểm cao hơn", "làm bài nhanh hơn", "dự đoán gần đúng hơn", "nộp bài sớm hơn"]


def test_a_week_by_the_rules_of_hanoi(stage: Stage) -> None:
    stage.people([*TRIES, "Nghiêm Thị Gấm"])
    organiser = stage.organiser_sits()
    week, *others = stage.hold("hanoi-2024", OPENS, CELLS, length=20)
    assert [(week.title, week.time_limit_s, week.attempts_allowed)] == [("Tuần 1", 900, 3)]
    assert len(others) == 3
    stage.exclude(week, "Kiều Văn Độ")
    sitters = stage.sitters
    refused = sitters["Nghiêm Thị Gấm"].refused

    stage.then(at("07 07:59:59.999999"), lambda: refused(week.id, "Đợt thi chưa mở."))
    stage.plan(week, TRIES, limit=LIMIT)
    stage.plan(week, {organiser: [Try("07 08:20:00", "30", "11111")]}, limit=LIMIT)
    kim, uyen = sitters["Bùi Thị Kim"], sitters["Hồ Thị Uyên"]
    stage.then(at("09 10:02:00"), lambda: kim.refused(week.id, "Đồng chí đã dùng hết số lượt thi của đợt này."))
    stage.then(at("11 20:15:05"), lambda: uyen.save(5, "1", status=409))  # the first instant after the grace
    stage.then(at("11 20:15:06.999"), lambda: stage.sweep(0))  # a save might still be on its way to the disk
    stage.then(at(CLOSES), lambda: refused(week.id, "Đợt thi đã đóng."))
    stage.then(at("11 12:00:00"), lambda: _assert_hidden(stage, week.id))
    stage.run()

    assert not sitters[organiser].is_asked, "who sees the figures is asked for no prediction"
    before = stage.board(week)
    assert [name for _, name, _, _ in rows_of(before)][:4] == FIRST_FOUR_BEFORE
    assert "Câu dự đoán chưa có số thực tế nên chưa được dùng để xếp hạng." in before.text

    stage.fix_truth(week, "28")

    board = stage.board(week)
    assert rule_of(board) == RULE
    assert "Tạm tính" in board.text and "mỗi người được tính lượt điểm cao nhất" in board.text
    assert "Câu dự đoán chưa có số thực tế" not in board.text
    assert lines_of(board) == sorted((place, name, f"{score}/5", time) for place, name, score, time, _, _ in TABLE)

    results = stage.results(week)
    assert len(results) == 28
    unranked = {organiser: (-5, 30_000), "Kiều Văn Độ": (-5, 36_000)}
    assert {name: (one.k1, one.k2) for name, one in results.items() if not one.is_ranked} == unranked
    for _, name, score, _, submitted, distance in TABLE:
        one = results[name]
        assert (one.k1, one.k3, one.k4) == (-score, distance, milliseconds(submitted)), name
        assert one.k2 == one.duration_ms, name  # which the board has shown to the millisecond
    assert deciding(results.values()) == {0, 1, 2, 3}, "every criterion of the list parts somebody"
    assert (results["Bùi Thị Kim"].attempts, results["Ngô Văn Lâm"].attempts) == (3, 2)
    own = stage.board(week, reader=sitters["Vũ Thị Hạnh"].member).text
    assert "Đồng chí xếp hạng 5 trên 26 người" in own and "Người xếp ngay trên làm bài nhanh hơn 15,000 giây" in own
    unit_board = sitters["Phạm Thị Én"].browser.page(f"/bang-xep-hang/{week.id}/chi-bo")
    assert [(place, name) for place, name, _, _ in rows_of(unit_board)] == IN_ONE_UNIT
    assert rule_of(unit_board) == RULE and "Tạm tính" in unit_board.text


def _assert_hidden(stage: Stage, round_id: int) -> None:
    """While somebody may still predict, a board tells those who may nothing of how many sit."""
    reader = stage.sitters["Nghiêm Thị Gấm"].browser
    assert "Bảng mở sau khi đợt thi đóng" in reader.page(f"/bang-xep-hang/{round_id}/toan-xa").text
