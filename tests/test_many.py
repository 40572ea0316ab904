"""A server for many, asked over HTTP as a proxy asks, and as others try to."""

import json
from collections import namedtuple
from contextlib import contextmanager
from types import SimpleNamespace

import httpx
import pytest
from asking import SCALE, SEED_TEXT, TROOPS
from fake_pipeline import FakePipeline, Script
from page_server import serving

from ui.chat import Chat
from ui.many import Many
from ui.person import groups_of, make_proxy, session_name
from ui.service import Service
from ui.settings_panel import SettingsDesk

SECRET = "The merger with Acme is planned for June."
MERGER = "When is the merger?"
Served = namedtuple("Served", "address service chat documents")


class TwoReaders:
    """What everybody reads, and what the board does."""

    def __init__(self):
        self.asked = []
        self.everyone = FakePipeline({"a.txt": SEED_TEXT}, scripts(SCALE))
        self.board = FakePipeline({"a.txt": SEED_TEXT, "merger.txt": SECRET}, scripts(SECRET))

    @contextmanager
    def using(self, session=""):
        self.asked.append(session)
        yield self.board if "board" in groups_of(session) else self.everyone

    def leave(self, session):
        pass


def scripts(quote):
    return {
        question: Script(quotes=(quote,), sentences=(), delay_seconds=0)
        for question in (TROOPS, MERGER)
    }


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    kept = tmp_path_factory.mktemp("kept") / "conversations.sqlite"
    readers = TwoReaders()
    service = Service(per_minute=4)
    many = Many(
        proxy=make_proxy(["127.0.0.1"], "X-Forwarded-User", "X-Forwarded-Groups"),
        service=service,
        public_names=("docs.example.org",),
    )
    with serving(readers.everyone, sessions=readers, many=many, conversations=kept) as page:
        yield Served(page.address, service, page.chat, page.documents)


@contextmanager
def client_of(served, user=None, groups="", **headers):
    if user:
        headers |= {"X-Forwarded-User": user, "X-Forwarded-Groups": groups}
    with httpx.Client(
        base_url=served.address, headers=headers, trust_env=False, timeout=60
    ) as http:
        yield http


def ask(http, question):
    begun = http.post("/gradio_api/call/ask", json={"data": [question, []]}).json()
    lines = http.get(f"/gradio_api/call/ask/{begun['event_id']}").text.splitlines()
    return json.loads(next(line for line in lines if line.startswith("data: "))[6:])


@pytest.mark.parametrize("path", ["/", "/config", "/gradio_api/info", "/theme.css", "/login"])
def test_who_is_not_signed_in_gets_one_line(served, path):
    with client_of(served) as http:
        reply = http.get(path)
        assert reply.status_code == 401 and "come through the proxy" in reply.text
        assert http.post("/gradio_api/call/ask", json={"data": [TROOPS]}).status_code == 401


def test_a_name_that_a_visitor_writes_counts_for_nothing(served):
    with client_of(served, **{"X-Footnote-User": "root", "X-Footnote-Groups": "board"}) as http:
        assert http.get("/config").status_code == 401
    with client_of(served, "bob", **{"X-Footnote-Groups": "board"}) as http:
        (answer,) = ask(http, MERGER)
        assert answer["citations"][0]["document"] == "a.txt"


def test_each_person_is_answered_from_what_they_may_read(served):
    with client_of(served, "ada", "board,staff") as http:
        (answer,) = ask(http, MERGER)
        assert answer["citations"][0]["quote"] == SECRET
    with client_of(served, "carl", "staff") as http:
        (answer,) = ask(http, MERGER)
        assert answer["citations"][0]["quote"] == SCALE


def test_the_page_itself_says_nothing_that_not_everybody_may_read(served):
    with client_of(served, "ada", "board") as http:
        for path in ("/", "/config"):
            reply = http.get(path)
            assert reply.status_code == 200
            assert "merger" not in reply.text and "Acme" not in reply.text


def test_a_click_shows_a_document_to_those_who_may_read_it_alone(served):
    with client_of(served, "eve") as http:
        config = http.get("/config").json()
        (shown,) = (each["id"] for each in config["dependencies"] if each["api_name"] == "open")
        body = {"fn_index": shown, "session_hash": "a", "data": [], "event_data": {"document": "2"}}
        assert "Acme" not in http.post("/gradio_api/run/predict", json=body).text
        with client_of(served, "ada", "board") as board:
            assert "Acme" in board.post("/gradio_api/run/predict", json=body).text


def replies_of_all_end_points(http, session, event):
    """What everything that the page can be asked for answers, by number, all in one."""
    replies = []
    for each in http.get("/config").json()["dependencies"]:
        body = {"fn_index": each["id"], "session_hash": session, "event_data": event}
        body["data"] = [None] * len(each["inputs"])
        replies.append(http.post("/gradio_api/run/predict", json=body).text)
    return "\n".join(replies)


def test_a_person_reaches_nothing_that_another_keeps(served):
    """Not by the number of the conversation, nor by the name of the other's session."""
    chat = served.chat
    ada = SimpleNamespace(session_hash=session_name("a", "ada", "board"), username="ada")
    turns = list(chat.answer(MERGER, (), ada))[-1][3]
    assert SECRET in turns[-1].answer.text
    kept = chat.keeping.conversations("ada")
    event = {"conversation": str(kept[0].id), "form": "json", "title": "Ha", "key": "1-1"}
    event |= {"turn": "1", "document": "2", "file": "0"}
    others = [("eve", "staff", "a"), ("ada2", "board", "a"), ("Ada", "", ada.session_hash)]
    for user, groups, session in others:
        with client_of(served, user, groups) as http:
            seen = replies_of_all_end_points(http, session, event)
        assert MERGER not in seen
        assert groups == "board" or "Acme" not in seen
    assert chat.keeping.conversations("ada") == kept
    with client_of(served, "ada", "board") as http:  # to whom they belong they are there
        assert MERGER in replies_of_all_end_points(http, "b", event)


def test_nobody_sends_files_to_a_server_for_many(served):
    assert served.documents is None
    with client_of(served, "ada", "board") as http:
        for path in ("/upload", "/gradio_api/upload"):
            reply = http.post(path, params={"name": "a.txt"}, content=b"Mine.")
            assert reply.status_code in (403, 404, 405)


def test_a_person_who_asks_too_much_is_told_when_to_ask_again_and_others_go_on(served):
    with client_of(served, "greedy") as http:
        for _ in range(4):
            ask(http, TROOPS)
        assert "asked 4 questions in a minute" in json.dumps(ask(http, TROOPS))
    with client_of(served, "modest") as http:
        assert ask(http, TROOPS)[0]["status"] == "quoted"


def test_settings_of_all_are_not_one_persons():
    chat = Chat(FakePipeline({"a.txt": SEED_TEXT}, {}), service=Service(per_minute=4))
    line, *_ = SettingsDesk(chat).apply(3, SimpleNamespace(session_hash="a"))
    assert "Nothing was changed" in line
    assert chat.choices.settings.passages_to_read != 3


def test_the_public_name_is_let_in_and_others_are_not(served):
    with client_of(served, "ada") as http:
        assert http.get("/config", headers={"Host": "docs.example.org"}).status_code == 200
        assert http.get("/config", headers={"Host": "evil.example"}).status_code == 400


def test_who_looks_after_the_server_sees_health_and_figures(served):
    with client_of(served) as http:
        assert http.get("/health").text == "ok"
        figures = http.get("/metrics")
        assert figures.headers["content-type"].startswith("text/plain")
        assert 'footnote_answers_total{status="quoted"}' in figures.text
    with client_of(served, "ada", "board") as http:
        assert http.get("/metrics").status_code == 403


def test_a_server_that_ends_says_so_and_takes_no_more_questions(served):
    assert served.service.finish(30)
    try:
        with client_of(served, "late") as http:
            assert http.get("/health").status_code == 503
            assert "being ended" in json.dumps(ask(http, TROOPS))
    finally:
        served.service.ending = False
