"""What a question names to leave out: the salary of "payments over 500 not counting my salary".

A small model that was trained by hand says it of the words around (`phrases.py`). Knows nothing of
how conditions are found.
"""

from collections.abc import Mapping
from dataclasses import replace

from rag.answering.rows.compared import Condition, not_meeting
from rag.answering.rows.denied import Embed
from rag.answering.rows.phrases import LEFT_OUT, around, phrase_models
from rag.answering.rows.tables import RowTable
from rag.answering.rows.words import place_of

_LEAST, _LEAST_BY_WORDS = 0.7, 0.9
"""Of the examples, each judged by the others, 0.9 of what is told from 0.6 on is told rightly, and
0.8 by words alone."""


def or_left_out(
    condition: Condition,
    stems: frozenset[str],
    question: str,
    table: RowTable,
    embed: Embed | None,
) -> Condition:
    """Return the condition, or that its rows are left out where the question says so.

    `stems` are those of the words that name them. A cell that says itself that something is not, as
    "not for hire" does, has said so.
    """
    if condition.is_denial:
        return condition
    share = share_left_out(stems, question, embed)
    return replace(not_meeting(condition, table, share), is_denial=True) if share else condition


def without_left_out(
    cells: Mapping[str, frozenset[str]], question: str, embed: Embed | None
) -> Mapping[str, frozenset[str]]:
    """Return those of a column's cells, with their stems, that are meant; all if none is."""
    if len(cells) < 2:
        return cells
    meant = {
        text: stems for text, stems in cells.items() if not share_left_out(stems, question, embed)
    }
    return meant or cells


def share_left_out(stems: frozenset[str], question: str, embed: Embed | None) -> float:
    """Return how surely the question leaves out what the words with these stems name; 0 if not."""
    place = place_of(question, stems)
    if place is None:
        return 0.0
    start, end = place
    vector = None if embed is None else embed([f"{question[:start]}#{question[end:]}"])[0]
    model = phrase_models()[LEFT_OUT]
    share = model.probabilities(around(question, start, end), vector)["left_out"]
    return share if share >= (_LEAST_BY_WORDS if vector is None else _LEAST) else 0.0
