"""Which rows of a table a question is about: cells that it names, columns that say yes, numbers.

"flats with a lift in the Altstadt under 900 euros" has three conditions, each on a column; the rows
that meet all of them are meant. What cannot be placed is said, for whoever judges how certain that
is. Knows nothing of what is done with the rows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rag.answering.question_words import content_stems
from rag.answering.rows.compared import (
    Condition,
    condition_of,
    is_unit,
    not_meeting,
    with_condition,
)
from rag.answering.rows.denied import Embed, phrases_of, without_denied
from rag.answering.rows.flags import choices_in, flags_in
from rag.answering.rows.left_out import or_left_out, without_left_out
from rag.answering.rows.mentions import Mention, mentions_in
from rag.answering.rows.missing import missing, nothing_in
from rag.answering.rows.phrases import HAVING, phrase_models
from rag.answering.rows.tables import RowTable
from rag.answering.rows.words import (
    WORD,
    WordsFound,
    are_joined,
    counted_in,
    is_other_form,
    words_found,
)
from rag.datatypes import Vectors

_LACKING, _SURELY_LACKING = 0.5, 0.85
_PARTLY = 0.8
"""What a condition is worth whose words are only a part of what the cells say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The rows that a question is about, all where it has no `conditions`.

    `said` is the question without the values that a condition took up, `used` are the stems of the
    words that did, `left` those that neither a condition nor a heading or a column's name has.
    `unplaced` counts the values that no column fits, and a denial of what nothing in it says.
    """

    rows: tuple[int, ...]
    conditions: tuple[Condition, ...]
    said: str
    used: frozenset[str]
    left: tuple[str, ...]
    unplaced: int
    words: WordsFound

    @property
    def certainty(self) -> float:
        """How certain the least certain of the conditions is."""
        return min((condition.certainty for condition in self.conditions), default=1.0)


def select_rows(
    question: str,
    vector: Vectors | None,
    table: RowTable,
    operation: frozenset[str],
    embed: Embed | None = None,
) -> Selection:
    """Return the rows of a table that a question, with its embedding if it says anything, is about.

    `operation` are the stems of its words that say what is to be done with the rows. With `embed`
    cells that deny a word ("no lift") do not have it.
    """
    mentions = mentions_in(question)
    placed_mentions = [
        (each, condition_of(each, question, table, vector, embed)) for each in mentions
    ]
    said = _without(question, placed_mentions, table)
    words = words_found(said, table)
    lacking = phrase_models()[HAVING].probabilities(question, vector)["lacks"]
    conditions = [condition for _, condition in placed_mentions if condition]
    taken: set[str] = set()
    named = _reconciled(list(_named(words, table, said, embed)), conditions, said, words, table)
    chosen = list(choices_in(said, words, table))
    flags = [
        (condition, stems)
        for condition, stems in flags_in(
            words, table, wants=lacking < _LACKING, certainty=max(lacking, 1 - lacking)
        )
        if not any(stems < whole for _, whole in named)  # "reading room" is not "Read?"
    ]
    if lacking >= _LACKING:
        compared = {condition.column for condition in conditions}
        nothing = nothing_in(said, words, table, lacking)
        flags += [nothing] if nothing and nothing[0].column not in compared else []
    meant = [
        (or_left_out(condition, stems, said, table, embed), stems)
        for condition, stems in (*named, *chosen)
    ]
    for condition, stems in (*flags, *meant):
        taken |= stems
        if len(condition.rows) < len(table.rows):  # what all rows are says nothing of them
            conditions.append(condition)
    # Of a turned table "which van" is no condition on the names, of which the Luton's has no "van".
    known = operation.union(taken)
    counted, is_noun, is_next = counted_in(words, said, known)
    noun = counted if is_noun else ""
    by_part = () if table.is_turned else _partial(words, table, known, noun, embed)
    partial = list(by_part)
    may_be_remark = is_noun and is_next and bool(conditions)
    for condition, stems in partial:
        # "how many broods did Ann ring": a remark on a brood is no condition where Ann has no such.
        is_remark = may_be_remark and _is_sparse(condition.column, table)
        if stems != {counted} or (not is_remark and _meeting([*conditions, condition], table)):
            own = or_left_out(condition, stems, said, table, embed)
            of_column = frozenset().union(*(s for c, s in meant if c.column == own.column))
            joins = are_joined(said, of_column, stems)
            conditions = with_condition(own, conditions, joins=joins)
            taken |= stems
    is_denied = any(condition.is_denial for condition in conditions)
    is_denial_left = False
    if lacking >= _SURELY_LACKING and not (flags or mentions or is_denied):
        empty = missing(said, table, operation.union(taken), lacking, embed)
        if empty is not None:
            conditions.append(empty[0])
            taken |= empty[1]
        else:
            # "which devices are not insured": of a table in whose cells devices are told of, the
            # other rows are no devices.
            tells = any(counted in stems for _, stems in partial)
            is_denial_left = not conditions
            conditions = [
                not_meeting(each, table, 0.0 if tells else lacking) for each in conditions
            ]
    rows = _meeting(conditions, table)
    placed = operation.union(taken, words.around)
    left = tuple(stem for stem in words.asked if stem not in placed)
    numbers = [
        mention
        for mention, condition in placed_mentions
        if condition is None
        and not _is_named(mention, question, named)
        and not _is_header(mention, question, words)
        and not (mention.comparison == "equal" and mention.value.low in (1, len(rows)))
    ]
    return Selection(
        rows=rows,
        conditions=tuple(conditions),
        said=said,
        used=frozenset(taken),
        left=left,
        unplaced=len(numbers) + is_denial_left,
        words=words,
    )


def all_meant(selection: Selection, table: RowTable) -> Selection:
    """Return the selection without the conditions whose words say what the table is about.

    Of "the coffee machine" a row for coffee is not meant.
    """
    conditions = tuple(each for each in selection.conditions if not each.is_context)
    return replace(selection, conditions=conditions, rows=_meeting(conditions, table))


def _meeting(conditions: Sequence[Condition], table: RowTable) -> tuple[int, ...]:
    """Return the rows that meet all conditions, in order."""
    rows = frozenset(range(len(table.rows)))
    return tuple(sorted(rows.intersection(*(condition.rows for condition in conditions))))


def _without(
    question: str, placed: Sequence[tuple[Mention, Condition | None]], table: RowTable
) -> str:
    """Return the question with blanks for the values that are conditions, and their units."""
    left = list(question)
    for mention, condition in placed:
        if condition is not None:
            unit = table.unit(condition.column)
            has_unit = bool(unit) and is_unit(mention.following, unit)
            end = max(mention.end, mention.following_end) if has_unit else mention.end
            left[mention.start : end] = " " * (end - mention.start)
    return "".join(left)


def _is_named(mention: Mention, question: str, named: Sequence[tuple[Condition, object]]) -> bool:
    """Say whether a number is part of a name that a cell has, like "room 2"."""
    written = question[mention.start : mention.end].casefold()
    return any(written in condition.words.casefold().split() for condition, _ in named)


def _is_header(mention: Mention, question: str, words: WordsFound) -> bool:
    """Say whether a value is part of a column's name, like "Mar", or of the table's: "2024 log"."""
    written = content_stems(question[mention.start : mention.end])
    if written and mention.value.kind == "date" and words.around.issuperset(written):
        return True
    return any(stems.issuperset(written) for stems in words.headed.values())


def _named(
    words: WordsFound, table: RowTable, said: str, embed: Embed | None
) -> Iterator[tuple[Condition, frozenset[str]]]:
    """Yield a condition for each column of which the question names whole cells, of all rows too.

    A row has it too where that is one of several things in its cell: "concession, founder member".
    A cell whose words all are part of a longer one that is named as well does not count; nor does
    one that is only a column's name or what the table is about.
    """
    every = [stems for cells in words.named.values() for stems in cells.values()]
    for column, cells in words.named.items():
        if table.kind(column) != "text":
            cells = _numbers_with_names(cells, words, table, column)
        kept: Mapping[str, frozenset[str]] = {
            text: stems
            for text, stems in cells.items()
            if not any(stems < other for other in every)
            and not (stems <= words.around and _is_common(text, table, column))
        }
        if not kept:
            continue
        kept = without_left_out(kept, said, embed)
        texts = table.texts(column)
        rows = frozenset(
            row
            for row, text in enumerate(texts)
            if not kept.keys().isdisjoint([text.casefold(), *phrases_of(text.casefold())])
        )
        whole = (texts[row] for row in sorted(rows) if texts[row].casefold() in kept)
        shown = list(dict.fromkeys(whole))
        stems = frozenset().union(*kept.values())
        yield (
            Condition(
                column=column,
                rows=rows,
                words=" ".join(filter(None, (table.columns[column], " or ".join(shown)))),
                certainty=1.0,
                by_words=True,
                is_context=stems <= words.around,
                is_denial=any(_denies(text) for text in shown),
            ),
            stems,
        )


def _reconciled(
    named: Sequence[tuple[Condition, frozenset[str]]],
    others: Sequence[Condition],
    said: str,
    words: WordsFound,
    table: RowTable,
) -> list[tuple[Condition, frozenset[str]]]:
    """Return the conditions; where no row meets all, with the `others`, what else they may mean.

    Of several columns that the same words name the one with most rows; what the table is about
    rather than a cell ("how many bookings" is not of those that are "booked"); cells that have more
    to say: "how often did I drive to Skelby" where some say "Skelby and back".
    """
    most: dict[frozenset[str], tuple[Condition, frozenset[str]]] = {}
    for each in sorted(named, key=lambda each: len(each[0].rows)):
        most[each[1]] = each
    meant = [each for each in named if not _is_said_of_all(each[0], said, table)]
    for way in (list(named), list(most.values()), meant):
        if way and _meeting([*others, *(condition for condition, _ in way)], table):
            return way
    return [(_widened(condition, stems, words, table), stems) for condition, stems in most.values()]


def _is_said_of_all(condition: Condition, said: str, table: RowTable) -> bool:
    """Say whether its words say what the table is about, in another form than the cells have."""
    texts = table.texts(condition.column)
    return condition.is_context and is_other_form(said, [texts[row] for row in condition.rows])


def _widened(
    condition: Condition, stems: frozenset[str], words: WordsFound, table: RowTable
) -> Condition:
    """Return the condition with the rows whose cell has all of its words among others."""
    found = (words.partly.get(stem, {}).get(condition.column, frozenset()) for stem in stems)
    rows = condition.rows.union(frozenset.intersection(*found))
    name = table.columns[condition.column]
    said = f"{name} with “{condition.words.removeprefix(name).strip()}”".strip()
    is_wider = rows > condition.rows
    return replace(condition, rows=rows, words=said, certainty=_PARTLY) if is_wider else condition


def _denies(text: str) -> bool:
    """Say whether a cell says itself that something is lacking: "not for hire"."""
    return phrase_models()[HAVING].probabilities(text)["lacks"] >= _LACKING


def _is_common(text: str, table: RowTable, column: int) -> bool:
    """Say whether a cell's text is that of most rows."""
    texts = [each.casefold() for each in table.texts(column)]
    return 2 * texts.count(text) > len(texts)


def _numbers_with_names(
    cells: Mapping[str, frozenset[str]], words: WordsFound, table: RowTable, column: int
) -> dict[str, frozenset[str]]:
    """Return what is named of a column of values: words among them, and numbers by its name."""
    worth = {
        text.casefold()
        for text, value in zip(table.texts(column), table.values[column], strict=True)
        if value
    }
    headed = bool(words.headed.get(column))
    return {text: stems for text, stems in cells.items() if headed or text not in worth}


def _is_sparse(column: int, table: RowTable) -> bool:
    """Say whether fewer than half of a column's cells say anything."""
    return 2 * sum(map(bool, table.texts(column))) < len(table.rows)


def _partial(
    words: WordsFound,
    table: RowTable,
    taken: frozenset[str],
    counted: str,
    embed: Embed | None,
) -> Iterator[tuple[Condition, frozenset[str]]]:
    """Yield conditions for words that stand in some cells and are nothing else in the table.

    Where several words stand in one column, the rows with most of them are meant; where each has
    rows of its own, the one that is `counted` of another says nothing: "jars of heather".
    """
    count = len(table.rows)
    by_column: dict[int, dict[str, frozenset[int]]] = {}
    for stem in words.asked:
        if stem in taken or stem in words.around:
            continue
        columns = {
            column: rows
            for column, rows in words.partly.get(stem, {}).items()
            if len(rows) < count and table.kind(column) == "text"
        }
        if columns:
            column = max(columns, key=lambda each: len(columns[each]))
            rows = columns[column]
            if embed is not None:
                rows = without_denied(stem, rows, table.texts(column), embed)
            if rows:
                by_column.setdefault(column, {})[stem] = rows
    for column, found in by_column.items():
        shared = {
            row: sum(row in rows for rows in found.values())
            for rows in found.values()
            for row in rows
        }
        most = max(shared.values())
        if most == 1 < len(found) and counted in found:
            del found[counted]
            shared = {row: 1 for rows in found.values() for row in rows}
        elements = {
            frozenset(content_stems(element))
            for text in table.texts(column)
            for element in phrases_of(text)
        }
        rows = frozenset(row for row, number in shared.items() if number == most)
        shown = ", ".join(_as_written(stem, table.texts(column), rows) for stem in found)
        yield (
            Condition(
                column=column,
                rows=rows,
                words=f"{name} with “{shown}”" if (name := table.columns[column]) else f"“{shown}”",
                certainty=1.0 if all(frozenset([stem]) in elements for stem in found) else _PARTLY,
                by_words=True,
            ),
            frozenset(found),
        )


def _as_written(stem: str, texts: Sequence[str], rows: frozenset[int]) -> str:
    """Return the first word with a stem in the cells of some rows; the stem if there is none."""
    words = (word for row in sorted(rows) for word in WORD.findall(texts[row]))
    return next((word for word in words if content_stems(word) == [stem]), stem)
