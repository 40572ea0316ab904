"""A library of a million passages: opening it, asking it, its memory, a document added.

    python benchmarks/million_passages.py FOLDER [--passages 1000000] [--engine]

Makes a library in FOLDER by the product's own `put`, or goes on with one: random clustered vectors
of 768 numbers, as the larger embedder has (384 in the figures that are said to be so), and texts of
60 words, as frequent as Zipf's law has them. Then measures what a question takes until its passages
are found, and beside it the way before there were codes: all vectors in memory, compared exactly,
and every passage scored that shares a word. With `--engine` the shared library too, on Qdrant's
engine in this process (qdrant-edge, as the tests have it): no network is in its figures. Times are
by the clock and in processor seconds (the second is the one to believe on a busy machine).
"""

import argparse
import hashlib
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import numpy as np

sys.path.insert(0, str(Path.cwd()))
sys.path.insert(1, str(Path.cwd() / "tests"))

from rag.datatypes import Document, Segment
from rag.documents.split import PassageDraft
from rag.library.library import HomeLibrary, open_library
from rag.library.protocol import Library, Query
from rag.library.schema import Database
from rag.library.word_query import match_terms

DIMENSION, CLUSTERS, WORDS, OF_DOCUMENT = 768, 2_000, 60, 50
VOCABULARY, FIRST_ASKED = 200_000, 80
"""Words there are; those that are more frequent than the 80th are no question's words."""
QUESTIONS, CLIENTS = 40, 8
WAYS = "memory", "codes", "engine"
CALLED = {"memory": "all in memory", "codes": "codes in a file", "engine": "Qdrant's engine"}


def main() -> int:
    """Make the library, measure both ways in processes of their own, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--passages", type=int, default=1_000_000)
    parser.add_argument("--engine", action="store_true", help="measure Qdrant's engine as well")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    args = parser.parse_args()
    path = args.folder / f"{args.passages}.sqlite"
    if args.way:
        measure = globals()[f"measure_{args.way}"]
        print(json.dumps(measure(path, args.passages)))
        return 0
    with opened(path) as library:
        build(library, args.passages)
    if args.engine:
        with opened_engine(path) as library:
            build(library, args.passages)
    figures = {}
    ways = WAYS if args.engine else WAYS[:2]
    for way in ways:
        command = [sys.executable, __file__, str(args.folder), "--way", way]
        command += ["--passages", str(args.passages)]
        found = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        figures[way] = json.loads(found.stdout)
    print(f"| {args.passages:,} passages | {' | '.join(CALLED[way] for way in ways)} |")
    print("|---" * (1 + len(ways)) + "|")
    for name in figures["codes"]:
        print(f"| {name} | {' | '.join(figures[way].get(name, '') for way in ways)} |")
    return 0


def build(library: Library, passages: int) -> None:
    """Put what is missing of the documents."""
    began = time.process_time()
    library.start_over({**library.recipe, "dimension": str(DIMENSION)})
    for number in range(library.document_count(), passages // OF_DOCUMENT):
        library.put(*made_document(number))
        if number % 1_000 == 0:
            seconds = time.process_time() - began
            print(f"document {number:,}: {seconds:.0f} s", file=sys.stderr, flush=True)
    library.settle()


def opened(path: Path) -> HomeLibrary:
    """Open the library at home."""
    return open_library(path, embedder_id="random", passage_tokens=100, say=print)


@contextmanager
def opened_engine(path: Path) -> Iterator[Library]:
    """Open the library on the engine; the graph is built when it is closed, as far as it is not."""
    from edge_client import EdgeClient
    from shared_library import open_local

    from rag.library.recipe import library_recipe

    client = EdgeClient(path.with_suffix(".engine"))
    recipe = library_recipe("random", 100) | {"dimension": str(DIMENSION)}
    try:
        yield open_local(SimpleNamespace(dimension=DIMENSION), client, recipe=recipe)
        began = time.process_time()
        client.optimize()
        print(f"optimized: {time.process_time() - began:.0f} s CPU", file=sys.stderr, flush=True)
    finally:
        client.close()


def made_document(number: int) -> tuple[Document, list[PassageDraft], np.ndarray]:
    """Return a document, always the same for the same number, its passages and their vectors."""
    chance = np.random.default_rng(number)
    texts = [" ".join(WORD[row]) for row in words_drawn(chance)]
    text = "\n".join(texts)
    drafts, start = [], 0
    for own in texts:
        end = start + len(own)
        drafts.append(
            PassageDraft(
                start=start,
                end=end,
                sentences=((start, end),),
                kinds=("sentence",),
                path="",
                words=own,
                segments=(Segment(0, len(own), start, end),),
            )
        )
        start = end + 1
    document = Document(
        source=f"/d/{number}",
        name=f"{number}.txt",
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        text=text,
    )
    return document, drafts, unit(vectors_drawn(chance))


def words_drawn(chance: np.random.Generator) -> np.ndarray:
    """Return the ranks of the words of a document's passages, int (passages, words)."""
    drawn = np.searchsorted(SHARES, chance.random((OF_DOCUMENT, WORDS)))
    return np.minimum(drawn, VOCABULARY - 1)


def vectors_drawn(chance: np.random.Generator) -> np.ndarray:
    """Return the vectors of a document's passages, each near the middle of a cluster."""
    spread = 0.8 * chance.normal(size=(OF_DOCUMENT, DIMENSION))
    return MIDDLES[chance.integers(0, CLUSTERS, OF_DOCUMENT)] + spread


def unit(rows: np.ndarray) -> np.ndarray:
    """Return the rows with length 1."""
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


def made_word(rank: int) -> str:
    """Return the word of this rank: syllables, the frequent ones short."""
    letters, number = "", rank + 7
    while number:
        letters += "bcdfghklmnprstvz"[number % 16] + "aeiou"[(number // 16) % 5]
        number //= 80
    return letters


SHARES = np.cumsum((share := 1 / (np.arange(1, VOCABULARY + 1) + 2.7) ** 1.07) / share.sum())
WORD = np.array([made_word(rank) for rank in range(VOCABULARY)])
MIDDLES = np.random.default_rng(1).normal(size=(CLUSTERS, DIMENSION))


def made_questions(passages: int) -> list[Query]:
    """Return questions, each near one passage, with 3 to 7 of its words."""
    chance = np.random.default_rng(2)
    questions = []
    for _ in range(QUESTIONS):
        number = int(chance.integers(passages // OF_DOCUMENT))
        place = int(chance.integers(OF_DOCUMENT))
        of_document = np.random.default_rng(number)
        ranks = np.unique(words_drawn(of_document)[place])
        row = unit(vectors_drawn(of_document))[place]
        telling = ranks[ranks >= FIRST_ASKED]
        asked = chance.choice(telling, min(len(telling), chance.integers(3, 8)), replace=False)
        near = unit(row + 0.7 * unit(chance.normal(size=DIMENSION)))
        questions.append(Query(question=" ".join(WORD[asked]), row=near))
    return questions


Found = tuple[list[int], list[float]]
"""The first passages by meaning, and the scores of those by words: many have the same."""


def measure_codes(path: Path, passages: int) -> dict[str, str]:
    """Return the figures of the product at home."""
    wall, cpu = time.perf_counter(), time.process_time()
    library = opened(path)
    return measured(library, path, passages, (wall, cpu), lambda ids: ids)


def measure_engine(path: Path, passages: int) -> dict[str, str]:
    """Return the figures of a shared library."""
    wall, cpu = time.perf_counter(), time.process_time()
    with opened_engine(path) as library:

        def ids_at_home(ids: list[int]) -> list[int]:
            found = library.passages(ids)
            documents = library.documents(ids={each.document_id for each in found})
            numbers = {each.id: int(each.source.rpartition("/")[2]) for each in documents}
            starts = {
                number: [draft.start for draft in made_document(number)[1]]
                for number in numbers.values()
            }
            of = [(numbers[each.document_id], each.start) for each in found]
            return [n * OF_DOCUMENT + starts[n].index(start) + 1 for n, start in of]

        return measured(library, path, passages, (wall, cpu), ids_at_home)


def measured(
    library: Library,
    path: Path,
    passages: int,
    began: tuple[float, float],
    ids_at_home: Callable[[list[int]], list[int]],
) -> dict[str, str]:
    """Return the figures of a library whose opening began at these times."""
    questions = made_questions(passages)
    library.search(questions[:1], 100)
    figures = {"opened and asked once": took(*began)}
    figures["the same question again"] = shown(timed(lambda: library.search(questions[:1], 100)))

    def ask(query: Query) -> Found:
        (found,) = library.search([query], 100)
        return [each[0] for each in found.nearest], [each[1] for each in found.matching]

    figures |= asked(ask, questions)
    saved = json.loads(path.with_suffix(".exact").read_text())
    found = [ask(query) for query in questions]
    for depth in (10, 100):
        alike = [
            shared(ids_at_home(own[:depth]), exact[:depth])
            for (own, _), (exact, _) in zip(found, saved, strict=True)
        ]
        figures[f"vectors: recall@{depth} against exact"] = f"{np.mean(alike):.4f}"
    alike = [
        sum(score > exact[:10][-1] - 1e-3 for score in own[:10]) / len(exact[:10])
        for (_, own), (_, exact) in zip(found, saved, strict=True)
    ]
    figures["words: recall@10 against exact"] = f"{np.mean(alike):.4f}"
    questioned = [query.question for query in questions]
    words = [timed(lambda words=words: library.matching(words, 100)) for words in questioned]
    figures["words alone, p50 and p95"] = spread(words)
    document, drafts, rows = made_document(passages)
    wall, cpu = time.perf_counter(), time.process_time()
    library.put(document, drafts, rows)
    figures["a document of 50 passages is put"] = took(wall, cpu)
    after = timed(lambda: ask(questions[1]))
    again = timed(lambda: ask(questions[1]))
    figures["first question after it"] = f"{shown(after)}; again {shown(again)}"
    wall, cpu = time.perf_counter(), time.process_time()
    library.settle()
    figures["settled afterwards"] = took(wall, cpu)
    library.remove(document.source)
    library.settle()
    return figures


def measure_memory(path: Path, passages: int) -> dict[str, str]:
    """Return the figures of the way before; keep what it finds, which is exact."""
    import faiss

    faiss.omp_set_num_threads(1)
    questions = made_questions(passages)
    database = Database(path)

    def opened_index() -> tuple[np.ndarray, faiss.IndexFlatIP]:
        rows = database.query("SELECT id, vector FROM vectors ORDER BY id")
        ids = np.array([passage_id for passage_id, _ in rows])
        matrix = np.frombuffer(b"".join(vector for _, vector in rows), "<f4")
        del rows
        index = faiss.IndexFlatIP(DIMENSION)
        index.add(matrix.reshape(-1, DIMENSION))
        return ids, index

    wall, cpu = time.perf_counter(), time.process_time()
    ids, index = opened_index()
    first = took(wall, cpu)

    def ask(query: Query) -> Found:
        _, rows = index.search(query.row[np.newaxis], 100)
        terms = match_terms(query.question)
        words = database.query(
            "SELECT rowid, -bm25(words) AS score FROM words WHERE words MATCH ? "
            "ORDER BY score DESC, rowid LIMIT 100",
            " OR ".join(terms),
        )
        for term in terms:
            database.query("SELECT count(*) FROM words WHERE words MATCH ?", term)
        return ids[rows[0]].tolist(), [score for _, score in words]

    figures = {"opened and asked once": first} | asked(ask, questions)
    path.with_suffix(".exact").write_text(json.dumps([ask(query) for query in questions]))
    figures["first question after it"] = f"{first} to build the index again, and a question"
    database.close()
    return figures


def asked(ask: Callable[[Query], Found], questions: Sequence[Query]) -> dict[str, str]:
    """Return what questions take, one after the other and of eight clients at once."""
    ask(questions[0])
    alone = [timed(lambda query=query: ask(query)) for query in questions]
    with ThreadPoolExecutor(CLIENTS) as clients:
        together = list(clients.map(lambda query: timed(lambda: ask(query))[0], questions))
    return {
        "a question, p50 and p95": spread(alone),
        "of eight clients, p50 by the clock": f"{np.median(together) * 1000:.0f} ms",
        "memory at most": f"{most_memory_mb():.0f} MB",
    }


def most_memory_mb() -> float:
    """Return the most memory that this process had; `ru_maxrss` has what started it in it too."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().split("VmHWM:")[1].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def shared(own: Sequence[int], exact: Sequence[int]) -> float:
    """Return the share of `exact` that is among `own`; 1.0 if there is none."""
    return len(set(own) & set(exact)) / len(exact) if exact else 1.0


def timed(call: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds that a call takes by the clock, and of the processor."""
    wall, cpu = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - wall, time.process_time() - cpu


def took(wall: float, cpu: float) -> str:
    """Return the time since then."""
    return shown((time.perf_counter() - wall, time.process_time() - cpu))


def shown(seconds: tuple[float, float]) -> str:
    """Return both times for people."""
    return f"{seconds[0] * 1000:.0f} ms ({seconds[1] * 1000:.0f} ms CPU)"


def spread(times: Sequence[tuple[float, float]]) -> str:
    """Return median and 95th percentile of both times."""
    both = [shown(tuple(np.percentile(times, at, axis=0))) for at in (50, 95)]
    return ", ".join(both)


if __name__ == "__main__":
    sys.exit(main())
