"""A row of a report: a question, the answer it got, and how that answer scores against the set.

Every score is made from the row and the documents' texts alone, so that anyone who has the report
and the documents can make it again. Knows nothing of pipelines or files.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from rag.datatypes import Answer, Hit
from rag.evaluation.metrics import (
    Range,
    contains_answer,
    exact_match,
    find_all,
    first_rank,
    holds_items,
    items_f1,
    merge_ranges,
    overlap,
    token_f1,
)
from rag.evaluation.questions import Question
from rag.serialize import STAGES, answer_object, finite

Row = dict[str, Any]
"""The `ask --json` object of a question with the fields of the contract's rows, plus `contains`,
`evidence_recall`, `evidence_precision`, `list_f1`, `list_whole`, `yes_no`, `points_found`,
`rows_found`, `right_citations`, `unsupported` and `checked` (`rag.evaluation.checked`)."""

RANKED = 10
_SHORT_KINDS = ("short", "count", "extreme")
"""Judged by the short answer; so are yes and no, by the word alone. All others by the evidence."""


def answered_row(
    question: Question,
    answer: Answer,
    document_names: Mapping[int, str],
    texts: Mapping[str, str],
) -> Row:
    """Return the row of a question that got an answer (or a refusal)."""
    ranked = [_ranked(hit, document_names) for hit in answer.ranked[:RANKED]]
    row = _row(question, answer_object(answer), ranked, error=None)
    return row | score_row(row, texts) | {"unsupported": count_unsupported([row], texts)}


def failed_row(question: Question, error: str) -> Row:
    """Return the row of a question whose answering raised: neither answered nor refused."""
    asked: dict[str, Any] = {
        "question": question.question,
        "understood": question.question,
        "status": None,
        "text": "",
        "short_answer": None,
        "sentences": [],
        "citations": [],
        "unanswered": [],
        "note": "",
        "nearest": [],
        "confidence": None,
        "seconds": dict.fromkeys(STAGES),
    }
    row = _row(question, asked, [], error=error)
    return row | score_row(row, {}) | {"unsupported": 0}


def score_row(row: Row, texts: Mapping[str, str]) -> dict[str, Any]:
    """Return the row's scores; `texts` are the documents' canonical texts by name.

    None where a score is not defined: exact_match and f1 without a short accepted answer, list_f1
    and list_whole without accepted items, yes_no where neither is right, contains without accepted
    answers, points_found and rows_found (the shares whose words are cited) without points and rows,
    the two of evidence without evidence (or if it is in no document),
    precision without citations, hit_rank without a relevant passage among the ten best,
    right_citations where nothing says what is right.
    """
    answerable, answers = row["answerable"], row["answers"]
    places = find_evidence(row, texts)
    short = answerable and row["kind"] in _SHORT_KINDS and bool(answers)
    listed = answerable and row["kind"] in ("list", "steps") and bool(answers)
    items = _items_shown(row)
    given = row["short_answer"]
    shown = " ".join(sentence["text"] for sentence in row["sentences"])
    recall, precision = _evidence_scores(row, places)
    return {
        "exact_match": (exact_match(given, answers) if given is not None else 0.0)
        if short
        else None,
        "f1": (token_f1(given, answers) if given is not None else 0.0) if short else None,
        "list_f1": items_f1(items, answers) if listed else None,
        "list_whole": float(holds_items(items, answers)) if listed else None,
        "yes_no": exact_match(given or "", [row["kind"]])
        if answerable and row["kind"] in ("yes", "no")
        else None,
        "points_found": _share_cited(row, row.get("points")),
        "rows_found": _share_cited(row, row.get("rows")),
        "contains": float(contains_answer(shown, answers)) if answerable and answers else None,
        "hit_rank": first_rank(relevant_hits(row, texts)),
        "evidence_recall": recall,
        "evidence_precision": precision,
        "right_citations": _right_citations(row, places),
    }


def _share_cited(row: Row, quotes: Sequence[str] | None) -> float | None:
    """Return the share of `quotes` whose words stand in what the row cites; None without any."""
    if not row["answerable"] or not quotes:
        return None
    cited = " ".join(citation["quote"] for citation in row["citations"])
    return sum(contains_answer(cited, [quote]) for quote in quotes) / len(quotes)


def _items_shown(row: Row) -> list[str]:
    """Return the items that an answer shows: sentences that are items, else its short answer's."""
    items = [each["text"] for each in row["sentences"] if each.get("kind") == "item"]
    return items or (row["short_answer"] or "").split("; ")


def find_evidence(row: Row, texts: Mapping[str, str]) -> list[tuple[str, Range]]:
    """Return each (document, range) where the row's evidence stands, anywhere if none is named."""
    evidence, named = row["evidence"], row["document"]
    if not row["answerable"] or not evidence:
        return []
    names = [named] if named else list(texts)
    return [(name, place) for name in names for place in find_all(texts.get(name, ""), evidence)]


def relevant_hits(row: Row, texts: Mapping[str, str]) -> list[bool]:
    """Return for each ranked passage whether it is a right one, by the contract of hit@k."""
    places = find_evidence(row, texts)
    return [_is_relevant(row, hit, places, texts) for hit in row["ranked"]]


def is_judged(row: Row) -> bool:
    """Return whether the set says what a right passage for this question is."""
    return bool(row["answerable"] and (row["evidence"] or row["answers"]))


def count_unsupported(rows: Sequence[Row], texts: Mapping[str, str]) -> int:
    """Return how many shown sentences are not what the documents say where they cite them.

    A sentence passes if each of its citations' quotes is an exact slice of its document and, where
    it is shown as `verbatim`, it is one of those slices itself. Whether one in other words is
    supported only the checker can say. A false quote that no sentence cites counts as one more.
    """
    count = 0
    for row in rows:
        exact = {
            citation["number"]: texts[citation["document"]][citation["start"] : citation["end"]]
            for citation in row["citations"]
            if _is_exact(citation, texts)
        }
        cited: set[int] = set()
        for sentence in row["sentences"]:
            cited.update(sentence["citations"])
            count += not _passes(sentence, exact)
        count += sum(
            citation["number"] not in exact and citation["number"] not in cited
            for citation in row["citations"]
        )
    return count


def _row(
    question: Question, asked: Mapping[str, Any], ranked: list[dict[str, Any]], error: str | None
) -> Row:
    row = {
        "id": question.id,
        **asked,
        "answerable": question.answerable,
        "kind": question.kind,
        "answers": list(question.answers),
        "document": question.document,
        "evidence": question.evidence,
        "error": error,
        "ranked": ranked,
    }
    for name in ("history", "points", "rows"):
        if texts := getattr(question, name):
            row[name] = list(texts)
    return row if question.group is None else row | {"group": question.group}


def _ranked(hit: Hit, document_names: Mapping[int, str]) -> dict[str, Any]:
    return {
        "document": document_names[hit.passage.document_id],
        "start": int(hit.passage.start),
        "end": int(hit.passage.end),
        "dense_rank": None if hit.dense_rank is None else int(hit.dense_rank),
        "lexical_rank": None if hit.lexical_rank is None else int(hit.lexical_rank),
        "score": finite(hit.score),
    }


def _is_relevant(
    row: Row,
    hit: Mapping[str, Any],
    places: Sequence[tuple[str, Range]],
    texts: Mapping[str, str],
) -> bool:
    """Return whether the passage holds half of the evidence or, without evidence, an answer."""
    if not is_judged(row):
        return False
    if not row["evidence"]:
        passage = texts.get(hit["document"], "")[hit["start"] : hit["end"]]
        return contains_answer(passage, row["answers"])
    return any(
        2 * overlap([(hit["start"], hit["end"])], place) >= place[1] - place[0]
        for document, place in places
        if document == hit["document"]
    )


def _evidence_scores(
    row: Row, places: Sequence[tuple[str, Range]]
) -> tuple[float | None, float | None]:
    """Return (recall, precision) in characters; recall is that of the best-cited place."""
    if not places:
        return None, None
    cited: dict[str, list[Range]] = {}
    for citation in row["citations"]:
        cited.setdefault(citation["document"], []).append((citation["start"], citation["end"]))
    recall = max(
        overlap(cited.get(document, []), place) / (place[1] - place[0])
        for document, place in places
    )
    characters = inside = 0
    for document, ranges in cited.items():
        characters += sum(end - start for start, end in merge_ranges(ranges))
        there = merge_ranges([place for name, place in places if name == document])
        inside += sum(overlap(ranges, place) for place in there)
    return recall, inside / characters if characters else None


def _right_citations(row: Row, places: Sequence[tuple[str, Range]]) -> int | None:
    """Return how many citations touch the evidence or, without evidence, hold an answer."""
    if not row["answerable"]:
        return 0
    if not is_judged(row):
        return None
    if not row["evidence"]:
        return sum(
            contains_answer(citation["quote"], row["answers"]) for citation in row["citations"]
        )
    return sum(
        any(
            document == citation["document"]
            and overlap([(citation["start"], citation["end"])], place) > 0
            for document, place in places
        )
        for citation in row["citations"]
    )


def _is_exact(citation: Mapping[str, Any], texts: Mapping[str, str]) -> bool:
    text = texts.get(citation["document"])
    start, end = citation["start"], citation["end"]
    return (
        text is not None
        and 0 <= start < end <= len(text)
        and bool(text[start:end] == citation["quote"])
    )


def _passes(sentence: Mapping[str, Any], exact: Mapping[int, str]) -> bool:
    """`exact` has the documents' own words at each exact citation, by number."""
    numbers = sentence["citations"]
    if not numbers or any(number not in exact for number in numbers):
        return False
    return not sentence["verbatim"] or sentence["text"] in [exact[number] for number in numbers]
