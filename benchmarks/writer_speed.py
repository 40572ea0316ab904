"""How fast a writer reads and writes, and how soon it leaves an answer that is stopped.

    python benchmarks/writer_speed.py MODEL.gguf [--batches 16 64] [--stops 12] [--threads 2]

For each number of tokens that a prompt is read in at once: tokens read and written a second (the
engine's own timings, a prompt of some 360 tokens that it has not seen), and the seconds from Stop
until the work has ended, half of them while the prompt is read. `ended` counts the stops for which
the process did not leave in time and was ended itself. Prints a table.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from threading import Event, Timer

from rag.models import llama
from rag.models.kept import KeptModel
from rag.models.llama import LlamaModel

ROOT = Path(llama.__file__).resolve().parents[2]
ARTICLE = ROOT / "seeds" / "000_fe5bd0c0b00e3e2d.txt"
PROMPT_CHARACTERS = 1500
TOKENS = 60
SPEEDS = """
import json, os, sys
from rag.models.llama_process import load
out = os.dup(1)
os.dup2(2, 1)
path, threads, batch, prompts = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
server = load(path, threads, 4096, batch)
found = []
for prompt in prompts:
    def take(chunk):
        if "timings" in chunk:
            timings = chunk["timings"]
            found.append((timings["prompt_per_second"], timings["predicted_per_second"]))
        return False
    message = {"role": "user", "content": prompt}
    server.handle_chat_completions(
        {"messages": [message], "max_tokens": 60, "temperature": 0, "stream": True}, take
    )
os.write(out, json.dumps(found).encode())
os._exit(0)
"""


def main() -> int:
    """Measure, print, return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--batches", type=int, nargs="+", default=[llama.BATCH_TOKENS])
    parser.add_argument("--stops", type=int, default=12)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    print("| batch | reads a second | writes a second | Stop: p50 s | Stop: most s | ended |")
    print("|---|---|---|---|---|---|")
    for batch in args.batches:
        read, written = speeds(args.model, args.threads, batch)
        seconds, ended = stops(args.model, args.threads, batch, args.stops)
        print(
            f"| {batch} | {read:.0f} | {written:.0f} | {statistics.median(seconds):.3f} "
            f"| {max(seconds):.3f} | {ended} of {args.stops} |",
            flush=True,
        )
    return 0


def prompts(count: int) -> list[str]:
    """Return prompts that have no beginning in common, so that none is in the engine's cache."""
    text = ARTICLE.read_text("utf-8")
    return [
        f"{number}. {text[number * 200 :][:PROMPT_CHARACTERS]}\n\nSum it up."
        for number in range(count)
    ]


def speeds(model: Path, threads: int, batch: int) -> tuple[float, float]:
    """Return tokens read and written a second, the medians of three prompts after a first one."""
    command = [sys.executable, "-c", SPEEDS, str(model), str(threads), str(batch), *prompts(4)]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, cwd=ROOT
    )
    read, written = zip(*json.loads(done.stdout)[1:], strict=True)
    return statistics.median(read), statistics.median(written)


def stops(model: Path, threads: int, batch: int, count: int) -> tuple[list[float], int]:
    """Return the seconds from each stop to the end of the work, and how often that was forced."""
    llama.BATCH_TOKENS = batch
    loaded: list[LlamaModel] = []

    def load() -> LlamaModel:
        loaded.append(LlamaModel(model, model.stem, threads))
        return loaded[-1]

    kept = KeptModel(load, model.stem, 600.0)
    list(kept.stream([{"role": "user", "content": "Hello."}], 4, Event()))
    seconds, ended = [], 0
    for number, prompt in enumerate(prompts(count)):
        seconds.append(_stopped(loaded[-1], prompt, in_prompt=number % 2 == 0, number=number))
        if loaded[-1].has_ended:
            ended += 1
            list(kept.stream([{"role": "user", "content": "Hello."}], 4, Event()))
    kept.close()
    return seconds, ended


def _stopped(model: LlamaModel, prompt: str, *, in_prompt: bool, number: int) -> float:
    """Stop while the prompt is read, at another moment each time, or after some pieces of text."""
    cancel, at = Event(), [0.0]

    def stop() -> None:
        at[0] = time.perf_counter()
        cancel.set()

    pieces = model.stream([{"role": "user", "content": prompt}], TOKENS, cancel)
    if in_prompt:
        Timer(0.3 + 0.13 * number, stop).start()
    else:
        for _ in range(2 + number % 5):
            next(pieces)
        stop()
    list(pieces)
    return time.perf_counter() - at[0]


if __name__ == "__main__":
    sys.exit(main())
