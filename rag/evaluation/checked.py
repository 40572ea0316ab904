"""What the checker says of what a row shows: short answers, yes and no, and written sentences.

Asked again, of the row alone, so that anyone who has the report can. A quote is not asked about:
that it stands where it is cited is looked up. Knows nothing of pipelines or files.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rag.evaluation.rows import Row
from rag.models.checker import PairModel

SUPPORTED_FROM = 0.5
"""Probability from which what is said counts as supported: it is likelier than not."""
_SUPPORTED, _CONTRADICTED = 0, 1
_WORDS = ("yes", "no", "denied")
_SHORT_KINDS = ("short", "list", "steps")
"""Kinds of answer whose short answer stands in quotes; a sum or a count is made of many rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Statement:
    """What is said of the quotes of `citations`; these contradict a right "no" or denial."""

    kind: str
    said: str
    citations: tuple[int, ...]
    word: str = ""

    @property
    def column(self) -> int:
        return _CONTRADICTED if self.word in ("no", "denied") else _SUPPORTED


def with_checks(row: Row, checker: PairModel | None) -> Row:
    """Return the row with `checked`: what was asked about, each with its probability of being so.

    `kind` is "short_answer", "word" (yes, no or denied, of what is `said`) or "sentence"; of the
    last, those below `SUPPORTED_FROM` count as `unsupported` too. None where the checker cannot be
    had.
    """
    checked = None if checker is None else _check(row, checker)
    doubted = sum(
        each["kind"] == "sentence" and each["probability"] < SUPPORTED_FROM
        for each in checked or ()
    )
    return row | {"checked": checked, "unsupported": row["unsupported"] + doubted}


def count_checked(row: Row) -> int:
    """Return how much of a row was checked; reports of old have none."""
    return len(row.get("checked") or ())


def count_supported(row: Row) -> int:
    """Return how much of a row the checker finds supported."""
    return sum(each["probability"] >= SUPPORTED_FROM for each in row.get("checked") or ())


def _check(row: Row, checker: PairModel) -> list[dict[str, Any]] | None:
    quotes = {citation["number"]: citation["quote"] for citation in row["citations"]}
    statements = list(_statements(row, quotes))
    probabilities = checker.probabilities(
        [(each.said, " ".join(quotes[n] for n in each.citations)) for each in statements]
    )
    if probabilities is None:
        return None
    return [
        {
            "kind": each.kind,
            "said": each.said,
            "word": each.word,
            "citations": list(each.citations),
            "probability": float(found[each.column]),
        }
        for each, found in zip(statements, probabilities, strict=True)
    ]


def _statements(row: Row, quotes: Mapping[int, str]) -> Iterator[_Statement]:
    quoted: dict[tuple[str, str], list[int]] = {}
    for sentence in row["sentences"]:
        if not sentence["verbatim"] and sentence["kind"] == "sentence":
            yield _Statement(
                kind="sentence", said=sentence["text"], citations=tuple(sentence["citations"])
            )
        elif sentence["verbatim"]:
            quoted.setdefault((sentence["group"], sentence["word"]), []).extend(
                sentence["citations"]
            )
    for (group, word), numbers in quoted.items():
        if word:
            part = group.split(" > ")[0]
            yield _Statement(kind="word", said=part, citations=_once(numbers), word=word)
    short, kind = row["short_answer"], row.get("answer_kind")
    of_all = _once([number for numbers in quoted.values() for number in numbers])
    if not of_all or any(word for _, word in quoted):
        return
    if kind in _WORDS:
        first = [number for number in of_all if _document(row, number) == _document(row, of_all[0])]
        yield _Statement(kind="word", said=row["understood"], citations=tuple(first), word=kind)
    elif short and kind in _SHORT_KINDS:
        holding = [number for number in of_all if short in quotes[number]]
        said = f"{row['understood']} {short}"
        yield _Statement(kind="short_answer", said=said, citations=tuple(holding[:1]) or of_all)


def _once(numbers: Sequence[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(numbers))


def _document(row: Row, number: int) -> str:
    return next(str(c["document"]) for c in row["citations"] if c["number"] == number)
