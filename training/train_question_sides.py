"""Trains what finds the two sides of a comparison (`rag/answering/question_sides.py`).

    python -m training.train_question_sides [--measure]

From `data/sides.txt`: a question a line, its two sides in [brackets], what only joins them in
{braces}; without marks where it names no two. With `--measure` five folds, each measured by the
others.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zlib import crc32

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from scipy.special import logsumexp
from sklearn.linear_model import LogisticRegression

from rag.answering.question_sides import (
    BUCKETS,
    LABELS,
    WEIGHTS,
    QuestionSides,
    Reading,
    buckets_of,
    readings_of,
    traits,
    words_of,
)
from rag.evaluation.metrics import Numbers
from rag.evaluation.thresholds import Truths

DATA = Path(__file__).resolve().parent / "data" / "sides.txt"
_FOLDS = 5
_REGULARISATION = 3.0
_PENALTY = 0.002
_MARKS = "[]{}"
TRAITS = len(traits(["a", "b"], Reading(0.0, (0, 1), (1, 2))))


@dataclass(frozen=True, slots=True)
class Marked:
    """A question without its marks, and what each of its words is: a number of `LABELS`."""

    question: str
    labels: tuple[int, ...]


def read_marked(path: Path = DATA) -> list[Marked]:
    """Return the questions of a file. Raises `ValueError` for one whose marks are not in order."""
    return [marked(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def marked(line: str) -> Marked:
    """Return a question that is written with marks."""
    question, kinds = "", []  # of each character
    state, sides = "both", 0
    for character in line.strip():
        if character not in _MARKS:
            question += character
            kinds.append(state)
        elif character == "[" and state == "both":
            state, sides = ("first", "second")[min(sides, 1)], sides + 1
        elif character == "{" and state == "both":
            state = "joins"
        elif character in "]}" and state != "both":
            state = "both"
        else:
            raise ValueError(f"{character} out of place in {line!r}")
    if sides not in (0, 2) or state != "both":
        raise ValueError(f"{sides} sides in {line!r}; expected two or none")
    labels, before = [], ""
    for word in words_of(question):
        kind = kinds[word.start()]
        begins = kind in ("first", "second") and kind != before
        labels.append(LABELS.index(f"begins {kind}" if begins else kind))
        before = kind
    return Marked(question, tuple(labels))


def train(questions: Sequence[Marked]) -> QuestionSides:
    """Return what the questions teach.

    What two sides look like is learnt from readings of questions by what the others taught, since
    those that a model has learnt from it reads too well.
    """
    readings = []
    for fold in range(_FOLDS):
        others = train_words([q for n, q in enumerate(questions) if n % _FOLDS != fold])
        readings += [
            found
            for each in questions[fold::_FOLDS]
            if (found := _readings(others, each)) is not None
        ]
    return replace(train_words(questions), likeness=train_likeness(readings))


def train_words(questions: Sequence[Marked]) -> QuestionSides:
    """Return what the questions teach of single words."""
    rows, columns, labels = [], [], []
    for each in questions:
        tokens = [word[0].casefold() for word in words_of(each.question)]
        for place, label in enumerate(each.labels):
            found = buckets_of(tokens, place)
            rows += [len(labels)] * len(found)
            columns += found
            labels.append(label)
    features = csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(labels), BUCKETS))
    model = LogisticRegression(C=_REGULARISATION, max_iter=500).fit(features, labels)
    return QuestionSides(
        weights=model.coef_.astype(np.float32),
        biases=model.intercept_.astype(np.float32),
        likeness=np.array([1.0] + [0.0] * (TRAITS - 1), dtype=np.float32),
    )


def _readings(model: QuestionSides, each: Marked) -> tuple[Numbers, Truths] | None:
    """Return the traits of the likeliest readings, and which is right; None if none is."""
    tokens = [word[0].casefold() for word in words_of(each.question)]
    first, second = (
        [n for n, label in enumerate(each.labels) if LABELS[label].endswith(side)]
        for side in ("first", "second")
    )
    if not first or not second:
        return None
    found, _ = readings_of(model.logs(tokens))
    sides = (first[0], first[-1] + 1), (second[0], second[-1] + 1)
    right = np.array([(reading.first, reading.second) == sides for reading in found])
    return (np.array([traits(tokens, each) for each in found]), right) if right.any() else None


def train_likeness(groups: Sequence[tuple[Numbers, Truths]]) -> Numbers:
    """Return the weights under which the right reading is most probably the first."""
    scale = np.concatenate([rows for rows, _ in groups]).std(axis=0)
    scale[scale == 0] = 1.0

    def loss(weights: Numbers) -> float:
        total = 0.0
        for rows, right in groups:
            scores = (rows / scale) @ weights
            total += float(logsumexp(scores) - logsumexp(scores[right]))
        return total / len(groups) + _PENALTY * float(weights @ weights)

    weights = minimize(loss, np.zeros(len(scale))).x / scale
    return np.asarray(weights, dtype=np.float32)


def measure(questions: Sequence[Marked]) -> None:
    """Print how many sides are found, by folds."""
    right = found = with_sides = none_right = 0
    for fold in range(_FOLDS):
        held = [q for q in questions if crc32(q.question.encode()) % _FOLDS == fold]
        model = train([q for q in questions if q not in held])
        for each in held:
            sides = model.find(each.question)
            expected = labels_shown(each)
            if not expected:
                none_right += not sides
                continue
            with_sides += 1
            found += bool(sides)
            is_right = [side.label for side in sides] == expected
            right += is_right
            if not is_right:
                print(each.question, "->", [(side.label, side.question) for side in sides])
    print(f"{with_sides} with sides: found {found}, exactly {right}")
    print(f"{len(questions) - with_sides} without: {none_right} left alone")


def labels_shown(each: Marked) -> list[str]:
    """Return the two sides as they stand in the question; none if it has none."""
    words = words_of(each.question)
    shown = []
    for side in ("first", "second"):
        own = [
            word for word, label in zip(words, each.labels, strict=True) if side in LABELS[label]
        ]
        if own:
            shown.append(each.question[own[0].start() : own[-1].end()])
    return shown


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, or measure; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--measure", action="store_true", help="print figures, write nothing")
    options = parser.parse_args(arguments)
    questions = read_marked()
    if options.measure:
        measure(questions)
        return 0
    model = train(questions)
    np.savez_compressed(
        WEIGHTS,
        weights=model.weights.astype(np.float16),
        biases=model.biases.astype(np.float16),
        likeness=model.likeness,
    )
    print(f"{len(questions)} questions; {WEIGHTS.stat().st_size:,} bytes in {WEIGHTS}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
