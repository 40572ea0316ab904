"""Prints what the checker lets pass of sentences that writers wrote, and that people labelled.

    python -m training.judge_written training/data/written/open.jsonl

For each threshold: the share of the supported sentences that would be stopped, how many would be
shown, and how many of these a person found supported only in part, or not. Each is tried beside the
quotes that it was written from, as the product tries it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.answering.check import Checker, agreed, supporting_quotes
from rag.answering.retrieve import Similarities, similarities
from rag.answering.word import Said
from rag.assemble import load_checker, load_embedder
from rag.datatypes import Citation
from rag.offline import set_offline
from rag.settings import load_settings

THRESHOLDS = (0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99)
_NEVER = 2.0
"""A probability that none reaches, so that all choices of quotes are tried."""


class Listening:
    """A `Checker` that keeps the highest probability it gave, and that of a yes or no."""

    def __init__(self, checker: Checker) -> None:
        self.name = checker.name
        self.highest = 0.0
        self.of_word: float | None = None
        self._checker = checker

    def supported(self, question: str, sentence: str, cited_texts: Sequence[str]) -> float:
        """Return what the checker does."""
        probability = self._checker.supported(question, sentence, cited_texts)
        self.highest = max(self.highest, probability)
        return probability

    def answered(self, question: str, word: Said, texts: Sequence[str]) -> float:
        """Return what the checker does."""
        self.of_word = self._checker.answered(question, word, texts)
        return self.of_word


def main() -> int:
    """Judge the labelled sentences and print the table; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("files", type=Path, nargs="+")
    args = parser.parse_args()
    set_offline()
    lines = [
        json.loads(line) for path in args.files for line in path.read_text("utf-8").splitlines()
    ]
    settings = load_settings()
    checker = load_checker(settings, lambda line: print(line, file=sys.stderr))
    if checker is None:
        return 1
    embedder, _ = load_embedder(settings)
    likeness = partial(similarities, embedder)
    supports = np.array([support(checker, line, likeness) for line in lines])
    for writer in ["", *sorted({line["writer"] for line in lines})]:
        own = [number for number, line in enumerate(lines) if writer in ("", line["writer"])]
        print(f"{writer or 'all'}: {len(own)} sentences")
        print_shown([lines[number] for number in own], supports[own])
    return 0


def support(checker: Checker, line: dict[str, Any], likeness: Similarities) -> float:
    """Return the probability from which on the sentence of a line is shown; 0 if it never is."""
    citations = [
        Citation(
            document_id=0, document=name, start=0, end=0, page=None, quote=quote, section=under
        )
        for name, under, quote in line["evidence"]
    ]
    listening = Listening(checker)
    supporting_quotes(listening, line["question"], line["sentence"], citations, likeness, _NEVER)
    return agreed(listening.highest, listening.of_word)


def print_shown(lines: Sequence[dict[str, Any]], supports: NDArray[np.float64]) -> None:
    """Print what each threshold shows of the lines, whose `supports` are (n,)."""
    labels = np.array([line["label"] for line in lines])
    true = labels == "supported"
    for least in THRESHOLDS:
        shown = supports >= least
        print(
            f"  from {least:.2f}: {shown.sum()} shown, {(shown & (labels == 'partly')).sum()} of "
            f"them supported in part, {(shown & (labels == 'not')).sum()} not; of {true.sum()} "
            f"supported ones {(true & ~shown).sum() / max(1, true.sum()):.3f} stopped"
        )


if __name__ == "__main__":
    sys.exit(main())
