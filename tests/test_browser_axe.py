"""Accessibility: axe-core finds nothing serious in any view, and the page works enlarged."""

from types import SimpleNamespace

import pytest
from asking import LOST, TROOPS, has_sideways_scroll, type_question, wait_until_done
from fake_sessions import add_library, make_sessions
from page_server import serving

pytestmark = pytest.mark.browser
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}


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
    """What axe-core calls serious or critical, as `rule: element` lines: of the page in light, and
    of its contrast in dark, where nothing else differs."""
    page.emulate_media(color_scheme="light")
    light = _grave(page, RULES)
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(100)  # it is drawn anew
    dark = _grave(page, CONTRAST)
    page.emulate_media(color_scheme="light")
    return light + [f"dark {line}" for line in dark]


def _grave(page, rules):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(page, options=rules).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:160]}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize(
    "view", ["welcome", "answer", "unsure", "refusal", "documents", "history", "settings"]
)
def test_view_has_no_serious_violation(open_page, view):
    page = open_page(reduced_motion="reduce")
    show(page, view)
    assert grave_violations(page) == []


class TestFilled:
    """Views that are empty above: documents that were read, and conversations that are kept."""

    @pytest.fixture(scope="class")
    def served(self, tmp_path_factory):
        folder = tmp_path_factory.mktemp("filled")
        (folder / "docs").mkdir()
        (folder / "docs" / "bridge.txt").write_text("The bridge was opened in 1932.")
        sessions = make_sessions(folder / "home", [folder / "docs"], margins={"1932": 4.0})
        files = {"tunnel.txt": "The tunnel was dug by hand.", "ferry.md": "# Ferry\n\nIt sails."}
        add_library(sessions, "Work", files, folder / "sent")
        with serving(
            sessions.pipeline(), sessions=sessions, conversations=folder / "kept.sqlite"
        ) as page:
            for question in ("When was it opened?", "Who won the cup?"):
                list(page.chat.answer(question, (), SimpleNamespace(session_hash=question)))
            yield page
        sessions.close()

    def test_documents_that_were_read_have_no_serious_violation(self, open_page, tmp_path):
        page = open_page(fresh=True, reduced_motion="reduce")
        page.wait_for_function("sessionStorage.getItem('footnote-library') !== null")
        page.click(".views a[href='#documents']")
        page.wait_for_selector(".documents-list .open >> text=bridge.txt")
        page.select_option("#library-choice", "Work")
        page.wait_for_selector(".documents-list .open >> text=tunnel.txt")
        (tmp_path / "gate.txt").write_text("The gate is shut.")
        (tmp_path / "song.mp3").write_text("la")
        page.set_input_files("#add-files", [tmp_path / "gate.txt", tmp_path / "song.mp3"])
        page.wait_for_selector('.reading[aria-busy="false"] .files')
        page.click("#all-libraries > summary")
        for summary in page.locator("#documents-view details.confirm > summary").all():
            summary.click()
        assert page.locator("#documents-view .danger:visible").count() >= 2
        assert grave_violations(page) == []

    def test_conversations_that_are_kept_have_no_serious_violation(self, open_page):
        page = open_page(fresh=True, reduced_motion="reduce")
        page.click(".views a[href='#history']")
        page.wait_for_selector(".conversations > li >> nth=1")
        assert grave_violations(page) == []
        page.click(".conversations > li:first-child [data-act=rename]")
        page.click(".conversations > li:last-child [data-act=ask-delete]")
        page.wait_for_selector(".confirm .danger:visible")
        assert grave_violations(page) == []
        page.click(".conversations > li:last-child .open")
        page.wait_for_selector("#turn .answer.quoted:visible")
        page.click(".thumb[aria-pressed=false] >> nth=0")
        page.wait_for_selector(".feedback-note:visible")
        assert grave_violations(page) == []


def test_axe_would_find_a_violation(open_page):
    page = open_page(fresh=True)
    page.evaluate("document.querySelector('#ask').textContent = ''")
    assert any(line.startswith("button-name") for line in grave_violations(page))


def test_page_works_at_twice_the_size(open_page):
    """Zoom of 200 % on a screen of 1280: half the CSS pixels, twice as many device pixels."""
    page = open_page(viewport={"width": 640, "height": 400}, device_scale_factor=2)
    for view in ("answer", "documents", "history", "settings"):
        show(page, view)
        assert not has_sideways_scroll(page)
