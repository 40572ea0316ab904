"""Accessibility: axe-core finds nothing serious in any view, and the page works enlarged."""

import pytest
from asking import LOST, TROOPS, has_sideways_scroll, type_question, wait_until_done

pytestmark = pytest.mark.browser
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def show(page, view):
    if view == "answer":
        type_question(page, TROOPS)
        wait_until_done(page)
        page.focus("#turn .cite >> nth=0")
        page.keyboard.press("Tab")
        page.wait_for_selector("#card:visible")
    elif view == "unsure":
        type_question(page, LOST)
        wait_until_done(page)
    elif view == "refusal":
        type_question(page, "Who is the prime minister of Ukraine?")
        wait_until_done(page)
        page.click("button.closest")
    elif view != "welcome":
        page.click(f".views a[href='#{view}']")
        page.wait_for_selector(f"#{view}-view h2")
    page.wait_for_timeout(400)


def grave_violations(page):
    """What axe-core calls serious or critical, as `rule: element` lines."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(page, options=RULES).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:160]}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "view", ["welcome", "answer", "unsure", "refusal", "documents", "history", "settings"]
)
def test_view_has_no_serious_violation(open_page, view, scheme):
    page = open_page(color_scheme=scheme, reduced_motion="reduce")
    show(page, view)
    assert grave_violations(page) == []


def test_axe_would_find_a_violation(open_page):
    page = open_page()
    page.evaluate("document.querySelector('#ask').textContent = ''")
    assert any(line.startswith("button-name") for line in grave_violations(page))


def test_page_works_at_twice_the_size(open_page):
    """Zoom of 200 % on a screen of 1280: half the CSS pixels, twice as many device pixels."""
    page = open_page(viewport={"width": 640, "height": 400}, device_scale_factor=2)
    for view in ("answer", "documents", "history", "settings"):
        show(page, view)
        assert not has_sideways_scroll(page)
