"""The switch that makes the site read-only: who sets it, how it ends, what staff are told, and that sitting goes on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from quiz_app.attempts.models import Attempt, Result
from quiz_app.kernel import switches
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import NotAllowed
from quiz_app.kernel.settings import Settings
from quiz_app.kernel.switches import SiteSwitch, Switch
from quiz_app.members.models import Member
from quiz_app.operations import doctor, policy, site
from tests.features.operations.test_commands import run
from tests.support import contest
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import NOW, Clock
from tests.support.works import View, Work, actor_of

pytestmark = pytest.mark.usefixtures("banks")

PAGE = "/van-hanh/che-do-chi-doc"
BANNER = "Đang ở chế độ chỉ đọc"
WHY = "Máy chủ quá tải giờ chót"


def is_on(db: Database) -> bool:
    with db.reading() as session:
        return switches.is_on(session, Switch.READ_ONLY, db.now(session))


def on_record(db: Database) -> list[tuple[str, str, int | None, object, object]]:
    with db.reading() as session:
        rows = session.scalars(select(AuditEntry).where(AuditEntry.action.like("site.%")).order_by(AuditEntry.id)).all()
    return [
        (row.action, row.subject, row.actor_member_id, row.facts["reason"], row.facts.get("ends_at")) for row in rows
    ]


def test_an_organiser_is_asked_first_and_the_act_is_on_record(browse: Browse, commune: Commune, db: Database) -> None:
    browse.as_(commune.organiser)
    assert "Mọi phần đang chạy bình thường." in browse.page(PAGE).text
    assert f"{PAGE}/bat" in browse.page(PAGE).hrefs()
    asked = browse.page(f"{PAGE}/bat")
    assert asked.texts(".//h1") == ["Bật chế độ chỉ đọc?"]
    assert "tiến độ học và câu trả lời ôn không được ghi" in asked.text
    assert not is_on(db)
    page = browse.follow(browse.submit(f"{PAGE}/bat", {"reason": WHY}, action="/bat"))
    assert is_on(db)
    assert f"Lý do {WHY}" in page.text
    assert f"Người bật {commune.organiser.full_name}" in page.text
    assert "đến khi có người tắt" in page.text
    page = browse.follow(browse.submit(f"{PAGE}/tat", {"reason": "Đã ổn"}, action="/tat"))
    assert "Đã tắt chế độ chỉ đọc." in page.text
    assert not is_on(db)
    assert on_record(db) == [
        ("site.read_only_on", "switch:read-only", commune.organiser.id, WHY, None),
        ("site.read_only_off", "switch:read-only", commune.organiser.id, "Đã ổn", None),
    ]


def test_it_ends_by_itself(browse: Browse, commune: Commune, db: Database, clock: Clock) -> None:
    browse.as_(commune.operator)
    page = browse.follow(browse.submit(f"{PAGE}/bat", {"reason": WHY, "hours": "2"}, action="/bat"))
    assert "đến 11:00 ngày 01/12/2026" in page.text
    clock.set(NOW + timedelta(hours=1, minutes=59))
    assert is_on(db)
    longer = browse.page(f"{PAGE}/bat")
    assert longer.texts(".//h1") == ["Đổi lý do hoặc giờ tự tắt?"]
    browse.submit(f"{PAGE}/bat", {"reason": "Vẫn đông", "hours": "1"}, action="/bat")
    clock.set(NOW + timedelta(hours=2, minutes=58))
    assert is_on(db)
    clock.set(NOW + timedelta(hours=3))
    assert not is_on(db)
    assert BANNER not in browse.page("/van-hanh/cong-viec").text
    assert "Mọi phần đang chạy bình thường." in browse.page(PAGE).text
    page = browse.follow(browse.submit(f"{PAGE}/tat", {"reason": "Đã ổn"}, action="/tat"))
    assert "đã tắt từ trước" in page.text
    assert [row[0] for row in on_record(db)] == ["site.read_only_on", "site.read_only_on"]
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(SiteSwitch)) == 1


def test_the_end_is_half_open(work: Work, view: View) -> None:
    with work(now=NOW) as w:
        switches.turn_on(w, Switch.READ_ONLY, WHY, timedelta(hours=1))
    moment = timedelta(milliseconds=1)
    with view() as r:
        states = [
            switches.is_on(r.session, Switch.READ_ONLY, NOW + timedelta(hours=1) + after)
            for after in (-moment, timedelta(), moment)
        ]
    assert states == [True, False, False]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"reason": "  "}, "chưa điền"),
        ({"reason": "d" * 301}, "Dài nhất 300 ký tự"),
        ({"reason": WHY, "hours": "0"}, "từ 1 đến 72"),
        ({"reason": WHY, "hours": "73"}, "từ 1 đến 72"),
        ({"reason": WHY, "hours": "mãi"}, "số nguyên"),
    ],
)
def test_reason_and_hours_are_looked_at(
    browse: Browse, commune: Commune, db: Database, fields: dict[str, str], words: str
) -> None:
    answer = browse.as_(commune.organiser).submit(f"{PAGE}/bat", fields, action="/bat", status=422)
    assert words in answer.text
    assert not is_on(db)


def test_only_roles_on_the_whole_house_set_it(browse: Browse, commune: Commune, db: Database, work: Work) -> None:
    others = (commune.member, commune.secretary, commune.overseer, commune.author, commune.organiser_elsewhere)
    for person in others:
        browse.as_(person)
        for address in (PAGE, f"{PAGE}/bat", f"{PAGE}/tat"):
            browse.get(address, status=403)
        browse.post(f"{PAGE}/bat", {"reason": WHY}, status=403)
    assert not is_on(db)
    assert on_record(db) == []
    assert PAGE not in browse.as_(commune.organiser_elsewhere).page("/van-hanh/cong-viec").hrefs()
    assert PAGE in browse.as_(commune.operator).page("/van-hanh/cong-viec").hrefs()
    with work(actor=commune.organiser_elsewhere) as w, pytest.raises(NotAllowed):
        site.turn_on(w, WHY, None)
    with work() as w:
        site.turn_on(w, WHY, None)
    with work(actor=commune.organiser_elsewhere) as w, pytest.raises(NotAllowed):
        site.turn_off(w, WHY)
    assert is_on(db)


def test_the_rule_by_hand(commune: Commune, db: Database) -> None:
    roots = {commune.root.id}
    with db.reading() as session:
        people = {name: getattr(commune, name) for name in vars(commune) if isinstance(getattr(commune, name), Member)}
        may = {name for name, person in people.items() if policy.runs_the_site(actor_of(session, person), roots)}
    assert may == {"organiser", "operator"}


def test_every_page_of_the_staff_says_so(browse: Browse, commune: Commune, work: Work) -> None:
    desk = "/van-hanh/cong-viec"
    assert BANNER not in browse.as_(commune.organiser_elsewhere).page(desk).text
    with work(now=NOW) as w:
        site.turn_on(w, WHY, 3)
    page = browse.page(desk)
    assert BANNER in page.text
    assert f"Bật lúc 09:00 ngày 01/12/2026, đến 12:00 ngày 01/12/2026. Lý do: {WHY}." in page.text
    assert PAGE not in page.hrefs()
    assert PAGE in browse.as_(commune.organiser).page(desk).hrefs()
    member = browse.as_(commune.member).page("/")
    assert BANNER not in member.text
    assert WHY not in member.text


def test_sitting_and_the_desk_go_on(browse: Browse, commune: Commune, work: Work, db: Database) -> None:
    with work() as w:
        opened = contest.open_round(w, commune.root, attempts_allowed=1)
    with work() as w:
        site.turn_on(w, WHY, None)
    member = browse.as_(commune.member)
    member.submit(f"/dot-thi/{opened.round.id}", {}, action="/bat-dau")
    with db.reading() as session:
        attempt = session.scalars(select(Attempt)).one()
    play = f"/luot-thi/{attempt.id}"
    saved = member.post(
        f"{play}/cau/1", {"phuong_an": ["A"], "epoch": "1", "revision": "1"}, status=200, as_json=True
    ).json
    assert (saved["letters"], saved["revision"]) == ("A", 1)
    result = member.follow(member.submit(f"{play}/nop", {}, action="/nop"))
    assert "Đã nộp bài" in result.text
    with db.reading() as session:
        assert session.scalars(select(Result.member_id)).all() == [commune.member.id]
    desk = browse.as_(commune.secretary).page(f"/tham-gia/{opened.round.id}/don-vi/{commune.first.id}")
    assert BANNER in desk.text
    states = [row for row in desk.texts(".//tbody/tr") if commune.member.full_name in row]
    assert len(states) == 1
    assert "Đã thi" in states[0]


def test_the_save_path_never_asks_for_the_switch(browse: Browse, commune: Commune, work: Work, db: Database) -> None:
    with work() as w:
        opened = contest.open_round(w, commune.root, attempts_allowed=1)
    member = browse.as_(commune.member)
    member.submit(f"/dot-thi/{opened.round.id}", {}, action="/bat-dau")
    with work() as w:
        attempt = w.session.scalars(select(Attempt)).one()
        w.session.execute(text("DROP TABLE site_switch"))
    play = f"/luot-thi/{attempt.id}"
    member.page(play)
    member.post(f"{play}/cau/1", {"phuong_an": ["A"], "epoch": "1", "revision": "1"}, status=200, as_json=True)
    member.submit(f"{play}/nop", {}, action="/nop")


def test_the_command_line(app: Flask, db: Database, commune: Commune, browse: Browse) -> None:
    code, words = run(app, "site", "read-only", "on", "--reason", f" {WHY} ", "--hours", "4")
    assert (code, words) == (0, "✓ Đã bật chế độ chỉ đọc, đến 13:00 ngày 01/12/2026.\n")
    assert is_on(db)
    assert "Người bật Quản trị, bằng dòng lệnh" in browse.as_(commune.organiser).page(PAGE).text
    assert run(app, "site", "read-only", "off", "--reason", "Đã ổn") == (0, "✓ Đã tắt chế độ chỉ đọc.\n")
    assert not is_on(db)
    code, words = run(app, "site", "read-only", "off", "--reason", "Đã ổn")
    assert (code, words) == (0, "✓ Chế độ chỉ đọc đã tắt từ trước.\n")
    for wrong in (["on"], ["on", "--reason", "  "], ["on", "--reason", "d" * 301], ["sometimes", "--reason", WHY]):
        code, _ = run(app, "site", "read-only", *wrong)
        assert code == 2, wrong
    assert [(row[0], row[2], row[3]) for row in on_record(db)] == [
        ("site.read_only_on", None, WHY),
        ("site.read_only_off", None, "Đã ổn"),
    ]


def test_the_doctor_names_it(db: Database, settings: Settings, work: Work) -> None:
    def found() -> list[tuple[bool, str]]:
        words = [(each.is_well, each.words) for each in doctor.examine(db, settings)]
        return [each for each in words if "chỉ đọc" in each[1]]

    assert found() == []
    with work(now=NOW) as w:
        site.turn_on(w, WHY, 2)
    assert found() == [(True, f"Chế độ chỉ đọc đang bật đến 11:00 ngày 01/12/2026 (lý do: {WHY}).")]
    with work() as w:
        site.turn_on(w, WHY, None)
    (forgotten,) = found()
    assert forgotten[0] is False
    assert "site read-only off" in forgotten[1]
