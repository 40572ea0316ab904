"""Columns of yes and no, asked by their names: "rooms with a projector"; and of two choices.

Knows no other conditions.
"""

from collections.abc import Iterator, Sequence

from rag.answering.question_words import content_stems
from rag.answering.rows.compared import Condition
from rag.answering.rows.tables import RowTable
from rag.answering.rows.values import truth
from rag.answering.rows.words import WORD, WordsFound, columns_called

_FLAG = 0.8
"""Share of a column's cells that say yes or no, from which on it is one of yes and no."""


def flags_in(
    words: WordsFound, table: RowTable, *, wants: bool, certainty: float
) -> Iterator[tuple[Condition, frozenset[str]]]:
    """Yield conditions on columns of yes and no that the question calls by their name.

    With the stems that call the column; `wants` says whether a yes is wanted.
    """
    for column, stems in columns_called(words, table):
        texts = table.texts(column)
        known = sum(truth(text) is not None for text in texts)
        said = _said(texts)
        if known < _FLAG * len(said) or len(set(said) - {None}) < 2:
            continue
        rows = frozenset(row for row, each in enumerate(said) if each is wants)
        shown = texts[min(rows)]
        yield (
            Condition(
                column=column,
                rows=rows,
                words=f"{table.columns[column]} {shown or '(empty)'}",
                certainty=certainty,
            ),
            stems,
        )


def _said(texts: Sequence[str]) -> list[bool | None]:
    """Return whether each cell of a column says yes or no.

    An empty cell or a dash says no where no other cell does; beside an "n" it says neither.
    """
    said = [truth(text) for text in texts]
    words = [any(map(str.isalnum, text)) for text in texts]
    if not any(own is False and is_word for own, is_word in zip(said, words, strict=True)):
        return said
    return [own if own or is_word else None for own, is_word in zip(said, words, strict=True)]


def choices_in(
    question: str, words: WordsFound, table: RowTable
) -> Iterator[tuple[Condition, frozenset[str]]]:
    """Yield a condition for each column whose name is all that its cells say: "own/hire".

    A cell has it that says a word of the question, which may be as small as "own".
    """
    written = {word.casefold() for word in WORD.findall(question)}
    for column, name in enumerate(table.columns):
        choices = {each.strip() for each in name.casefold().split("/")}
        texts = [text.casefold() for text in table.texts(column)]
        if len(choices) < 2 or not any(texts) or not {*texts, ""} <= {*choices, ""}:
            continue
        stems = {choice: frozenset(content_stems(choice)) for choice in choices}
        said = {
            choice
            for choice, own in stems.items()
            if choice in written or (own and own.issubset(words.asked))
        }
        if said and said != choices:
            yield (
                Condition(
                    column=column,
                    rows=frozenset(row for row, text in enumerate(texts) if text in said),
                    words=f"{name} {' or '.join(sorted(said))}",
                    certainty=1.0,
                    by_words=True,
                ),
                frozenset().union(*(stems[choice] for choice in said)),
            )
