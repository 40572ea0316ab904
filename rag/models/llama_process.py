"""The process in which llama.cpp runs: `python -m rag.models.llama_process` and `load`'s arguments.

A process of its own, since the engine takes over the signals of the one that it is in, ends it
where it fails, and gives its memory back only with it. Takes requests as JSON lines on standard
input, answers with JSON lines on standard output, and ends with its input.

    {"id": 1, "messages": [{"role": …, "content": …}], "max_tokens": 200}     {"cancel": 1}
    {"ready": true}     {"id": 1, "text": " The"} …     {"id": 1, "done": true}     {"error": "…"}
"""

import json
import os
import secrets
import sys
from queue import SimpleQueue
from threading import Thread
from typing import Any, TextIO

from rag.offline import set_offline


def main(arguments: list[str]) -> None:
    """Serve until standard input ends."""
    set_offline()
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever the engine prints is not for us
    try:
        server = load(arguments[0], *map(int, arguments[1:]))
    except Exception as error:  # the engine raises nothing more precise
        _send(out, {"error": str(error) or type(error).__name__})
        return
    _send(out, {"ready": True})
    requests: SimpleQueue[dict[str, Any]] = SimpleQueue()
    cancelled: set[int] = set()
    Thread(target=_work, args=(server, requests, cancelled, out), daemon=True).start()
    for line in sys.stdin:
        message = json.loads(line)
        if "cancel" in message:
            cancelled.add(message["cancel"])
        else:
            requests.put(message)
    os._exit(0)  # without waiting for what is being written


def load(path: str, threads: int, context: int, batch: int) -> Any:
    """Load the model. The engine also listens, on this machine alone, and serves nobody.

    `context` and `batch` are tokens; a prompt is read a batch at a time.
    """
    from xllamacpp import CommonParams, Server

    params = CommonParams()
    params.model.path = path
    params.n_ctx = context
    params.n_parallel = 1
    params.n_batch = batch
    params.n_ubatch = batch
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads
    params.n_gpu_layers = 0
    params.cache_ram_mib = 0  # the last prompt stays in the context, which is enough
    params.n_ctx_checkpoints = 0
    params.verbosity = -1
    params.offline = True
    params.ui = False
    params.endpoint_slots = False
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [secrets.token_hex(32)]  # known to nobody
    return Server(params)


def _work(
    server: Any, requests: "SimpleQueue[dict[str, Any]]", cancelled: set[int], out: TextIO
) -> None:
    """Answer the requests one after the other."""
    while True:
        request = requests.get()
        number = request["id"]
        problem = ""

        def take(chunk: Any, number: int = number) -> bool:
            """Send on what was written; say whether to stop."""
            nonlocal problem
            if "error" in chunk:
                problem = str(chunk["error"].get("message", chunk["error"]))
            for choice in chunk.get("choices", ()):
                text = choice["delta"].get("content")
                if text:
                    _send(out, {"id": number, "text": text})
            return number in cancelled

        if number not in cancelled:
            server.handle_chat_completions(
                {
                    "messages": request["messages"],
                    "max_tokens": request["max_tokens"],
                    "temperature": 0,
                    "stream": True,
                    "return_progress": True,
                    "cache_prompt": True,
                },
                take,
            )
        cancelled.discard(number)
        _send(out, {"id": number, "error": problem} if problem else {"id": number, "done": True})


def _send(out: TextIO, message: dict[str, Any]) -> None:
    out.write(json.dumps(message) + "\n")
    out.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
