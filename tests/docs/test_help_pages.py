"""The guides as pages of the site: each role's help link leads to its own."""

from __future__ import annotations

import pytest

from quiz_app.home import guides
from quiz_app.kernel.access import Actor, Grant, Role
from tests.docs.guides import GUIDES, images, links, text_of
from tests.support.browse import Browse
from tests.support.build import Commune


@pytest.fixture
def engine_name() -> str:
    return "sqlite"  # the guides are files; nothing here differs between the engines


@pytest.mark.parametrize(
    ("person", "slug"),
    [
        (None, "nguoi-du-thi"),
        ("member", "nguoi-du-thi"),
        ("secretary", "bi-thu"),
        ("overseer", "cap-uy"),
        ("organiser", "ban-to-chuc"),
        ("author", "bien-soan"),
        ("reviewer", "bien-soan"),
        ("operator", "quan-tri"),
    ],
)
def test_the_help_link_leads_to_the_roles_own_guide(
    commune: Commune, browse: Browse, person: str | None, slug: str
) -> None:
    if person is not None:
        browse.as_(getattr(commune, person))
    assert f"/tro-giup/{slug}" in browse.page("/").hrefs()
    page = browse.page(f"/tro-giup/{slug}")
    assert page.texts(".//h1") == [guides.all_guides()[slug].title]
    hrefs = [link.get("href", "") for link in browse.page("/tro-giup").all(".//main//a[@href]")]
    listed = [url for url in hrefs if url.startswith("/tro-giup/")]
    assert sorted(listed) == sorted(f"/tro-giup/{guide.stem}" for guide in GUIDES)
    assert f"/tro-giup/{slug}" in listed[:2]


@pytest.mark.parametrize("slug", guides.READERS)
def test_links_and_pictures_of_a_guide_stay_in_the_site(browse: Browse, commune: Commune, slug: str) -> None:
    page = browse.page(f"/tro-giup/{slug}")
    text = text_of(guides.FOLDER / f"{slug}.md")
    shown = [str(image.get("src")) for image in page.all(".//main//img")]
    assert len(shown) == len(images(text))
    assert all(image.get("alt") for image in page.all(".//main//img"))
    for url in shown:
        answer = browse.get(url)
        assert answer.response.mimetype == "image/png"
        assert answer.response.data.startswith(b"\x89PNG")
        assert answer.response.headers["Cache-Control"] == "public, max-age=86400"
    for target in links(text):
        assert target.startswith("../images/") or f"/tro-giup/{target.removesuffix('.md')}" in page.hrefs()
    assert ".md" not in " ".join(page.hrefs())


@pytest.mark.parametrize(
    "url",
    [
        "/tro-giup/khong-co",
        "/tro-giup/hinh/khong-co.png",
        "/tro-giup/hinh/..%2Fhuong-dan%2Fquan-tri.md",
        "/tro-giup/hinh/%2e%2e%2f%2e%2e%2fwsgi.py",
        "/tro-giup/hinh/../../wsgi.py",
    ],
)
def test_nothing_else_is_given_out(browse: Browse, commune: Commune, url: str) -> None:
    browse.page(url, status=404)


def test_a_person_of_several_roles_gets_the_guide_that_asks_most() -> None:
    secretary, organiser = Grant(Role.SECRETARY, 2), Grant(Role.ORGANISER, 1)
    assert guides.leading(Actor(member_id=1, grants=(secretary, organiser))) == "ban-to-chuc"
    assert guides.leading(Actor(member_id=1, grants=(secretary,))) == "bi-thu"
    assert guides.leading(Actor()) == "nguoi-du-thi"
