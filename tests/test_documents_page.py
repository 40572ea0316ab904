"""The Documents view in a real browser, and the route that takes files."""

import json
import threading
from urllib.parse import urlsplit

import httpx
import pytest
from browsing import Log, chromium
from fake_embedder import FakeEmbedder
from fake_sessions import add_library, make_sessions
from page_server import serving

from rag.library.paths import named_files_path

BRIDGE = "The bridge was opened in 1932."
TUNNEL = "The tunnel was dug by hand."
LARGEST = 200_000


class GatedEmbedder(FakeEmbedder):
    """Embeds several texts at once only while its gate is open: neither a question nor a short file
    has to wait."""

    def __init__(self):
        super().__init__()
        self.gate = threading.Event()
        self.gate.set()

    def embed(self, texts):
        if len(texts) > 1:
            assert self.gate.wait(120)
        return super().embed(texts)


@pytest.fixture
def sessions(tmp_path):
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "bridge.txt").write_text(BRIDGE)
    made = make_sessions(
        tmp_path / "home",
        [docs],
        margins={"1932": 4.0, "by hand": 4.0},
        embedder=GatedEmbedder(),
        max_upload_bytes=LARGEST,
    )
    yield made
    made.close()


@pytest.fixture
def served(sessions):
    with serving(sessions.pipeline(), sessions=sessions) as page:
        yield page


def write(tmp_path, files):
    folder = tmp_path / "to-upload"
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return [str(folder / name) for name in files]


# The route that takes files


def send(http, served, name="a.txt", content=b"Text.", **headers):
    headers = {"X-Footnote-Ticket": served.documents.uploads.ticket, **headers}
    return http.post("/upload", params={"name": name}, content=content, headers=headers)


@pytest.fixture
def http(served):
    with httpx.Client(base_url=served.address, trust_env=False) as client:
        yield client


def test_file_is_taken_once_and_read_by_nobody(served, http, sessions):
    reply = send(http, served, "../../a.txt")
    assert reply.status_code == 200
    token = reply.json()["token"]
    uploads = served.documents.uploads
    ((name, path),) = uploads.take([token])
    assert (name, path.read_bytes()) == ("../../a.txt", b"Text.")
    assert path.is_relative_to(sessions.home / "uploads")
    assert uploads.take([token, "nonsense"]) == []
    for place in (f"/upload/{token}", f"/file={path}", f"/gradio_api/file={path}"):
        assert http.get(place).status_code == 404
    assert http.get("/upload").status_code in (404, 405)
    assert http.post("/gradio_api/upload", files={"files": b"x"}).status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"X-Footnote-Ticket": "wrong"}, 403),
        ({"X-Footnote-Ticket": ""}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Host": "evil.example"}, 400),
    ],
)
def test_files_from_elsewhere_are_refused(served, http, sessions, headers, status):
    assert send(http, served, **headers).status_code == status
    assert [path for path in (sessions.home / "uploads").rglob("*") if path.is_file()] == []


def test_too_large_a_file_is_refused_and_not_kept(served, http, sessions):
    assert send(http, served, content=b"x" * LARGEST).status_code == 200
    reply = send(http, served, content=b"x" * (LARGEST + 1))
    assert (reply.status_code, reply.text) == (413, "A request may be 200,000 bytes long.")
    pieces = (b"x" * 1000 for _ in range(300))
    assert send(http, served, content=pieces).status_code == 411  # without a length
    files = [path for path in (sessions.home / "uploads").glob("*/*") if path.is_file()]
    assert len(files) == 1  # beside a lock


def test_files_that_nobody_took_are_deleted_at_the_end(sessions):
    with serving(sessions.pipeline(), sessions=sessions) as served:
        with httpx.Client(base_url=served.address, trust_env=False) as http:
            assert send(http, served).status_code == 200
    assert [path for path in (sessions.home / "uploads").rglob("*") if path.is_file()] == []


def test_ticket_is_told_to_nobody_without_the_password(sessions):
    with serving(sessions.pipeline(), sessions=sessions, password="open sesame") as served:
        ticket = served.documents.uploads.ticket
        with httpx.Client(base_url=served.address, trust_env=False) as http:
            assert ticket not in http.get("/").text
            assert http.get("/config").status_code == 401
            http.post("/login", data={"username": "footnote", "password": "open sesame"})
            assert ticket in http.get("/config").text


def test_upload_route_is_closed_where_there_is_no_sessions(sessions):
    with serving(sessions.pipeline()) as served:
        assert (
            httpx.post(f"{served.address}/upload", content=b"x", trust_env=False).status_code == 404
        )
        config = httpx.get(f"{served.address}/config", trust_env=False).text
        assert "bridge.txt" in config
        assert "add-files" not in json.dumps(config)


# In the browser


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def open_page(browser, served):
    """Opens the Documents view in a session of its own; nothing foreign is asked for."""
    contexts, logs = [], []

    def open_page(**options):
        context = browser.new_context(**{"viewport": {"width": 1200, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        log = Log()
        log.watch(page)
        logs.append(log)
        page.goto(f"{served.address}/#documents")
        page.wait_for_selector("html[data-page=ready]")
        page.wait_for_selector(".held")
        page.wait_for_function("window.sessionStorage.getItem('footnote-library') !== null")
        return page

    yield open_page
    for context in contexts:
        context.close()
    for log in logs:
        assert {urlsplit(url).netloc for url in log.requests} == {urlsplit(served.address).netloc}
        assert log.complaints == []


def upload(page, paths, wait=True):
    page.set_input_files("#add-files", paths)
    if wait:
        wait_until_read(page)


def wait_until_read(page):
    page.wait_for_selector('.reading[aria-busy="false"]')


def listed(page):
    return page.locator(".documents-list .open").all_inner_texts()


def states(page):
    rows = page.locator(".files li").all()
    return {row.locator(".name").inner_text(): row.locator(".state").inner_text() for row in rows}


def make_library(page, name):
    page.fill("#library-name", name)
    page.press("#library-name", "Enter")
    page.wait_for_function(
        "name => document.querySelector('#library-choice').value === name", arg=name
    )


def ask(page, question):
    page.click(".views a[href='#ask']")
    page.fill("#question textarea", question)
    page.press("#question textarea", "Enter")
    page.wait_for_selector('#turn .turn[aria-busy="false"]')
    return page.inner_text("#turn .reply")


@pytest.mark.browser
def test_upload_see_ask_open_and_remove(open_page, tmp_path, sessions):
    page = open_page()
    long = "\n\n".join(f"# Part {n}\n\nLine {n} says a number of things." for n in range(120))
    paths = write(tmp_path, {"tunnel.txt": TUNNEL, "long.md": long, "bad.txt": b"\0\0"})
    sessions.models.embedder.gate.clear()
    upload(page, paths, wait=False)
    page.wait_for_selector(".files .reading progress", state="attached")
    page.wait_for_selector(".files .reading .state:has-text('reading 0 of 40 passages')")
    sessions.models.embedder.gate.set()
    wait_until_read(page)
    found = states(page)
    assert found["tunnel.txt"] == "added, 1 passage"
    assert found["long.md"] == "added, 40 passages"
    assert found["bad.txt"].startswith("skipped: it has zero bytes")
    assert page.inner_text(".summary [role=status]") == "2 added, 1 skipped."
    assert page.input_value("#library-choice") == "My documents"
    assert listed(page) == ["long.md", "tunnel.txt"]
    assert "27 bytes of text · 1 passage · read 20" in page.inner_text(
        ".documents-list li >> nth=1"
    )
    assert "2 documents" in page.inner_text("#status")
    assert TUNNEL in ask(page, "How was it dug?")
    page.click(".views a[href='#documents']")
    page.click(".documents-list .open >> text=long.md")
    page.wait_for_function(
        "document.querySelector('#source article').textContent.includes('Part 7')"
    )
    assert page.evaluate("location.hash") == "#ask"
    page.click(".views a[href='#documents']")
    page.click(".documents-list li:has-text('tunnel.txt') summary")
    page.click("[data-action=remove_document] >> visible=true")
    page.wait_for_function("document.querySelectorAll('.documents-list .open').length === 1")
    assert listed(page) == ["long.md"]
    page.click(".views a[href='#ask']")
    assert page.inner_text("#turn .turn .question") == "How was it dug?"  # the conversation stays
    page.click("#turn .cite >> nth=0")
    page.wait_for_function("document.querySelector('#source').textContent.includes('was removed')")
    folder = named_files_path(sessions.home, "My documents")
    assert [path.name for path in folder.iterdir()] == ["long.md"]


@pytest.mark.browser
def test_file_sent_again_is_told_and_a_newer_version_asked_about(open_page, tmp_path, sessions):
    page = open_page()
    upload(page, write(tmp_path, {"a.txt": BRIDGE, "b.txt": BRIDGE}))
    page.wait_for_selector(".files .added")
    upload(page, write(tmp_path, {"a.txt": BRIDGE}), wait=False)
    page.wait_for_selector(".files .same")
    wait_until_read(page)
    assert states(page) == {"a.txt": "in the library already, just the same"}
    assert page.inner_text(".summary [role=status]") == "1 in the library already."
    upload(page, write(tmp_path, {"a.txt": TUNNEL, "b.txt": TUNNEL}), wait=False)
    page.wait_for_selector(".replacing")
    assert "2 files are in the library already, with other words." in page.inner_text(".replacing")
    assert listed(page) == ["a.txt", "b.txt"]
    page.click("text=Replace the old ones")
    page.wait_for_selector(".files .changed")
    wait_until_read(page)
    assert listed(page) == ["a.txt", "b.txt"]
    folder = named_files_path(sessions.home, "My documents")
    assert [path.read_text() for path in sorted(folder.iterdir())] == [TUNNEL, TUNNEL]
    upload(page, write(tmp_path, {"a.txt": BRIDGE}), wait=False)
    page.click("text=Keep both")
    page.wait_for_selector(".files .added")
    wait_until_read(page)
    assert listed(page) == ["a (2).txt", "a.txt", "b.txt"]
    upload(page, write(tmp_path, {"a.txt": "Something else."}), wait=False)
    page.click("text=Do not add it")
    page.wait_for_selector(".replacing", state="detached")
    for _ in range(200):  # until the server has let go of it
        kept = [path for path in (sessions.home / "uploads").glob("*/**/*") if path.is_file()]
        if not kept:
            break
        page.wait_for_timeout(50)
    assert kept == []


@pytest.mark.browser
def test_two_files_of_one_name_are_two(open_page, tmp_path, sessions):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    (tmp_path / "one/a.txt").write_text(BRIDGE)
    (tmp_path / "two/a.txt").write_text(TUNNEL)
    page = open_page()
    upload(page, [str(tmp_path / "one/a.txt"), str(tmp_path / "two/a.txt")])
    page.wait_for_selector(".files .added")
    assert states(page) == {"a.txt": "added, 1 passage", "a (2).txt": "added, 1 passage"}
    assert page.inner_text(".summary [role=status]") == "2 added."
    assert listed(page) == ["a (2).txt", "a.txt"]


@pytest.mark.browser
def test_make_switch_and_delete_libraries(open_page, tmp_path, sessions):
    page = open_page()
    make_library(page, "Work")
    assert "Nothing here yet" in page.inner_text(".held")
    page.click(".views a[href='#ask']")
    assert "This library is empty" in page.inner_text(".welcome")
    page.click(".welcome a")
    upload(page, write(tmp_path, {"tunnel.txt": TUNNEL}))
    page.fill("#library-name", "../evil")
    page.click("text=Make")
    page.wait_for_selector(".problem")
    assert "expected 1 to 64 letters" in page.inner_text(".problem")
    page.select_option("#library-choice", "")
    page.wait_for_selector(".open >> text=bridge.txt")
    assert page.locator(".library .confirm").count() == 0  # neither deleted nor taken from
    page.select_option("#library-choice", "Work")
    page.wait_for_selector(".open >> text=tunnel.txt")
    page.reload()
    page.wait_for_selector(".open >> text=tunnel.txt")  # the same library as before
    page.click("text=Delete this library…")
    page.click("text=Keep it >> visible=true")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    page.click("text=Delete this library…")
    page.click("text=Delete it >> visible=true")
    page.wait_for_selector(".open >> text=bridge.txt")
    assert sessions.names() == [""]


@pytest.mark.browser
def test_two_browsers_have_libraries_of_their_own(open_page, tmp_path):
    one, other = open_page(), open_page()
    make_library(one, "Work")
    upload(one, write(tmp_path, {"tunnel.txt": TUNNEL}))
    assert TUNNEL in ask(one, "How was it dug by hand?")
    assert BRIDGE in ask(other, "When was it opened?")
    assert "bridge.txt" in other.inner_text("#source")
    assert "tunnel.txt" in one.inner_text("#source")
    other.click(".views a[href='#documents']")
    assert listed(other) == ["bridge.txt"]
    other.wait_for_selector("#library-choice option[value=Work]", state="attached")


@pytest.mark.browser
def test_cancel_keeps_what_was_finished(open_page, tmp_path, sessions):
    page = open_page()
    sessions.models.embedder.gate.clear()
    long = "\n\n".join(f"# Part {n}\n\nLine {n} says a number of things." for n in range(120))
    upload(page, write(tmp_path, {"a.txt": TUNNEL, "b.md": long}), wait=False)
    page.wait_for_selector(".files .added:has-text('a.txt')")
    page.click("text=Cancel >> visible=true")
    page.wait_for_selector(".summary:has-text('Stopping')")
    sessions.models.embedder.gate.set()
    wait_until_read(page)
    assert page.inner_text(".summary [role=status]") == (
        "Cancelled; what was finished stays: 1 added, 1 not read."
    )
    assert listed(page) == ["a.txt"]


@pytest.mark.browser
def test_too_large_and_unknown_files_are_a_line_each(open_page, tmp_path):
    page = open_page()
    paths = write(tmp_path, {"big.txt": b"x" * (LARGEST + 1), "a.xyz": b"x", "t.txt": TUNNEL})
    upload(page, paths)
    found = states(page)
    assert found["big.txt"] == (
        "skipped: 200 kB; at most 200 kB are taken; split it, or raise FOOTNOTE_MAX_UPLOAD_BYTES"
    )
    assert found["a.xyz"].startswith("skipped: not a kind that is read (text, ")
    assert listed(page) == ["t.txt"]


@pytest.mark.browser
def test_hostile_names_are_text_and_stay_inside(open_page, tmp_path, sessions):
    page = open_page()
    name = "<img src=x onerror=window.hacked=1>.txt"
    upload(
        page,
        write(tmp_path, {name: TUNNEL, "\u202egnp.txt": TUNNEL, "${window.hacked=2}.txt": BRIDGE}),
    )
    assert name in states(page)
    assert page.evaluate("window.hacked") is None
    assert page.locator("#documents-view img").count() == 0
    kept = ["${window.hacked=2}.txt", "_gnp.txt", "_img src=x onerror=window.hacked=1_.txt"]
    assert sorted(listed(page)) == kept
    folder = named_files_path(sessions.home, "My documents")
    assert sorted(path.name for path in folder.iterdir()) == kept


@pytest.mark.browser
def test_dropped_file_whose_name_leads_elsewhere_stays_inside(open_page, sessions, tmp_path):
    page = open_page()
    page.evaluate(
        """text => {
            const place = document.querySelector('.adding');
            const file = new File([text], 'x.txt');
            Object.defineProperty(file, 'name', {value: '../../x.txt'});
            const event = new DragEvent('drop', {bubbles: true, cancelable: true});
            Object.defineProperty(event, 'dataTransfer',
                {value: {types: ['Files'], items: [], files: [file]}});
            place.dispatchEvent(event);
        }""",
        TUNNEL,
    )
    wait_until_read(page)
    assert listed(page) == ["x.txt"]
    assert list(tmp_path.rglob("x.txt")) == [
        named_files_path(sessions.home, "My documents") / "x.txt"
    ]


def drop(page, path):
    """Drop a file or folder of this computer onto the view, as the operating system would."""
    box = page.locator(".adding").bounding_box()
    place = {"x": box["x"] + 30, "y": box["y"] + 20}
    data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
    browser = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        browser.send("Input.dispatchDragEvent", {"type": kind, "data": data, **place})


@pytest.mark.browser
@pytest.mark.parametrize("how", ["picked", "dropped"])
def test_folder_with_its_sub_folders(open_page, tmp_path, how):
    folder = tmp_path / "papers"
    (folder / "2024").mkdir(parents=True)
    (folder / ".git").mkdir()
    (folder / "2024/tunnel.txt").write_text(TUNNEL)
    (folder / "bridge.md").write_text(BRIDGE)
    (folder / ".git/x.txt").write_text("hidden")
    page = open_page()
    if how == "picked":
        page.set_input_files("#add-folder", str(folder))
    else:
        drop(page, folder)
    wait_until_read(page)
    assert listed(page) == ["papers/2024/tunnel.txt", "papers/bridge.md"]


@pytest.mark.browser
def test_folder_with_more_files_than_the_browser_lists_at_once_is_dropped_whole(
    open_page, tmp_path
):
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(130):  # Chromium gives out a hundred names at a time
        (folder / f"{number:03}.xyz").write_text("")
    page = open_page()
    drop(page, folder)
    wait_until_read(page)
    assert page.inner_text(".summary [role=status]") == "130 skipped."


@pytest.mark.browser
def test_changed_files_are_read_again(open_page, tmp_path):
    page = open_page()
    (tmp_path / "docs/bridge.txt").write_text("The bridge was shut.")
    (tmp_path / "docs/new.txt").write_text(TUNNEL)
    page.click("text=Read again what changed")
    page.wait_for_selector(".open >> text=new.txt")
    assert states(page) == {"bridge.txt": "read again, 1 passage", "new.txt": "added, 1 passage"}
    assert "shut" in page.text_content("#source article")


@pytest.mark.browser
def test_answer_says_which_files_are_not_what_was_read(open_page, tmp_path):
    page = open_page()
    (tmp_path / "docs/bridge.txt").write_text("The bridge was opened in 1933.")
    assert (
        "Since it was read, bridge.txt has changed: press “Read again what changed” under Documents"
        in ask(page, "When was it opened in 1932?")
    )


@pytest.mark.browser
def test_narrow_page_and_keyboard(open_page, tmp_path):
    page = open_page(viewport={"width": 360, "height": 740})
    make_library(page, "A name that is rather long for so narrow a page")
    assert page.evaluate("document.activeElement.id") == "library-name"
    upload(page, write(tmp_path, {"x" * 120 + ".txt": TUNNEL}))
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.focus(".documents-list summary")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.action") == "remove_document"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(".held.empty")


@pytest.mark.browser
@pytest.mark.slow
def test_real_models_answer_from_a_file_added_in_the_page(browser, home, tmp_path):
    from rag.assemble import load_checker
    from rag.sessions import open_sessions
    from rag.settings import load_settings

    text = (
        "The lighthouse of Brindle Point was finished in 1871. It was designed by the engineer "
        "Ada Marlow, who lived in the keeper's cottage until her death."
    )
    load_checker(load_settings()).make_ready()  # as set-up does: it takes a minute
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "models").symlink_to(home / "models")
    settings = load_settings(home=str(tmp_path / "home"), generator="none")
    sessions = open_sessions(settings, say=lambda line: None)
    with serving(sessions.pipeline(), sessions=sessions) as served:
        page = browser.new_page()
        page.set_default_timeout(120_000)
        page.goto(f"{served.address}/#documents")
        page.wait_for_selector("html[data-page=ready]")
        page.wait_for_selector(".adding")
        upload(page, write(tmp_path, {"lighthouse.txt": text}))
        reply = ask(page, "Who designed the lighthouse of Brindle Point?")
        assert "designed by the engineer Ada Marlow" in reply
        assert page.inner_text("#source mark strong.short").endswith("Ada Marlow")
        page.close()
    sessions.close()


@pytest.mark.browser
def test_all_libraries_are_listed_deleted_and_compacted(open_page, tmp_path, sessions):
    add_library(sessions, "Work", {"tunnel.txt": TUNNEL}, tmp_path / "sent")
    page = open_page()
    own = sessions.first_stored()
    names = "#all-libraries .name"
    page.wait_for_function("document.querySelectorAll('#all-libraries .name').length == 2")
    assert not page.is_visible(names)
    page.click("#all-libraries > summary")
    assert page.locator(names).all_inner_texts() == ["Work", own]
    facts = page.locator("#all-libraries .facts").all_inner_texts()
    assert facts[0].startswith("1 document · ") and str(tmp_path / "docs") in facts[1]
    assert page.locator("#all-libraries [data-action=delete_library]").count() == 1  # not its own
    page.click("#all-libraries li summary")
    page.click("#all-libraries [data-action=delete_library] >> visible=true")
    page.wait_for_function("document.querySelectorAll('#all-libraries .name').length == 1")
    assert page.is_visible(names)  # the list stays open
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    assert sessions.names() == [""]
    page.click("text=Give back unused room")
    page.wait_for_selector(".summary [role=status]:has-text('given back.')")
    assert [library.name for library in sessions.stored()] == [own]
