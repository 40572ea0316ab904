"""Train the small models of phrases (`rag/answering/rows/phrases.py`) and say how good they are.

    python training/train_phrases.py

The examples are `training/data/rows/*.jsonl`, by hand. Ten-fold cross-validation is printed before
the models are fitted to all of them. Takes seconds.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from rag.answering.rows.phrases import (  # noqa: E402
    AGAINST,
    AGAINST_BASE,
    AGAINST_MOST,
    AROUND_NUMBER,
    AROUND_THING,
    ASKED_FOR,
    AVERAGING,
    COMPARISON,
    HAVING,
    LEFT_OUT,
    around,
    around_both,
    share_of_words,
    word_runs,
)

_MODELS = (
    (COMPARISON, "comparisons", False),
    (HAVING, "having", True),
    (ASKED_FOR, "asked_for", True),
    (AVERAGING, "averages", False),
    (LEFT_OUT, "left_out", True),
    (AGAINST, "against", True),
    (AGAINST_MOST, "against_most", True),
    (AGAINST_BASE, "against_base", False),
)
_STRENGTH = {
    COMPARISON: 10.0,
    HAVING: 30.0,
    ASKED_FOR: 30.0,
    AVERAGING: 10.0,
    LEFT_OUT: 10.0,
    AGAINST: 30.0,
    AGAINST_BASE: 1.0,
}
"""The inverse of regularisation: of 1, 3, 10 and 30 the best in cross-validation."""
_BY_WORDS = 10.0
"""The same of a model by words alone that stands beside one with embeddings."""
_AROUND = {COMPARISON: AROUND_NUMBER, LEFT_OUT: AROUND_THING}
"""The words before and behind # that are told from each other."""
_BOTH = ("#1", "#2")
_DECIMALS = 4


def main() -> None:
    """Train all and write them beside the code."""
    from rag.offline import set_offline

    set_offline()
    from rag.assemble import load_embedder
    from rag.settings import load_settings

    embedder, _ = load_embedder(load_settings())
    kept = {}
    for name, file, embeds in _MODELS:
        lines = (ROOT / "training/data/rows" / f"{file}.jsonl").read_text("utf-8").splitlines()
        examples = [json.loads(line) for line in lines]
        phrases = [example["text"] for example in examples]
        labels = np.array([example["label"] for example in examples])
        vectors = embedder.embed(phrases) if embeds else np.zeros((len(phrases), 0))
        if name in _AROUND:
            places = [(text, text.index("#")) for text in phrases]
            phrases = [around(text, at, at + 1, _AROUND[name]) for text, at in places]
        if name == AGAINST_BASE:
            phrases = [
                around_both(text, *(_place(text, each) for each in _BOTH)) for text in phrases
            ]
        kept[name] = train(name, phrases, labels, vectors)
        if embeds:  # another embedder's vectors mean nothing to it
            alone = train(f"{name} by words", phrases, labels, np.zeros((len(phrases), 0)))
            kept[name]["alone"] = alone
    text = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
    (ROOT / "rag/answering/rows/phrases.json").write_text(text + "\n", "utf-8")


def _place(text: str, part: str) -> tuple[int, int]:
    start = text.index(part)
    return start, start + len(part)


def train(name: str, phrases: list[str], labels: NDArray[Any], vectors: Any) -> dict[str, Any]:
    """Return the weights of a model, after printing its accuracy in cross-validation."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    found = [word_runs(phrase) for phrase in phrases]
    counts: dict[str, int] = {}
    for runs in found:
        for run in runs:
            counts[run] = counts.get(run, 0) + 1
    kept = sorted(run for run, count in counts.items() if count > 1)
    place = {run: number for number, run in enumerate(kept)}
    said = np.zeros((len(phrases), len(kept)))
    for row, runs in enumerate(found):
        said[row, [place[run] for run in runs if run in place]] = 1
    said *= np.array([share_of_words(runs) for runs in found])[:, None] if vectors.shape[1] else 1
    features = np.hstack([said, vectors])
    model = LogisticRegression(C=_STRENGTH.get(name, _BY_WORDS), max_iter=500)
    folds = StratifiedKFold(10, shuffle=True, random_state=0)
    shares = cross_val_predict(model, features, labels, cv=folds, method="predict_proba")
    right = np.unique(labels)[shares.argmax(1)] == labels
    sure = shares.max(1) >= 0.6
    print(
        f"{name}: {len(labels)} examples, right {right.mean():.3f}; "
        f"{sure.mean():.2f} are at 0.6 or more, right of these {right[sure].mean():.3f}"
    )
    model.fit(features, labels)
    weights, bias = model.coef_, model.intercept_
    if len(model.classes_) == 2:  # one row of weights stands for both labels
        weights = np.vstack([-weights / 2, weights / 2])
        bias = np.array([-bias[0] / 2, bias[0] / 2])
    rounded = np.round(weights, _DECIMALS)
    return {
        "labels": list(model.classes_),
        "runs": {run: rounded[:, number].tolist() for run, number in place.items()},
        "bias": np.round(bias, _DECIMALS).tolist(),
        "embedded": rounded[:, len(kept) :].tolist() if vectors.shape[1] else [],
    }


if __name__ == "__main__":
    main()
