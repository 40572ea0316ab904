"""Rows of the benchmark to figures. Most are those of `footnote evaluate`; pure functions."""

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from rag.evaluation.metrics import token_f1
from rag.evaluation.rows import Row
from rag.evaluation.summary import summarise

Figures = dict[str, float | int | None]


def set_figures(rows: Sequence[Row]) -> Figures:
    """Return the figures of one system on one set; None where one is not defined.

    `short_f1` and `exact_match` are of the short answer; a baseline has none, so its whole text
    counts. `text_f1` is of the whole text for every system. Both are 0 for a refusal. Shares of
    sentences are over all that were shown, those on questions without an answer too; the share with
    a right citation is not defined where no question of the set has an answer.
    """
    summary = summarise(rows)
    answer, refusal = summary["answer"], summary["refusal"]
    counts = [row["counts"] for row in rows if row["status"] not in (None, "refused")]
    total: dict[str, int] = {}
    for count in counts:
        for name, value in count.items():
            total[name] = total.get(name, 0) + value
    sentences = total.get("sentences", 0)
    judged = sentences if summary["answerable"] else 0
    seconds = [row["seconds"]["total"] for row in rows if row["seconds"]["total"] is not None]
    return {
        "questions": len(rows),
        "answerable": summary["answerable"],
        "errors": summary["errors"],
        "contains": answer["contains"],
        "short_f1": answer["f1"],
        "exact_match": answer["exact_match"],
        "text_f1": _mean([text_f1(row) for row in rows if _has_short_answers(row)]),
        "refused_when_unanswerable": refusal["refused_when_unanswerable"],
        "refused_when_answerable": refusal["refused_when_answerable"],
        "sentences": sentences,
        "sentences_rightly_cited": _share(total.get("rightly_cited"), judged),
        "citation_precision": summary["citation"]["precision"],
        "citation_recall": summary["citation"]["recall"],
        "cited_characters": _mean([count["cited_characters"] for count in counts]),
        "sentences_with_new_word": _share(total.get("with_new_word"), sentences),
        "new_words": _share(total.get("new_words"), total.get("words", 0)),
        "first_seconds_p50": summary["seconds"]["first_p50"],
        "seconds_p50": summary["seconds"]["p50"],
        "seconds_p95": summary["seconds"]["p95"],
        "questions_per_second": len(seconds) / sum(seconds) if sum(seconds) else None,
    }


def text_f1(row: Row) -> float:
    """Return SQuAD's F1 of all that was shown; 0 for a refusal and for a failure."""
    shown = " ".join(sentence["text"] for sentence in row["sentences"])
    return token_f1(shown, row["answers"]) if shown else 0.0


def engine_figures(records: Sequence[Mapping[str, Any]], same_as: Mapping[str, str]) -> Figures:
    """Return the figures of an engine; `same_as` are another's texts by id.

    `tokens_per_second` is of writing, after the first text; `prompt_tokens_per_second` is of
    reading, up to it.
    """
    written = [record for record in records if record["tokens"] > 1]
    writing = sum(record["total"] - record["first"] for record in written)
    reading = sum(record["first"] for record in records)
    return {
        "prompts": len(records),
        "prompt_tokens": _mean([record["prompt_tokens"] for record in records]),
        "tokens": _mean([record["tokens"] for record in records]),
        "first_seconds_p50": _median([record["first"] for record in records]),
        "seconds_p50": _median([record["total"] for record in records]),
        "prompt_tokens_per_second": _share(sum(r["prompt_tokens"] for r in records), reading),
        "tokens_per_second": _share(sum(record["tokens"] - 1 for record in written), writing),
        "same_text": _mean([same_as.get(r["id"]) == r["text"] for r in records]),
    }


def _has_short_answers(row: Row) -> bool:
    return bool(row["answerable"] and row["kind"] == "short" and row["answers"])


def _mean(values: Sequence[float]) -> float | None:
    return statistics.fmean(values) if values else None


def _median(values: Sequence[float]) -> float | None:
    return statistics.median(values) if values else None


def _share(part: float | None, whole: float) -> float | None:
    return (part or 0) / whole if whole else None
