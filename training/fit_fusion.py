"""Compare dense retrieval, BM25 and their fusion, for several weights of the dense score.

Takes a folder as benchmarks/squad_questions.py writes it (documents/, questions.jsonl). A passage
is right if it holds at least half of a question's evidence.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from rag.answering.retrieve import DENSE_WEIGHT, fuse
from rag.assemble import load_embedder, refresh_library
from rag.datatypes import Passage
from rag.evaluation.metrics import find_all, first_rank, hit_at, reciprocal_rank
from rag.evaluation.questions import Question, read_questions
from rag.library.protocol import Library, Query
from rag.offline import set_offline
from rag.settings import load_settings

WEIGHTS = (0.3, 0.4, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.9)
CANDIDATES = 100


def main() -> int:
    """Rank the answerable questions in each way; print how often the first are right."""
    set_offline()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("set", type=Path, metavar="DIR")
    args = parser.parse_args()
    settings = load_settings()
    embedder, library_id = load_embedder(settings)
    questions, _ = read_questions(args.set / "questions.jsonl")
    asked = [question for question in questions if question.answerable and question.evidence]
    library, _ = refresh_library(
        settings,
        embedder,
        library_id,
        docs=[args.set / "documents"],
        name=None,
        say=lambda line: print(line, file=sys.stderr),
    )
    ranks: dict[str, list[int | None]] = {}
    with library:
        documents = library.documents()
        ids = [place[0] for each in documents for place in library.passage_places(each.id)]
        passages = library.passages(ids)
        queries = embedder.embed([question.question for question in asked])
        pairs = zip(asked, queries, strict=True)
        for question, query in tqdm(pairs, total=len(asked), disable=None):
            right = right_passages(library, question, passages)
            (found,) = library.search([Query(question=question.question, row=query)], CANDIDATES)
            rankings = {
                "dense": [each.passage_id for each in found.nearest],
                "BM25": [each.passage_id for each in found.matching],
            }
            for weight in WEIGHTS:
                scores = fuse(found.cosines, dict(found.matching), found.words_of_all, weight)
                rankings[f"fused {weight:g}"] = sorted(scores, key=lambda i: (-scores[i], i))
            for name, ranking in rankings.items():
                ranks.setdefault(name, []).append(first_rank([i in right for i in ranking[:10]]))
    print(f"{len(asked)} questions, {len(passages)} passages; in use: fused {DENSE_WEIGHT:g}")
    for name, ranked in ranks.items():
        figures = {f"hit@{k}": np.mean([hit_at(rank, k) for rank in ranked]) for k in (1, 5, 10)}
        figures["mrr@10"] = np.mean([reciprocal_rank(rank) for rank in ranked])
        print(f"{name:12}" + "  ".join(f"{key} {value:.3f}" for key, value in figures.items()))
    return 0


def right_passages(
    library: Library, question: Question, passages: Sequence[Passage]
) -> frozenset[int]:
    """Return the passages that hold at least half of the question's evidence."""
    evidence = question.evidence or ""
    right: set[int] = set()
    for document in library.documents():
        if document.name != question.document:
            continue
        for start, end in find_all(library.text(document.id), evidence):
            right |= {
                passage.id
                for passage in passages
                if passage.document_id == document.id
                and 2 * (min(end, passage.end) - max(start, passage.start)) >= end - start
            }
    return frozenset(right)


if __name__ == "__main__":
    sys.exit(main())
