"""Answers that are computed over the rows of a table or the items of a list, whole.

How many, the sum, the highest, the earliest, those that meet a condition: by code, never by a
language model. The line says the operation, the column and over how many rows; the rows that
decide are shown as they stand. Where the table, the column or the rows are not certain enough,
there is no such answer. Knows nothing of how passages are found.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rag.answering.evidence import Candidate
from rag.answering.operation_words import operation_stems, words_for_sums
from rag.answering.question_kind import QuestionKind
from rag.answering.question_words import content_stems, names_and_numbers
from rag.answering.quote import texts_as_read
from rag.answering.rows.against import Against, against_in, compute_against
from rag.answering.rows.cell import asked_cell
from rag.answering.rows.columns import (
    Meanings,
    Target,
    choose_column,
    meanings,
    most_like,
)
from rag.answering.rows.conditions import Selection, all_meant, select_rows
from rag.answering.rows.counted import OF_ROWS, asked_operation, different_values
from rag.answering.rows.denied import Embed
from rag.answering.rows.forms import forms
from rag.answering.rows.judged import Judge
from rag.answering.rows.lines import Computed
from rag.answering.rows.operations import operate
from rag.answering.rows.opposites import share_of_side
from rag.answering.rows.phrases import ASKED_FOR, AVERAGING, phrase_models
from rag.answering.rows.shown import shown
from rag.answering.rows.tables import RowTable, tables_near
from rag.answering.rows.totals import extreme_total
from rag.datatypes import Answer, Hit, Vectors
from rag.library.protocol import Library
from rag.models.checker import PairModel

OPERATIONS: tuple[QuestionKind, ...] = (
    "count",
    "sum",
    "highest",
    "lowest",
    "earliest",
    "latest",
    "filter",
)
"""The kinds of questions that are answered here."""
_EXTREMES = "highest", "lowest"
_ROWS_ONLY = *OF_ROWS, "sum"
"""Those that are not asked of the columns of a table."""
_LEAST_KIND = 0.03
"""Probability that a question asks for an operation, from which on it is tried: only the rows tell
"how many flats have a lift" from "how many rooms has flat 7"."""
_LIKELY_KIND = 0.1
"""The same where no condition says which rows are meant; twice that if no word says it either."""
_ANY_KIND, _SAID_KIND = 0.5, 0.8
"""Added to the probability, up to 1; the latter where a word of the question says the operation."""
LEAST_CERTAINTY = 0.45
"""Certainty from which on the computed answer is shown; on the even numbers of `benchmarks/rows` it
makes no difference from 0.35 on."""
_PASSAGES = 6
"""Among which tables are looked for."""
_JUDGED = 2
"""Tables, the nearest ones, that the checker is asked about."""
_RANK = 0.93
"""What a table is worth beside one of the passage before."""
_ELSEWHERE = 0.75
"""What it is worth where the reader finds the answer outside of it."""
_OF_OTHERS = 0.5
"""The same for each word that another table has and it has not."""
_STRANGE_WORD = 0.6
"""The same for each word of the question that nothing in the table is like."""
_STRANGE_NAME = 0.3
_LIKE = 0.37
_LIST_LIKE = 0.31
"""Cosine of the question and what stands over a list, from which on its items are counted."""
_ROWS_NOT_MEANT, _ROWS_MEANT = 0.2, 0.65
"""How likely the checker takes rows to be meant, from which on words that nothing in the table is
like count for nothing, and up to which they rule the rows out: of "flats in Nordend with a sauna"
those of Nordend have 0.12, of "flats in Nordend that are listed" 0.73."""
_SUMMED = 0.69
"""What a sum is worth for "how many nights were our own trips": members of each month do not add
up, so that it is marked as unsure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    """What came of one table for the operation that was asked for, and how certain it is."""

    asked: QuestionKind
    table: RowTable
    computed: Computed
    certainty: float


def compute(
    library: Library,
    embed: Embed,
    question: str,
    row: Vectors | None,
    kinds: Mapping[QuestionKind, float],
    candidates: Sequence[Candidate],
    hits: Sequence[Hit],
    checker: PairModel | None = None,
) -> Answer | None:
    """Return the answer that code over rows gives; None if the question is not one, or uncertain.

    `row` is the question's unit row, None where `embed` is not what the models of phrases were
    trained with: these go by words alone then. `kinds` has the probability of each kind of
    question, `candidates` what was read, best first. `checker` judges which column is meant;
    without it that is told by words and their likeness alone.
    Raises `DocumentChanged` if a document was indexed anew, or removed, since it was read.
    """
    shares = operations_of(kinds)
    if not shares:
        return None
    near = list({hit.passage.id: hit for hit in (*(c.hit for c in candidates), *hits)}.values())
    near = near[:_PASSAGES]
    with library.snapshot():
        texts = texts_as_read(library, [hit.passage for hit in near])
        attempts: list[_Attempt] = []
        judged = 0
        tables = tables_near(library, texts, [hit.passage for hit in near])
        for rank, table in forms(
            tables, library, texts, question, turns=not shares.keys() <= set(_ROWS_ONLY)
        ):
            near_it = _RANK**rank * _reader_agrees(table, candidates)
            is_judged = not table.is_list and judged < _JUDGED
            judged += is_judged and not table.is_turned
            judge = Judge(question=question, table=table, checker=checker if is_judged else None)
            against = against_in(question, row, table, embed)
            for operation, share in shares.items():
                is_likeliest = share == max(shares.values())
                attempt = (
                    _over_rows(operation, share, row, embed, judge, is_likeliest=is_likeliest)
                    if against is None
                    else _over_two_columns(operation, share, against, row, embed, judge)
                )
                if attempt is not None:
                    attempts.append(replace(attempt, certainty=attempt.certainty * near_it))
        best = max(_beside_each_other(attempts), key=lambda each: each.certainty, default=None)
        if best is None or best.certainty < LEAST_CERTAINTY:
            return None
        done = best.computed.operation
        same = [a for a in attempts if a.table is best.table and a.computed.operation == done]
        certainty = best.certainty * share_of_side(done, {each.asked for each in same}, shares)
        return shown(library, texts, question, best.table, best.computed, certainty)


def _beside_each_other(attempts: Sequence[_Attempt]) -> list[_Attempt]:
    """Return the attempts, worth less for each word that another table has and theirs has not.

    "Which Tarnow is the slowest" is not asked of the stock, beside the manual of the Tarnow.
    """
    left = [set(each.computed.selection.left) for each in attempts]
    had = [
        set(each.computed.selection.words.asked) - own
        for each, own in zip(attempts, left, strict=True)
    ]
    worth = []
    for each, own in zip(attempts, left, strict=True):
        others = zip(attempts, had, strict=True)
        of_others = {s for other, stems in others if other.table is not each.table for s in stems}
        worth.append(each.certainty * _OF_OTHERS ** len(own & of_others))
    return [replace(each, certainty=value) for each, value in zip(attempts, worth, strict=True)]


def operations_of(kinds: Mapping[QuestionKind, float]) -> dict[QuestionKind, float]:
    """Return the operations that may be asked for, with their probability.

    All of something is asked for like those that meet a condition, so that counts in part.
    """
    shares = {operation: kinds.get(operation, 0.0) for operation in OPERATIONS}
    shares["filter"] += kinds.get("list", 0.0) / 2
    return {operation: share for operation, share in shares.items() if share >= _LEAST_KIND}


def _reader_agrees(table: RowTable, candidates: Sequence[Candidate]) -> float:
    """Return what a table is worth by where the reader's best span stands."""
    if not candidates:
        return _ELSEWHERE
    span = candidates[0].span
    inside = span.passage.document_id == table.document_id and (
        table.start <= span.start < table.end
    )
    return 1.0 if inside else _ELSEWHERE


def _over_two_columns(
    operation: QuestionKind,
    share: float,
    against: Against,
    vector: Vectors | None,
    embed: Embed,
    judge: Judge,
) -> _Attempt | None:
    """Return the attempt; names that the table does not have make it doubtful.

    None for an operation that asks of one column.
    """
    if operation not in (*OF_ROWS, *_EXTREMES):
        return None
    question, table = judge.question, judge.table
    said = operation_stems(question, operation) | against.stems
    selection = select_rows(question, vector, table, said, embed)
    done = compute_against(operation, against, selection, table, question)
    if done is None or selection.unplaced:
        return None
    names = {stem for name in names_and_numbers(question) for stem in content_stems(name)}
    certainty = min(selection.certainty, against.certainty) * min(1.0, share + _SAID_KIND)
    certainty *= _STRANGE_NAME ** len(names.intersection(selection.left))
    return _Attempt(asked=operation, table=done[0], computed=done[1], certainty=certainty)


def _over_rows(
    operation: QuestionKind,
    share: float,
    vector: Vectors | None,
    embed: Embed,
    judge: Judge,
    *,
    is_likeliest: bool,
) -> _Attempt | None:
    """Return the operation over the rows, or over the values of one column of them."""
    question, table, asked = judge.question, judge.table, operation
    if (table.is_list and operation == "filter") or (table.is_turned and operation in _ROWS_ONLY):
        return None
    stems = operation_stems(question, operation)
    of_sums = words_for_sums(question) if operation in _EXTREMES else ()
    said = stems.union(*map(content_stems, of_sums))
    selection = select_rows(question, vector, table, said, None if vector is None else embed)
    if operation not in OF_ROWS and len(selection.rows) < 2:
        selection = all_meant(selection, table)
    if not selection.rows or selection.unplaced:
        return None
    asks = is_likeliest and share >= _LIKELY_KIND
    meant, added = asked_operation(operation, judge, selection, stems, asks=asks)
    if meant is None:
        return None
    is_summed, operation = meant != operation, meant
    if operation == "filter" and _is_value_asked(question, table):
        return None
    least = _least(operation, stems, is_likeliest=is_likeliest)
    is_one = operation == "count" and len(table.rows) < 2
    if not selection.conditions and (operation == "filter" or is_one or share < least):
        return None
    found = meanings(question, table, selection, embed, stems)
    target: Target | None = None
    if operation not in OF_ROWS:
        columns = judge.columns if added is None and share >= _LIKELY_KIND else added
        target = _column(operation, selection, found, judge, columns)
        if target is None:
            return None
        operation = _towards(operation, target, found)
    rows, value = operate(operation, table, selection, target)
    if not rows:
        return None
    total = extreme_total(table, selection, target, operation) if target and of_sums else None
    rows, value = total or (rows, value)
    averages = operation == "sum" and _says(AVERAGING, "average", question, vector)
    value = value / len(rows) if averages else value
    different = different_values(table, selection, stems) if operation == "count" else None
    by, rows, selection = different or (None, rows, selection)
    certainty = _certainty(selection, found, target, judge, counts=operation == "count")
    certainty *= min(1.0, share + (_SAID_KIND if stems else _ANY_KIND))
    certainty *= _SUMMED if is_summed else 1.0
    computed = Computed(
        operation=operation,
        rows=rows,
        value=value,
        considered=selection.rows,
        selection=selection,
        target=target,
        by_name=_says(ASKED_FOR, "name", question, vector),
        averages=averages,
        totals=total is not None,
        by=by,
    )
    return _Attempt(asked=asked, table=table, computed=computed, certainty=certainty)


def _says(model: str, label: str, question: str, vector: Vectors | None) -> bool:
    return phrase_models()[model].probabilities(question, vector)[label] >= 0.5


def _towards(operation: QuestionKind, target: Target, found: Meanings) -> QuestionKind:
    """Return the operation: by the fastest the most speed is meant, but the lowest time."""
    if not found.pace or operation not in _EXTREMES:
        return operation
    is_most = (found.pace == "fast") == (target.column in found.faster)
    return "highest" if is_most else "lowest"


def _least(operation: str, stems: frozenset[str], *, is_likeliest: bool) -> float:
    """Return the probability of its kind that a question without a condition needs.

    `stems` are those of its words that say the operation, which is the likeliest if any is asked
    for at all: a word for an extreme, like "oldest", says hardly anything else.
    """
    if not stems:
        return 2 * _LIKELY_KIND
    is_said = is_likeliest and operation not in OF_ROWS
    return _LEAST_KIND if is_said else _LIKELY_KIND


def _column(
    operation: str, selection: Selection, found: Meanings, judge: Judge, columns: Vectors | None
) -> Target | None:
    """Return the column that is asked about, as the checker has it: `columns`, or else by words.

    Where both mean the same one and the words are surer, it is as certain as both on average.
    """
    by_words = choose_column(operation, judge.table, selection, found, None)
    if columns is None:
        return by_words
    target = choose_column(operation, judge.table, selection, found, columns)
    if target is None or by_words is None or by_words.column != target.column:
        return target
    surer = by_words.certainty * _known_words(judge.question, selection, found, by_words)
    if surer <= target.certainty:
        return target
    return replace(target, certainty=(target.certainty + surer) / 2)


def _certainty(
    selection: Selection,
    found: Meanings,
    target: Target | None,
    judge: Judge,
    *,
    counts: bool = False,
) -> float:
    """Return how certain it is that these rows, and this column of them, are meant.

    `counts` says that they are counted, which the checker knows; of "the first thing that Lena paid
    for" it knows only whose rows are meant.
    """
    certainty = selection.certainty
    if judge.table.is_list and target is None:
        return certainty * min(1.0, max(0.0, found.to_context / _LIST_LIKE))
    if target is not None and target.is_judged:
        return certainty * target.certainty
    is_whole = counts and not selection.conditions
    if target is None and (selection.left or is_whole) and certainty >= LEAST_CERTAINTY:
        meant = judge.rows(selection.rows)
        if is_whole and meant is None and judge.checker is not None:
            certainty *= _STRANGE_WORD
        if meant is not None and meant <= _ROWS_NOT_MEANT:
            return 0.0
        if meant is not None and meant >= _ROWS_MEANT and counts:
            return certainty
    certainty *= _known_words(judge.question, selection, found, target)
    return certainty if target is None else certainty * target.certainty


def _is_value_asked(question: str, table: RowTable) -> bool:
    """Say whether one cell is asked for that does not say what its row is called."""
    cell = asked_cell(question, table)
    return cell is not None and all(cell != row.cells[0] for row in table.rows)


def _known_words(
    question: str, selection: Selection, found: Meanings, target: Target | None
) -> float:
    """Return what the words are worth that are neither in the table nor like anything in it."""
    worth = 1.0
    names = {name.casefold() for name in names_and_numbers(question)}
    for number, word in enumerate(found.words):
        stems = set(content_stems(word))
        left = stems & set(selection.left)
        if not left or (target and stems <= target.meant):
            continue
        if word in names:
            worth *= _STRANGE_NAME
        elif most_like(found, number) < _LIKE:
            worth *= _STRANGE_WORD if target or selection.conditions else _STRANGE_WORD**2
    return worth
