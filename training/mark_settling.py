"""Marks in the short texts which sentence settles a question for yes or no, as the checker has it.

    python -m training.mark_settling

Writes `data/settling.jsonl`, one JSON object a line: `text` (the first twelve digits of its
SHA-256), `question`, `sentence`. Left out are questions of which the checker holds no sentence to
say what their author does. A text that the file has a line of is not asked about again. Knows the
checker and the texts.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

from rag.assemble import load_checker
from rag.settings import load_settings
from training.documents import OWN, sentences_of
from training.pair_lessons import SETTLING, short_hash
from training.pair_texts import PairText, pair_texts
from training.pairs import CONTRADICTED, SUPPORTED

_LEAST_SURE = 0.6
_SIDES = {"yes": SUPPORTED, "no": CONTRADICTED}
_AT_ONCE = 40
"""Texts that the checker is asked about at once."""


def asked_of(text: PairText) -> Iterator[tuple[int, str, str, str]]:
    """Yield (label, question, sentence, the sentence behind the path), one question a side."""
    sentences = [text.text[start:end] for start, end in sentences_of(text.text)]
    for side, label in _SIDES.items():
        for question in text.fields[side][:1]:
            for sentence in sentences:
                yield label, question, sentence, ". ".join((*text.path, sentence))


def main() -> int:
    """Ask the checker about all texts to learn from and write the file; return the exit code."""
    checker = load_checker(load_settings(), lambda line: print(line, file=sys.stderr))
    if checker is None:
        print("the checker cannot be had; run scripts/start.py first", file=sys.stderr)
        return 1
    lines = SETTLING.read_text(encoding="utf-8").splitlines() if SETTLING.exists() else []
    known = {json.loads(line)["text"] for line in lines}
    texts = [text for text in pair_texts(OWN / "pairs")[0] if short_hash(text.text) not in known]
    for first in range(0, len(texts), _AT_ONCE):
        rows = [(text, *one) for text in texts[first : first + _AT_ONCE] for one in asked_of(text)]
        found = checker.model.probabilities([(asked, shown) for _, _, asked, _, shown in rows])
        if found is None:
            return 1
        best: dict[tuple[str, str], tuple[float, str]] = {}
        for (text, label, asked, sentence, _), row in zip(rows, found, strict=True):
            key = short_hash(text.text), asked
            best[key] = max(best.get(key, (_LEAST_SURE, "")), (float(row[label]), sentence))
        lines += [
            json.dumps({"text": text, "question": asked, "sentence": sentence}, ensure_ascii=False)
            for (text, asked), (_, sentence) in best.items()
            if sentence
        ]
        print(f"{first + _AT_ONCE} of {len(texts)}: {len(lines)} marked", file=sys.stderr)
    SETTLING.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
