"""A member with the same sitting in several windows: of one browser, and of two that do not know of each other."""

from __future__ import annotations

from playwright.sync_api import Page, Route, expect

from quiz_app.contests.models import ItemKinds
from tests.browser.conftest import MakeDevice
from tests.browser.paper import attempt_of, begin, eventually, form_of, kept_answers, state_of
from tests.browser.site import Site
from tests.browser.village import Village, open_round


def _choose(page: Page, letter: str, place: int = 1) -> None:
    form = form_of(page, place)
    form.locator("label.choice").filter(has=page.locator(f"input[value={letter}]")).click()


def _saved(page: Page, place: int = 1) -> None:
    expect(form_of(page, place).locator(".save-state")).to_contain_text("Đã lưu")


def test_an_answer_that_another_window_overtook_is_told_and_can_be_given_again(
    site: Site, village: Village, device: MakeDevice
) -> None:
    with site.work() as w:
        round_ = open_round(w, village, item_kinds=ItemKinds.SINGLE)  # what is chosen replaces what was
    phone, other = device(village.member), device()
    begin(phone, round_.id)
    other.context.add_cookies(
        [{"name": c["name"], "value": c["value"], "url": site.url} for c in phone.context.cookies()]
    )
    first, second = phone.page, other.page  # one sign-in, and no storage in common to tell each other by
    second.goto(f"{first.url.partition('#')[0]}#cau-1")
    for letter in "AB":
        _choose(first, letter)
        _saved(first)
    _choose(second, "C")
    expect(second.locator("[data-role=notice-text]")).to_contain_text("Câu 1 đã được trả lời ở một cửa sổ khác")
    expect(second.locator("#cau-1 input[value=B]")).to_be_checked()
    _choose(second, "C")
    _saved(second)
    assert kept_answers(site, attempt_of(site, village.member).id)[1] == "C"


def test_another_device_is_led_to_take_over(site: Site, village: Village, device: MakeDevice) -> None:
    """By the address alone nobody writes beside the first device; what that one sends later is refused in words."""
    with site.work() as w:
        round_ = open_round(w, village, item_kinds=ItemKinds.SINGLE)
    phone, tablet = device(village.member), device(village.member)
    begin(phone, round_.id)
    _choose(phone.page, "A")
    _saved(phone.page)
    tablet.page.goto(phone.page.url.partition("#")[0])
    expect(tablet.page.get_by_text("Bài này đang mở ở một máy khác")).to_be_visible()
    with tablet.page.expect_navigation():
        tablet.page.get_by_role("button", name="Làm tiếp bài đang dở").click()
    expect(tablet.page.locator("#cau-1 input[value=A]")).to_be_checked()
    phone.expect("409")
    _choose(phone.page, "B")
    expect(phone.page.get_by_role("alert")).to_contain_text("ở cửa sổ hoặc thiết bị khác")
    assert kept_answers(site, attempt_of(site, village.member).id)[1] == "A"


def test_of_three_windows_the_last_opened_writes_and_loses_nothing_of_the_others(
    site: Site, village: Village, device: MakeDevice
) -> None:
    with site.work() as w:
        round_ = open_round(w, village)
    phone = device(village.member)
    begin(phone, round_.id)
    attempt = attempt_of(site, village.member)
    first = phone.page
    paper = first.url.partition("#")[0]
    _choose(first, "A")
    _saved(first)
    held: list[Route] = []
    first.route("**/cau/2", lambda route: held.append(route))  # noqa: PLW0108 - it takes no built-in
    first.get_by_role("button", name="Câu sau").click()
    _choose(first, "B", 2)
    eventually(first, lambda: bool(held))

    second = phone.context.new_page()
    second.goto(f"{paper}#cau-2")
    _saved(second, 2)  # what the first window could not send
    expect(first.get_by_role("alert")).to_contain_text("ở cửa sổ hoặc thiết bị khác")
    expect(form_of(first, 2).locator("input[value=A]")).to_be_disabled()
    third = phone.context.new_page()
    third.goto(f"{paper}#cau-3")
    expect(second.get_by_role("alert")).to_contain_text("ở cửa sổ hoặc thiết bị khác")
    _choose(third, "A", 3)
    _saved(third, 3)
    with first.expect_response("**/cau/2"):  # before the next take-over, after which it would be refused
        held[0].continue_()

    with second.expect_navigation():
        second.get_by_role("button", name="Làm tiếp ở máy này").click()
    expect(third.get_by_role("alert")).to_contain_text("ở cửa sổ hoặc thiết bị khác")
    second.locator("summary", has_text="Các câu:").click()
    second.locator("[data-place='4']").click()
    _choose(second, "A", 4)
    _saved(second, 4)
    kept = kept_answers(site, attempt.id)
    assert [kept[place] for place in (1, 2, 3, 4)] == ["A", "B", "A", "A"]
    assert phone.stored(f"bai-thi-{attempt.id}") is None
    assert attempt_of(site, village.member).epoch == 2


def test_nothing_is_sent_from_a_window_that_another_device_has_passed_by(
    site: Site, village: Village, device: MakeDevice
) -> None:
    with site.work() as w:
        round_ = open_round(w, village)
    phone, tablet = device(village.member), device(village.member)
    begin(phone, round_.id)
    tablet.open("/dot-thi/")
    tablet.press("Làm tiếp bài đang dở")
    phone.expect("409")
    _choose(phone.page, "A")
    expect(phone.page.get_by_role("alert")).to_contain_text("ở cửa sổ hoặc thiết bị khác")
    expect(state_of(phone, 1)).to_have_text("Chưa lưu được – vẫn giữ trong máy")
    expect(phone.page.locator("#cau-1 input[value=B]")).to_be_disabled()
    assert set(kept_answers(site, attempt_of(site, village.member).id).values()) == {""}
