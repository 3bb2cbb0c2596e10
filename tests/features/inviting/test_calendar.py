"""The calendar file against the lines that RFC 5545 asks for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from quiz_app.inviting.calendar import Event, calendar

VIETNAM = timezone(timedelta(hours=7))


def event(title: str) -> Event:
    return Event(
        uid="dot-thi-7@vidu.vn",
        title=title,
        starts_at=datetime(2026, 12, 1, 7, 30, tzinfo=VIETNAM),
        ends_at=datetime(2026, 12, 7, 17, 0, tzinfo=VIETNAM),
        changed_at=datetime(2026, 11, 20, 1, 2, 3, tzinfo=UTC),
        sequence=3,
        description="Một dòng\nhai dòng",
        url="https://vidu.vn/",
    )


def unfolded(content: bytes) -> list[str]:
    return content.replace(b"\r\n ", b"").decode().split("\r\n")


def test_times_are_utc_and_texts_escaped() -> None:
    lines = unfolded(calendar("Học, tập", [event("Đợt 1; \\ vòng, hai\r\nBEGIN:VALARM")]))
    assert lines[:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"]
    assert lines[-2:] == ["END:VCALENDAR", ""]
    assert "X-WR-CALNAME:Học\\, tập" in lines
    assert "DTSTART:20261201T003000Z" in lines
    assert "DTEND:20261207T100000Z" in lines
    assert "DTSTAMP:20261120T010203Z" in lines
    assert "UID:dot-thi-7@vidu.vn" in lines
    assert "SUMMARY:Đợt 1\\; \\\\ vòng\\, hai\\nBEGIN:VALARM" in lines
    assert "DESCRIPTION:Một dòng\\nhai dòng" in lines


def test_no_line_is_longer_than_75_octets_and_no_letter_is_cut() -> None:
    title = "Tìm hiểu Nghị quyết Đại hội đại biểu Đảng bộ thành phố Hà Nội lần thứ XVIII " * 3
    content = calendar("Lịch", [event(title)])
    lines = content.split(b"\r\n")
    assert max(len(line) for line in lines) <= 75
    for line in lines:
        line.decode()
    assert f"SUMMARY:{title}" in unfolded(content)


def test_without_rounds_it_is_a_calendar_all_the_same() -> None:
    assert unfolded(calendar("Lịch", []))[-2:] == ["END:VCALENDAR", ""]
