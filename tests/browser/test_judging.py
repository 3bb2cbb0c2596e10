"""The judge of every page: what is planted is found, and nothing that axe calls grave is lost by asking less of it."""

from __future__ import annotations

import pytest

from tests.browser.conftest import MakeDevice
from tests.browser.device import _axe

FAULTS = {
    "aria-allowed-attr": '<input type="radio" aria-label="a" aria-sort="none">',
    "aria-hidden-focus": '<div aria-hidden="true"><a href="/">Về trang đầu</a></div>',
    "aria-input-field-name": '<div role="textbox" contenteditable="true"></div>',
    "aria-required-attr": '<div role="checkbox" tabindex="0">Đồng ý</div>',
    "aria-required-children": '<div role="list"><p>Một</p></div>',
    "aria-roles": '<div role="mục">Một</div>',
    "aria-valid-attr": '<p aria-nhan="a">Một</p>',
    "autocomplete-valid": '<label>Tên <input autocomplete="ten"></label>',
    "button-name": "<button></button>",
    "color-contrast": '<p style="color: #aaa; background: #fff">Khó đọc</p>',
    "definition-list": "<dl><p>Một</p></dl>",
    "document-title": "",
    "frame-title": '<iframe srcdoc="<p>Một</p>"></iframe>',
    "html-has-lang": "",
    "image-alt": '<img src="data:,">',
    "label": "<input>",
    "link-in-text-block": '<p>Xem <a href="/" style="color: #111; text-decoration: none">đây</a> nhé</p>',
    "link-name": '<a href="/"></a>',
    "list": "<ul><p>Một</p></ul>",
    "listitem": "<div><li>Một</li></div>",
    "meta-refresh": '<meta http-equiv="refresh" content="3000">',
    "nested-interactive": '<div role="button" tabindex="0">Một <button>Hai</button></div>',
    "scrollable-region-focusable": '<div style="height: 20px; overflow: auto"><p style="height: 99px">Một</p></div>',
    "select-name": "<select><option>Một</option></select>",
    "svg-img-alt": '<svg role="img"></svg>',
    "tabindex": '<p tabindex="5">Một</p>',
    "td-headers-attr": '<table><tr><th id="o">Một</th></tr><tr><td headers="khong">Hai</td></tr></table>',
    "valid-lang": '<p lang="viet">Một</p>',
}
MILD = '<h1>Một</h1><h4>Hai</h4><div role="contentinfo"></div><table><tr><th></th><td>Một</td></tr></table>'
SOUND = f'<!doctype html><html lang="vi"><title>Trang</title><main>{MILD}</main>'
_ALL_GRAVE = """async () => (await axe.run(document)).violations
  .filter(one => one.impact === "serious" || one.impact === "critical").map(one => one.id)"""


def test_what_is_planted_is_found(device: MakeDevice) -> None:
    phone = device()
    phone.page.set_content(f"<!doctype html><html><main>{''.join(FAULTS.values())}</main>")
    with pytest.raises(AssertionError) as told:
        phone.judge()
    found = {line.partition(":")[0] for line in str(told.value).splitlines()}
    assert FAULTS.keys() <= found
    phone.page.evaluate(_axe())
    assert set(phone.page.evaluate(_ALL_GRAVE)) <= found, "something grave is no longer asked about"


def test_what_is_mild_fails_nothing_and_what_is_too_wide_does(device: MakeDevice) -> None:
    phone = device()
    phone.page.set_content(SOUND)
    phone.judge()
    phone.page.set_content(f'{SOUND}<p style="width: 500px">Một</p>')
    with pytest.raises(AssertionError, match="wider than the screen"):
        phone.judge()
