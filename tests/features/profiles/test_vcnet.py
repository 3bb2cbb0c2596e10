"""Profile vcnet: no limit, any number of attempts, the best and earliest counts; score → prediction → instant.

Papers of two items with several right answers each. Opens on Monday the 14th at 8:00, closes on Monday the 21st.
"""

from __future__ import annotations

from tests.features.profiles.staging import Stage, Try, at, deciding, lines_of, milliseconds, rule_of

CELLS = {"o__x": "2"}  # the shipped bank has ten items with several right answers: five papers' worth
OPENS, CLOSES = "14 08:00:00", "21 08:00:00"

TRIES = {
    # Both right.
    "An Thị Bích": [Try("14 08:59:30", "30", "11", "12")],
    "Bạch Văn Công": [Try("14 08:59:00", "60.001", "11", "12")],
    "Đào Thị Duyên": [Try("15 09:00:00", "3600", "11", "13")],
    "Giáp Văn Đông": [Try("15 09:59:00", "60", "11", "11")],
    "Hứa Thị Giang": [Try("15 09:59:00", "60.250", "11", "13")],
    "Khổng Văn Hải": [
        Try("14 20:00:00", "90", "10", "12"),
        Try("16 20:00:00", "90", "11", "15"),
        Try("17 20:00:00", "20", "11", "12"),
    ],
    "La Thị Huệ": [Try("14 09:00:00", "", "11", "20")],  # left open for the whole week
    "Mạc Văn Khánh": [Try("21 07:30:00", "1804.999", "11", "4")],  # submitted within the grace
    "Ninh Thị Lan": [Try("14 08:00:00", "30", "11")],
    "Ông Văn Minh": [Try("14 08:00:00", "30.001", "11")],
    # One right.
    "Quách Văn Phong": [Try("17 12:00:00", "20", "10", "12")],
    "Sầm Thị Quỳ": [Try("17 12:00:00", "21", "01", "12")],
    "Thái Văn Sơn": [Try("15 12:00:00", "40", "1p", "14")],
    "Ung Thị Tâm": [Try("16 12:00:00", "40", "10", "10")],
    "Viên Văn Toàn": [
        Try("14 13:00:00", "10", "00", "12"),
        Try("15 13:00:00", "60", "10", "9"),
        Try("16 13:00:00", "10", "01", "12"),
        Try("17 13:00:00", "10", "00", "12"),
        Try("18 13:00:00", "10", "10", "12"),
    ],
    "Âu Thị Uyên": [Try("14 14:00:00", "100", "10", "12")],  # takes the guess back before submitting
    # None right.
    "Giản Văn Ân": [Try("18 15:00:00", "10", "pp", "12")],
    "Bế Văn Vượng": [Try("18 15:00:01", "10", "00", "12")],
    "Cù Thị Xoan": [Try("18 16:00:00", "10", "00", "11")],
    "Diệp Văn Ý": [Try("18 15:59:50", "20", "p0", "13")],
    "Đồng Thị Yến": [Try("14 08:00:00", "5", "--")],
    "Hạ Văn Bằng": [Try("14 08:00:01", "20", "0-")],  # writes a guess that is none
    # Never ranked.
    "Phùng Thị Nga": [Try("14 08:00:05", "10", "11", "12")],
}

# 24 have sat; 12 have both right where their counted attempt is: the ten of the first table, the excluded Nga and the
# organiser. Place, name, score, time, submitted, distance from 12.
TABLE = [
    (1, "An Thị Bích", 2, "30,000 giây", "14 09:00:00", 0),
    (2, "Bạch Văn Công", 2, "1 phút 00,001 giây", "14 09:00:00.001", 0),  # a millisecond later
    (3, "Đào Thị Duyên", 2, "1 giờ 00 phút 00,000 giây", "15 10:00:00", 1),  # 13 and 11 are as far, the instant is the
    (3, "Giáp Văn Đông", 2, "1 phút 00,000 giây", "15 10:00:00", 1),  # same; an hour against a minute does not matter
    (5, "Hứa Thị Giang", 2, "1 phút 00,250 giây", "15 10:00:00.250", 1),
    (6, "Khổng Văn Hải", 2, "1 phút 30,000 giây", "16 20:01:30", 3),  # the earlier of two with both right: guess 15
    (7, "La Thị Huệ", 2, "167 giờ 00 phút 00,000 giây", "21 08:00:00", 8),
    (7, "Mạc Văn Khánh", 2, "30 phút 00,000 giây", "21 08:00:00", 8),  # 20 and 4 are as far, both end at the close
    (9, "Ninh Thị Lan", 2, "30,000 giây", "14 08:00:30", 10**12),  # first of all to submit, but without a guess
    (10, "Ông Văn Minh", 2, "30,001 giây", "14 08:00:30.001", 10**12),
    (11, "Quách Văn Phong", 1, "20,000 giây", "17 12:00:20", 0),  # nearest of all those above but one point less
    (12, "Sầm Thị Quỳ", 1, "21,000 giây", "17 12:00:21", 0),
    (13, "Thái Văn Sơn", 1, "40,000 giây", "15 12:00:40", 2),  # a part of the right answers is no right answer
    (14, "Ung Thị Tâm", 1, "40,000 giây", "16 12:00:40", 2),
    (15, "Viên Văn Toàn", 1, "1 phút 00,000 giây", "15 13:01:00", 3),  # the second of five: first with one right
    (16, "Âu Thị Uyên", 1, "1 phút 40,000 giây", "14 14:01:40", 10**12),
    (17, "Giản Văn Ân", 0, "10,000 giây", "18 15:00:10", 0),
    (18, "Bế Văn Vượng", 0, "10,000 giây", "18 15:00:11", 0),
    (19, "Cù Thị Xoan", 0, "10,000 giây", "18 16:00:10", 1),
    (19, "Diệp Văn Ý", 0, "20,000 giây", "18 16:00:10", 1),
    (21, "Đồng Thị Yến", 0, "5,000 giây", "14 08:00:05", 10**12),
    (22, "Hạ Văn Bằng", 0, "20,000 giây", "14 08:00:21", 10**12),
]
RULE = ["điểm cao hơn", "dự đoán gần đúng hơn", "nộp bài sớm hơn"]


def test_a_week_by_the_rules_of_vcnet(stage: Stage) -> None:
    stage.people([*TRIES, "Lại Văn Cảnh"])
    organiser = stage.organiser_sits()
    rounds = stage.hold("vcnet", OPENS, CELLS, length=10)
    week = rounds[0]
    assert [(one.title, one.time_limit_s, one.attempts_allowed) for one in rounds] == [
        ("Tuần 1", None, None),
        ("Tuần 2", None, None),
        ("Tuần 3", None, None),
        ("Tuần 4", None, None),
    ]
    assert rounds[0].stage_id == rounds[1].stage_id == rounds[2].stage_id != rounds[3].stage_id  # 4 January
    stage.exclude(week, "Phùng Thị Nga")
    sitters = stage.sitters

    stage.plan(week, TRIES, limit=None)
    stage.plan(week, {organiser: [Try("14 08:20:00", "30", "11")]}, limit=None)
    late, uyen, bang, hue = (sitters[name] for name in ("Lại Văn Cảnh", "Âu Thị Uyên", "Hạ Văn Bằng", "La Thị Huệ"))
    stage.then(at("14 14:01:20"), lambda: uyen.guess("", revision=2))
    stage.then(at("14 08:00:10"), lambda: bang.guess("12,5", status=422, says="Ở đây cần số nguyên"))
    stage.then(at("14 07:59:59"), lambda: late.refused(week.id, "Đợt thi chưa mở."))
    stage.then(at("21 08:00:04.999999"), lambda: hue.guess("20", revision=2))  # the last that is taken, and no change
    stage.then(at("21 08:00:05"), lambda: hue.guess("12", revision=3, status=409, says="đã muộn"))
    stage.then(at("21 08:00:06.999"), lambda: stage.sweep(0))
    stage.then(at(CLOSES), lambda: late.refused(week.id, "Đợt thi đã đóng."))
    stage.run()

    assert not sitters[organiser].is_asked
    before = stage.board(week)
    assert "Câu dự đoán chưa có số thực tế nên chưa được dùng để xếp hạng." in before.text
    assert lines_of(before)[0][:2] == (1, "Ninh Thị Lan"), "without the truth the first to submit is the first"

    stage.fix_truth(week, "12")

    board = stage.board(week)
    assert rule_of(board) == RULE
    assert "Tạm tính" in board.text and "mỗi người được tính lượt điểm cao nhất" in board.text
    assert "Câu dự đoán chưa có số thực tế" not in board.text
    assert lines_of(board) == sorted((place, name, f"{score}/2", time) for place, name, score, time, _, _ in TABLE)

    results = stage.results(week)
    assert len(results) == 24
    assert {name: one.k1 for name, one in results.items() if not one.is_ranked} == {organiser: -2, "Phùng Thị Nga": -2}
    for _, name, score, _, submitted, distance in TABLE:
        one = results[name]
        assert (one.k1, one.k2, one.k3, one.k4) == (-score, distance, milliseconds(submitted), 0), name
    assert deciding(results.values()) == {0, 1, 2}, "every criterion of the list parts somebody"
    assert (results["Viên Văn Toàn"].attempts, results["Khổng Văn Hải"].attempts) == (5, 3)
    own = stage.board(week, reader=sitters["Ung Thị Tâm"].member).text
    assert "Đồng chí xếp hạng 14 trên 22 người" in own and "Người xếp ngay trên nộp bài sớm hơn 1 ngày" in own
