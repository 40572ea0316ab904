"""How often the evidence of a question is among the passages that are retrieved first.

    python benchmarks/retrieval.py own ../shared/qa/own/w0*.jsonl [--held-out FILE]
    python benchmarks/retrieval.py squad ../shared/qa/squad.json --articles -6:

All documents are one library, made as the product makes it. `--no-path` leaves out what stands
above a passage (title, headings, words that lead in a list); `--named` adds the document's title
to each question. Runs on older code too, as far as that has the same classes.
"""

import argparse
import json
import random
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path.cwd()))

DEPTHS = (1, 6, 10, 20)


class Asked(NamedTuple):
    """A question with the name of its document and the exact texts that answer it."""

    question: str
    document: str
    evidence: tuple[str, ...]


def main() -> int:
    """Make the library, ask, print hit@k; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=("own", "squad"))
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--articles", default="-6:", help="slice of the articles of a SQuAD file")
    parser.add_argument("--held-out", type=Path, help="JSON list of titles: only these are asked")
    parser.add_argument("--limit", type=int, default=1_000)
    parser.add_argument("--no-path", action="store_true")
    parser.add_argument("--named", action="store_true")
    args = parser.parse_args()
    if args.kind == "own":
        texts, asked = read_own(args.files)
    else:
        texts, asked = read_squad(args.files[0], args.articles)
    if args.held_out:
        titles = {slug(title) for title in json.loads(args.held_out.read_text("utf-8"))}
        asked = [each for each in asked if each.document in titles]
    random.Random(7).shuffle(asked)
    asked = asked[: args.limit]
    if args.named:
        asked = [
            each._replace(question=f"{each.question.rstrip('?. ')} ({each.document})?")
            for each in asked
        ]
    if args.no_path:
        from rag.documents import view

        view._path = lambda *_: iter(())
    print(len(texts), "documents,", len(asked), "questions;", measure(texts, asked))
    return 0


def slug(title: str) -> str:
    """Return a title as a file's name."""
    return re.sub(r"[^\w]+", "-", title).strip("-")


def read_own(files: Sequence[Path]) -> tuple[dict[str, str], list[Asked]]:
    """Return texts by name, and the answerable questions."""
    texts: dict[str, str] = {}
    asked = []
    for line in (line for file in files for line in file.read_text("utf-8").splitlines()):
        document = json.loads(line)
        name = slug(document["title"])
        texts[name] = document["context"]
        for item in document["qas"]:
            if item["kind"] not in ("close", "premise"):
                evidence = item["evidence"]
                quotes = (evidence,) if isinstance(evidence, str) else tuple(evidence)
                asked.append(Asked(item["question"], name, quotes))
    return texts, asked


def read_squad(file: Path, articles: str) -> tuple[dict[str, str], list[Asked]]:
    """Return the chosen articles, and their answerable questions with the sentence around."""
    first, stop = (int(part) if part else None for part in articles.split(":"))
    texts: dict[str, str] = {}
    asked = []
    for article in json.loads(file.read_text("utf-8"))["data"][first:stop]:
        name = slug(article["title"])
        texts[name] = "\n\n".join(paragraph["context"] for paragraph in article["paragraphs"])
        for paragraph in article["paragraphs"]:
            for item in paragraph["qas"]:
                if not item.get("is_impossible"):
                    asked.append(Asked(item["question"], name, (around(paragraph, item),)))
    return texts, asked


def around(paragraph: dict, item: dict) -> str:
    """Return the words around an answer, enough to stand only there."""
    start = item["answers"][0]["answer_start"]
    end = start + len(item["answers"][0]["text"])
    context = paragraph["context"]
    return context[max(0, start - 15) : end + 15]


def measure(texts: dict[str, str], asked: Sequence[Asked]) -> dict[str, float]:
    """Return hit@k: the passage holds at least half of a quote, in the right document."""
    from rag.offline import set_offline

    set_offline()
    from rag.answering.retrieve import Retriever
    from rag.assemble import load_embedder, refresh_library
    from rag.settings import load_settings

    with tempfile.TemporaryDirectory() as folder:
        documents = Path(folder, "documents")
        documents.mkdir()
        for name, text in texts.items():
            (documents / f"{name}.txt").write_text(text, "utf-8", newline="")
        settings = load_settings(home=str(Path(folder, "home")))
        embedder, library_id = load_embedder(settings)
        library, _ = refresh_library(
            settings, embedder, library_id, docs=[documents], name=None, say=print
        )
        with library:
            retriever = Retriever(library, embedder)
            ranks = [rank(retriever, library, texts, each) for each in asked]
    return {
        f"hit@{depth}": round(sum(r <= depth for r in ranks) / len(ranks), 3) for depth in DEPTHS
    }


def rank(retriever, library, texts: dict[str, str], asked: Asked) -> int:  # noqa: ANN001
    """Return the rank, from 1, of the first passage that answers; 99 for none."""
    text = texts[asked.document]
    places = [(text.index(quote), text.index(quote) + len(quote)) for quote in asked.evidence]
    for number, hit in enumerate(retriever.retrieve(asked.question, DEPTHS[-1]), 1):
        passage = hit.passage
        if library.document_name(passage.document_id) == f"{asked.document}.txt":
            for start, end in places:
                if min(end, passage.end) - max(start, passage.start) >= (end - start) / 2:
                    return number
    return 99


if __name__ == "__main__":
    sys.exit(main())
