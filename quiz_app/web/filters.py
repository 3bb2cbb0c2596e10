"""How dates, times and numbers are written in Vietnamese: the template filters.

Instants are shown in Vietnamese time whatever the zone of the machine. A naive datetime is refused: it would be
wrong by seven hours without anybody noticing. What is unknown (`None`) is shown as a dash.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from flask import Flask
from markupsafe import Markup

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
UNKNOWN = "–"
_SECOND = 1_000
_MINUTE = 60 * _SECOND
_HOUR = 60 * _MINUTE
_WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")

Number = int | float | Decimal | Fraction


def local(instant: datetime) -> datetime:
    """The instant on a Vietnamese clock."""
    if instant.tzinfo is None:
        raise ValueError("an instant to be shown needs a time zone")
    return instant.astimezone(VIETNAM)


def format_date(value: date | datetime | None) -> str:
    """`05/02/2026`."""
    if value is None:
        return UNKNOWN
    day = local(value) if isinstance(value, datetime) else value
    return f"{day:%d/%m/%Y}"


def format_weekday(value: date | datetime | None) -> str:
    """`Thứ Năm, 05/02/2026`."""
    if value is None:
        return UNKNOWN
    day = local(value) if isinstance(value, datetime) else value
    return f"{_WEEKDAYS[day.weekday()]}, {day:%d/%m/%Y}"


def format_datetime(value: datetime | None) -> str:
    """`10:30 ngày 05/02/2026`."""
    return UNKNOWN if value is None else f"{local(value):%H:%M ngày %d/%m/%Y}"


def format_datetime_seconds(value: datetime | None) -> str:
    """`10:30:07 ngày 05/02/2026`."""
    return UNKNOWN if value is None else f"{local(value):%H:%M:%S ngày %d/%m/%Y}"


def format_time(value: datetime | None) -> str:
    """`10:30`."""
    return UNKNOWN if value is None else f"{local(value):%H:%M}"


def format_time_seconds(value: datetime | None) -> str:
    """`10:30:07`."""
    return UNKNOWN if value is None else f"{local(value):%H:%M:%S}"


def format_iso(value: date | datetime | None) -> str:
    """For the `datetime` attribute of `<time>`."""
    if value is None:
        return ""
    return local(value).isoformat(timespec="seconds") if isinstance(value, datetime) else value.isoformat()


def format_number(value: Number | None, digits: int = 0) -> str:
    """`1.234` or `1.234,5`: dot for thousands, comma for decimals; exactly `digits` of them, halves away from zero."""
    if value is None:
        return UNKNOWN
    rounded = _decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return f"{rounded:,f}".translate(str.maketrans(",.", ".,"))


def format_percent(ratio: Number | None, digits: int = 1) -> str:
    """A ratio of one as `87,5%`; a whole per cent is written without decimals."""
    if ratio is None:
        return UNKNOWN
    text = format_number(_decimal(ratio) * 100, digits)
    return (text.rstrip("0").rstrip(",") if "," in text else text) + "%"


def _decimal(value: Number) -> Decimal:
    if isinstance(value, Fraction):
        return Decimal(value.numerator) / Decimal(value.denominator)
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def format_duration(value: int | timedelta | None, exact: bool = False) -> str:
    """Milliseconds as `12,4 giây`, `3 phút 05 giây`, `1 giờ 03 phút`; cut, never rounded up.

    `exact` keeps the milliseconds (`3 phút 05,123 giây`), for lists that they put in order.
    """
    if value is None:
        return UNKNOWN
    ms = value // timedelta(milliseconds=1) if isinstance(value, timedelta) else value
    hours, rest = divmod(ms, _HOUR)
    minutes, rest = divmod(rest, _MINUTE)
    seconds, milliseconds = divmod(rest, _SECOND)
    tail = f",{milliseconds:03d}" if exact else ""
    if hours:
        return f"{hours} giờ {minutes:02d} phút" + (f" {seconds:02d}{tail} giây" if exact else "")
    if minutes:
        return f"{minutes} phút {seconds:02d}{tail} giây"
    return f"{seconds}{tail or f',{milliseconds // 100}'} giây"


def format_span(value: timedelta | None) -> str:
    """A length as its two largest parts: `2 ngày 3 giờ`, `3 giờ 20 phút`, `12 phút`, `dưới 1 phút`."""
    if value is None:
        return UNKNOWN
    minutes = max(0, value // timedelta(minutes=1))
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    counted = [(days, "ngày"), (hours, "giờ"), (minutes, "phút")]
    first = next((place for place, (count, _) in enumerate(counted) if count), None)
    if first is None:
        return "dưới 1 phút"
    return " ".join(f"{count} {word}" for count, word in counted[first : first + 2] if count)


def format_remaining(value: timedelta | None) -> str:
    """`còn 2 ngày 3 giờ`, and `đã hết giờ` when nothing is left."""
    if value is None:
        return UNKNOWN
    return f"còn {format_span(value)}" if value > timedelta() else "đã hết giờ"


def format_card_number(value: str | None) -> str:
    """A party card number as anybody but its owner's secretary sees it: `01.xxxx67`."""
    if value is None:
        return UNKNOWN
    digits = "".join(letter for letter in value if letter.isdigit())
    return f"{digits[:2]}.xxxx{digits[-2:]}" if len(digits) == 8 else "xx.xxxxxx"


def format_file_size(size: int | None) -> str:
    """`640 byte`, `12,3 KB`, `4,5 MB`."""
    if size is None:
        return UNKNOWN
    if size < 1_000:
        return f"{size} byte"
    if size < 1_000_000:
        return f"{format_number(size / 1_000, 1)} KB"
    return f"{format_number(size / 1_000_000, 1)} MB"


def rendered(html: str) -> Markup:
    """HTML that the bank's markup wrote and cleaned when the text was published; nothing else may come through here.

    No other code, and no template, vouches for a text that has been written by people.
    """
    return Markup(html)  # noqa: S704 # nosec B704 # the one place that may, for what the bank has cleaned


FILTERS: dict[str, Callable[..., str]] = {
    "date": format_date,
    "weekday": format_weekday,
    "datetime": format_datetime,
    "datetime_seconds": format_datetime_seconds,
    "time": format_time,
    "time_seconds": format_time_seconds,
    "iso": format_iso,
    "number": format_number,
    "percent": format_percent,
    "duration": format_duration,
    "span": format_span,
    "remaining": format_remaining,
    "card_number": format_card_number,
    "file_size": format_file_size,
}


def init(app: Flask) -> None:
    """Give every template the filters."""
    for name, function in FILTERS.items():
        app.add_template_filter(function, name)
    app.add_template_filter(rendered)
