"""The MCP tool, asked by the protocol's own client, from a running page."""

import asyncio
import json
import socket
from contextlib import asynccontextmanager

import httpx
import pytest
from fake_pipeline import FakePipeline, Script
from page_server import serving

from rag.errors import SettingsError
from ui import mcp_tool as tool

pytest.importorskip("mcp", reason="the extra `mcp` is not installed")

TEXT = "The bridge opened in 1932. It cost nine million pounds."
QUESTION = "When did the bridge open?"
SCRIPTS = {
    QUESTION: Script(
        quotes=("The bridge opened in 1932.",),
        sentences=(("It opened in 1932.", (1,)),),
        short_answer="1932",
        delay_seconds=0.05,
    )
}
CALL = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "ask", "arguments": {"question": QUESTION}},
}
ACCEPT = {"Accept": "application/json, text/event-stream"}


@pytest.fixture(scope="module")
def page():
    with serving(FakePipeline({"bridge.txt": TEXT}, SCRIPTS), mcp=True) as page:
        yield page


@pytest.fixture(scope="module")
def locked_page():
    pipeline = FakePipeline({"bridge.txt": TEXT}, SCRIPTS)
    with serving(pipeline, password="open sesame", mcp=True) as page:
        yield page


@pytest.fixture
def http(page):
    with httpx.Client(base_url=page.address, trust_env=False, timeout=60) as client:
        yield client


@asynccontextmanager
async def connected(address, headers=None):
    """A session of the protocol's own client, initialized."""
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    async with (
        httpx.AsyncClient(headers=headers, trust_env=False, timeout=60) as http,
        streamable_http_client(f"{address}/mcp", http_client=http) as (read, write, _),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        yield session


def call(address, arguments, *, name="ask", headers=None):
    async def run():
        async with connected(address, headers) as session:
            return await session.call_tool(name, arguments)

    return asyncio.run(asyncio.wait_for(run(), timeout=120))


def test_only_tool_is_ask_and_it_says_what_it_takes(page):
    async def run():
        async with connected(page.address) as session:
            return (await session.list_tools()).tools

    (ask,) = asyncio.run(run())
    assert ask.name == "ask"
    assert "exact citations" in ask.description and "refused" in ask.description
    assert ask.annotations.readOnlyHint and not ask.annotations.openWorldHint
    assert set(ask.inputSchema["properties"]) == {"question", "history"}
    assert all(field["description"] for field in ask.inputSchema["properties"].values())
    assert ask.inputSchema["required"] == ["question"]


def test_client_asks_and_gets_the_contract(page):
    result = call(page.address, {"question": QUESTION, "history": ["What is it?"]})
    assert not result.isError
    answer = result.structuredContent
    assert json.loads(result.content[0].text) == answer
    assert answer["status"] == "answered"
    assert answer["text"] == "It opened in 1932. [1]\nThe bridge opened in 1932. [1]"
    assert answer["citations"] == [
        {
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
    ]
    assert page.chat.pipeline.histories[-1] == ("What is it?",)


def test_history_may_be_left_out(page):
    assert call(page.address, {"question": QUESTION}).structuredContent["short_answer"] == "1932"
    assert page.chat.pipeline.histories[-1] == ()


def test_tool_and_gradio_endpoint_give_the_same_answer(page):
    from gradio_client import Client

    by_gradio = Client(page.address, verbose=False).predict(QUESTION, [], api_name="/ask")
    by_tool = call(page.address, {"question": QUESTION}).structuredContent
    assert by_tool == by_gradio


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ({"question": " "}, "the question is empty: type what you want to know"),
        ({}, "Input validation error: 'question' is a required property"),
        ({"question": 5}, "Input validation error: 5 is not of type 'string'"),
        (
            {"question": "When?", "history": [5]},
            "Input validation error: 5 is not of type 'string'",
        ),
        (
            {"question": "When?", "docs": "/etc"},
            "Input validation error: Additional properties are not allowed ('docs' was unexpected)",
        ),
    ],
)
def test_what_cannot_be_asked_is_one_line(page, arguments, line):
    result = call(page.address, arguments)
    assert result.isError
    assert result.content[0].text == line


def test_unexpected_error_stays_in_the_terminal(page, capfd):
    result = call(page.address, {"question": "break"})
    assert result.isError and result.content[0].text == tool.UNEXPECTED
    assert "secret detail" in capfd.readouterr().err


@pytest.mark.parametrize("name", ["answer", "stop", "upload_file_to_gradio"])
def test_other_tools_do_not_exist(page, name):
    result = call(page.address, {"question": QUESTION}, name=name)
    assert result.isError
    assert result.content[0].text == f"there is no tool '{name}': the only one is `ask`"


def test_plain_request_is_answered_at_once(http):
    reply = http.post("/mcp", json=CALL, headers=ACCEPT)
    assert reply.status_code == 200
    assert reply.headers["Content-Type"].startswith("application/json")
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.json()["result"]["structuredContent"]["short_answer"] == "1932"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 400),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Content-Type": "text/plain"}, 400),
    ],
)
def test_request_of_another_site_is_refused(http, page, headers, status):
    asked = len(page.chat.pipeline.histories)
    assert http.post("/mcp", json=CALL, headers=ACCEPT | headers).status_code == status
    assert len(page.chat.pipeline.histories) == asked


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
def test_only_post_is_used(http, method):
    assert http.request(method, "/mcp", content=b"{}", headers=ACCEPT).status_code == 405


def test_large_body_is_refused(http):
    assert http.post("/mcp", content=b" " * 1_000_001, headers=ACCEPT).status_code == 413


@pytest.mark.parametrize("path", ["/mcp/", "/mcp/sse", "/gradio_api/mcp", "/gradio_api/mcp/sse"])
def test_nothing_lies_beside_it(http, path):
    assert http.post(path, json=CALL, headers=ACCEPT).status_code == 404


def test_without_the_option_there_is_no_tool():
    with serving(FakePipeline({"bridge.txt": TEXT}, SCRIPTS)) as page:
        with httpx.Client(base_url=page.address, trust_env=False, timeout=60) as http:
            assert http.post("/mcp", json=CALL, headers=ACCEPT).status_code == 404


@pytest.mark.parametrize(
    "auth",
    [
        {"Authorization": "Bearer open sesame"},
        {"Authorization": "bearer open sesame"},
        {"Authorization": "Basic Zm9vdG5vdGU6b3BlbiBzZXNhbWU="},  # footnote:open sesame
    ],
)
def test_password_opens_it(locked_page, auth):
    result = call(locked_page.address, {"question": QUESTION}, headers=auth)
    assert result.structuredContent["short_answer"] == "1932"


@pytest.mark.parametrize(
    "auth",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer footnote:open sesame"},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic open sesame"},
        {"Authorization": "Basic QmVhcmVyIG9wZW4gc2VzYW1l"},  # Bearer open sesame
        {"Authorization": "Basic b3RoZXI6b3BlbiBzZXNhbWU="},  # other:open sesame
        {"Authorization": "Basic /w=="},  # not UTF-8
    ],
)
def test_without_the_password_it_is_closed(locked_page, auth):
    with httpx.Client(base_url=locked_page.address, trust_env=False, timeout=60) as http:
        reply = http.post("/mcp", json=CALL, headers=ACCEPT | auth)
    assert reply.status_code == 401
    assert "1932" not in reply.text
    assert locked_page.chat.pipeline.scripts and "WWW-Authenticate" in reply.headers


def test_tool_makes_no_connection_of_its_own(monkeypatch):
    asked = []
    connect = socket.socket.connect

    def watched(self, address):
        if self.family != socket.AF_UNIX:
            asked.append(address[:2])
        return connect(self, address)

    with serving(FakePipeline({"bridge.txt": TEXT}, SCRIPTS), mcp=True) as page:
        monkeypatch.setattr(socket.socket, "connect", watched)
        with httpx.Client(base_url=page.address, trust_env=False, timeout=60) as http:
            assert http.post("/mcp", json=CALL, headers=ACCEPT).status_code == 200
    assert set(asked) == {("127.0.0.1", page.port)}  # the test's own


def test_missing_extra_is_one_line_that_says_what_to_install(monkeypatch):
    monkeypatch.setattr(tool, "find_spec", lambda name: None)
    with pytest.raises(SettingsError, match=r'pip install "footnote\[mcp\]"') as caught:
        tool.require_tool()
    assert "\n" not in str(caught.value)
