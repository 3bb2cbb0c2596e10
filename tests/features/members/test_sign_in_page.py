"""The sign-in page is rendered once for all who come; neither what is one browser's own nor what may change is kept."""

from __future__ import annotations

import gzip

from quiz_app.kernel.access import SYSTEM
from quiz_app.kernel.switches import Switch, turn_off, turn_on
from tests.features.members.conftest import PASSWORD, People
from tests.support.browse import Browse
from tests.support.works import Work

WRONG = {"username": "an", "password": "000000"}


def test_each_browser_has_its_own_token_on_the_same_page(browse: Browse, people: People) -> None:
    browsers = [browse, browse.other(), browse.other()]
    pages = [one.page("/dang-nhap?next=/tai-khoan") for one in browsers]
    tokens = [one.form_token() for one in browsers]
    assert len(set(tokens)) == len(tokens)
    for page, token in zip(pages, tokens, strict=True):
        assert page.form("/dang-nhap").values["csrf_token"] == [token]
        assert page.form("/dang-nhap").values["next"] == ["/tai-khoan"]
        assert page.html.replace(token, "") == pages[0].html.replace(tokens[0], "")
    for one in browsers:
        assert one.submit("/dang-nhap?next=/tai-khoan", {"username": "an", "password": PASSWORD}).location


def test_packed_or_not_it_says_the_same(browse: Browse, people: People) -> None:
    client = browse.app.test_client()
    client.get("/dang-nhap")
    for _ in range(2):
        plain = client.get("/dang-nhap")
        packed = client.get("/dang-nhap", headers={"Accept-Encoding": "gzip"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.get_data()) == plain.get_data()
        for answer in (plain, packed):
            assert {"Accept-Encoding", "Cookie"} <= set(answer.vary)
            assert answer.headers["Cache-Control"] == "no-store"


def test_what_an_address_asks_for_stays_with_it(browse: Browse, people: People) -> None:
    def shown(url: str) -> tuple[list[str] | None, bool]:
        form = browse.page(url).form("/dang-nhap")
        return form.values.get("next"), "is_shared_device" in form.values

    for _ in range(2):
        assert shown("/dang-nhap") == (None, False)
        assert shown("/dang-nhap?may=chung") == (None, True)
        assert shown("/dang-nhap?next=/tai-khoan") == (["/tai-khoan"], False)
        assert shown('/dang-nhap?next=/"><b>') == (['/"><b>'], False)
        assert shown("/dang-nhap?next=//la.vn") == (None, False)


def test_a_way_that_opens_or_shuts_is_told_at_once(browse: Browse, people: People, work: Work) -> None:
    assert "số điện thoại của" not in browse.page("/dang-nhap").text
    with work(actor=SYSTEM) as w:
        turn_on(w, Switch.SIGN_IN_BY_PHONE, "", None)
    assert "số điện thoại của" in browse.page("/dang-nhap").text
    with work(actor=SYSTEM) as w:
        turn_off(w, Switch.SIGN_IN_BY_PHONE, "")
    assert "số điện thoại của" not in browse.page("/dang-nhap").text


def test_nothing_of_a_refused_try_or_of_a_message_is_kept(browse: Browse, people: People) -> None:
    refused = browse.submit("/dang-nhap", WRONG, status=422)
    assert "Chưa đăng nhập được" in refused.text
    browse.as_(people.an)
    told = browse.follow(browse.post("/dang-xuat"))
    assert "Đồng chí đã đăng xuất." in told.text
    for one in (browse, browse.other()):
        page = one.page("/dang-nhap")
        assert "Chưa đăng nhập được" not in page.text
        assert "đã đăng xuất" not in page.text
        assert page.form("/dang-nhap").values["username"] == [""]


def test_a_sign_in_that_has_ended_finds_the_page_too(browse: Browse, people: People) -> None:
    browse.page("/dang-nhap")
    browse.use_sign_in_token("x" * 43)
    assert browse.page("/dang-nhap").form("/dang-nhap").values["csrf_token"] == [browse.form_token()]
