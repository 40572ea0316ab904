"""References to files in requests: Gradio would fetch what they name, and so none gets to it."""

import asyncio
import json

import httpx
import pytest
from fake_pipeline import FakePipeline
from gradio import processing_utils
from page_server import serving

from ui.bodies import body_refusal
from ui.chat import Chat
from ui.server import web_application

ADDRESS = "http://192.0.2.1/secret"
NAMES_A_FILE = "A request must name no file: files are sent to the page alone."
FILE = {"path": ADDRESS, "meta": {"_type": "gradio.FileData"}}
REFERENCES = {
    "address": FILE,
    "address with a url": {**FILE, "url": ADDRESS, "orig_name": "a.txt", "size": 1},
    "old form": {"path": ADDRESS},
    "place on the disk": {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}},
    "relative place": {"path": "../../etc/passwd"},
    "no text": {"path": None, "meta": {"_type": "gradio.FileData"}},
    "in a list": [[FILE]],
    "in an object": {"value": {"files": [FILE]}},
    "stream": {**FILE, "is_stream": True},
    "without a path": {"url": ADDRESS, "meta": {"_type": "gradio.FileData"}},
}


@pytest.fixture(scope="module")
def page():
    with serving(FakePipeline({"bridge.txt": "The bridge opened in 1932."}, {}), mcp=True) as page:
        yield page


@pytest.fixture
def http(page):
    with httpx.Client(base_url=page.address, trust_env=False, timeout=60) as client:
        yield client


@pytest.fixture
def fetched(monkeypatch):
    """What Gradio goes out for; nothing comes back."""
    addresses = []

    async def get(url, **options):
        addresses.append(url)
        raise OSError("there is no network here")

    monkeypatch.setattr(processing_utils.sh, "get", get)
    return addresses


def bodies(reference, number):
    """The places of a request where Gradio looks for files."""
    session = {"session_hash": "attacker", "fn_index": number, "trigger_id": number}
    return [
        {**session, "data": [reference, None, None]},
        {**session, "data": [None], "event_data": reference},
        {**session, "data": [{"value": reference}], "event_data": {"detail": {"a": reference}}},
    ]


PLACES = [f"/gradio_api/{path}" for path in ("queue/join", "run/predict", "cancel", "reset")]


@pytest.mark.parametrize("reference", REFERENCES.values(), ids=REFERENCES)
def test_reference_is_refused_in_every_place_of_a_request(http, fetched, reference):
    for body in bodies(reference, 0):
        for path in (*PLACES, "/gradio_api/call/ask"):
            reply = http.post(path, json=body)
            assert (reply.status_code, reply.text) == (400, NAMES_A_FILE)
    assert fetched == []


def test_reference_is_refused_at_every_number(http, fetched):
    numbers = [each["id"] for each in http.get("/config").json()["dependencies"]]
    assert len(numbers) > 10
    for number in numbers:
        for path in PLACES[:2]:
            assert http.post(path, json=bodies(FILE, number)[0]).text == NAMES_A_FILE
    assert fetched == []


def test_gradio_alone_would_fetch_it(fetched):
    """That the tests here try what does harm: the same request, past the guard."""
    guard, _ = web_application(Chat(FakePipeline({"a.txt": "A."}, {})), host="127.0.0.1")
    body = bodies(FILE, 0)[0] | {"fn_index": None}

    async def run():
        transport = httpx.ASGITransport(guard.app.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            config = (await client.get("/config")).json()
            direct = [each for each in config["dependencies"] if not each["queue"]]
            takers = [each for each in direct if each["inputs"]]
            for number in (each["id"] for each in takers):
                body["fn_index"] = number
                await client.post("/gradio_api/run/predict", json=body)

    asyncio.run(run())
    assert ADDRESS in fetched


@pytest.mark.parametrize("where", ["question", "history", "file"])
def test_tool_takes_no_reference(http, fetched, where):
    arguments = {"question": "When?", "history": ["What?"]}
    arguments[where] = [FILE] if where == "history" else FILE
    call = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "ask", "arguments": arguments},
    }
    reply = http.post("/mcp", json=call, headers={"Accept": "application/json, text/event-stream"})
    assert reply.json()["result"]["isError"] is True
    assert fetched == []


@pytest.mark.parametrize(
    "written",
    [
        '{"data": [{"p\\u0061th": "http://192.0.2.1"}]}',  # an escaped name
        '{"data": [{"path": 1, "path": "http://192.0.2.1"}]}',  # the same name twice
        '{"data": [], "data": [{"path": "http://192.0.2.1"}]}',
        '\ufeff{"data": [{"path": "http://192.0.2.1"}]}',
        ' \r\n\t{"data":[{"path":"http://192.0.2.1"}]}\n',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32-le"])
def test_spelling_does_not_hide_a_reference(written, encoding):
    assert body_refusal(written.encode(encoding))[0] == 400


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (b"{", "must be JSON"),
        (b"question=1", "must be JSON"),
        (b"\xff\x00", "must be JSON"),
        (b"[" * 500_000, "must be JSON"),
        (b"[" * 41 + b"1" + b"]" * 41, "at most 40 levels deep"),
        (b'{"a":' * 41 + b"1" + b"}" * 41, "at most 40 levels deep"),
        (b"[1" + b"0" * 5_000 + b"]", "must be JSON"),
    ],
)
def test_body_that_is_no_plain_json_is_refused(http, body, line):
    assert line in body_refusal(body)[1]
    reply = http.post(
        "/gradio_api/queue/join", content=body, headers={"Content-Type": "application/json"}
    )
    assert reply.status_code == 400 and line in reply.text


@pytest.mark.parametrize(
    "value",
    [
        ["What is the path of a file?", ['{"path": "http://192.0.2.1"}']],
        ["path", ["_type"]],
        [{"question": None, "turns": [[[[1.5, True]]]]}, []],
    ],
)
def test_what_only_speaks_of_files_is_let_in(value):
    assert body_refusal(json.dumps({"data": value, "session_hash": "a"}).encode()) is None
    assert body_refusal(b"") is None
