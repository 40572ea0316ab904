"""Starts a command that serves the page where others can reach it, and visits it: PASSWORD COMMAND…

Without a password it signs in as a proxy does that is trusted.
Prints what it got as JSON, from the same machine but in a process that may connect.
"""

import json
import re
import signal
import subprocess
import sys
import urllib.request
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode


def main():
    password, *command = sys.argv[1:]
    page = subprocess.Popen(command, stderr=subprocess.PIPE, encoding="utf-8")
    try:
        lines = []
        address = None
        while address is None:
            lines.append(page.stderr.readline())
            assert lines[-1], "".join(lines)
            address = re.search(r"http://\S+:\d+", lines[-1])
        print(json.dumps(visit(address.group(), password)))
    finally:
        page.send_signal(signal.SIGINT)
        page.wait(60)


def visit(address, password):
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(CookieJar())
    )

    signed_in = {}

    def send(path, data=None, kind="application/json"):
        headers = {"Content-Type": kind, **signed_in}
        try:
            request = urllib.request.Request(address + path, data, headers)
            with opener.open(request, timeout=60) as reply:
                return reply.read().decode()
        except HTTPError as error:
            return f"{error.code} {error.read().decode()}"

    closed = send("/gradio_api/info")
    if password:
        form = urlencode({"username": "footnote", "password": password}).encode()
        send("/login", form, "application/x-www-form-urlencoded")
    else:
        signed_in["X-Forwarded-User"] = "anna"
    reference = {"path": "http://192.0.2.1:9/", "meta": {"_type": "gradio.FileData"}}
    crafted = {"data": [reference], "fn_index": 0, "session_hash": "a"}
    refused = send("/gradio_api/run/predict", json.dumps(crafted).encode())
    asked = {"data": ["When did the bridge open?", []]}
    begun = json.loads(send("/gradio_api/call/ask", json.dumps(asked).encode()))
    events = send(f"/gradio_api/call/ask/{begun['event_id']}")
    (answer,) = json.loads(events.rsplit("data: ", 1)[1])
    return {"address": address, "closed": closed, "refused": refused, "answer": answer["text"]}


if __name__ == "__main__":
    main()
