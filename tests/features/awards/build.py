"""Certificates and awards of a round that was worked out by hand."""

from __future__ import annotations

from quiz_app.awards import certificates
from quiz_app.awards.certificates import Words
from quiz_app.awards.models import CertificateSeries
from quiz_app.members.models import Member
from quiz_app.units.models import Unit
from tests.support.works import Work

WORDS = Words(
    superior="Đảng bộ xã Bát Tràng",
    issuer="Ban Tổ chức Cuộc thi",
    body="Đã tham gia Tuần 1, Cuộc thi tìm hiểu Nghị quyết Đại hội đại biểu Đảng bộ thành phố Hà Nội lần thứ XVIII",
    place="Bát Tràng",
    signs_for="T/M Ban Tổ chức",
    office="Trưởng ban",
    signer="Nguyễn Thị Thu Hương",
)


def opened(work: Work, by: Member, subject: str, unit: Unit) -> CertificateSeries:
    with work(actor=by) as w:
        return certificates.open_series(w, subject, unit.id, WORDS)
