"""A server that speaks as much of Qdrant's HTTP as Footnote says, over an engine in this process.

It can be told to misbehave: see `FakeQdrant`.
"""

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from pydantic import TypeAdapter
from qdrant_client import models
from shared_library import local_client


class FakeQdrant:
    """The server; `address` is its library's.

    `version` is what it says it is, `key` the one it asks for. `misbehave` is None, or what it does
    with every request but the first: (status, body), "cut" in the middle of an answer, or "hang".
    """

    def __init__(self):
        self.version = "1.20.1"
        self.key = ""
        self.misbehave = None
        self.requests = []
        self.client = local_client()
        self.lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"fake": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.address = f"qdrant://127.0.0.1:{self.port}/staff"


@contextmanager
def fake_qdrant():
    fake = FakeQdrant()
    thread = threading.Thread(target=fake.server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        fake.server.shutdown()
        fake.server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    disable_nagle_algorithm = True
    protocol_version = "HTTP/1.1"
    fake: FakeQdrant

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        self._answer()

    do_PUT = do_POST = do_DELETE = do_GET

    def _answer(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        path = self.path.partition("?")[0]
        fake = self.fake
        fake.requests.append((self.command, path, self.headers.get("api-key")))
        if fake.key and self.headers.get("api-key") != fake.key:
            return self._send(401, b"Must provide an API key")
        if fake.misbehave and path != "/":
            return self._misbehave(fake.misbehave)
        if path == "/":
            about = {"title": "qdrant - vector search engine", "version": fake.version}
            return self._send(200, json.dumps(about).encode())
        try:
            with fake.lock:
                result = _result(fake.client, self.command, path, json.loads(body or b"{}"))
        except _Missing:
            return self._send(404, b'{"status":{"error":"Not found: Collection"}}')
        answer = {"result": _plain(result), "status": "ok", "time": 0.0}
        return self._send(200, json.dumps(answer).encode())

    def _misbehave(self, how):
        if how == "hang":
            time.sleep(2)
            return self._send(200, b"{}")
        if how == "cut":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b'{"result": {"po')
            self.wfile.flush()
            self.close_connection = True
            return None
        return self._send(*how)

    def _send(self, status, content):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class _Missing(Exception):
    pass


def _result(client, method, path, body):
    _, _, name, *rest = path.split("/")
    what = "/".join(rest)
    if (method, what) == ("GET", "exists"):
        return {"exists": client.collection_exists(name)}
    if (method, what) == ("PUT", ""):
        wanted = models.CreateCollection(**body)
        return client.create_collection(
            name,
            vectors_config=wanted.vectors,
            sparse_vectors_config=wanted.sparse_vectors,
        )
    if not client.collection_exists(name):
        raise _Missing
    if (method, what) == ("GET", ""):
        return _about(client.get_collection(name))
    if (method, what) == ("DELETE", ""):
        return client.delete_collection(name)
    if (method, what) == ("PUT", "index"):
        return {"operation_id": 0, "status": "completed"}
    return _ROUTES[method, what](client, name, body)


def _about(info):
    plain = _plain(info)
    plain["config"].setdefault("strict_mode_config", None)
    return plain


def _upsert(client, name, body):
    return client.upsert(name, [models.PointStruct(**point) for point in body["points"]])


def _scroll(client, name, body):
    wanted = models.ScrollRequest(**body)
    points, offset = client.scroll(
        name,
        scroll_filter=wanted.filter,
        limit=wanted.limit,
        order_by=wanted.order_by,
        offset=wanted.offset,
        with_payload=wanted.with_payload,
        with_vectors=wanted.with_vector or False,
    )
    return {"points": points, "next_page_offset": offset}


def _query(client, name, body):
    searches = models.QueryRequestBatch(**body).searches
    return client.query_batch_points(name, searches)


def _count(client, name, body):
    return client.count(name, models.CountRequest(**body).filter, exact=True)


def _facet(client, name, body):
    wanted = models.FacetRequest(**body)
    return client.facet(name, key=wanted.key, facet_filter=wanted.filter, limit=wanted.limit)


def _set(client, name, body):
    wanted = models.SetPayload(**body)
    which = wanted.points if wanted.points is not None else wanted.filter
    return client.set_payload(name, payload=wanted.payload, points=which, key=wanted.key)


def _delete(client, name, body):
    selector = TypeAdapter(models.PointsSelector).validate_python(body)
    return client.delete(name, points_selector=selector)


def _retrieve(client, name, body):
    wanted = models.PointRequest(**body)
    return client.retrieve(name, wanted.ids, with_payload=wanted.with_payload)


_ROUTES = {
    ("PUT", "points"): _upsert,
    ("POST", "points"): _retrieve,
    ("POST", "points/scroll"): _scroll,
    ("POST", "points/query/batch"): _query,
    ("POST", "points/count"): _count,
    ("POST", "points/payload"): _set,
    ("POST", "points/delete"): _delete,
    ("POST", "facet"): _facet,
}


def _plain(value):
    """Return models as plain values."""
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json", exclude_none=False)
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return value
