"""The pages of units and their people: what each shows, asks and says."""

from __future__ import annotations

import pytest

from quiz_app.members.models import Member
from quiz_app.units.models import Unit
from tests.features.leaderboard.build import open_round, roster
from tests.support.browse import Browse
from tests.support.build import Commune, member
from tests.support.works import Work

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


def test_an_organiser_merges_a_unit(browse: Browse, work: Work, commune: Commune) -> None:
    browse.as_(commune.organiser)
    assert "Chi bộ Công an 1" in browse.page("/don-vi/?tim=cong an").text
    unit = f"/don-vi/{commune.first.id}"
    assert "Bí thư: Bùi Thị Lan" in browse.page(unit).text
    asked = browse.page(f"{unit}/sap-nhap?tim=kim+lan")
    assert "6 người trong danh sách" in asked.text
    assert "Chi bộ thôn Kim Lan" in asked.text
    address = f"{unit}/sap-nhap?den={commune.second.id}"
    assert "Vai trò đang giữ" in browse.page(address).text
    assert "Mời đồng chí ghi lý do" in browse.post(address, {"reason": ""}, status=422).text
    assert "chưa chọn đơn vị" in browse.post(f"{unit}/sap-nhap", {"reason": "Gộp thôn"}, status=422).text
    done = browse.post(address, {"reason": "Gộp thôn", "ends_roles": "y"})
    page = browse.page(done.location)
    assert "Đã sáp nhập: 6 hồ sơ và 0 đơn vị cấp dưới chuyển theo." in page.text
    assert "Sáp nhập vào Chi bộ thôn Kim Lan (6 hồ sơ, 0 đơn vị cấp dưới)" in page.text
    assert "Đơn vị đã đóng" in page.text
    browse.post(f"{unit}/mo-lai", {"reason": "Ghi nhầm"})
    with work() as w:
        assert w.session.get_one(Unit, commune.first.id).closed_at is None


def test_what_a_round_forbids_is_said_beside_the_form(browse: Browse, work: Work, commune: Commune) -> None:
    with work() as w:
        round_ = open_round(w, commune.committee)
        roster(w, round_, [commune.inner_member])
    browse.as_(commune.organiser)
    address = f"/don-vi/{commune.inner.id}/chuyen?den={commune.first.id}"
    assert "“Tuần 1” chưa chốt kết quả" in browse.post(address, {"reason": "Sắp xếp lại"}, status=422).text
    assert "Chuyển hết, hoặc sáp nhập" in browse.post(
        f"/don-vi/{commune.inner.id}/dong", {"reason": "Hết người"}, status=422
    ).text  # fmt: skip


def test_a_unit_is_founded_and_renamed(browse: Browse, commune: Commune) -> None:
    browse.as_(commune.organiser)
    fields = {"name": "Chi bộ Trạm y tế", "code": "CBYT", "kind": "cell"}
    browse.post(f"/don-vi/{commune.root.id}/lap-moi", fields)
    page = browse.post(f"/don-vi/{commune.root.id}/lap-moi", fields, status=422).text
    assert "Mã đơn vị “CBYT” đã được dùng" in page
    address = f"/don-vi/{commune.second.id}/doi-ten"
    seen = {"seen": "Tên cũ", "name": "Chi bộ Kim Lan 2", "reason": "Theo nghị quyết"}
    assert "vừa được người khác sửa" in browse.post(address, seen, status=422).text
    done = browse.post(address, {**seen, "seen": commune.second.name})
    assert "Đổi tên từ “Chi bộ thôn Kim Lan” thành “Chi bộ Kim Lan 2”" in browse.page(done.location).text


def test_a_secretary_finds_a_member_and_says_how_he_stands(browse: Browse, commune: Commune) -> None:
    browse.as_(commune.secretary)
    page = browse.page("/thanh-vien/?tim=nguyen van an")
    assert "Nguyễn Văn An" in page.text
    assert "Đỗ Thị Bình" not in page.text
    address = f"/thanh-vien/{commune.member.id}"
    shown = browse.page(address).text
    assert "Sửa tình trạng sinh hoạt" in shown
    assert "Chuyển sang đơn vị khác" not in shown
    fields = {"standing": "absent", "seen": "active", "reason": "Đi làm xa"}
    done = browse.post(f"{address}/tinh-trang", fields)
    assert "Tạm vắng" in browse.page(done.location).text
    assert "vừa được người khác sửa" in browse.post(f"{address}/tinh-trang", fields, status=422).text
    assert "Tạm vắng" in browse.page("/thanh-vien/?tinh-trang=absent").text


def test_an_organiser_moves_a_member(browse: Browse, commune: Commune) -> None:
    browse.as_(commune.organiser)
    address = f"/thanh-vien/{commune.member.id}/don-vi"
    assert "Chi bộ thôn Kim Lan" in browse.page(f"{address}?tim=kim").text
    moved = browse.post(f"{address}?den={commune.second.id}", {"reason": "Chuyển nhà", "seen": commune.first.id})
    text = browse.page(moved.location).text
    assert "Chi bộ thôn Giang Cao" in text  # in his history
    assert "Chuyển nhà" in text


def test_a_pair_is_looked_at_and_decided(browse: Browse, work: Work, commune: Commune) -> None:
    with work() as w:
        twin = member(w, commune.second, "Nguyễn Văn An", with_account=False)
        third = member(w, commune.inner, "Nguyen Van An", with_account=False)
    browse.as_(commune.organiser)
    assert "3 cặp" in browse.page("/thanh-vien/trung-lap").text
    address = f"/thanh-vien/trung-lap/{commune.member.id}"
    assert "Một người hay hai người?" in browse.page(f"{address}/{third.id}").text
    browse.post(f"{address}/{third.id}/hai-nguoi", {"reason": "Khác quê"})
    assert "hai người khác nhau. Lý do: Khác quê" in browse.page(f"{address}/{third.id}").text
    wrong = browse.post(f"{address}/{twin.id}/gop", {"reason": "Một người", "kept": str(third.id)}, status=422)
    assert "Lựa chọn này không có" in wrong.text
    done = browse.post(f"{address}/{twin.id}/gop", {"reason": "Một người", "kept": str(commune.member.id)})
    assert "Gộp hồ sơ" in browse.page(done.location).text
    with work() as w:
        assert w.session.get_one(Member, twin.id).merged_into_id == commune.member.id
    assert "đã gộp vào hồ sơ số" in browse.page(f"/thanh-vien/{twin.id}").text
