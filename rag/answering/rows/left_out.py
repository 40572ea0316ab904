"""What a question names to leave out: the salary of "payments over 500 not counting my salary".

A small model that was trained by hand says it of the words around (`phrases.py`). Knows nothing of
how conditions are found.
"""

from dataclasses import replace

from rag.answering.question_words import content_stems
from rag.answering.rows.compared import Condition, not_meeting
from rag.answering.rows.denied import Embed
from rag.answering.rows.phrases import LEFT_OUT, around, phrase_models
from rag.answering.rows.tables import RowTable
from rag.answering.rows.words import WORD

_LEAST, _LEAST_BY_WORDS = 0.75, 0.6
"""Of the examples, each judged by the others, 0.9 of what is told from 0.6 on is told rightly; by
words alone it is less sure of anything."""


def or_left_out(
    condition: Condition,
    stems: frozenset[str],
    question: str,
    table: RowTable,
    embed: Embed | None,
) -> Condition:
    """Return the condition, or that its rows are left out where the question says so.

    `stems` are those of the words that name them.
    """
    places = [each.span() for each in WORD.finditer(question) if stems & {*content_stems(each[0])}]
    if not places:
        return condition
    start, end = places[0]
    vector = None if embed is None else embed([f"{question[:start]}#{question[end:]}"])[0]
    model = phrase_models()[LEFT_OUT]
    share = model.probabilities(around(question, start, end), vector)["left_out"]
    if share < (_LEAST_BY_WORDS if vector is None else _LEAST):
        return condition
    return replace(not_meeting(condition, table, share), is_denial=True)
