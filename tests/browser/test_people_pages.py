"""The pages of units and their people on a phone: nothing scrolls sideways, and axe finds nothing."""

from __future__ import annotations

from quiz_app.people import restructuring
from quiz_app.units.models import UnitKind
from tests.browser.conftest import MakeDevice
from tests.browser.site import Site
from tests.browser.village import Village
from tests.support import build

NARROWEST = {"width": 320, "height": 640}


def test_units_and_people_can_be_used_on_a_phone(site: Site, village: Village, device: MakeDevice) -> None:
    with site.work() as w:
        twin = build.member(w, village.second, "Nguyễn Văn An", with_account=False)
        emptied = build.unit(w, f"{village.root.code}T", "Chi bộ Tạm", UnitKind.CELL, village.root)
    with site.work(actor=village.organiser) as w:
        restructuring.merge_unit(w, emptied.id, village.first.id, reason="Gộp tổ")
    organiser = device(village.organiser, size=NARROWEST)
    unit, person = f"/don-vi/{village.first.id}", f"/thanh-vien/{village.member.id}"
    acts = (f"{unit}/lap-moi", f"{unit}/doi-ten", f"{unit}/sap-nhap?tim=kim", f"{unit}/dong")
    asked = f"{unit}/sap-nhap?den={village.second.id}"
    pair = f"/thanh-vien/trung-lap/{village.member.id}/{twin.id}"
    for path in ("/don-vi/?tim=chi", unit, *acts, asked, "/thanh-vien/", person, "/thanh-vien/trung-lap", pair):
        organiser.open(path)
    secretary = device(village.secretary, color_scheme="dark")
    for path in (unit, person):
        secretary.open(path)
