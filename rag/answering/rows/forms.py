"""The forms in which a table can be asked: as it stands, joined with others, turned.

Knows the library; of questions only their words.
"""

from collections.abc import Iterable, Iterator, Mapping

from rag.answering.question_words import content_stems
from rag.answering.rows.joined import joined
from rag.answering.rows.tables import RowTable, tables_in
from rag.answering.rows.turned import turned
from rag.library.protocol import Library

_LONGEST_JOINED = 100_000
"""Characters of a document up to which all its tables are read for those that are one;
with a thousand rows a question takes no longer than without."""


def forms(
    found: Iterable[tuple[int, RowTable]],
    library: Library,
    texts: Mapping[int, str],
    question: str,
    *,
    turns: bool,
) -> Iterator[tuple[int, RowTable]]:
    """Yield the tables; in place of several of a document that are one, this one.

    Such a part is asked for itself, too, where its own heading has a word of the question. If it
    `turns`, each is followed by itself with columns for rows, where that can be.
    """
    asked = set(content_stems(question))
    of_document: dict[int, list[RowTable]] = {}
    seen: set[tuple[int, int, int]] = set()
    for rank, table in found:
        number = table.document_id
        is_short = len(texts[number]) <= _LONGEST_JOINED
        if not table.is_list and is_short and number not in of_document:
            whole = [(0, len(texts[number]))]
            name, blocks = library.document_name(number), library.blocks(number)
            of_document[number] = tables_in(texts[number], blocks, number, whole, name)
        one = joined(table, of_document.get(number, ()))
        ways = [table]
        if one is not None:
            own = content_stems(table.context.removeprefix(one.context))
            ways = [one, *(ways if asked.intersection(own) else ())]
        for way in ways:
            if (number, way.start, way.end) in seen:
                continue
            seen.add((number, way.start, way.end))
            yield rank, way
            other = turned(way) if turns else None
            if other is not None:
                yield rank, other
