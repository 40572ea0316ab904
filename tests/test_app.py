import asyncio
import errno
import json
import os
import re
import signal
import socket
import subprocess
import sys
import textwrap
import threading
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import httpx
import pytest
from fake_pipeline import FakePipeline, Script
from gradio_client import Client
from gradio_client.exceptions import AppError
from page_server import serving

from rag.datatypes import Region
from rag.errors import QuestionError, RagError, SettingsError
from ui.address import check_address, is_loopback
from ui.chat import Chat
from ui.conversation_keeping import Keeping
from ui.events import clean
from ui.guard import MAX_BODY_BYTES, content_security_policy, guarded
from ui.queue import AT_ONCE
from ui.server import serve, web_application

TEXT = "The bridge opened in 1932. It cost nine million pounds. Nobody jumped."
QUESTION = "When did the bridge open?"
SCRIPTS = {
    QUESTION: Script(
        quotes=("The bridge opened in 1932.",),
        sentences=(("It opened in 1932.", (1,)),),
        short_answer="1932",
        delay_seconds=0.05,
    ),
    "slow": Script(
        quotes=("The bridge opened in 1932.",),
        sentences=(("It opened in 1932.", (1,)),),
        delay_seconds=30,
    ),
}


def make_pipeline(**texts):
    return FakePipeline(texts or {"bridge.txt": TEXT}, SCRIPTS)


@pytest.fixture(scope="module")
def page():
    with serving(make_pipeline()) as page:
        yield page


@pytest.fixture
def http(page):
    with httpx.Client(base_url=page.address, trust_env=False) as client:
        yield client


class Caller:
    def __init__(self, session_hash):
        self.session_hash = session_hash


def ask(chat, question, turns=(), session="one"):
    return list(chat.answer(question, turns, Caller(session)))


# Who may come in


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_own_host_is_let_in(http, page, host):
    assert http.get("/", headers={"Host": f"{host}:{page.port}"}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "0.0.0.0", ""])
def test_foreign_host_is_refused(http, host):
    assert http.get("/", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
@pytest.mark.parametrize("path", ["/", "/gradio_api/info", "/gradio_api/queue/data?session_hash=x"])
def test_foreign_origin_is_refused(http, origin, path):
    assert http.get(path, headers={"Origin": origin}).status_code == 403


def test_own_origin_is_let_in(http, page):
    assert http.get("/gradio_api/info", headers={"Origin": page.address}).status_code == 200


def test_foreign_origin_cannot_ask(http):
    reply = http.post(
        "/gradio_api/call/ask",
        json={"data": [QUESTION, []]},
        headers={"Origin": "https://evil.example"},
    )
    assert reply.status_code == 403


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7"])
def test_page_for_other_machines_answers_to_its_own_names_only(host):
    async def inner(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    def status(name):
        sent = []

        async def send(message):
            sent.append(message)

        headers = [(b"host", f"{name}:7860".encode())]
        scope = {"type": "http", "method": "GET", "path": "/", "headers": headers}
        asyncio.run(guarded(inner, host)(scope, None, send))
        return sent[0]["status"]

    assert [status(name) for name in ("127.0.0.1", socket.gethostname(), host)] == [200] * 3
    assert [status(name) for name in ("evil.example", "192.0.2.8")] == [400] * 2


def test_request_that_another_site_caused_is_refused_but_a_link_works(http):
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    assert http.get("/gradio_api/info", headers=headers).status_code == 403
    headers["Sec-Fetch-Mode"] = "navigate"
    assert http.get("/", headers=headers).status_code == 200


@pytest.mark.parametrize("origin", [b"https://evil.example", b"http://127.0.0.1"])
def test_websocket_is_refused(origin):
    async def inner(scope, receive, send):
        raise AssertionError("was let in")

    sent = []

    async def send(message):
        sent.append(message)

    scope = {
        "type": "websocket",
        "path": "/gradio_api/queue/join",
        "headers": [(b"host", b"127.0.0.1"), (b"origin", origin)],
    }
    asyncio.run(guarded(inner, "127.0.0.1")(scope, None, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file=../../etc/passwd",
        "/gradio_api/file/etc/passwd",
        "/file=/etc/passwd",
        "/static/../../../../../etc/passwd",
        "/assets/%2e%2e/%2e%2e/%2e%2e/blocks.py",
        "/gradio_api/proxy=https://example.com",
        "/gradio_api/token",
        "/gradio_api/runs",
        "/gradio_api/deep_link",
        "/monitoring",
        "/docs",
        "/openapi.json",
        "/svelte/x.js",
        "/custom_component/1/client/a/b.js",
    ],
)
def test_place_that_the_page_does_not_need_is_closed(http, path):
    assert http.get(path).status_code in (403, 404)


@pytest.mark.parametrize(
    "path", ["upload", "component_server", "process_recording", "run/ask", "vibe-edit"]
)
def test_uploads_and_their_like_are_refused(http, path):
    files = {"files": ("a.txt", b"hello")}
    assert http.post(f"/gradio_api/{path}", files=files).status_code == 404


@pytest.mark.parametrize(
    "name", ["answer", "show", "open", "stop", "clear", "v2/answer", "predict"]
)
def test_private_endpoint_cannot_be_called_by_name(http, name):
    assert http.post(f"/gradio_api/call/{name}", json={"data": []}).status_code == 404


def test_large_body_is_refused(http):
    body = b" " * (MAX_BODY_BYTES + 1)
    assert http.post("/gradio_api/queue/join", content=body).status_code == 413
    assert http.post("/gradio_api/queue/join", content=iter([b"{}"])).status_code == 411


# What the browser is told


def test_headers_of_the_page(http):
    reply = http.get("/")
    policy = reply.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self'; script-src 'self' 'unsafe-eval' 'sha256-")
    assert "'unsafe-inline'" not in policy.split("style-src")[0]
    for directive in ("frame-ancestors 'none'", "base-uri 'self'", "form-action 'self'"):
        assert directive in policy
    assert "http:" not in policy and "https:" not in policy
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Referrer-Policy"] == "no-referrer"
    assert reply.headers["X-Frame-Options"] == "DENY"
    assert "fonts.g" not in reply.text


def test_every_reply_has_a_policy(http):
    for path in ("/theme.css", "/gradio_api/info", "/docs"):
        assert http.get(path).headers["Content-Security-Policy"] == content_security_policy()


def test_only_ask_is_public(http):
    schema = http.get("/gradio_api/info").json()
    assert list(schema["named_endpoints"]) == ["/ask"]
    assert schema["unnamed_endpoints"] == {}
    names = [
        parameter["parameter_name"] for parameter in schema["named_endpoints"]["/ask"]["parameters"]
    ]
    assert names == ["question", "history"]


# For programs


class Gated(FakePipeline):
    """Answers nothing before its gate is open."""

    def __init__(self):
        super().__init__({"bridge.txt": TEXT}, SCRIPTS)
        self.gate = threading.Event()

    def ask(self, question, *, history=(), cancel=None):
        assert self.gate.wait(60)
        return super().ask(question, history=history, cancel=cancel)


def test_programs_that_wait_take_no_threads():
    pipeline = Gated()
    chat = Chat(pipeline)

    async def ask_often():
        threads = threading.active_count()
        asked = [asyncio.create_task(chat.ask(QUESTION, [])) for _ in range(60)]
        while chat.line.length < 60:
            await asyncio.sleep(0)
        assert threading.active_count() <= threads + AT_ONCE
        pipeline.gate.set()
        return await asyncio.gather(*asked)

    replies = asyncio.run(ask_often())
    assert {reply["text"] for reply in replies} == {
        "It opened in 1932. [1]\nThe bridge opened in 1932. [1]"
    }
    assert 1 < pipeline.most_running <= AT_ONCE


def test_people_who_wait_leave_threads_to_others():
    _, gradio_app = web_application(Chat(make_pipeline()), host="127.0.0.1")
    assert gradio_app.get_blocks().limiter.total_tokens == 400  # Gradio's own 40 are taken soon


def test_client_asks_and_gets_the_contract(page):
    client = Client(page.address, verbose=False)
    assert client.predict(QUESTION, api_name="/ask")["question"] == QUESTION  # without history
    reply = client.predict(QUESTION, ["What is it?"], api_name="/ask")
    assert reply["status"] == "answered"
    assert reply["text"] == "It opened in 1932. [1]\nThe bridge opened in 1932. [1]"
    assert reply["citations"][0] == {
        "number": 1,
        "document": "bridge.txt",
        "start": 0,
        "end": 26,
        "page": None,
        "section": None,
        "row": None,
        "last_row": None,
        "column": None,
        "regions": [],
        "sha256": "",
        "quote": "The bridge opened in 1932.",
    }
    assert page.chat.pipeline.histories[-1] == ("What is it?",)


def test_client_gets_one_line_of_error(page):
    client = Client(page.address, verbose=False)
    with pytest.raises(AppError, match="the question is empty"):
        client.predict(" ", [], api_name="/ask")


@pytest.mark.parametrize(("question", "history"), [(5, []), ("When?", [5]), ("When?", [["a"]])])
def test_client_gets_one_line_for_values_of_another_kind(page, question, history):
    client = Client(page.address, verbose=False)
    with pytest.raises(AppError, match="^question must be text, history a list of texts$"):
        client.predict(question, history, api_name="/ask")


def test_plain_http_client_asks(http):
    begun = http.post("/gradio_api/call/ask", json={"data": [QUESTION, []]}).json()
    events = http.get(f"/gradio_api/call/ask/{begun['event_id']}").text
    data = json.loads(events.rsplit("data: ", 1)[1])
    assert data[0]["short_answer"] == "1932"


def test_client_sees_nothing_of_an_unexpected_error(page, capfd):
    client = Client(page.address, verbose=False)
    with pytest.raises(AppError) as caught:
        client.predict("break", [], api_name="/ask")
    assert "secret detail" not in str(caught.value)


def test_password_is_asked_for():
    with serving(make_pipeline(), password="open sesame") as page:
        with httpx.Client(base_url=page.address, trust_env=False) as http:
            assert "bridge" not in http.get("/").text
            assert http.get("/gradio_api/info").status_code == 401
            data = {"username": "footnote", "password": "wrong"}
            assert http.post("/login", data=data).status_code == 400
            data["password"] = "open sesame"
            assert http.post("/login", data=data).status_code == 200
            assert "bridge" in http.get("/").text


# What the page does


def test_quote_comes_first_then_the_sentence():
    chat = Chat(make_pipeline())
    steps = ask(chat, QUESTION)
    shown = [step[1] for step in steps]
    assert 'class="answer' not in shown[0]
    assert 'class="answer quoted"' in shown[1]
    assert 'class="answer answered"' in shown[2]
    assert 'aria-busy="true"' in shown[2]
    assert 'aria-busy="false"' in shown[-1]
    assert '<mark data-cites="1-1"' in steps[1][2]
    turns = steps[-1][3]
    assert [turn.answer.status for turn in turns] == ["answered"]


def test_second_question_has_the_first_as_history():
    pipeline = make_pipeline()
    chat = Chat(pipeline)
    turns = ask(chat, QUESTION)[-1][3]
    steps = ask(chat, "Why?", turns)
    assert pipeline.histories == [(), (QUESTION,)]
    assert QUESTION in steps[0][0]
    assert 'data-cite="2-1"' in steps[-1][1]


def test_question_is_shown_as_one_line_when_it_cannot_be_asked():
    class Full(FakePipeline):
        def stream(self, question, **options):
            raise QuestionError("the question has 3,000 characters, at most 2,000 are read")
            yield

    steps = ask(Chat(Full({"a.txt": TEXT}, {})), "long")
    assert "at most 2,000 are read" in steps[-1][1]


def test_unexpected_error_is_a_plain_line_and_details_stay_in_the_terminal(capsys):
    steps = ask(Chat(make_pipeline()), "break")
    assert "Something went wrong" in steps[-1][1]
    assert "secret detail" not in str(steps)
    assert "secret detail" in capsys.readouterr().err


def test_empty_question_changes_nothing():
    assert ask(Chat(make_pipeline()), "  ") == [(gr.skip(),) * 4]


def test_stop_ends_the_answer_and_keeps_what_was_shown():
    chat = Chat(make_pipeline())
    stream = chat.answer("slow", (), Caller("one"))
    next(stream), next(stream)
    chat.stop(Caller("another"))
    threading.Timer(0.05, chat.stop, [Caller("one")]).start()
    last = list(stream)[-1]  # by itself it would go on for a minute, and then say more
    assert "Stopped." in last[1] and "The bridge opened in" in last[1]
    assert chat.running == {}


def test_closing_the_page_stops_the_pipeline():
    pipeline = make_pipeline()
    stream = Chat(pipeline).answer("slow", (), Caller("one"))
    next(stream), next(stream)
    assert pipeline.running == 1
    stream.close()
    assert pipeline.running == 0


@contextmanager
def full_line(chat):
    """While so many are being answered that whoever comes has to wait."""
    tickets = [chat.line.join() for _ in range(AT_ONCE)]
    yield
    for ticket in tickets:
        chat.line.leave(ticket)


def test_who_has_to_wait_is_told_so_and_answered_then():
    pipeline = make_pipeline()
    chat = Chat(pipeline)
    with full_line(chat):
        stream = chat.answer(QUESTION, (), Caller("one"))
        next(stream)
        assert "Waiting for its turn: 1 before you." in next(stream)[1]
        assert pipeline.histories == []
    assert 'class="answer answered"' in list(stream)[-1][1]


def test_question_is_answered_while_another_ones_answer_grows():
    chat = Chat(make_pipeline())
    first = chat.answer("slow", (), Caller("one"))
    next(first), next(first)
    assert 'class="answer answered"' in ask(chat, QUESTION, session="two")[-1][1]
    first.close()


def test_waiting_question_can_be_stopped():
    chat = Chat(make_pipeline())
    with full_line(chat):
        stream = chat.answer(QUESTION, (), Caller("one"))
        next(stream), next(stream)
        chat.stop(Caller("one"))
        assert "Stopped." in list(stream)[-1][1]


def event(**data):
    return gr.EventData(None, data)


def test_citation_of_an_earlier_turn_is_shown():
    chat = Chat(make_pipeline())
    turns = ask(chat, QUESTION)[-1][3]
    assert '<mark data-cites="1-1"' in chat.show(turns, Caller("one"), event(key="1-1"))


@pytest.mark.parametrize("key", ["9-1", "1-9", "0-1", "../x", "", 3, None])
def test_citation_that_does_not_exist_shows_nothing(key):
    chat = Chat(make_pipeline())
    turns = ask(chat, QUESTION)[-1][3]
    assert chat.show(turns, Caller("one"), event(key=key)) == gr.skip()


def test_document_can_be_opened_by_its_id_only():
    chat = Chat(make_pipeline(**{"a.txt": TEXT, "b.txt": "Another text."}))
    assert "Another text." in chat.open(Caller("one"), event(document="2"))
    assert chat.open(Caller("one"), event(document="/etc/passwd")) == gr.skip()


def long_text():
    return "\n".join(f"{number}. line of a long text\n" for number in range(9_000)) + QUOTED


QUOTED = "\nThe bridge opened in 1932.\n"


def test_place_of_a_document_is_shown_with_what_is_marked():
    chat = Chat(make_pipeline(**{"a.txt": long_text()}))
    turns = ask(chat, QUESTION)[-1][3]
    far = str(long_text().index("4500. line"))
    assert "4500. line" not in re.sub(
        "<[^>]*>", "", chat.show(turns, Caller("one"), event(key="1-1"))
    )
    for key, marks in (("1-1", True), ("", False), ("9-9", False)):
        shown = chat.show_place(turns, Caller("one"), event(document="1", place=far, key=key))
        assert "line of a long text" in shown
        assert "4500." in shown
        assert ('data-cites="1-1"' in shown) == marks
        assert len(shown) < 400_000


@pytest.mark.parametrize(
    ("document", "place"),
    [("1", "-1"), ("1", "x"), ("1", ""), ("9", "1"), ("", "1"), ("1", "9" * 20)],
)
def test_place_that_does_not_exist_shows_nothing(document, place):
    chat = Chat(make_pipeline())
    chosen = event(document=document, place=place, key="")
    assert chat.show_place((), Caller("one"), chosen) == gr.skip()


def test_place_behind_the_end_shows_the_end():
    chat = Chat(make_pipeline(**{"a.txt": long_text()}))
    shown = chat.show_place((), Caller("one"), event(document="1", place="999999999"))
    assert "1932" in shown and len(shown) < 400_000


def test_answer_from_a_large_library_carries_few_names_and_counts_no_documents(
    monkeypatch, tmp_path
):
    texts = {f"note-{number:03}.txt": f"Note {number}." for number in range(500)}
    pipeline = make_pipeline(**texts, **{"the bridge.txt": TEXT})
    chat = Chat(pipeline, Keeping(tmp_path / "conversations.sqlite"))
    documents = pipeline.library.documents

    def few(*, ids=None, sources=None):
        assert ids is not None or sources is not None, "all documents are counted"
        return documents(ids=ids, sources=sources)

    monkeypatch.setattr(pipeline.library, "documents", few)
    monkeypatch.setattr(pipeline.library, "document_count", lambda: 501)
    monkeypatch.setattr(
        pipeline.library,
        "first_names",
        lambda limit: dict(list(pipeline.library.names.items())[:limit]),
    )
    monkeypatch.setattr(
        pipeline.library,
        "document_names",
        lambda ids: {number: pipeline.library.names[number] for number in ids},
    )
    pane = next(shown[2] for shown in ask(chat, QUESTION) if isinstance(shown[2], str))
    assert pane.count("<option") == 202
    assert '<option value="501" selected>the bridge.txt</option>' in pane
    assert "<option disabled>and 300 more, under Documents</option>" in pane


@pytest.fixture
def scanned(tmp_path, monkeypatch):
    """A chat over a document whose text was recognised in `scan.png`, and what a picture shows."""
    file = tmp_path / "scan.png"
    file.write_bytes(b"a picture")
    pipeline = make_pipeline()
    library = pipeline.library
    (listed,) = library.documents()
    listed = replace(listed, source=str(file), sha256=sha256(b"a picture").hexdigest())
    region = Region(start=0, end=30, page=2, left=0.1, top=0.2, right=0.9, bottom=0.3)
    asked = []

    def picture(data, page, regions, **options):
        asked.append((data, page, list(regions)))
        return b"\x89PNG"

    monkeypatch.setattr(library, "documents", lambda **only: [listed])
    monkeypatch.setattr(library, "regions", lambda document_id: (region,))
    monkeypatch.setattr("ui.sources.page_picture", picture)
    return SimpleNamespace(chat=Chat(pipeline), file=file, region=region, asked=asked)


def test_picture_of_a_recognised_place_is_shown_when_it_is_wanted(scanned):
    turns = ask(scanned.chat, QUESTION)[-1][3]
    shown = scanned.chat.show(turns, Caller("one"), event(key="1-1"))
    assert 'data-picture="1-1"' in shown and "<img" not in shown
    assert scanned.asked == []
    shown = scanned.chat.show_picture(turns, Caller("one"), event(key="1-1"))
    assert '<img alt="Page 2 of bridge.txt: the cited place is marked"' in shown
    assert 'src="data:image/png;base64,iVBORw=="' in shown
    assert "data-picture" not in shown
    assert scanned.asked == [(b"a picture", 2, [scanned.region])]
    assert scanned.chat.show_picture(turns, Caller("one"), event(key="9-1")) == gr.skip()


def test_picture_of_a_file_that_changed_or_is_gone_is_a_line(scanned):
    turns = ask(scanned.chat, QUESTION)[-1][3]
    scanned.file.write_bytes(b"another picture")
    shown = scanned.chat.show_picture(turns, Caller("one"), event(key="1-1"))
    assert "No picture: the file has changed since it was read: read it again" in shown
    scanned.file.unlink()
    shown = scanned.chat.show_picture(turns, Caller("one"), event(key="1-1"))
    assert "No picture: No such file or directory" in shown
    assert (scanned.asked, "<img" in shown) == ([], False)


def test_clear_brings_back_the_welcome():
    past, turn, source, turns = Chat(make_pipeline()).clear(Caller("one"))
    assert "welcome" in past
    assert turn == "" and turns == ()
    assert "The bridge opened" in source and "<mark" not in source


def test_turns_are_shown_in_place_of_the_conversation():
    chat = Chat(make_pipeline())
    turns = ask(chat, QUESTION, ask(chat, QUESTION)[-1][3])[-1][3]
    past, turn, source, kept = chat.show_turns(turns, Caller("two"))
    assert 'data-cite="1-1"' in past and 'data-cite="2-1"' in turn
    assert '<mark data-cites="2-1"' in source
    assert kept == turns


def test_answer_that_is_dropped_shows_nothing_more():
    chat = Chat(make_pipeline())
    steps, begun = [], threading.Event()

    def run():
        for step in chat.answer("slow", (), Caller("one")):
            steps.append(step)
            begun.set()

    thread = threading.Thread(target=run)
    thread.start()
    assert begun.wait(10)
    past, turn, _, turns = chat.clear(Caller("one"))
    shown = len(steps)
    thread.join(10)
    assert len(steps) == shown
    assert chat.running == {}
    assert all(step[3] in (gr.skip(), ()) for step in steps)
    assert "welcome" in past and turn == "" and turns == ()


def test_library_that_changed_shows_its_status_and_an_empty_conversation():
    chat = Chat(make_pipeline(**{"a.txt": TEXT, "b.txt": "Another text."}))
    status, past, turn, source, turns = chat.library_changed(Caller("one"))
    assert "2 documents" in status
    assert "your 2 documents" in past
    assert turn == "" and turns == ()
    assert "The bridge opened" in source


def test_library_without_documents_still_has_a_page():
    chat = Chat(FakePipeline({}, {}))
    assert "No documents yet" in chat.first_source()


def test_clean_replaces_half_a_surrogate_pair():
    assert clean("a\ud800b") == "a?b"


# Serving


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("localhost", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("10.0.0.1", False),
    ],
)
def test_is_loopback(host, expected):
    assert is_loopback(host) is expected


def test_other_machines_need_a_password():
    with pytest.raises(SettingsError, match="^host 0.0.0.0 can be reached.*FOOTNOTE_PASSWORD"):
        serve(make_pipeline(), host="0.0.0.0", port=0, password="", open_browser=False)


def test_port_in_use_is_one_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(RagError, match=f"^port {port} on 127.0.0.1 is in use") as caught:
            check_address("127.0.0.1", port)
    assert "\n" not in str(caught.value)


def test_address_of_another_machine_is_one_line():
    with pytest.raises(RagError, match="192.0.2.1") as caught:
        check_address("192.0.2.1", 0, "password")
    assert "\n" not in str(caught.value)


def test_host_that_does_not_exist_is_one_line():
    with pytest.raises(RagError, match="no.such.host.invalid"):
        check_address("no.such.host.invalid", 0, "password")


PROGRAM = """
    import sys
    from fake_pipeline import FakePipeline
    from ui.server import serve
    try:
        serve(FakePipeline({"a.txt": "Text."}, {}), host="127.0.0.1", port=0, password="",
              open_browser=False)
    except KeyboardInterrupt:
        sys.exit(130)
"""


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
def test_interrupt_ends_it_with_a_stream_open_and_the_environment_changes_nothing():
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).parent),
        "HTTP_PROXY": "http://127.0.0.1:9",
        "GRADIO_SERVER_NAME": "0.0.0.0",
        "GRADIO_SERVER_PORT": "1",
        "GRADIO_SHARE": "True",
        "GRADIO_ROOT_PATH": "https://evil.example",
        "GRADIO_ALLOWED_PATHS": "/etc",
        "GRADIO_SSR_MODE": "True",
    }
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PROGRAM)],
        cwd=Path(__file__).parents[1],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        try:
            line = program.stderr.readline()
            address = re.search(r"http://127\.0\.0\.1:\d+", line).group()
            with httpx.Client(trust_env=False) as http:
                assert "evil.example" not in http.get(address).text
                with http.stream("GET", f"{address}/gradio_api/heartbeat/abc") as stream:
                    next(stream.iter_raw())
                    program.send_signal(signal.SIGINT)
                    # Waiting for the stream, which never ends, it would not come to an end at all.
                    assert program.wait(timeout=120) == 130
            assert "Traceback" not in program.stderr.read()
        finally:
            if program.poll() is None:
                program.kill()


def test_page_makes_no_connection_of_its_own(monkeypatch):
    asked = []
    connect = socket.socket.connect

    def watched(self, address):
        if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1"):
            asked.append(address)
            raise OSError(errno.ENETUNREACH, "blocked by the test")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", watched)
    with serving(make_pipeline()) as page, httpx.Client(trust_env=False) as http:
        assert json.loads(http.get(f"{page.address}/config").text)["title"] == "Footnote"
    assert asked == []
