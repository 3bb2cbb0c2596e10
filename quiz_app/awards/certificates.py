"""Opening a series of certificates, handing them out, revoking one and making another in its place."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.exc import IntegrityError

from quiz_app.attempts.closing import RECEIPT_ALPHABET
from quiz_app.awards import labels, occasions
from quiz_app.awards.errors import AlreadyRevoked, NotYetFinal, SeriesClosed, SeriesThere
from quiz_app.awards.models import Certificate, CertificateCounter, CertificateKind, CertificateSeries
from quiz_app.awards.occasions import Holder, Occasion
from quiz_app.awards.policy import Action
from quiz_app.kernel.access import Actor, Role
from quiz_app.kernel.clock import VIETNAM
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import Reading, Work
from quiz_app.members.models import Member
from quiz_app.units import queries as units
from quiz_app.units.labels import place_of
from quiz_app.units.models import UnitAncestor
from quiz_app.units.policy import covered_units

CODE_LENGTH = 16  # 78 bits: nobody comes upon one by trying


@dataclass(frozen=True, slots=True)
class Words:
    """What stands on the certificates of a series beside names, number and date."""

    superior: str
    issuer: str
    body: str
    place: str
    signs_for: str
    office: str
    signer: str

    @classmethod
    def of(cls, series: CertificateSeries) -> Words:
        return cls(**{one.name: getattr(series, one.name) for one in fields(cls)})


def first_words(r: Reading, occasion: Occasion) -> Words:
    """What a new series says unless it is worded anew: as the unit's last one, or after its place in the tree."""
    last = select(CertificateSeries).where(CertificateSeries.unit_id == occasion.unit_id)
    before = r.session.scalars(last.order_by(CertificateSeries.id.desc()).limit(1)).one_or_none()
    if before is not None:
        return replace(Words.of(before), body=occasion.body)
    path = units.path(r.session, occasion.unit_id)
    return Words(
        superior=path[-2].name if len(path) > 1 else "",
        issuer=path[-1].name,
        body=occasion.body,
        place=place_of(path[0].name),
        signs_for=labels.SIGNS_FOR,
        office=labels.OFFICE,
        signer="",
    )


def open_series(w: Work, subject: str, unit_id: int, words: Words) -> CertificateSeries:
    """Hand out certificates of an occasion from now on. Raises Missing, SeriesThere."""
    occasion = occasions.occasion(w, subject, unit_id)
    series = CertificateSeries(
        kind=occasion.kind.value,
        subject=subject,
        unit_id=unit_id,
        opened_at=w.now,
        opened_by=w.actor.member,
        **asdict(words),
    )
    try:
        with w.session.begin_nested():
            w.session.add(series)
    except IntegrityError as error:
        raise SeriesThere from error
    w.record(Action.SERIES_OPENED, f"certificate_series:{series.id}", occasion=subject, unit_id=unit_id)
    return series


def change_words(w: Work, series_id: int, words: Words) -> CertificateSeries:
    """What stands on the certificates still to come; those handed out keep theirs. Raises Missing."""
    series = governed(w, series_id)
    for name, value in asdict(words).items():
        setattr(series, name, value)
    w.record(Action.SERIES_CHANGED, f"certificate_series:{series.id}", words=asdict(words))
    return series


def set_closed(w: Work, series_id: int, *, is_closed: bool) -> CertificateSeries:
    """Hand out no more certificates of the series, or again. Raises Missing."""
    series = governed(w, series_id)
    if (series.closed_at is not None) is not is_closed:
        series.closed_at = w.now if is_closed else None
        action = Action.SERIES_CLOSED if is_closed else Action.SERIES_REOPENED
        w.record(action, f"certificate_series:{series.id}")
    return series


def take_own(w: Work, series_id: int) -> list[Certificate]:
    """The actor's own certificates of a series, made now where there are none.

    One that was revoked is not made anew by its holder. Raises Missing for who is entitled to none, SeriesClosed.
    """
    series = _held(w, w.session.get(CertificateSeries, series_id))
    holders = occasions.entitled(w, series, member_id=w.actor.member)
    if not holders:
        raise Missing
    query = select(Certificate).where(Certificate.series_id == series.id, Certificate.member_id == w.actor.member)
    kept = w.session.scalars(query).all()
    fresh = [one for one in holders if one.merit not in {certificate.merit for certificate in kept}]
    return [*(one for one in kept if one.revoked_at is None), *_make(w, series, fresh)]


def issue(w: Work, series_id: int, unit_id: int) -> list[Certificate]:
    """All certificates alive of a unit's people, made now for those who have none yet.

    Who had one that was revoked gets none by this. Raises Missing, NotYetFinal, SeriesClosed.
    """
    series = _held(w, governed(w, series_id))
    if not occasions.is_final(w, series):
        raise NotYetFinal
    holders = occasions.entitled(w, series, unit_id=unit_id)
    had = _had(w, series_id, holders)
    fresh = [one for one in holders if _key(one.member_id, one.unit_id, one.merit) not in had]
    kept = [one for one in of_unit(w, series_id, unit_id) if one.revoked_at is None]
    return [*kept, *_make(w, series, fresh)]


def revoke(w: Work, certificate_id: int, reason: str) -> Certificate:
    """Say that a certificate does not hold; the page of its code says so too. Raises Missing, AlreadyRevoked."""
    certificate = one_governed(w, certificate_id)
    revoked = w.session.execute(
        update(Certificate)
        .where(Certificate.id == certificate.id, Certificate.revoked_at.is_(None))
        .values(revoked_at=w.now, revoked_by=w.actor.member_id, revoke_reason=reason)
        .returning(Certificate.id)
    ).one_or_none()
    if revoked is None:
        raise AlreadyRevoked
    w.session.refresh(certificate)
    w.record(Action.REVOKED, f"certificate:{certificate.id}", reason=reason)
    return certificate


def reissue(w: Work, certificate_id: int, reason: str) -> Certificate:
    """Another certificate in place of one, with a new number and the name and words of today.

    The one before is revoked where it is not already. Raises Missing, NotYetFinal, SeriesClosed, AlreadyRevoked where
    its holder has another one alive by now.
    """
    before = one_governed(w, certificate_id)
    series = _held(w, governed(w, before.series_id))
    holders = occasions.entitled(w, series, unit_id=before.unit_id, member_id=before.member_id)
    holder = next((one for one in holders if one.merit == before.merit and one.member_id == before.member_id), None)
    if holder is None:
        raise NotYetFinal
    w.session.refresh(before)
    if before.revoked_at is None:
        revoke(w, before.id, reason)
    try:
        with w.session.begin_nested():
            (made,) = _make(w, series, [holder], replaces_id=before.id)
    except IntegrityError as error:
        raise AlreadyRevoked from error
    w.record(Action.REISSUED, f"certificate:{made.id}", replaces=before.id, reason=reason)
    return made


def governed_series(actor: Actor) -> ColumnElement[bool]:
    """The series that the actor hands out: of the units whose contests he runs."""
    return CertificateSeries.unit_id.in_(covered_units(actor, Role.ORGANISER))


def governed(r: Reading, series_id: int) -> CertificateSeries:
    """A series that the actor hands out. Raises Missing."""
    query = select(CertificateSeries).where(CertificateSeries.id == series_id, governed_series(r.actor))
    found = r.session.scalars(query).one_or_none()
    if found is None:
        raise Missing
    return found


def one_governed(r: Reading, certificate_id: int) -> Certificate:
    """A certificate of a series that the actor hands out. Raises Missing."""
    found = r.session.get(Certificate, certificate_id)
    if found is None:
        raise Missing
    governed(r, found.series_id)
    return found


def of_unit(r: Reading, series_id: int, unit_id: int) -> Sequence[Certificate]:
    """The certificates of a series in a unit, revoked ones too, by their numbers."""
    query = select(Certificate).where(Certificate.series_id == series_id, Certificate.unit_id == unit_id)
    return r.session.scalars(query.order_by(Certificate.year, Certificate.number)).all()


def own(r: Reading) -> Sequence[Certificate]:
    """The actor's certificates, the newest first."""
    query = select(Certificate).where(Certificate.member_id == r.actor.member)
    return r.session.scalars(query.order_by(Certificate.issued_at.desc(), Certificate.id.desc())).all()


def own_certificate(r: Reading, certificate_id: int) -> Certificate:
    """One that is the actor's, or that he hands out. Raises Missing."""
    found = r.session.get(Certificate, certificate_id)
    if found is not None and found.member_id == r.actor.member:
        return found
    return one_governed(r, certificate_id)


def waiting(r: Reading) -> list[CertificateSeries]:
    """The series of his unit and those above that the actor may take a certificate of, and has had none of yet."""
    had = select(Certificate.series_id).where(Certificate.member_id == r.actor.member)
    above = select(UnitAncestor.ancestor_id).where(UnitAncestor.unit_id == r.actor.unit_id)
    query = select(CertificateSeries).where(
        CertificateSeries.closed_at.is_(None), CertificateSeries.unit_id.in_(above), CertificateSeries.id.not_in(had)
    )
    found = r.session.scalars(query.order_by(CertificateSeries.id.desc())).all()
    return [series for series in found if occasions.entitled(r, series, member_id=r.actor.member)]


def by_code(r: Reading, code: str) -> Certificate | None:
    """The certificate that a code leads to, for anybody who holds it."""
    return r.session.scalars(select(Certificate).where(Certificate.code == code)).one_or_none()


def outdated_names(r: Reading, certificates: Sequence[Certificate]) -> dict[int, str]:
    """By certificate, the name its holder has today where it is another one."""
    ids = [one.member_id for one in certificates if one.member_id is not None]
    query = select(Member.id, Member.full_name).where(Member.id.in_(ids))
    names = {row[0]: row[1] for row in r.session.execute(query)}
    return {
        one.id: names[one.member_id]
        for one in certificates
        if one.member_id is not None and names[one.member_id] != one.name
    }


def _held(w: Work, series: CertificateSeries | None) -> CertificateSeries:
    """The series, locked: of two who hand out the same the second finds what the first made. Raises SeriesClosed."""
    if series is None:
        raise Missing
    w.session.refresh(series, with_for_update=True)
    if series.closed_at is not None:
        raise SeriesClosed
    return series


def _key(member_id: int | None, unit_id: int, merit: str) -> tuple[int | None, int, str]:
    """Whose a certificate is: a member's in whatever unit, or a unit's own."""
    return (member_id, unit_id if member_id is None else 0, merit)


def _had(w: Work, series_id: int, holders: Sequence[Holder]) -> set[tuple[int | None, int, str]]:
    """Of these holders, who had a certificate of the series."""
    people = Certificate.member_id.in_([one.member_id for one in holders if one.member_id is not None])
    units = Certificate.member_id.is_(None) & Certificate.unit_id.in_([one.unit_id for one in holders])
    columns = (Certificate.member_id, Certificate.unit_id, Certificate.merit)
    rows = w.session.execute(select(*columns).where(Certificate.series_id == series_id, people | units))
    return {_key(row[0], row[1], row[2]) for row in rows}


def _make(
    w: Work, series: CertificateSeries, holders: Sequence[Holder], replaces_id: int | None = None
) -> list[Certificate]:
    if not holders:
        return []
    today = w.now.astimezone(VIETNAM).date()
    last = _numbers(w, CertificateKind(series.kind), today.year, len(holders))
    words = asdict(Words.of(series))
    made = [
        Certificate(
            series_id=series.id,
            kind=series.kind,
            year=today.year,
            number=number,
            code="".join(secrets.choice(RECEIPT_ALPHABET) for _ in range(CODE_LENGTH)),
            member_id=holder.member_id,
            unit_id=holder.unit_id,
            name=holder.name,
            unit_name=holder.unit_name,
            merit=holder.merit,
            issued_on=today,
            issued_at=w.now,
            issued_by=w.actor.member_id,
            replaces_id=replaces_id,
            **words,
        )
        for number, holder in enumerate(holders, start=last - len(holders) + 1)
    ]
    w.session.add_all(made)
    w.session.flush()
    w.record(
        Action.ISSUED,
        f"certificate_series:{series.id}",
        kind=series.kind,
        year=today.year,
        first=made[0].number,
        last=last,
    )
    return made


def _numbers(w: Work, kind: CertificateKind, year: int, count: int) -> int:
    """Take so many numbers of a kind and year; the last of them. They are held until the transaction ends."""
    statement = (
        update(CertificateCounter)
        .where(CertificateCounter.kind == kind.value, CertificateCounter.year == year)
        .values(last=CertificateCounter.last + count)
        .returning(CertificateCounter.last)
    )
    last = w.session.scalar(statement)
    if last is not None:
        return last
    try:
        with w.session.begin_nested():
            w.session.add(CertificateCounter(kind=kind.value, year=year, last=count))
    except IntegrityError:  # the first of the year elsewhere, at the same instant
        return w.session.scalars(statement).one()
    return count
