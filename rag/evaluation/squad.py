"""Articles in the SQuAD JSON format as questions in Footnote's own.

The evidence of a question is the whole sentence around its first answer, found with sentencex on
the paragraph, so it does not change when Footnote's own splitting does. Reads no files.
"""

import re
from collections.abc import Mapping
from typing import Any

Article = dict[str, Any]
Record = dict[str, Any]


def article_records(article: Article) -> list[Record]:
    """Return the article's questions in Footnote's format, `document` named after the article."""
    name = file_name(article["title"])
    records = [
        question_record(question, paragraph["context"])
        for paragraph in article["paragraphs"]
        for question in paragraph["qas"]
    ]
    return [record | ({"document": name} if record["answerable"] else {}) for record in records]


def question_record(question: Mapping[str, Any], context: str) -> Record:
    """Return one of a paragraph's `qas` in Footnote's format; unanswerable without answers.

    The evidence is the whole sentence of `context` around the first answer. Raises `KeyError`,
    `TypeError` or `AttributeError` if it is not what SQuAD has.
    """
    record: Record = {"id": question["id"], "question": question["question"].strip()}
    answers = question["answers"]
    if question.get("is_impossible", False) or not answers:
        return record | {"answerable": False, "answers": [], "group": "adversarial"}
    first = answers[0]
    start = first["answer_start"]
    return record | {
        "answerable": True,
        "answers": list(dict.fromkeys(answer["text"] for answer in answers)),
        "evidence": sentence_around(context, start, start + len(first["text"])),
    }


def sentence_around(text: str, start: int, end: int) -> str:
    """Return the sentence (or sentences) of `text` that hold [start, end), without outer space."""
    from sentencex import get_sentence_boundaries

    touched = [
        (boundary["start_index"], boundary["end_index"])
        for boundary in get_sentence_boundaries("en", text)
        if boundary["start_index"] < end and boundary["end_index"] > start
    ]
    first, last = (touched[0][0], touched[-1][1]) if touched else (start, end)
    return text[min(first, start) : max(last, end)].strip()


def file_name(title: str) -> str:
    """Return a name that every file system takes."""
    return re.sub(r'[\x00-\x1f<>:"/\\|?*]', "_", title) + ".txt"
