"""What is shown of an answer that was computed: the line, and the rows that it comes from."""

from collections.abc import Mapping
from dataclasses import replace

from rag.answering.compose import MOST_ITEMS
from rag.answering.excerpt import Excerpt, Part, row_part
from rag.answering.quote import cite
from rag.answering.rows.lines import Computed, line_of
from rag.answering.rows.tables import RowTable
from rag.datatypes import Answer, AnswerKind, CitedSentence
from rag.library.protocol import Library

_MOST_SHOWN = 10
"""Rows shown of those that are counted or added up."""
_LONGEST_CITED = 20_000
"""Characters of a table up to which it is cited as a whole beside the rows that decide."""


def shown(
    library: Library,
    texts: Mapping[int, str],
    question: str,
    table: RowTable,
    computed: Computed,
    certainty: float,
) -> Answer:
    """Return the answer: the line, which cites all rows, then the rows that decide.

    `texts` are those of the documents. Of a table whose columns stand for its rows that is the row
    they are compared in.
    """
    line, short = line_of(table, computed)
    if table.origin is not None and computed.target is not None:
        computed = replace(computed, rows=(computed.target.column - 1,))
        table = table.origin
    shows_all = table.is_list or computed.operation == "filter"
    rows = computed.rows[: MOST_ITEMS if shows_all else _MOST_SHOWN]
    left = len(computed.rows) - len(rows)
    thing = "item" if table.is_list else "row"
    excerpt = Excerpt(
        document_id=table.document_id,
        parts=tuple(_part(table, row) for row in rows),
        note=f"and {left} more {thing}{'s' if left > 1 else ''}" if left else "",
        whole_list=table.is_list,
    )
    excerpts = [(table.document_id, excerpt)]
    first, last = table.rows[0], table.rows[-1]
    if not table.is_list and len(table.rows) > 1 and last.end - first.start <= _LONGEST_CITED:
        whole = Part(
            start=first.start, end=last.end, kind="row", row=first.number, last_row=last.number
        )
        every = Excerpt(document_id=table.document_id, parts=(whole,))
        excerpts.insert(0, (table.document_id, every))
    sentences, citations = cite(library, texts, excerpts)
    is_whole = len(excerpts) > 1
    spoken = CitedSentence(
        text=line,
        citations=(1,) if is_whole else tuple(range(1, len(citations) + 1)),
        verbatim=False,
        kind="computed",
    )
    kinds: Mapping[str, AnswerKind] = {"filter": "list", "count": "count", "sum": "count"}
    return Answer(
        question=question,
        understood=question,
        status="answered",
        sentences=(spoken, *sentences[is_whole:]),
        citations=tuple(citations),
        short_answer=short,
        confidence=certainty,
        answer_kind=kinds.get(computed.operation, "extreme"),
    )


def _part(table: RowTable, row: int) -> Part:
    own = table.rows[row]
    if table.is_list:
        return Part(start=own.start, end=own.end, kind="item", label=own.block.label)
    return row_part(own.block, own.number)
