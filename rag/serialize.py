"""Answer to JSON: the object that `footnote ask --json` prints, and that a report's rows hold.

Knows the contract's keys and nothing of how an answer came about. Writes no files.
"""

import json
import math
from typing import Any

from rag.datatypes import Answer, Citation, CitedSentence, NearestPassage

STAGES = ("retrieve", "read", "generate", "verify", "first", "total")


def answer_object(answer: Answer) -> dict[str, Any]:
    """Return the contract's object, of plain Python values that are valid JSON.

    A number that is not finite becomes None; a stage that did not run took 0.0 seconds.
    """
    return {
        "question": answer.question,
        "understood": answer.understood,
        "status": answer.status,
        "text": answer.text,
        "answer_kind": answer.answer_kind,
        "short_answer": answer.short_answer,
        "sentences": [_sentence(sentence) for sentence in answer.sentences],
        "citations": [
            _citation(number, citation) for number, citation in enumerate(answer.citations, start=1)
        ],
        "unanswered": list(answer.unanswered),
        "note": answer.note,
        "nearest": [_nearest(passage) for passage in answer.nearest],
        "confidence": finite(answer.confidence),
        "seconds": {stage: finite(answer.seconds.get(stage, 0.0)) for stage in STAGES},
    }


def finite(value: float | None) -> float | None:
    """Return `value` as a Python float; None for NaN and infinities, which JSON does not have."""
    if value is None or not math.isfinite(value):
        return None
    return float(value)


def to_json(value: Any, *, indent: int | None = None) -> str:
    """Return `value` as JSON that can be written as UTF-8, whatever its strings hold.

    Raises `ValueError` for NaN and infinities.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:  # half of a surrogate pair, from a command line or another JSON file
        return json.dumps(value, allow_nan=False, indent=indent)
    return text


def _sentence(sentence: CitedSentence) -> dict[str, Any]:
    return {
        "text": sentence.text,
        "citations": [int(number) for number in sentence.citations],
        "verbatim": sentence.verbatim,
        "kind": sentence.kind,
        "label": sentence.label,
        "depth": sentence.depth,
        "cells": [[column, value] for column, value in sentence.cells],
        "note": sentence.note,
        "group": sentence.group,
        "word": sentence.word,
    }


def _citation(number: int, citation: Citation) -> dict[str, Any]:
    return {
        "number": number,
        "document": citation.document,
        "start": int(citation.start),
        "end": int(citation.end),
        "page": None if citation.page is None else int(citation.page),
        "section": citation.section,
        "row": citation.row,
        "last_row": citation.last_row,
        "column": citation.column,
        "regions": [
            {
                "page": region.page,
                "left": finite(region.left),
                "top": finite(region.top),
                "right": finite(region.right),
                "bottom": finite(region.bottom),
            }
            for region in citation.regions
        ],
        "sha256": citation.sha256,
        "quote": citation.quote,
    }


def _nearest(passage: NearestPassage) -> dict[str, Any]:
    return {
        "document": passage.document,
        "start": int(passage.start),
        "end": int(passage.end),
        "score": finite(passage.score),
        "text": passage.text,
    }
