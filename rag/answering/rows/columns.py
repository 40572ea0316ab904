"""Which column of a table a question asks the highest, the earliest or the sum of.

Only columns of the right kind of value are looked at; of these the one whose name means most like
the question, or like one of its words ("heaviest": Weight). Knows nothing of rows.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from rag.answering.question_words import content_stems
from rag.answering.rows.conditions import Selection
from rag.answering.rows.denied import Embed
from rag.answering.rows.tables import RowTable
from rag.answering.rows.values import measure_of
from rag.datatypes import Vectors

_WORD = re.compile(r"[^\W\d_]{2,}(?:['’][^\W\d_]+)*")
_IN_NAME, _MORE_IN_NAME = 0.3, 0.1
"""Added for a column whose name has a word of the question, and for each further one."""
_KINDS: Mapping[str, Mapping[str, float]] = {
    "sum": {"number": 1.0},
    "highest": {"number": 1.0, "time": 0.9, "date": 0.7},
    "lowest": {"number": 1.0, "time": 0.9, "date": 0.7},
    "earliest": {"date": 1.0, "time": 1.0, "number": 0.5},
    "latest": {"date": 1.0, "time": 1.0, "number": 0.5},
}
"""How well each kind of value suits an operation."""
_LEAST_SIMILAR, _SIMILAR = 0.22, 0.45
_CURRENCY = re.compile(r"[(\[][A-Z]{3}[)\]]")
"""A currency by its code, as it stands behind the name of a column: "Fee (EUR)"."""
_LEAD = 0.08
"""By which the best column is to be above the next, for both to be told apart."""
_FILTERED = 0.7
"""What a column is worth that a condition is on."""
_JUDGED = 0.1, 0.6
"""Probability of a column from which it may be meant, and from which it surely is."""
_JUDGED_LEAD = 0.3
_ONLY = 0.6
"""How certain a column is at least that is the only one of its kind in the rows that are meant."""
_TOTAL = 0.75
"""The same of one that adds up others, where no column is named."""
_FEWEST_TOTALS, _NEARLY_ALL, _CENT = 3, 0.9, 0.005
_AGE = 0.6
_PACE, _RATE = 0.5, 0.15
"""Cosine to "speed" from which a word says how fast something is ("fastest" 0.74, "slowest" 0.59,
"longest" 0.22), and by how much a column is more like "speed" than like "time" where more of it is
faster ("Max. sewing speed" 0.25, "Journey time" 0.07)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A column that is asked about, how certain that is, and the next best, if it is near.

    `meant` are the stems of the question that mean it. `is_age` says that the column counts how old
    something is, so that the earliest has the most; `is_judged`, that a model chose it.
    """

    column: int
    certainty: float
    rival: int | None
    meant: frozenset[str]
    is_age: bool
    is_judged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Meanings:
    """How much the words of a question, and the whole of it, are like the columns' names.

    `words` are its words that say something and are no condition, `subject` is that of them which
    says what rows are, `saying` those that say the operation. `similar` is (2 + words, columns):
    that of the whole question, of its words but the subject, and of each word. `to_age` has how
    much each name is like "age", `to_context` how much the question is like what stands around.
    `pace` is "fast" or "slow" where the operation is that, `faster` the columns more of which is
    faster.
    """

    words: tuple[str, ...]
    subject: str
    saying: frozenset[str]
    similar: Vectors
    to_age: Vectors
    to_context: float
    pace: str = ""
    faster: frozenset[int] = frozenset()


def meanings(
    question: str, table: RowTable, selection: Selection, embed: Embed, stems: frozenset[str]
) -> Meanings:
    """Compare the words of a question with the names of a table's columns.

    `stems` are those of the words that say the operation.
    """
    headed = [own for column, own in selection.words.headed.items() if table.kind(column) != "text"]
    known = selection.used.union(selection.words.around.difference(*headed))
    words = tuple(
        word
        for word in dict.fromkeys(match.casefold() for match in _WORD.findall(selection.said))
        if (meant := content_stems(word)) and not known.issuperset(meant)
    )
    subject = _subject(words, selection, stems)
    names = [_name(table, column) for column in range(len(table.columns))]
    firsts = [next(filter(None, table.texts(column)), "") for column in range(len(names))]
    examples = [f"{name} {first[:30]}" for name, first in zip(names, firsts, strict=True)]
    around = " ".join(table.context.split("\n")[-2:])
    measures = [measured_by(table, column) for column in range(len(names))]
    kept = " ".join(word for word in words if word != subject)
    likened = ["speed", "time", "fast", "slow", "age", around]
    rows = embed([question, kept or question, *words, *names, *examples, *measures, *likened])
    own, rest = rows[: 2 + len(words)], rows[2 + len(words) :]
    columns, shown, measured = (rest[n * len(names) : (n + 1) * len(names)] for n in range(3))
    saying = frozenset(word for word in words if stems.issuperset(content_stems(word)))
    speed, time, fast, slow, age, beside = rows[-len(likened) :]
    paces = [
        "fast" if row @ fast > row @ slow else "slow"
        for word, row in zip(words, own[2:], strict=True)
        if word in saying and row @ speed >= _PACE
    ]
    faster = np.flatnonzero(columns @ speed - columns @ time >= _RATE)
    return Meanings(
        words=words,
        subject=subject,
        saying=saying,
        similar=np.maximum.reduce([own @ columns.T, own @ shown.T, own @ measured.T]),
        to_age=columns @ age,
        to_context=float(rows[0] @ beside),
        pace=paces[0] if paces else "",
        faster=frozenset(faster.tolist()),
    )


def choose_column(
    operation: str,
    table: RowTable,
    selection: Selection,
    found: Meanings,
    judged: Vectors | None,
) -> Target | None:
    """Return the column that an operation is asked of; None if no column has such values.

    `judged` is how likely a model takes each column to be meant, (columns,).
    """
    if judged is not None:
        return _judged_column(operation, table, selection, found, judged)
    suits = _KINDS[operation]
    filtered = {condition.column for condition in selection.conditions}
    scores: dict[int, float] = {}
    subject = "" if operation == "sum" else found.subject
    subjects = frozenset(content_stems(subject))
    words = [n for n, word in enumerate(found.words, start=2) if word != subject]
    saying = [n for n in words if found.words[n - 2] in found.saying]
    words = saying or words
    whole = 1 if subject else 0
    for column in range(len(table.columns)):
        kind = table.kind(column)
        if kind not in suits or not _can_be_meant(column, table, selection):
            continue
        to_words = found.similar[words, column].max() if words else 0.0
        likeness = 0.5 * float(found.similar[whole, column]) + 0.5 * float(to_words)
        headed = selection.words.headed.get(column, frozenset()) - selection.used - subjects
        likeness += (_IN_NAME + _MORE_IN_NAME * (len(headed) - 1)) * (len(headed) > 0)
        scores[column] = likeness * suits[kind] * (_FILTERED if column in filtered else 1.0)
    if not scores:
        return None
    best, *others = sorted(scores, key=lambda column: -scores[column])
    lead = scores[best] - scores[others[0]] if others else _LEAD
    certainty = _share(scores[best], _LEAST_SIMILAR, _SIMILAR)
    if not any(table.kind(column) == table.kind(best) for column in others):
        certainty = max(certainty, _ONLY)
    is_time = table.kind(best) in ("date", "time") and operation in ("earliest", "latest")
    if is_time and not any(table.kind(column) == table.kind(best) for column in others):
        certainty, lead = max(certainty, 0.8), _LEAD
    meant = frozenset(
        stem
        for number, word in enumerate(found.words, start=2)
        if found.similar[number, best] >= _SIMILAR
        or (number in words and found.similar[number, best] == found.similar[words, best].max())
        for stem in content_stems(word)
    )
    return Target(
        column=best,
        certainty=certainty * (0.6 + 0.4 * _share(lead, 0.0, _LEAD)),
        rival=others[0] if others and lead < _LEAD else None,
        meant=meant,
        is_age=bool(table.kind(best) == "number" and found.to_age[best] >= _AGE),
    )


def _judged_column(
    operation: str, table: RowTable, selection: Selection, found: Meanings, judged: Vectors
) -> Target | None:
    """Return the likeliest of the columns whose values suit the operation."""
    filtered = {condition.column for condition in selection.conditions}
    suits = _KINDS[operation]
    scores = {
        column: float(judged[column])
        * suits[table.kind(column)]
        * (_FILTERED if column in filtered else 1.0)
        for column in range(len(table.columns))
        if table.kind(column) in suits and _can_be_meant(column, table, selection)
    }
    if not scores:
        return None
    named = _named_alone(scores, table, selection)
    best, *others = sorted(scores, key=lambda column: (column != named, -scores[column]))
    lead = 1.0 if best == named else scores[best] - scores[others[0]] if others else 1.0
    certainty = _share(scores[best], *_JUDGED)
    if (certainty or operation == "sum") and not others and selection.conditions:
        certainty = max(certainty, _ONLY)
    certainty *= 0.6 + 0.4 * _share(lead, 0.0, _JUDGED_LEAD)
    if named is None and scores[best] >= _JUDGED[0] and _adds_up_others(table, best):
        certainty = max(certainty, _TOTAL)
    return Target(
        column=best,
        certainty=certainty,
        rival=others[0] if others and lead < _JUDGED_LEAD else None,
        meant=frozenset(),
        is_age=bool(table.kind(best) == "number" and found.to_age[best] >= _AGE),
        is_judged=True,
    )


def _named_alone(columns: Iterable[int], table: RowTable, selection: Selection) -> int | None:
    """Return the one of some columns that the question calls by its whole name.

    What stands around the table as well, like the stock in "stock count", calls none.
    """
    headed, around = selection.words.headed, set(content_stems(table.context))
    named = [
        column
        for column in columns
        if (stems := headed.get(column))
        and stems - selection.used >= set(content_stems(_name(table, column)))
        and not stems <= around
    ]
    return named[0] if len(named) == 1 else None


def _subject(words: Sequence[str], selection: Selection, stems: frozenset[str]) -> str:
    """Return the word that begins the question, "room" of "which room is the quietest".

    It is what rows are, and not what is compared; "" where the operation comes first.
    """
    asked = [stem for stem in selection.words.asked if stem not in selection.used]
    if not asked or asked[0] in stems:
        return ""
    return next((word for word in words if asked[0] in content_stems(word)), "")


def _share(value: float, least: float, most: float) -> float:
    """Return where `value` lies between `least`, 0, and `most`, 1."""
    return min(1.0, max(0.0, (value - least) / (most - least)))


def _can_be_meant(column: int, table: RowTable, selection: Selection) -> bool:
    """Say whether a column has values in the rows that are meant, and does not number them."""
    values = table.values[column]
    return any(values[row] for row in selection.rows) and not _counts_rows(table, column)


def _counts_rows(table: RowTable, column: int) -> bool:
    """Say whether a column only numbers the rows."""
    numbers = [value.low for value in table.values[column] if value and not value.unit]
    return len(numbers) > 2 and all(after - before == 1 for before, after in pairwise(numbers))


def _adds_up_others(table: RowTable, column: int) -> bool:
    """Say whether a column adds up those before it, at least two, in nearly every row.

    That is meant by "what did the Saturdays come to", beside cash and cards.
    """
    totals = {row: value.low for row, value in enumerate(table.values[column]) if value}
    if table.kind(column) != "number" or len(totals) < _FEWEST_TOTALS:
        return False
    sums = dict.fromkeys(totals, 0.0)
    for count, other in enumerate(reversed(range(column)), start=1):
        if table.kind(other) != "number":
            return False
        values = table.values[other]
        for row in totals:
            value = values[row]
            sums[row] += value.low if value else 0.0
        right = sum(abs(sums[row] - total) < _CENT for row, total in totals.items())
        if count > 1 and right >= _NEARLY_ALL * len(totals):
            return True
    return False


def _name(table: RowTable, column: int) -> str:
    """Return what a column is called, with its unit in words; a list goes by its heading."""
    name = re.sub(r"[(\[].*?[)\]]", " ", table.columns[column]).strip()
    return name or table.context.rsplit("\n", 1)[-1]


def measured_by(table: RowTable, column: int) -> str:
    """Return what a column's unit measures, where that is sure; money is a price."""
    unit = table.unit(column)
    is_code = _CURRENCY.search(table.columns[column]) is not None
    if is_code or any(unicodedata.category(sign) == "Sc" for sign in unit):
        return "price"
    measure = measure_of(unit) or measure_of(table.columns[column].casefold())
    return measure or _name(table, column)


def most_like(found: Meanings, number: int) -> float:
    """Return how much word `number` of the question is like the column it is most like."""
    return float(np.max(found.similar[number + 2])) if found.similar.shape[1] else 0.0


def names_number(table: RowTable, selection: Selection) -> bool:
    """Say whether a question calls a column of numbers by its name, and puts no condition on it."""
    conditions = {condition.column for condition in selection.conditions}
    return any(
        table.kind(column) == "number" and column not in conditions
        for column, stems in selection.words.headed.items()
        if stems - selection.used
        and (
            content_stems(table.columns[column])[0] in stems
            or len(stems) == len(set(content_stems(table.columns[column])))
        )
    )
