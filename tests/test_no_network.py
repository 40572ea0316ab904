"""The whole of Footnote, as people use it, where every way to another machine is closed."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).resolve().parent.parent
KERN = "Kern, a former judge, was born in Graz and was buried in Wels, which he loved."
QUESTIONS = ["Why is Kern remembered?", "Where was Kern born?", "Where was Kern buried?"]


@pytest.fixture
def environment(tmp_path):
    """That of a process that notes what it tries. Nothing else keeps the libraries offline."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("HF_", "TRANSFORMERS_", "GRADIO_"))
    }
    return {
        **kept,
        "PYTHONPATH": str(ROOT / "tests" / "no_network"),
        "NETWORK_LOG": str(tmp_path / "network.log"),
        "FOOTNOTE_MIN_CONFIDENCE": "0",  # an answer, however unsure
        "GRADIO_ANALYTICS_ENABLED": "True",
    }


@pytest.fixture
def docs(tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "kern.txt").write_text(KERN)
    return folder


def attempts(environment):
    log = Path(environment["NETWORK_LOG"])
    return log.read_text("utf-8").splitlines() if log.exists() else []


def footnote(environment, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", "rag.cli", *map(str, arguments)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    return done.stdout


ATTEMPTS = {
    "socket.create_connection(('192.0.2.1', 80), timeout=1)": "create_connection 192.0.2.1",
    "socket.getaddrinfo('example.org', 443)": "getaddrinfo example.org",
    "socket.gethostbyname('example.org')": "gethostbyname example.org",
    "socket.socket().connect(('192.0.2.1', 80))": "connect 192.0.2.1",
    "socket.socket().connect_ex(('192.0.2.1', 80))": "connect_ex 192.0.2.1",
    "socket.socket(type=socket.SOCK_DGRAM).sendto(b'', ('192.0.2.1', 80))": "sendto 192.0.2.1",
    "urllib.request.urlopen('http://192.0.2.1')": "create_connection 192.0.2.1",
}


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_the_guard_sees_and_refuses_an_attempt(environment, attempt):
    program = f"import socket, urllib.request\nsocket.setdefaulttimeout(1)\n{attempt}\n"
    without_proxy = {name: environment[name] for name in environment if "proxy" not in name.lower()}
    done = subprocess.run([sys.executable, "-c", program], env=without_proxy, capture_output=True)
    assert b"there is no network here" in done.stderr
    assert attempts(environment) == [ATTEMPTS[attempt]]


@pytest.mark.slow
def test_index_ask_and_evaluate_try_no_connection(environment, docs, tmp_path):
    assert footnote(environment, "index", "--docs", docs).startswith("added kern.txt\n")

    answer = json.loads(footnote(environment, "ask", QUESTIONS[0], "--docs", docs, "--json"))
    assert answer["status"] == "quoted"
    assert answer["seconds"]["read"] > 0  # by the real models
    assert [citation["quote"] for citation in answer["citations"]] == [KERN]

    rows = [
        {"id": str(number), "question": question, "answerable": True, "answers": ["Graz"]}
        for number, question in enumerate(QUESTIONS)
    ]
    questions = tmp_path / "set.jsonl"
    questions.write_text("\n".join(map(json.dumps, rows)))
    report = tmp_path / "report"
    footnote(environment, "evaluate", questions, "--docs", docs, "--report", report)
    found = json.loads((report / "report.json").read_text("utf-8"))["rows"]
    assert [row["question"] for row in found] == QUESTIONS
    assert {row["error"] for row in found} == {None}
    assert all(row["citations"] for row in found)

    assert attempts(environment) == []


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
def test_the_page_tries_no_connection(environment, docs, tmp_path):
    command = [sys.executable, "-m", "rag.cli", "chat", "--docs", str(docs), "--port", "0"]
    command.append("--no-browser")
    errors = tmp_path / "errors.txt"
    with (
        errors.open("wb") as stderr,
        subprocess.Popen(command, cwd=ROOT, env=environment, stderr=stderr) as page,
    ):
        try:
            address = wait_for_address(page, errors)
            with httpx.Client(base_url=address, trust_env=False, timeout=300) as http:
                assert "Footnote" in http.get("/").text
                data = {"data": [QUESTIONS[0], []]}
                begun = http.post("/gradio_api/call/ask", json=data).json()
                events = http.get(f"/gradio_api/call/ask/{begun['event_id']}").text
            (answer,) = json.loads(events.rsplit("data: ", 1)[1])
            assert answer["status"] == "quoted"
            assert answer["citations"][0]["quote"] == KERN
            page.send_signal(signal.SIGINT)
            assert page.wait(timeout=60) == 130
        finally:
            page.kill()
    assert errors.read_text("utf-8").endswith("footnote: interrupted\n")
    assert attempts(environment) == []


def wait_for_address(process, errors):
    """Return where the page is, once it says so."""
    for _ in range(1200):
        found = re.search(r"http://127\.0\.0\.1:\d+", errors.read_text("utf-8"))
        if found:
            return found.group()
        try:
            process.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            continue
        break
    raise AssertionError(f"no page: {errors.read_text('utf-8')}")
