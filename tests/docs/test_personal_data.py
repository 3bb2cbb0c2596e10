"""The page about personal data says what the declaration of columns says."""

from __future__ import annotations

from docs import make_personal_data


def test_the_page_is_up_to_date() -> None:
    assert make_personal_data.PAGE.read_text(encoding="utf-8") == make_personal_data.text()
