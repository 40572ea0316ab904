"""Prints what the checker in use is worth on texts that it did not learn, and what thresholds cost.

    python -m training.judge_checker --data QA --claims training/data/own

The temperature that fits, the shares of yes, no and "the text says otherwise" that would be said
from a probability on and are right, and the claims that would pass.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from rag.assemble import load_checker
from rag.models.checker import PairModel
from rag.offline import set_offline
from rag.settings import load_settings
from training.checker_data import Mixture, pairs_of
from training.documents import OWN
from training.pair_texts import pair_texts
from training.pairs import CONTRADICTED, SUPPORTED, UNSETTLED, UNSUPPORTED, Pair

Numbers = NDArray[np.float64]
_ONE_IN = 4
"""Of our own yes-or-no questions so many are asked once more beside a text of elsewhere."""
THRESHOLDS = (0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)


def main() -> int:
    """Ask about all that is held out and print the tables; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--claims", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    set_offline()
    loaded = load_checker(load_settings(), lambda line: print(line, file=sys.stderr))
    if loaded is None:
        return 1
    mixture = Mixture(args.data, args.claims, seed=args.seed)
    _, held = pair_texts(OWN / "pairs")
    random = Random(args.seed)
    pairs = [p for text in held for p in pairs_of(text, random, every=True)]
    judged = judge(loaded.model, pairs)
    print(
        f"{len(held)} texts, {len(pairs)} pairs: temperature {best_temperature(pairs, judged):.3f}"
    )
    print_words("texts", pairs, judged)
    own = [*mixture.held_yes_or_no, *mixture.held_unsettled[::_ONE_IN]]
    print_words("own", own, judge(loaded.model, own))
    print_denials(pairs, judged)
    print_claims(pairs, judged)
    return 0


def judge(model: PairModel, pairs: Sequence[Pair]) -> Numbers:
    """Return probabilities (n, 3)."""
    found = model.probabilities([(pair.said, pair.text) for pair in pairs])
    if found is None:
        raise SystemExit("the checker cannot be had")
    return found.astype(np.float64)


def best_temperature(pairs: Sequence[Pair], judged: Numbers) -> float:
    """Return by how much the logits would have to be divided further for the least log loss."""
    labels = np.array([pair.label for pair in pairs])
    logits = np.log(judged + 1e-9)

    def loss(temperature: float) -> float:
        powers = np.exp(logits / temperature)
        p = powers / powers.sum(1, keepdims=True)
        known = p[np.arange(len(p)), np.minimum(labels, UNSETTLED)]
        right = np.where(labels == UNSUPPORTED, p[:, CONTRADICTED] + p[:, UNSETTLED], known)
        return float(-np.log(right + 1e-9).mean())

    print(f"log loss {loss(1.0):.4f}")
    return float(minimize_scalar(loss, bounds=(0.5, 3.0), method="bounded").x)


def print_words(name: str, pairs: Sequence[Pair], judged: Numbers) -> None:
    """Print to how many yes-or-no questions a word would be said, and how many of these rightly."""
    chosen = [number for number, pair in enumerate(pairs) if pair.source == "yesno"]
    p, labels = judged[chosen], np.array([pairs[number].label for number in chosen])
    said, word = p[:, :UNSETTLED].max(1), p[:, :UNSETTLED].argmax(1)
    settled = labels != UNSETTLED
    print(f"{name}: {len(chosen)} questions, {int((~settled).sum())} of them open")
    for least in THRESHOLDS:
        shown = said >= least
        right = (word == labels)[shown].mean() if shown.any() else float("nan")
        print(f"  from {least:.2f}: said to {shown[settled].mean():.3f}, {right:.3f} of all right")


def print_denials(pairs: Sequence[Pair], judged: Numbers) -> None:
    """Print what would be called denied of questions with who, what or why, by what they are."""
    asked = [number for number, pair in enumerate(pairs) if pair.source == "asked"]
    labels = np.array([pairs[number].label for number in asked])
    p = judged[asked, CONTRADICTED]
    for least in THRESHOLDS:
        shares = {
            name: (p[labels == label] >= least).mean()
            for name, label in (
                ("denied", CONTRADICTED),
                ("answered", SUPPORTED),
                ("close", UNSETTLED),
            )
        }
        shown = ", ".join(f"{name} {share:.3f}" for name, share in shares.items())
        print(f"  said otherwise from {least:.2f}: {shown}")


def print_claims(pairs: Sequence[Pair], judged: Numbers) -> None:
    """Print how many true and false claims would pass."""
    chosen = [number for number, pair in enumerate(pairs) if pair.source == "claim"]
    true = np.array([pairs[number].label == SUPPORTED for number in chosen])
    p = judged[chosen, SUPPORTED]
    for least in THRESHOLDS:
        passes = p >= least
        shares = f"true {passes[true].mean():.3f}, false {passes[~true].mean():.3f}"
        print(f"  claims from {least:.2f}: {shares}")


if __name__ == "__main__":
    sys.exit(main())
