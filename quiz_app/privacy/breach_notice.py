"""What the authority is told of a case, as a document to be read through, numbered, signed and sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from quiz_app.kernel.clock import VIETNAM
from quiz_app.kernel.work import Reading
from quiz_app.privacy import breaches
from quiz_app.privacy.models import Breach
from quiz_app.reports import docx
from quiz_app.reports.official import Block, Heading, Official, Paragraph, Profile
from quiz_app.units import queries as units
from quiz_app.units.labels import place_of
from quiz_app.web.filters import format_datetime, format_number

AUTHORITY = "Cơ quan chuyên trách bảo vệ dữ liệu cá nhân"
NOT_YET = "Đang xác định, sẽ thông báo bổ sung"


def written(r: Reading, found: Breach) -> bytes:
    """The notice as a .docx; the head of the tree of units issues it."""
    issuer = units.unit(r.session, min(units.root_ids(r.session)))
    return docx.written(
        Official(
            profile=Profile.HD05_2026,
            superior="",
            issuer=issuer.name,
            number=None,
            symbol="TB/ĐU",
            place=place_of(issuer.name),
            dated_on=r.now.astimezone(VIETNAM).date(),
            kind="Thông báo",
            subject="vi phạm quy định về bảo vệ dữ liệu cá nhân",
            blocks=list(_blocks(found, r.now)),
            authority="T/M Ban Thường vụ",
            office="Bí thư",
            signer="",
            recipients=[found.reported_to or AUTHORITY],
            kept_by="Văn phòng",
        )
    )


def _blocks(found: Breach, now: datetime) -> Iterator[Block]:
    yield Paragraph(f"Kính gửi: {found.reported_to or AUTHORITY}.")
    parts = (
        ("Sự việc", f"{found.title}. Phát hiện lúc {format_datetime(found.found_at)}."),
        ("Dữ liệu và số người có liên quan", f"{found.what}\nSố người: khoảng {format_number(found.people)}."),
        ("Nguyên nhân, diễn biến", found.cause),
        ("Biện pháp đã thực hiện", found.measures),
        ("Thông báo cho người có dữ liệu", _told_people(found)),
        ("Thời điểm thông báo này", _told_in_time(found, now)),
    )
    for heading, text in parts:
        yield Heading(1, heading)
        for line in text.splitlines() or [NOT_YET]:
            if line.strip():
                yield Paragraph(f"{line.strip(' .;')}.")


def _told_people(found: Breach) -> str:
    return f"Đã thông báo lúc {format_datetime(found.people_told_at)}." if found.people_told_at else ""


def _told_in_time(found: Breach, now: datetime) -> str:
    """The time limit is told whether it was kept or not; why it was not is for the signer to write."""
    last = format_datetime(breaches.tell_by(found))
    if (found.reported_at or now) <= breaches.tell_by(found):
        return f"Trong thời hạn 72 giờ kể từ khi phát hiện (đến {last})."
    return f"Sau thời hạn 72 giờ kể từ khi phát hiện (đến {last}). Lý do chậm: …"
