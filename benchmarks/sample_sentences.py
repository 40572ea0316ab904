"""Let a person judge what was shown: draw sentences from reports, and count the labels.

`draw` writes a CSV file with a sentence, what it cites and an empty `label` on each line; a person
fills in supported, partly or not, by reading the cited text alone. In the column `answers` they may
say yes or no: whether the sentence answers its question. `rate` reads both back.
"""

import argparse
import csv
import io
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from rag.errors import RagError, ReportError  # noqa: E402
from rag.evaluation.report import neutralised, read_report, write_whole  # noqa: E402

COLUMNS = ("report", "id", "sentence_number", "question", "sentence", "cited", "label", "answers")
LABELS = ("supported", "partly", "not")
ANSWERS = ("yes", "no")
BETWEEN_QUOTES = "\n[…]\n"
Line = dict[str, str]


def main(arguments: list[str] | None = None) -> int:
    """Draw sentences or print their rates; return the exit code."""
    args = _parser().parse_args(arguments)
    try:
        if args.command == "rate":
            print(format_rates(LABELS, read_labels(args.file, "label", LABELS)))
            if answers := read_labels(args.file, "answers", (*ANSWERS, "")):
                print(format_rates(ANSWERS, answers))
            return 0
        if args.output.exists():
            raise ReportError(f"{args.output} is there already, perhaps with labels: name another")
        sentences = [line for folder in args.reports for line in shown_sentences(folder)]
        drawn = draw(sentences, args.count, args.seed)
        write_whole(args.output, as_csv(drawn))
        print(f"{args.output}: {len(drawn)} of {len(sentences)} sentences that were shown")
    except (RagError, OSError) as error:
        print(f"sample_sentences: {error}", file=sys.stderr)
        return 1
    return 0


def shown_sentences(report_dir: Path) -> Iterator[Line]:
    """Yield a line for each sentence that the report's answers showed.

    The same sentence with the same question in two reports of one set is two lines: draw from one.
    """
    for row in read_report(report_dir)["rows"]:
        for number, sentence in enumerate(row["sentences"], start=1):
            quotes = [c["quote"] for c in row["citations"] if c["number"] in sentence["citations"]]
            yield {
                "report": "/".join(report_dir.absolute().parts[-2:]),
                "id": row["id"],
                "sentence_number": str(number),
                "question": row["question"],
                "sentence": sentence["text"],
                "cited": BETWEEN_QUOTES.join(quotes),
                "label": "",
                "answers": "",
            }


def draw(sentences: Sequence[Line], count: int, seed: int) -> list[Line]:
    """Return `count` sentences drawn at random without replacement; all if there are no more."""
    return random.Random(seed).sample(sentences, min(count, len(sentences)))


def as_csv(lines: Sequence[Line]) -> str:
    """Return the lines as CSV that is safe to open in a spreadsheet."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([neutralised(line[name]) for name in COLUMNS] for line in lines)
    return text.getvalue()


def read_labels(path: Path, column: str, expected: Sequence[str]) -> list[str]:
    """Return what a column says on each line; nothing where it may be and is empty throughout.

    Raises `ReportError` for a label that is missing or not known.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        labels = [(line.get(column) or "").strip().lower() for line in csv.DictReader(file)]
    if not labels:
        raise ReportError(f"{path} has no sentence: make it with `sample_sentences.py draw`")
    for number, label in enumerate(labels, start=1):
        if label not in expected:
            raise ReportError(
                f"{path}, sentence {number}: the column {column} says {label!r}, "
                f"expected one of {', '.join(filter(None, expected))}"
            )
    return [label for label in labels if label]


def exact_interval(count: int, total: int) -> tuple[float, float]:
    """Return the 95 % interval of the share `count` / `total`.

    Clopper and Pearson 1934: never narrower than it should be, also where the share is 0 or 1.
    """
    from scipy.stats import binomtest

    low, high = binomtest(count, total).proportion_ci(confidence_level=0.95, method="exact")
    return float(low), float(high)


def format_rates(names: Sequence[str], labels: Sequence[str]) -> str:
    """Return a line for each label: its share, with the interval."""
    counts: Counter[Any] = Counter(labels)
    lines = [f"{len(labels)} sentences labelled"]
    for label in names:
        low, high = exact_interval(counts[label], len(labels))
        lines.append(
            f"{label:<9} {counts[label]:>4}  {counts[label] / len(labels):.3f}  "
            f"95 % interval {low:.3f} – {high:.3f}"
        )
    return "\n".join(lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    drawing = commands.add_parser("draw", help="draw sentences for a person to label")
    drawing.add_argument("reports", type=Path, nargs="+", metavar="DIR", help="holds report.json")
    drawing.add_argument("--output", type=Path, required=True, metavar="FILE.csv")
    drawing.add_argument("--count", type=int, default=100, metavar="N", help="default: 100")
    drawing.add_argument("--seed", type=int, default=0, metavar="S", help="default: 0")
    rating = commands.add_parser("rate", help="print how many are supported, partly, not")
    rating.add_argument("file", type=Path, metavar="FILE.csv")
    return parser


if __name__ == "__main__":
    sys.exit(main())
