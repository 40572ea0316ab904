"""Fit what turns the reader's scores into a confidence, and print what each threshold would cost.

Takes folders as scripts/squad_questions.py writes them: documents/ and questions.jsonl. Every
question is retrieved and read once; what was found is kept in each folder, as found.pickle.
"""

import argparse
import pickle
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from rag.answering.confidence import (
    Calibration,
    Signals,
    fit_calibration,
    load_calibration,
    save_calibration,
)
from rag.answering.evidence import Candidate, candidate_text, rank_candidates
from rag.answering.read import SpanReader
from rag.answering.retrieve import Retriever
from rag.answering.signals import candidate_signals
from rag.assemble import load_embedder, refresh_library
from rag.datatypes import Hit, Span
from rag.evaluation.metrics import auroc, token_f1
from rag.evaluation.questions import Question, read_questions
from rag.models.find import find_model, load_span_model
from rag.offline import set_offline
from rag.settings import load_settings

RETRIEVAL_WEIGHTS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0)
THRESHOLDS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7)
Found = tuple[Question, tuple[Hit, ...], list[Span]]


def main() -> int:
    """Read the questions, fit, and write the calibration; return the exit code."""
    set_offline()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", type=Path, nargs="+", metavar="DIR")
    parser.add_argument("--output", type=Path, required=True, help="the calibration")
    parser.add_argument("--judge", action="store_true", help="only judge the one that is there")
    args = parser.parse_args()
    found = [item for folder in args.sets for item in collect(folder)]
    if not args.judge:
        for weight in RETRIEVAL_WEIGHTS:
            print(f"retrieval weight {weight:g}: forced F1 {forced_f1(found, weight):.4f}")
        best = max(RETRIEVAL_WEIGHTS, key=lambda weight: forced_f1(found, weight))
        chosen = [choose(item, best) for item in found]
        calibration = fit_calibration(
            [signals for signals, _ in chosen],
            [f1 >= 0.5 for _, f1 in chosen],
            retrieval_weight=best,
        )
        save_calibration(calibration, args.output)
    report(found, load_calibration(args.output))
    return 0


def collect(folder: Path) -> list[Found]:
    """Return what retrieval and reading find for each question of a folder."""
    kept = folder / "found.pickle"
    if kept.exists():
        return list(pickle.loads(kept.read_bytes()))
    settings = load_settings()
    embedder, library_id = load_embedder(settings)
    files = find_model(settings.reader, "reader")
    reader = SpanReader(*load_span_model(files), files.name)
    questions, _ = read_questions(folder / "questions.jsonl")
    library, _ = refresh_library(
        settings, embedder, library_id, docs=[folder / "documents"], name=None, say=complain
    )
    found: list[Found] = []
    with library:
        retriever = Retriever(library, embedder)
        for question in tqdm(questions, desc=folder.name, mininterval=5):
            hits = retriever.retrieve(question.question, settings.passages_to_read)
            spans = reader.read(question.question, [hit.passage for hit in hits])
            found.append((question, hits, spans))
    kept.write_bytes(pickle.dumps(found))
    return found


def choose(item: Found, weight: float) -> tuple[Signals, float]:
    """Return the signals of the best candidate and its F1 (0 for an unanswerable question)."""
    question, hits, spans = item
    candidates: list[Candidate] = rank_candidates(spans, hits, weight)
    f1 = token_f1(candidate_text(candidates[0]), question.answers) if question.answerable else 0.0
    signals = candidate_signals(question.question, candidates, hits)
    return signals, f1


def forced_f1(found: Sequence[Found], weight: float) -> float:
    """Return the mean F1 over the answerable questions when every one is answered."""
    return float(np.mean([choose(item, weight)[1] for item in found if item[0].answerable]))


def report(found: Sequence[Found], calibration: Calibration) -> None:
    """Print how well the confidence separates and fits, and what each threshold costs."""
    chosen = [choose(item, calibration.retrieval_weight) for item in found]
    confidence = np.array([calibration.confidence(signals) for signals, _ in chosen])
    f1 = np.array([f1 for _, f1 in chosen])
    groups = np.array([q.group or "answerable" if not q.answerable else "" for q, _, _ in found])
    answerable = groups == ""
    print(f"{len(found)} questions; forced F1 {f1[answerable].mean():.4f}")
    print(f"expected calibration error {calibration_error(confidence, f1 >= 0.5):.4f}")
    for group in sorted(set(groups[~answerable])):
        chosen_rows = answerable | (groups == group)
        area = auroc(confidence[chosen_rows], answerable[chosen_rows])
        passed = np.quantile(confidence[answerable], 0.05)
        refused = (confidence[groups == group] < passed).mean()
        print(f"{group}: AUROC {area:.4f}, refused when 95 % pass {refused:.4f}")
    for threshold in THRESHOLDS:
        shown = confidence >= threshold
        refused = ", ".join(
            f"{group} refused {1 - shown[groups == group].mean():.3f}"
            for group in sorted(set(groups[~answerable]))
        )
        print(
            f"threshold {threshold:.2f}: answered {shown[answerable].mean():.3f}, F1 "
            f"{(f1 * shown)[answerable].mean():.3f}, right of those shown "
            f"{(f1 >= 0.5)[shown & answerable].mean():.3f}, {refused}"
        )


def calibration_error(confidence: np.ndarray, right: np.ndarray, bins: int = 10) -> float:
    """Return the expected calibration error over bins of equal width (Guo et al. 2017)."""
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    return float(
        sum(
            abs(confidence[place == k].mean() - right[place == k].mean()) * (place == k).mean()
            for k in range(bins)
            if (place == k).any()
        )
    )


def complain(line: str) -> None:
    """Print a line to standard error."""
    print(line, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
