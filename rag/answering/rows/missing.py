"""Rows whose cell is empty, or 0, where what lacks something is asked for: "jobs not finished".

The column is the one that a word of the question calls by its name, or means ("finished": Done).
Knows nothing of other conditions.
"""

import re
from collections.abc import Collection, Sequence

from rag.answering.question_words import content_stems
from rag.answering.rows.compared import Condition
from rag.answering.rows.denied import Embed
from rag.answering.rows.phrases import HAVING, phrase_models
from rag.answering.rows.tables import RowTable
from rag.answering.rows.words import WordsFound, columns_called

_LIKE, _LEAD = 0.45, 0.1
"""Cosine of a word to a column's name from which it means it, and by how much more than the next:
"finished" has 0.65 to Done and 0.32 to Reported, "fixed" 0.48 and 0.43."""
_BEFORE = 3
"""Words before the name of a column that may deny it."""
_WORD = re.compile(r"[^\W\d_]{3,}(?:['’][^\W\d_]+)*")


def missing(
    question: str, table: RowTable, taken: frozenset[str], certainty: float, embed: Embed | None
) -> tuple[Condition, frozenset[str]] | None:
    """Return the condition that one column's cells are empty, with the stems that mean the column.

    None where no column with such cells is meant. `taken` are stems that mean something else;
    without `embed` only names tell.
    """
    columns = {
        column: rows
        for column in range(len(table.columns))
        if table.columns[column] and 0 < len(rows := _empty(table, column)) < len(table.rows)
    }
    names = {name.casefold() for name in table.columns}
    words = [
        word
        for word in _WORD.findall(question)
        if set(content_stems(word)) - taken or word.casefold() in names
    ]
    meant = _meant(words, columns, table, embed)
    if meant is None:
        return None
    word, column = meant
    condition = Condition(
        column=column,
        rows=columns[column],
        words=f"{table.columns[column]} (empty)",
        certainty=certainty,
    )
    return condition, frozenset(content_stems(word))


def nothing_in(
    question: str, words: WordsFound, table: RowTable, certainty: float
) -> tuple[Condition, frozenset[str]] | None:
    """Return the condition that a column of numbers called by its name says 0, or nothing.

    "How many of them have no funded hours", with the stems that call the column. Of several it is
    the one before whose name most is denied: "things without a mark that are longest in words".
    """
    found = []
    for column, stems in columns_called(words, table):
        if table.kind(column) != "number":
            continue
        cells = zip(table.texts(column), table.values[column], strict=True)
        rows = frozenset(
            row
            for row, (text, value) in enumerate(cells)
            if not text or (value is not None and value.low == value.high == 0)
        )
        if 0 < len(rows) < len(table.rows):
            shown = dict.fromkeys(table.texts(column)[row] or "(empty)" for row in sorted(rows))
            said = f"{table.columns[column]} {' or '.join(shown)}"
            found.append(
                (Condition(column=column, rows=rows, words=said, certainty=certainty), stems)
            )
    return max(found, key=lambda each: _denied_before(question, each[1]), default=None)


def _denied_before(question: str, stems: frozenset[str]) -> float:
    """Return how probably what stands just before a word, up to it, says that it is lacking."""
    words = question.split()
    model = phrase_models()[HAVING]
    return max(
        (
            model.probabilities(" ".join(words[max(0, place - _BEFORE) : place + 1]))["lacks"]
            for place, word in enumerate(words)
            if stems.intersection(content_stems(word))
        ),
        default=0.0,
    )


def _empty(table: RowTable, column: int) -> frozenset[int]:
    return frozenset(row for row, text in enumerate(table.texts(column)) if not text)


def _meant(
    words: Sequence[str], columns: Collection[int], table: RowTable, embed: Embed | None
) -> tuple[str, int] | None:
    """Return the word that means one of the columns, and which."""
    for column in columns:
        name = table.columns[column]
        stems = content_stems(name)
        for word in words:
            if word.casefold() == name.casefold() or (stems and stems == content_stems(word)):
                return word, column
    if embed is None or not words or not columns:
        return None
    likeness = embed(words) @ embed([name or "?" for name in table.columns]).T
    found = []
    for word, own in zip(words, likeness, strict=True):
        best, *others = (-own).argsort().tolist()
        lead = own[best] - max((own[other] for other in others), default=0.0)
        if best in columns and own[best] >= _LIKE and lead >= _LEAD:
            found.append((float(own[best]), word, best))
    return max(found)[1:] if found else None
