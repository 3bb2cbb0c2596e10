"""Certificates and awards of a round that was worked out by hand."""

from __future__ import annotations

from quiz_app.awards import certificates, payments, proposals
from quiz_app.awards.certificates import Words
from quiz_app.awards.models import CertificateSeries
from quiz_app.awards.proposals import Special
from quiz_app.contests.models import Contest, PrizeScope
from quiz_app.members.models import Member
from quiz_app.units.models import Unit
from tests.support.build import Commune
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


def rewarded(work: Work, commune: Commune, round_id: int, second: Member) -> dict[str, str | int]:
    """Of a final round: a published list that the organiser is named to pay, the member's own certificate and the code
    of the unit's.
    """
    with work(actor=commune.organiser) as w:
        found = proposals.propose(w, PrizeScope.ROUND, round_id)
        special = Special(commune.member.id, None, "Giải Chuyên cần", "Học đủ các chuyên đề.")
        award_id = proposals.add_special(w, found.id, special).id
        proposals.add_special(w, found.id, Special(None, commune.first.id, "Tập thể tiêu biểu", "Tham gia đông nhất."))
    with work(actor=second) as w:
        proposals.approve(w, found.id, proposals.fingerprint(proposals.awards_of(w.session, found.id)))
    with work(actor=commune.organiser) as w:
        proposals.publish(w, found.id)
        payments.name_handler(w, found.contest_id, commune.organiser.id)
        contest = w.session.get_one(Contest, found.contest_id)
        series = certificates.open_series(w, f"round:{round_id}", contest.unit_id, WORDS)
        of_prizes = certificates.open_series(w, f"prize:round:{round_id}", contest.unit_id, WORDS)
        printed = certificates.issue(w, of_prizes.id, commune.first.id)
    with work(actor=commune.member) as w:
        (certificate,) = certificates.take_own(w, series.id)
    return {
        "award_list": found.id,
        "award": award_id,
        "awarded_contest": contest.id,
        "certificate_series": series.id,
        "certificate": certificate.id,
        "certificate_code": next(one.code for one in printed if one.member_id is None),
        "organiser_id": commune.organiser.id,
    }
