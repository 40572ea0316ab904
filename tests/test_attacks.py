"""What an attacker tries at the page: other people's things, hidden numbers, smuggled requests."""

import json
import re
import socket
import stat
import threading
import zipfile
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from fake_sessions import make_sessions
from page_server import serving
from sample_files import make_docx, make_epub, word_paragraph

from rag.documents.load import find_sources, read_document
from ui.history_panel import History
from ui.server import USER

PASSWORD = "open sesame"
MINE = "The vault was built by Otto Frey in 1912."
QUESTION = "Who built the vault?"


@pytest.fixture(scope="module")
def sessions(tmp_path_factory):
    home = tmp_path_factory.mktemp("attacks")
    (home / "docs").mkdir()
    (home / "docs" / "vault.txt").write_text(MINE)
    made = make_sessions(home / "home", [home / "docs"], margins={"Otto Frey": 4.0})
    yield made
    made.close()


@pytest.fixture(scope="module")
def page(sessions, tmp_path_factory):
    kept = tmp_path_factory.mktemp("kept") / "conversations.sqlite"
    with serving(
        sessions.pipeline(), sessions=sessions, password=PASSWORD, mcp=True, conversations=kept
    ) as page:
        yield page


def signed_in(page):
    http = httpx.Client(base_url=page.address, trust_env=False, timeout=60)
    http.post("/login", data={"username": USER, "password": PASSWORD})
    return http


@pytest.fixture
def http(page):
    client = signed_in(page)
    yield client
    client.close()


@pytest.fixture
def stranger(page):
    with httpx.Client(base_url=page.address, trust_env=False, timeout=60) as client:
        yield client


def end_points(http):
    return http.get("/config").json()["dependencies"]


def act(http, number, session, data, **event):
    body = {"fn_index": number, "session_hash": session, "data": data, "event_data": event}
    return http.post("/gradio_api/run/predict", json=body)


# A stranger, without the password


@pytest.mark.parametrize(
    "path",
    [
        *("/config", "/gradio_api/info", "/gradio_api/openapi.json", "/gradio_api/login_check"),
        "/gradio_api/queue/data?session_hash=a",
        "/gradio_api/call/ask/0123456789abcdef",
    ],
)
def test_stranger_reads_nothing(stranger, path):
    reply = stranger.get(path)
    assert reply.status_code == 401
    assert "vault" not in reply.text


def test_stranger_calls_nothing_by_name_or_number(page, stranger, http):
    for number in [each["id"] for each in end_points(http)]:
        for path in ("run/predict", "queue/join"):
            body = {"fn_index": number, "session_hash": "a", "data": [None] * 3}
            assert stranger.post(f"/gradio_api/{path}", json=body).status_code == 401
    assert stranger.post("/gradio_api/call/ask", json={"data": [QUESTION]}).status_code == 401
    assert stranger.post("/mcp", json={}).status_code == 401


def test_pages_of_a_stranger_name_no_document(stranger):
    for path in ("/", "/?__theme=dark", "/?deep_link=abc", "/?view=api"):
        assert "vault" not in stranger.get(path).text


def test_wrong_passwords_let_nobody_in(stranger):
    for name, password in (
        (USER, ""),
        (USER, "open"),
        ("", PASSWORD),
        ("admin", PASSWORD),
        (USER, PASSWORD + "\0"),
        (USER, "open sesam\u00e9"),
    ):
        reply = stranger.post("/login", data={"username": name, "password": password})
        assert reply.status_code in (400, 422)
    assert stranger.get("/config").status_code == 401


@pytest.mark.parametrize(
    "cookie",
    [
        "access-token=",
        "access-token=footnote",
        "access-token-unsecure=footnote",
        "access-token=../../etc/passwd; access-token-unsecure=1",
    ],
)
def test_made_up_cookies_let_nobody_in(stranger, cookie):
    reply = stranger.get("/config", headers={"Cookie": cookie})
    assert reply.status_code == 401


# Somebody with the password, who reaches for what another session has


def ask_in(page, session, question=QUESTION):
    """Ask as the page does; return the turns, which Gradio would keep for the session alone."""
    request = SimpleNamespace(session_hash=session, username=USER)
    return list(page.chat.answer(question, (), request))[-1][3]


def test_every_number_with_odd_values_gives_one_line_and_the_page_lives(page, http):
    odd = [None, {}, [], "x" * 5_000, -1, 1e308, True, [[[]]], {"value": {}}, "../../etc", "\0"]
    for each in end_points(http):
        for number, value in enumerate(odd):
            data = [value] * (len(each["inputs"]) if number % 2 else number % 5)
            reply = act(http, each["id"], f"odd{number}", data, key=value, conversation=value)
            assert reply.status_code in (200, 404, 422, 500)
            assert "Traceback" not in reply.text and "/ui/" not in reply.text
    begun = http.post("/gradio_api/call/ask", json={"data": [QUESTION, []]}).json()
    events = http.get(f"/gradio_api/call/ask/{begun['event_id']}").text
    (answer,) = json.loads(events.rsplit("data: ", 1)[1])
    assert answer["citations"][0]["quote"] == MINE


@pytest.mark.parametrize("number", [-1, 10_000, 1e400, None, "answer"])
def test_numbers_that_do_not_exist_are_refused(http, number):
    body = json.dumps({"fn_index": number, "session_hash": "a", "data": []})
    for path in ("run/predict", "queue/join"):
        reply = http.post(
            f"/gradio_api/{path}", content=body, headers={"Content-Type": "application/json"}
        )
        assert reply.status_code in (400, 404, 422, 500)
        assert "Traceback" not in reply.text


def test_after_an_error_the_next_request_is_answered(http):
    """The server hangs up after an error: it says so, and nothing is sent to nobody."""
    for number in range(40):
        body = json.dumps({"fn_index": 10_000, "session_hash": "a", "data": []})
        reply = http.post(
            "/gradio_api/queue/join", content=body, headers={"Content-Type": "application/json"}
        )
        assert reply.status_code == 500, number
        assert reply.headers["connection"] == "close"
    assert http.get("/config").status_code == 200


def test_another_session_has_an_empty_desk(page, http):
    mine = ask_in(page, "mine")
    assert mine[0].answer is not None
    for each in end_points(http):
        reply = act(http, each["id"], "theirs", [None] * len(each["inputs"]), key="1-1", turn="1")
        # the list of kept conversations is that of the account, see docs/security.md
        for value in _texts(reply.json()):
            assert QUESTION not in value or "conversation" in value


def _texts(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    return [value] if isinstance(value, str) else []


def test_stopping_and_leaving_reach_the_own_session_only(page):
    run = page.chat.running["mine"] = SimpleNamespace(cancel=threading.Event(), dropped=False)
    try:
        other = SimpleNamespace(session_hash="theirs", username=USER)
        page.chat.stop(other)
        page.chat.leave(other)
        page.chat.clear(other)
        assert not run.cancel.is_set() and not run.dropped
    finally:
        del page.chat.running["mine"]


def test_files_sent_by_one_are_taken_by_nobody_else(page, http):
    ticket = page.documents.uploads.ticket
    reply = http.post(
        "/upload", params={"name": "a.txt"}, content=b"Mine.", headers={"X-Footnote-Ticket": ticket}
    )
    token = reply.json()["token"]
    uploads = page.documents.uploads
    for guess in ("", "a.txt", "0", "../" + token, token[:-1], token + "a", token.upper(), None, 0):
        assert uploads.take([guess]) == []
    assert len(token) >= 32
    ((name, path),) = uploads.take([token])
    assert (name, path.read_bytes()) == ("a.txt", b"Mine.")


def test_conversations_of_another_account_are_not_there(page):
    """There is one account; what is kept under another name is out of its reach all the same."""
    ask_in(page, "mine")
    other = SimpleNamespace(session_hash="other", username="somebody else")
    history = History(page.chat)
    kept = page.chat.keeping.conversations(USER)
    assert kept and page.chat.keeping.conversations("somebody else") == []
    event = SimpleNamespace(_data={"conversation": str(kept[0].id), "form": "json", "title": "Ha"})
    assert history.open(other, event)[-1] is None
    assert history.save(other, event)[1] is None
    assert "is not there" in history.rename(other, event)
    history.delete((), other, event)
    assert page.chat.keeping.conversations(USER)[0] == kept[0]


# Requests that mean one thing to the guard and another behind it


def raw(page, request, body=b""):
    """Send bytes as they are; return the status of each reply."""
    with socket.create_connection(("127.0.0.1", page.port), timeout=20) as connection:
        connection.sendall(request.replace("\n", "\r\n").encode("latin-1") + body)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while piece := connection.recv(65_536):
            received += piece
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3})", received)]


JOIN = "POST /gradio_api/queue/join HTTP/1.1\nHost: 127.0.0.1\nContent-Type: application/json\n"
SMUGGLED = "GET /config HTTP/1.1\nHost: 127.0.0.1\n\n"


@pytest.mark.parametrize(
    "headers",
    [
        "Transfer-Encoding: chunked\nContent-Length: 5\n",
        "Content-Length: 5\nTransfer-Encoding: chunked\n",
        "Content-Length: 5\nTransfer-Encoding: identity\n",
        "Content-Length: 5\nTransfer-Encoding: gzip, chunked\n",
        "Content-Length: 5\nTransfer-Encoding : chunked\n",
        "Transfer-Encoding: chunked\n",
        "Content-Length: 5\nContent-Length: 6\n",
        "Content-Length: 5, 6\n",
        "Content-Length: +5\n",
        "Content-Length: -5\n",
        "Content-Length: 0x5\n",
        "Content-Length: 5_0\n",
        "Content-Length: \xb2\n",
        "Content-Length: 99999999999999999999999\n",
        "Content-Length:\n",
        "Content-Length: 5\nX: a\0b\n",
        "Content-Length: 5\n X: folded\n",
        "",
    ],
)
def test_body_whose_length_is_in_doubt_is_refused(page, headers):
    statuses = raw(page, JOIN + headers + "\n", b"0\r\n\r\n" + SMUGGLED.encode())
    assert statuses and all(400 <= status < 500 for status in statuses)


@pytest.mark.parametrize(
    "request_line",
    [
        "GET http://evil.example/ HTTP/1.1\nHost: evil.example\n\n",
        "GET / HTTP/1.1\nHost: evil.example\nX-Forwarded-Host: 127.0.0.1\n\n",
        "GET / HTTP/1.1\nHost: 127.0.0.1\nHost: evil.example\n\n",
        "GET / HTTP/1.1\nHost: 127.0.0.1@evil.example\n\n",
        "GET / HTTP/1.1\nHost: evil.example#127.0.0.1\n\n",
        "GET / HTTP/1.1\n\n",
        "GET //evil.example/ HTTP/1.1\nHost: 127.0.0.1\n\n",
        "GET /gradio_api/call/ask/../../../etc/passwd HTTP/1.1\nHost: 127.0.0.1\n\n",
        "GET /assets/..%2f..%2fblocks.py HTTP/1.1\nHost: 127.0.0.1\n\n",
        "GET /static/%00 HTTP/1.1\nHost: 127.0.0.1\n\n",
        "POST /gradio_api/call/ask/../answer HTTP/1.1\nHost: 127.0.0.1\nContent-Length: 0\n\n",
        "CONNECT evil.example:443 HTTP/1.1\nHost: 127.0.0.1\n\n",
        "TRACE / HTTP/1.1\nHost: 127.0.0.1\n\n",
        "PUT /config HTTP/1.1\nHost: 127.0.0.1\nContent-Length: 0\n\n",
    ],
)
def test_request_for_somewhere_else_is_refused(page, request_line):
    statuses = raw(page, request_line)
    assert statuses and all(400 <= status < 500 for status in statuses)


def test_requests_one_after_the_other_are_each_judged(page):
    first = "GET /robots.txt HTTP/1.1\nHost: 127.0.0.1\n\n"
    second = "GET /gradio_api/file=/etc/passwd HTTP/1.1\nHost: 127.0.0.1\n\n"
    third = "GET / HTTP/1.1\nHost: evil.example\n\n"
    assert raw(page, first + second) == [200, 404]
    assert raw(page, first + third) == [200, 400]


@pytest.mark.parametrize("header", ["X-Forwarded-Host", "X-Forwarded-Proto", "X-Gradio-Server"])
def test_headers_of_a_proxy_lead_nobody_elsewhere(http, header):
    for path in ("/", "/config", "/gradio_api/info"):
        reply = http.get(path, headers={header: "evil.example"})
        assert "evil.example" not in reply.text
        assert "evil.example" not in str(reply.headers)


# Files made to get out


@pytest.mark.parametrize("suffix", [".docx", ".epub"])
def test_members_of_an_archive_are_never_written(tmp_path, monkeypatch, suffix):
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    members = {
        "../../evil.txt": b"Out.",
        "/tmp/evil-footnote.txt": b"Out.",
        "..\\evil.txt": b"Out.",
    }
    if suffix == ".docx":
        whole = make_docx(word_paragraph("The vault was built."))
    else:
        whole = make_epub({"one.xhtml": "<p>The vault was built.</p>"})
    holder = BytesIO(whole)
    with zipfile.ZipFile(holder, "a") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    (inside / f"book{suffix}").write_bytes(holder.getvalue())
    document = read_document(find_sources([inside]).sources[0], max_bytes=1_000_000)
    assert "The vault was built." in document.text
    assert "Out." not in document.text and "root:" not in document.text
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [f"book{suffix}"]
    assert not Path("/tmp/evil-footnote.txt").exists()
