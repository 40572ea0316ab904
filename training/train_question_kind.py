"""Trains what says which kind of answer a question asks for (`rag/answering/question_kind.py`).

    python -m training.train_question_kind [--measure]

Reads `data/kinds*.jsonl`, the questions of our own documents and those of the everyday documents to
learn from; `data/topics.jsonl`, and the overviews of `data/kinds_overviews.jsonl`, for whether an
overview is asked for of one topic. Writes the product's weights, always the same for the same files
and embedder; with `--measure` it writes nothing and prints the figures of five folds.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack, vstack
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

from rag.answering.question_kind import KINDS, WEIGHTS, form_of
from rag.assemble import load_embedder
from rag.datatypes import Embedder
from rag.settings import Settings
from training.everyday import LEARNT

DATA = Path(__file__).resolve().parent / "data"
FOLDS = 5
_KIND_OF = {"span": "short", "why": "explanation", "yesno": "yesno", "list": "list"}
"""Of the questions of our own documents; those without an answer have no kind."""
_EVERYDAY = {
    "short": "short",
    "yes": "yesno",
    "no": "yesno",
    "list": "list",
    "steps": "steps",
    "explanation": "explanation",
}
_LAST_FOLDER = "av"
"""The everyday questions that were written later are not learnt: four of five ask for a fact, and
with them what is between a fact and a list or a comparison moved to the fact ("which numbers are
still drying")."""
_TOGETHER = 4
"""Neighbours in `kinds*.jsonl` often say the same in two ways, so they stay in one fold."""
_STRENGTH, _TOPIC_STRENGTH = 20.0, 10.0
"""Inverse of the regularisation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question with its kind; those of one `group` lie in one fold. `source` is for figures."""

    question: str
    kind: str
    group: str
    source: str

    @property
    def fold(self) -> int:
        """Return in which of the folds it is measured."""
        return crc32(self.group.encode()) % FOLDS


def read_kinds(path: Path) -> list[Asked]:
    """Read a file of kinds. Raises ValueError for a kind that there is not, or a question twice."""
    asked: list[Asked] = []
    seen: set[str] = set()
    for number, line in enumerate(path.read_text("utf-8").splitlines()):
        item = json.loads(line)
        if item["kind"] not in KINDS:
            raise ValueError(
                f"{path.name}, line {number + 1}: kind {item['kind']!r}, "
                f"expected one of {', '.join(KINDS)}"
            )
        if item["question"].casefold() in seen:
            raise ValueError(f"{path.name}, line {number + 1}: stands twice: {item['question']}")
        seen.add(item["question"].casefold())
        asked.append(
            Asked(
                question=item["question"],
                kind=item["kind"],
                group=f"{path.stem}/{number // _TOGETHER}",
                source="careless" if item.get("careless") else "careful",
            )
        )
    return asked


def read_own(paths: Sequence[Path]) -> list[Asked]:
    """Read the questions of our own documents that have a kind."""
    return [
        Asked(
            question=item["question"],
            kind=_KIND_OF[item["kind"]],
            group=f"{path.stem}/{number}",
            source="own",
        )
        for path in paths
        for number, line in enumerate(path.read_text("utf-8").splitlines())
        for item in json.loads(line)["qas"]
        if item["kind"] in _KIND_OF
    ]


def read_everyday(folder: Path) -> list[Asked]:
    """Read the questions of a folder of everyday documents that have a kind."""
    lines = (folder / "questions.jsonl").read_text("utf-8").splitlines()
    return [
        Asked(
            question=item["question"],
            kind=_EVERYDAY[item["kind"]],
            group=f"{folder.name}/{item['document']}",
            source="everyday",
        )
        for item in map(json.loads, lines)
        if item["answerable"] and item["kind"] in _EVERYDAY
    ]


def read_all() -> list[Asked]:
    """Return every question once, with the kind that `kinds*.jsonl` say if it stands there."""
    asked = [each for path in sorted(DATA.glob("kinds*.jsonl")) for each in read_kinds(path)]
    asked += read_own(sorted([*DATA.glob("[qw]*.jsonl"), *DATA.glob("own/w*.jsonl")]))
    folders = sorted(LEARNT.iterdir(), key=lambda folder: (len(folder.name), folder.name))
    folders = [each for each in folders if len(each.name) < 2 or each.name <= _LAST_FOLDER]
    asked += [each for folder in folders for each in read_everyday(folder)]
    once: dict[str, Asked] = {}
    for each in asked:
        once.setdefault(each.question.casefold(), each)
    return list(once.values())


def read_topics() -> list[tuple[str, bool]]:
    """Return the questions that ask for overviews, and whether each asks about one topic."""
    names = "topics.jsonl", "kinds_overviews.jsonl"
    lines = [line for name in names for line in (DATA / name).read_text("utf-8").splitlines()]
    return [
        (item["question"], bool(item["topic"]))
        for item in map(json.loads, lines)
        if item.get("kind", "overview") == "overview"
    ]


def train_topic(features: csr_matrix, has_topic: NDArray[np.bool_]) -> LogisticRegression:
    """Return the logistic regression of whether there is a topic (n,) on features (n, d)."""
    return LogisticRegression(C=_TOPIC_STRENGTH, max_iter=1000).fit(features, has_topic)


def measure_topics(features: csr_matrix, has_topic: NDArray[np.bool_]) -> None:
    """Print how many are told right by what the other folds taught, at several probabilities."""
    folds = np.arange(len(has_topic)) % FOLDS
    told = np.zeros(len(has_topic))
    for fold in range(FOLDS):
        held = folds == fold
        model = train_topic(features[~held], has_topic[~held])
        told[held] = model.predict_proba(features[held])[:, 1]
    for least in (0.4, 0.5, 0.6, 0.7):
        found, kept = (told >= least)[has_topic].sum(), (told < least)[~has_topic].sum()
        print(
            f"topic at {least}: {found} of {has_topic.sum()} found, {kept} of "
            f"{(~has_topic).sum()} without one left"
        )


def train(features: csr_matrix, kinds: NDArray[np.int64]) -> LogisticRegression:
    """Return the logistic regression of `kinds` (n,), numbers of `KINDS`, on features (n, d)."""
    return LogisticRegression(C=_STRENGTH, max_iter=200, tol=1e-3).fit(features, kinds)


def measure(name: str, asked: Sequence[Asked], features: csr_matrix) -> None:
    """Print how many questions of each source are told right by what the other folds taught."""
    kinds = numbers_of(asked)
    folds = np.array([each.fold for each in asked])
    sources = np.array([each.source for each in asked])
    told = np.zeros_like(kinds)
    for fold in range(FOLDS):
        held = folds == fold
        told[held] = train(features[~held], kinds[~held]).predict(features[held])
    right = {source: (told == kinds)[sources == source].mean() for source in dict.fromkeys(sources)}
    print(name, *(f"{source} {share:.3f}" for source, share in right.items()), sep="  ")
    by_hand = np.isin(sources, ["careful", "careless"])
    scores = f1_score(
        kinds[by_hand], told[by_hand], labels=range(len(KINDS)), average=None, zero_division=0
    )
    print(
        f"  F1 {np.mean(scores):.3f}:",
        *(f"{k} {s:.2f}" for k, s in zip(KINDS, scores, strict=True)),
    )


def numbers_of(asked: Sequence[Asked]) -> NDArray[np.int64]:
    """Return the numbers of the kinds in `KINDS`: (n,)."""
    return np.array([KINDS.index(each.kind) for each in asked])


def save(path: Path, models: Mapping[str, LogisticRegression], embedder: str) -> None:
    """Write the product's weights in float16, by the models' names; one of two labels as two."""
    stored = {}
    for name, model in models.items():
        weights, biases = model.coef_, model.intercept_
        if len(biases) == 1:
            weights, biases = np.vstack([0 * weights, weights]), np.array([0.0, *biases])
        stored[f"{name}_weights"] = weights.astype(np.float16)
        stored[f"{name}_biases"] = biases.astype(np.float32)
    np.savez_compressed(path, embedder=np.array(embedder), **stored)


def features_of(questions: Sequence[str], embedder: Embedder) -> dict[str, csr_matrix]:
    """Return the features (n, d) of questions: by form, by meaning, and by both."""
    form = csr_matrix(vstack([csr_matrix(form_of(question)) for question in questions]))
    meaning = csr_matrix(embedder.embed(questions))
    return {"form": form, "meaning": meaning, "both": csr_matrix(hstack([form, meaning]))}


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, or measure; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--measure", action="store_true", help="print figures, write nothing")
    options = parser.parse_args(arguments)
    asked = read_all()
    embedder, _ = load_embedder(Settings())
    features = features_of([each.question for each in asked], embedder)
    questions, topical = zip(*read_topics(), strict=True)
    of_topics, has_topic = features_of(questions, embedder), np.array(topical)
    if options.measure:
        for name, own in features.items():
            measure(name, asked, own)
        measure_topics(of_topics["both"], has_topic)
        return 0
    kinds = numbers_of(asked)
    models = {name: train(features[name], kinds) for name in ("form", "both")}
    for name in ("form", "both"):
        models[f"topic_{name}"] = train_topic(of_topics[name], has_topic)
    save(WEIGHTS, models, embedder.name)
    print(f"{len(asked)} questions; {WEIGHTS.stat().st_size:,} bytes in {WEIGHTS}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
