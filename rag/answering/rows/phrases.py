"""What a phrase of a question says, by small models that were trained on examples by hand.

Eight are kept in `phrases.json` (`training/train_phrases.py`): how a number is compared
("cheaper than # euros": less), whether things are asked for that have something or that lack it,
whether a thing is meant or left out ("not counting #"), whether an extreme is asked for by name or
by value, whether the average is or the total, whether and how two columns are held against each
other, whether all such rows are asked for or that with the most, and which of the two columns is
the one that the other is held against ("what went up from # to #"). Logistic regression over runs
of words and, where it helps, the embedding of the phrase. Knows nothing of tables.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from rag.datatypes import Vectors

COMPARISON, HAVING, ASKED_FOR, AVERAGING = "comparison", "having", "asked_for", "averaging"
LEFT_OUT, AGAINST, AGAINST_MOST = "left_out", "against", "against_most"
AGAINST_BASE = "against_base"
_FILE = Path(__file__).resolve().parent / "phrases.json"
AROUND_NUMBER, AROUND_THING = (4, 3), (3, 2)
_WORD = re.compile(r"[^\W\d_][\w'’]*|[#<>≤≥=+]|\b0\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseModel:
    """`runs` has the weights of each run of words, one for each of `labels`, as has `bias`.

    `embedded` is (labels, dimension), empty for a model that goes by words alone; `alone` is such a
    model, for a phrase without an embedding, of one that does not.
    """

    labels: tuple[str, ...]
    runs: Mapping[str, Sequence[float]]
    bias: Sequence[float]
    embedded: Sequence[Sequence[float]]
    alone: "PhraseModel | None" = None

    def probabilities(self, phrase: str, vector: Vectors | None = None) -> dict[str, float]:
        """Return the probability of each label; `vector` is the phrase's embedding."""
        if self.alone is not None and (vector is None or not np.any(vector)):
            return self.alone.probabilities(phrase)
        total = np.array(self.bias, dtype=np.float64)
        runs = word_runs(phrase)
        share = share_of_words(runs) if self.embedded else 1.0
        for run in runs:
            if run in self.runs:
                total += share * np.array(self.runs[run])
        if self.embedded and vector is not None:
            total += np.array(self.embedded) @ vector
        shares = np.exp(total - total.max())
        return dict(zip(self.labels, (shares / shares.sum()).tolist(), strict=True))


def word_runs(phrase: str) -> set[str]:
    """Return the words and signs of a phrase, and each two and three that follow each other."""
    words = [word.casefold().replace("’", "'") for word in _WORD.findall(phrase)]
    return {
        " ".join(words[first : first + length])
        for length in (1, 2, 3)
        for first in range(len(words) - length + 1)
    }


def share_of_words(runs: set[str]) -> float:
    """Return what each run counts beside an embedding, which has length 1: so have all of them."""
    return float(1 / np.sqrt(max(1, len(runs))))


def around(text: str, start: int, end: int, words: tuple[int, int] = AROUND_THING) -> str:
    """Return so many `words` before and behind [start, end) of a text, with # in its place.

    They are told from each other: "more than #", "# or more".
    """
    before = [_told(word, "before") for word in _WORD.findall(text[:start])[-words[0] :]]
    behind = [_told(word, "behind") for word in _WORD.findall(text[end:])[: words[1]]]
    return " ".join([*before, "#", *behind])


def around_both(text: str, first: tuple[int, int], second: tuple[int, int]) -> str:
    """Return the words before, between and behind two places of a text, with # in their place.

    Like `around`, they are told from each other.
    """
    parts = {
        "before": text[: first[0]],
        "between": text[first[1] : second[0]],
        "behind": text[second[1] :],
    }
    return " # ".join(
        " ".join(_told(word, where) for word in _WORD.findall(part))
        for where, part in parts.items()
    )


def _told(word: str, where: str) -> str:
    """Return a word with where it stands; a sign or a zero as it is."""
    return f"{word}_{where}" if word[0].isalpha() else word


@lru_cache(maxsize=1)
def phrase_models() -> dict[str, PhraseModel]:
    """Return the models by name."""
    kept = json.loads(_FILE.read_text("utf-8"))
    return {name: _model(values) for name, values in kept.items()}


def _model(values: Mapping[str, Any]) -> PhraseModel:
    alone = values.get("alone")
    return PhraseModel(
        **{**values, "labels": tuple(values["labels"]), "alone": alone and _model(alone)}
    )
