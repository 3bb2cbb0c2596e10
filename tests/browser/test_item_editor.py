"""Writing an item in a real browser: saved as one types, nothing lost on a dead line, all by keyboard."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from itertools import count

import pytest
from PIL import Image
from playwright.sync_api import Dialog, FilePayload, Locator, Route, expect

from question_bank import model as bank
from quiz_app.authoring import content, founding, writing
from quiz_app.authoring.models import Draft
from quiz_app.kernel.access import Role
from quiz_app.members.models import Member
from tests.browser.conftest import MakeDevice
from tests.browser.device import COMPUTER, Device
from tests.browser.paper import OFFLINE
from tests.browser.site import Site, until
from tests.browser.village import Village
from tests.support import build

UNSAVED = "Chưa lưu được – vẫn giữ trong máy"
SAVED = re.compile(r"^Đã lưu \d\d:\d\d:\d\d$")
_numbers = count(1)


@dataclass(frozen=True)
class Desk:
    """A draft that is still empty, and two people who may write on it."""

    site: Site
    author: Member
    other: Member
    draft_id: int

    @property
    def path(self) -> str:
        return f"/bien-soan/ban-nhap/{self.draft_id}/sua"

    def item(self) -> bank.Item:
        with self.site.db.reading() as session:
            return content.item_of(session.get_one(Draft, self.draft_id))


@pytest.fixture
def desk(site: Site, village: Village) -> Desk:
    with site.work() as w:
        build.grant(w, village.secretary, Role.AUTHOR, village.root)
    with site.work(actor=village.secretary) as w:
        set_ = founding.found_set(w, slug=f"thu-{next(_numbers)}", title="Bộ câu hỏi thử", use=bank.Use.CONTEST)
        draft = writing.start_item(w, set_.slug)
    return Desk(site, village.secretary, village.organiser, draft.id)


def field(one: Device, label: str) -> Locator:
    return one.page.locator("input, textarea, select").and_(one.page.get_by_label(label, exact=True))


def is_saved(one: Device) -> None:
    expect(one.page.locator("[data-role=state]")).to_have_text(SAVED)
    until(lambda: one.page.evaluate("document.querySelector('.editor').editor.saver.isClean"), 10)


def test_what_is_typed_is_saved_and_seen_as_on_a_phone(desk: Desk, device: MakeDevice) -> None:
    computer = device(desk.author, size=COMPUTER)
    computer.open(desk.path)
    field(computer, "Câu dẫn").press_sequentially("Làng gốm **Bát Tràng** ở đâu?")
    expect(computer.page.locator(".phone strong").first).to_have_text("Bát Tràng")
    is_saved(computer)
    assert desk.item().stem == "Làng gốm **Bát Tràng** ở đâu?"
    expect(computer.page.locator("#remarks-stem")).to_be_empty()
    expect(computer.page.locator("#remarks-rationale")).to_contain_text("Chưa có phần giải thích.")

    computer.page.get_by_role("button", name="Thêm phương án").click()
    field(computer, "Phương án E").fill("Tất cả các ý trên")
    expect(computer.page.locator("#remarks-e")).to_contain_text("chưa được giữ ở cuối")
    computer.page.get_by_role("button", name="Bỏ phương án B").click()
    computer.page.get_by_label("Nhiều đáp án").check()
    assert computer.page.locator("input[name=key]").first.get_attribute("type") == "checkbox"
    is_saved(computer)
    assert [option.id for option in desk.item().options] == ["a", "c", "d", "e"]

    picture = io.BytesIO()
    Image.new("RGB", (60, 40), "teal").save(picture, "PNG")
    computer.page.get_by_role("group", name="Định dạng câu dẫn").get_by_role("button", name="Hình").click()
    field(computer, "Tệp hình").set_input_files(
        FilePayload(name="a.png", mimeType="image/png", buffer=picture.getvalue())
    )
    field(computer, "Mô tả hình").fill("Cổng làng")
    computer.page.get_by_role("button", name="Chèn hình này").click()
    image = computer.page.get_by_role("region", name="Người dự thi sẽ thấy").get_by_alt_text("Cổng làng")
    expect(image).to_be_visible()
    assert image.evaluate("image => image.complete && image.naturalWidth") == 60
    computer.judge()
    is_saved(computer)
    computer.page.reload()
    expect(field(computer, "Câu dẫn")).to_have_value(re.compile(r"!\[Cổng làng\]\(/hinh/"))


def test_a_dead_line_loses_nothing(desk: Desk, device: MakeDevice) -> None:
    phone = device(desk.author)
    phone.open(desk.path)
    field(phone, "Câu dẫn").press_sequentially("Viết lúc còn mạng")
    is_saved(phone)
    phone.expect(OFFLINE)
    phone.context.set_offline(True)
    field(phone, "Câu dẫn").press_sequentially(", rồi mất mạng")
    expect(phone.page.locator("[data-role=state]")).to_have_text(UNSAVED)
    phone.page.get_by_role("button", name="Bỏ phương án C").click()
    phone.page.get_by_role("button", name="Thêm phương án").click()
    field(phone, "Phương án D").fill("Phương án viết khi mất mạng")
    field(phone, "Phương án D").press("Alt+ArrowUp")
    field(phone, "Giải thích").fill("Vì thế.")
    warned: list[str] = []

    def leave(dialog: Dialog) -> None:
        warned.append(dialog.type)
        dialog.accept()

    phone.page.on("dialog", leave)
    phone.page.evaluate(
        "document.querySelector('.editor').editor.saver.isStopped = true"
    )  # the page ends before it sends
    phone.context.set_offline(False)
    phone.page.goto("about:blank")
    assert warned == ["beforeunload"]
    phone.open(desk.path)
    expect(field(phone, "Câu dẫn")).to_have_value("Viết lúc còn mạng, rồi mất mạng")
    expect(field(phone, "Phương án C")).to_have_value("Phương án viết khi mất mạng")
    is_saved(phone)
    item = desk.item()
    assert (item.stem, item.rationale) == ("Viết lúc còn mạng, rồi mất mạng", "Vì thế.")
    assert "Phương án viết khi mất mạng" in [option.text for option in item.options]
    assert phone.stored(f"ban-nhap-{desk.draft_id}-{desk.author.id}") is None


def test_who_signs_out_leaves_nothing_of_what_he_wrote(desk: Desk, device: MakeDevice) -> None:
    computer = device(desk.author, size=COMPUTER)
    computer.open(desk.path)
    computer.expect("ERR_FAILED")
    computer.page.route("**/luu", lambda route: route.abort())
    field(computer, "Câu dẫn").press_sequentially("Chưa ai được đọc")
    expect(computer.page.locator("[data-role=state]")).to_have_text(UNSAVED)
    key = f"ban-nhap-{desk.draft_id}-{desk.author.id}"
    assert "Chưa ai được đọc" in str(computer.stored(key))
    computer.page.on("dialog", lambda dialog: dialog.accept())
    computer.page.locator("summary", has_text="Tài khoản").click()
    computer.press("Đăng xuất", within=computer.page.locator("header"))
    assert computer.stored(key) is None


def test_an_answer_that_never_came_makes_no_quarrel_with_oneself(desk: Desk, device: MakeDevice) -> None:
    """The save arrived, its answer did not, and the author wrote on: what follows is his own, not another person's."""
    computer = device(desk.author, size=COMPUTER)
    computer.open(desk.path)
    computer.expect("ERR_FAILED")

    arrived: list[str] = []

    def swallow(route: Route) -> None:
        if not arrived:
            route.fetch()
            arrived.append(route.request.url)
        route.abort()

    computer.page.route("**/luu", swallow)
    field(computer, "Câu dẫn").press_sequentially("Một")
    expect(computer.page.locator("[data-role=state]")).to_have_text(UNSAVED)
    computer.page.unroute("**/luu")
    field(computer, "Câu dẫn").press_sequentially(" hai")
    is_saved(computer)
    assert desk.item().stem == "Một hai"
    expect(computer.page.locator("[data-role=conflict]")).to_be_empty()


def test_two_in_one_draft_are_told_and_neither_overwrites_the_other(desk: Desk, device: MakeDevice) -> None:
    lan, huy = device(desk.author, size=COMPUTER), device(desk.other)
    lan.open(desk.path)
    huy.open(desk.path)
    expect(huy.page.locator("[data-region=others]")).to_contain_text(desk.author.full_name)
    field(lan, "Câu dẫn").fill("Câu của đồng chí Lan?")
    is_saved(lan)
    expect(lan.page.locator("[data-region=others]")).to_contain_text(desk.other.full_name)
    huy.expect("409")
    field(huy, "Câu dẫn").fill("Câu của đồng chí Huy?")
    told = huy.page.locator("[data-role=conflict]")
    expect(told).to_contain_text(f"Đồng chí {desk.author.full_name} đã lưu bản mới hơn")
    expect(told).to_contain_text("Câu của đồng chí Lan?")
    expect(told).to_contain_text("Câu của đồng chí Huy?")
    expect(huy.page.locator("[data-role=state]")).to_have_text(UNSAVED)
    assert desk.item().stem == "Câu của đồng chí Lan?"
    huy.judge()
    huy.page.get_by_role("button", name="Giữ bản của tôi").click()
    is_saved(huy)
    expect(told).to_be_empty()
    assert desk.item().stem == "Câu của đồng chí Huy?"

    lan.page.evaluate("document.querySelector('.editor').editor.tellHere()")
    expect(lan.page.locator("[data-role=notice]")).to_contain_text(f"Đồng chí {desk.other.full_name} đã lưu bản mới")
    lan.expect("409")
    field(lan, "Giải thích").fill("Lan viết tiếp.")
    lan.page.get_by_role("link", name="Lấy bản của đồng chí").click()
    expect(field(lan, "Câu dẫn")).to_have_value("Câu của đồng chí Huy?")
    expect(field(lan, "Giải thích")).to_have_value("")


def test_from_empty_to_complete_by_keyboard_alone(desk: Desk, device: MakeDevice) -> None:
    computer = device(desk.author, size=COMPUTER)
    computer.open(desk.path)
    keys = computer.page.keyboard

    def tab_to(name: str) -> None:
        for _ in range(80):
            keys.press("Tab")
            focused = computer.page.evaluate(
                "[document.activeElement.labels?.[0], document.activeElement]"
                ".map(one => one?.textContent.trim() || '').find(words => words)"
            )
            if re.sub(r"\s+", " ", focused or "").startswith(name):
                return
        raise AssertionError(f"{name} is out of reach")

    tab_to("Câu dẫn")
    keys.type("Nghề gốm có từ ")
    keys.press("Control+b")
    keys.type("khi nào")
    for letter, text in zip("ABCD", ("Thời Lý", "Thời Trần", "Thời Lê", "Thời Nguyễn"), strict=True):
        tab_to(f"Phương án {letter}")
        keys.type(text)
        if letter == "B":
            keys.press("Alt+Enter")
    tab_to("Giải thích")
    keys.type("Theo sử cũ.")
    tab_to("Văn bản và mục")
    keys.press("ArrowDown")
    tab_to("Chuyên đề")
    keys.press("ArrowDown")
    tab_to("Nhận biết")
    keys.press("ArrowDown")
    keys.press("Control+s")
    is_saved(computer)
    assert computer.page.locator(".remark").all_inner_texts() == []
    item = desk.item()
    assert item.stem == "Nghề gốm có từ **khi nào**"
    assert ([option.text for option in item.keys], item.level) == (["Thời Trần"], 2)
    assert item.source
    assert item.topic
    with computer.page.expect_navigation():
        keys.press("Control+Enter")
    assert computer.path == f"/bien-soan/ban-nhap/{desk.draft_id}"


def test_without_scripts_every_button_works(desk: Desk, device: MakeDevice) -> None:
    phone = device(desk.author, has_scripts=False)
    phone.open(desk.path)
    field(phone, "Câu dẫn").fill("Viết không cần kịch bản?")
    phone.press("Thêm phương án")
    field(phone, "Phương án E").fill("Phương án thứ năm")
    phone.press("Lưu")
    item = desk.item()
    assert (item.stem, item.options[-1].text) == ("Viết không cần kịch bản?", "Phương án thứ năm")
