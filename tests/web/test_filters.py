"""Vietnamese dates, times and numbers at their boundaries."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from quiz_app.web import filters
from quiz_app.web.filters import (
    format_card_number,
    format_date,
    format_datetime,
    format_datetime_seconds,
    format_duration,
    format_file_size,
    format_iso,
    format_number,
    format_percent,
    format_remaining,
    format_span,
    format_time,
    format_time_seconds,
    format_weekday,
)

LATE_EVENING_IN_LONDON = datetime(2026, 2, 4, 20, 30, 7, tzinfo=UTC)


def test_instants_are_shown_in_vietnamese_time() -> None:
    assert format_date(LATE_EVENING_IN_LONDON) == "05/02/2026"
    assert format_datetime(LATE_EVENING_IN_LONDON) == "03:30 ngày 05/02/2026"
    assert format_datetime_seconds(LATE_EVENING_IN_LONDON) == "03:30:07 ngày 05/02/2026"
    assert format_time(LATE_EVENING_IN_LONDON) == "03:30"
    assert format_time_seconds(LATE_EVENING_IN_LONDON) == "03:30:07"
    assert format_weekday(LATE_EVENING_IN_LONDON) == "Thứ Năm, 05/02/2026"
    assert format_iso(LATE_EVENING_IN_LONDON) == "2026-02-05T03:30:07+07:00"


def test_days_have_no_zone() -> None:
    assert format_date(date(2026, 12, 1)) == "01/12/2026"
    assert format_weekday(date(2026, 2, 8)) == "Chủ nhật, 08/02/2026"
    assert format_iso(date(2026, 2, 8)) == "2026-02-08"


def test_a_naive_instant_is_refused() -> None:
    naive = LATE_EVENING_IN_LONDON.replace(tzinfo=None)
    for function in (format_date, format_datetime, format_time, format_iso):
        with pytest.raises(ValueError, match="time zone"):
            function(naive)


@pytest.mark.parametrize("name", sorted(filters.FILTERS))
def test_what_is_unknown_is_a_dash(name: str) -> None:
    assert filters.FILTERS[name](None) == ("" if name == "iso" else "–")


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0, 0, "0"),
        (999, 0, "999"),
        (1000, 0, "1.000"),
        (1309374, 0, "1.309.374"),
        (-1234, 0, "-1.234"),
        (17.45, 1, "17,5"),
        (17.44, 1, "17,4"),
        (2.5, 0, "3"),
        (Decimal("0.125"), 2, "0,13"),
        (Fraction(2, 3), 2, "0,67"),
        (1234.5, 1, "1.234,5"),
    ],
)
def test_numbers(value: filters.Number, digits: int, text: str) -> None:
    assert format_number(value, digits) == text


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (0, "0%"),
        (1, "100%"),
        (0.875, "87,5%"),
        (Fraction(1, 3), "33,3%"),
        (0.6, "60%"),
        (0.9996, "100%"),
        (1.2, "120%"),
    ],
)
def test_percentages(ratio: filters.Number, text: str) -> None:
    assert format_percent(ratio) == text


@pytest.mark.parametrize(
    ("ms", "text", "exact"),
    [
        (0, "0,0 giây", "0,000 giây"),
        (12_499, "12,4 giây", "12,499 giây"),
        (59_999, "59,9 giây", "59,999 giây"),
        (60_000, "1 phút 00 giây", "1 phút 00,000 giây"),
        (185_123, "3 phút 05 giây", "3 phút 05,123 giây"),
        (3_599_999, "59 phút 59 giây", "59 phút 59,999 giây"),
        (3_780_000, "1 giờ 03 phút", "1 giờ 03 phút 00,000 giây"),
    ],
)
def test_durations(ms: int, text: str, exact: str) -> None:
    assert format_duration(ms) == text
    assert format_duration(timedelta(milliseconds=ms)) == text
    assert format_duration(ms, exact=True) == exact


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(days=2, hours=3, minutes=59), "2 ngày 3 giờ"),
        (timedelta(days=2, minutes=59), "2 ngày"),
        (timedelta(hours=3, minutes=20), "3 giờ 20 phút"),
        (timedelta(minutes=12, seconds=59), "12 phút"),
        (timedelta(seconds=59), "dưới 1 phút"),
    ],
)
def test_spans(length: timedelta, text: str) -> None:
    assert format_span(length) == text
    assert format_remaining(length) == f"còn {text}"


@pytest.mark.parametrize("length", [timedelta(0), timedelta(seconds=-1)])
def test_nothing_remains(length: timedelta) -> None:
    assert format_remaining(length) == "đã hết giờ"


@pytest.mark.parametrize("written", ["01234567", "01.234567", "01 234567", "01.234.567"])
def test_card_numbers_are_masked(written: str) -> None:
    assert format_card_number(written) == "01.xxxx67"


@pytest.mark.parametrize("broken", ["", "123", "012345678"])
def test_a_broken_card_number_shows_nothing_of_itself(broken: str) -> None:
    assert format_card_number(broken) == "xx.xxxxxx"


def test_file_sizes() -> None:
    assert [format_file_size(size) for size in (640, 12_345, 4_500_000)] == ["640 byte", "12,3 KB", "4,5 MB"]
