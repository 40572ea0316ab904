"""Settings in a browser: passages, theme, what is running."""

from dataclasses import replace

import gradio as gr
import pytest
from asking import SCRIPTS, TEXTS, has_sideways_scroll
from fake_pipeline import FakePipeline
from page_server import serving

from rag.models.writers import WRITERS
from ui.settings_panel import SettingsDesk

pytestmark = pytest.mark.browser


@pytest.fixture
def served(monkeypatch, tmp_path):
    monkeypatch.setattr("rag.models.writers.shared_home", lambda: tmp_path)
    pipeline = FakePipeline(TEXTS, SCRIPTS)
    pipeline.can_write = True
    pipeline.settings = replace(pipeline.settings, home=str(tmp_path))
    with serving(pipeline) as page:
        yield page


def open_settings(page):
    page.click(".views a[href='#settings']")
    page.wait_for_selector("#apply")


def test_passages_hold_for_every_browser(open_page, served):
    page, other = open_page(), open_page()
    open_settings(page)
    assert "all-MiniLM-L6-v2" in page.inner_text("#running")
    assert "MiB used by this program" in page.inner_text("#running")
    assert "offline" in page.inner_text("#running")
    page.fill("#passages input", "7")
    page.click("#apply")
    page.wait_for_selector("#outcome .done")
    assert served.chat.pipeline.settings.passages_to_read == 7
    open_settings(other)
    other.wait_for_function("document.querySelector('#passages input').value === '7'")


def test_passages_out_of_range_are_one_line(open_page, served):
    page = open_page()
    open_settings(page)
    page.fill("#passages input", "0")
    page.click("#apply")
    page.wait_for_selector("#outcome .failed")
    assert "0 passages cannot be read: expected 1 to 50" in page.inner_text("#outcome")
    assert served.chat.pipeline.settings.passages_to_read == 6


def test_what_another_browser_chose_is_shown_and_what_is_being_typed_is_left(served):
    desk = SettingsDesk(served.chat)
    value, told, _ = desk.refresh(6)
    assert (value, told) == (gr.skip(), 6)
    served.chat.choices.choose(7)
    assert desk.refresh(6)[:2] == (7, 7)
    assert desk.refresh(7)[:2] == (gr.skip(), 7)


def test_the_writer_has_the_buttons_that_do_something(open_page, served, tmp_path):
    page = open_page()
    open_settings(page)
    page.wait_for_selector("#install-writer")
    assert page.query_selector("#stop-writer, #remove-writer") is None
    page.close()
    (tmp_path / "models").mkdir()
    with (tmp_path / "models" / WRITERS[0].file).open("wb") as file:
        file.truncate(WRITERS[0].bytes)
    page = open_page()  # opened twice in one page, the first look can answer after the second
    open_settings(page)
    page.wait_for_selector("#remove-writer")
    page.wait_for_selector("#install-writer", state="detached")
    page.click("#remove-writer")
    page.wait_for_selector("#install-writer")
    assert "Deleted; answers are quotes." in page.inner_text("#writer-state")


def is_dark(page):
    return page.evaluate("document.body.classList.contains('dark')")


def test_theme_is_kept_in_the_browser(open_page, served):
    page = open_page(color_scheme="light")
    open_settings(page)
    assert page.is_checked("input[name=theme][value=system]")
    assert not is_dark(page)
    page.check("input[name=theme][value=dark]")
    assert is_dark(page)
    page.reload()
    page.wait_for_selector("#apply")
    page.wait_for_function("document.body.classList.contains('dark')")
    assert page.is_checked("input[name=theme][value=dark]")
    page.check("input[name=theme][value=light]")
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(300)
    assert not is_dark(page)
    page.check("input[name=theme][value=system]")
    assert is_dark(page)


def test_settings_fit_a_narrow_window(open_page):
    page = open_page(viewport={"width": 360, "height": 640})
    open_settings(page)
    assert not has_sideways_scroll(page)
