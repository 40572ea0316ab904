"""Draw pairs of a plain quote and its phrased form, to be judged blind; then count the judgement.

Takes a SQuAD-format file. For each question whose answer's sentence has a phrased form, the
generator chooses one as it does in the product; the pair is written in random order. Somebody who
has not seen the key writes 1, 2 or 0 (no difference) into each line's `preferred`.

    python scripts/compare_phrasing.py squad.json@24-30 --pairs pairs.jsonl --count 100
    python scripts/compare_phrasing.py --judge pairs.jsonl
"""

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

from reader_data import Paragraph, Question, choose_answer, read_paragraphs
from scipy.stats import binomtest

from rag.answering.generate import wordings
from rag.assemble import load_generator
from rag.datatypes import Generator
from rag.documents.split import split_sentences
from rag.offline import set_offline
from rag.settings import load_settings

SEED = 7


def main() -> int:
    """Write the pairs, or count the judgements; return the exit code."""
    set_offline()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", metavar="FILE", help="SQuAD format; FILE@24-30: a part")
    parser.add_argument("--pairs", type=Path, help="where to write; the key goes beside it")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--judge", type=Path, metavar="PAIRS", help="count a judged file")
    args = parser.parse_args()
    if args.judge:
        print(count_judgement(args.judge))
        return 0
    if not args.data or not args.pairs:
        parser.error("give FILE and --pairs, or --judge")
    generator = load_generator(load_settings(), lambda line: print(line, file=sys.stderr))
    if generator is None:
        parser.error("the setting generator is none: there is nothing to compare")
    write_pairs(read_paragraphs(args.data), generator, args.pairs, args.count)
    return 0


def write_pairs(paragraphs: list[Paragraph], generator: Generator, path: Path, count: int) -> None:
    """Write up to `count` pairs in random order, and beside them which one is the phrase."""
    shuffled = random.Random(SEED)
    asked = [(p, q) for p in paragraphs for q in p.questions if q.answers]
    shuffled.shuffle(asked)
    drawn = 0
    key = path.with_suffix(".key.json")
    places: list[int] = []
    with path.open("w", encoding="utf-8") as file:
        for question, quote, phrase in pairs(asked, generator):
            place = shuffled.choice((1, 2))
            texts = (phrase, quote) if place == 1 else (quote, phrase)
            line = {"question": question, "1": texts[0], "2": texts[1], "preferred": None}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
            places.append(place)
            drawn += 1
            if drawn == count:
                break
    key.write_text(json.dumps(places), encoding="utf-8")
    print(f"{drawn} pairs in {path}; do not open {key.name} before they are judged")


def pairs(
    asked: list[tuple[Paragraph, Question]], generator: Generator
) -> Iterator[tuple[str, str, str]]:
    """Yield question, quote and phrase; each sentence once."""
    seen: set[str] = set()
    for paragraph, question in asked:
        start, end = choose_answer(paragraph, question)
        answer = paragraph.text[start:end]
        for first, last in split_sentences(paragraph.text):
            quote = paragraph.text[first:last]
            if not (first <= start and end <= last) or quote in seen:
                continue
            if not wordings(question.text, [quote], answer):
                continue
            seen.add(quote)
            phrase = "".join(generator.generate(question.text, [quote], answer, Event())).strip()
            if phrase:
                yield question.text, quote, phrase


def count_judgement(path: Path) -> str:
    """Return how often the phrase and the quote were preferred, with a sign test."""
    lines: list[dict[str, Any]] = [
        json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()
    ]
    places = json.loads(path.with_suffix(".key.json").read_text(encoding="utf-8"))
    names = Counter(
        "neither" if line["preferred"] == 0 else "phrase" if line["preferred"] == place else "quote"
        for line, place in zip(lines, places, strict=True)
        if line["preferred"] in (0, 1, 2)
    )
    judged = names["phrase"] + names["quote"]
    chance = binomtest(names["phrase"], judged).pvalue if judged else 1.0
    return (
        f"{sum(names.values())} judged: phrase {names['phrase']}, quote {names['quote']}, "
        f"neither {names['neither']}; two-sided sign test p = {chance:.3g}"
    )


if __name__ == "__main__":
    sys.exit(main())
