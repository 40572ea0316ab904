"""Which words of a question stand in which cells, headers or headings of a table.

By stems, through one slip of typing, and whole cells also where words are written as one ("heat
pump", "heatpump"). Knows nothing of numbers or of what is done with the rows.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise

from rag.answering.question_words import content_stems
from rag.answering.rows.tables import RowTable
from rag.answering.rows.values import weekday_of
from rag.library.word_query import STOP_WORDS

_LIKE = 0.82
"""Of `difflib`: from here on a word that the table does not have is one of its words mistyped."""
_SHORTEST_MISTYPED = 5
_SHORTEST_JOINED = 6
_MOST_ROWS_FOR_SLIPS = 2_000
_LONG_TABLE = 1_000
_FEWEST_DAYS = 2
_BEGINNING = 3
"""Letters that a word and its stem share."""
_JOINING = {"and", "or", "&", "+"}
_LONGEST_WORD = 60
"""Characters before a letter alone in which the word before it is looked for."""
_ALONE = ""
"""Stands for whatever is before a letter that is a name of its own."""
_CAPITALS, _CODE = re.compile(r"[A-Z]{2,6}"), re.compile(r"[A-Z]{3,4}")
WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_LETTER = re.compile(r"\b[^\W_]\b")
"""A letter or digit alone, which tells "Drill A" from "Drill B" though it says nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsFound:
    """What the words of a question meet in a table, all as stems.

    `asked` are those of the question as the table spells them, `named` has for each column the
    cells' texts that the question names whole, in small letters, with their stems, `partly` for
    each stem the rows that have it in a cell, by column; `headed` for each column the stems of its
    name that are asked for, and `around` those in the table's headings, or in its columns' names.
    """

    asked: tuple[str, ...]
    named: Mapping[int, Mapping[str, frozenset[str]]]
    partly: Mapping[str, Mapping[int, frozenset[int]]]
    headed: Mapping[int, frozenset[str]]
    around: frozenset[str]


def word_behind(said: str, place: int) -> str:
    """Return the word that follows the one of stem number `place`, in small letters.

    Only words that say something have a stem; "" if none follows.
    """
    words, stems = WORD.findall(said), 0
    for word, following in pairwise(words):
        stems += len(content_stems(word))
        if stems > place:
            return str(following).casefold()
    return ""


def counted_in(words: WordsFound, said: str, known: frozenset[str]) -> tuple[str, bool, bool]:
    """Return the first stem that is not `known`, as what is counted is; "" if there is none.

    And whether it is a noun that no other word goes on with ("jars of", and not "urgent jobs"), and
    whether it follows directly on the word with the stem before it ("how many jars").
    """
    place = next((place for place, stem in enumerate(words.asked) if stem not in known), None)
    if place is None:
        return "", False, False
    counted = words.asked[place]
    is_noun = word_behind(said, place) in STOP_WORDS - _JOINING
    is_next = place > 0 and content_stems(word_behind(said, place - 1)) == [counted]
    return counted, is_noun, is_next


def columns_called(words: WordsFound, table: RowTable) -> Iterator[tuple[int, frozenset[str]]]:
    """Yield the columns of whose name the question has at least half, with the stems of that."""
    for column, stems in words.headed.items():
        if 2 * len(stems) >= len(set(content_stems(table.columns[column]))):
            yield column, stems


def place_of(said: str, stems: frozenset[str]) -> tuple[int, int] | None:
    """Return where the most words with some stems stand behind each other; None if none does."""
    runs: list[list[tuple[int, int]]] = [[]]
    for word in WORD.finditer(said):
        own = content_stems(word[0])
        if own and stems.issuperset(own):
            runs[-1].append(word.span())
        elif runs[-1]:
            runs.append([])
    longest = max(runs, key=len)
    return (longest[0][0], longest[-1][1]) if longest else None


def are_joined(said: str, one: frozenset[str], other: frozenset[str]) -> bool:
    """Say whether what stands between the words of two things joins them: "and", "or", a comma."""
    places = sorted(filter(None, (place_of(said, one), place_of(said, other))))
    if len(places) < 2 or places[0][1] > places[1][0]:
        return False
    between = said[places[0][1] : places[1][0]]
    return "," in between or not _JOINING.isdisjoint(between.casefold().split())


def is_other_form(said: str, texts: Sequence[str]) -> bool:
    """Say whether the words of a question have other forms in the texts: "bookings", "booked".

    Those that differ by their end alone are the same: "flats", "flat".
    """
    own = WORD.findall(" ".join(texts).casefold())
    return not any(
        content_stems(typed) == content_stems(word) and (typed in word or word in typed)
        for typed in filter(content_stems, WORD.findall(said.casefold()))
        for word in own
    )


def words_found(question: str, table: RowTable) -> WordsFound:
    """Look the question's words up in a table."""
    texts = [table.texts(column) for column in range(len(table.columns))]
    in_full = [_days_in_full(column) for column in texts]
    cells = _stems(question, in_full)
    has_days = any(own is not column for own, column in zip(in_full, texts, strict=True))
    heads = [frozenset(content_stems(_parted(name))) for name in table.columns]
    around = frozenset(content_stems(_parted(table.context)))
    known = around.union(*heads, *(stems for column in cells for stems in column))
    whole = {next(iter(own)) for column in cells for own in column if len(own) == 1}
    codes = _codes(texts)
    asked = tuple(
        _as_spelt(_as_coded(stem, whole, codes), known)
        for stem in (_day(stem) if has_days else stem for stem in content_stems(question))
    )
    said = frozenset(asked)
    letters = _letters(question)
    joined = re.sub(r"[\W_]+", "", question.casefold())
    named: dict[int, dict[str, frozenset[str]]] = defaultdict(dict)
    partly: dict[str, dict[int, frozenset[int]]] = defaultdict(dict)
    for column, (own_texts, own_cells) in enumerate(zip(texts, cells, strict=True)):
        rows_of: dict[str, set[int]] = defaultdict(set)
        for row, (text, stems) in enumerate(zip(own_texts, own_cells, strict=True)):
            shared = stems & said
            for stem in shared:
                rows_of[stem].add(row)
            compact = re.sub(r"[\W_]+", "", text.casefold())
            is_whole = shared == stems and all(
                not letters.get(letter, set()).isdisjoint(stems | {_ALONE})
                for letter in _LETTER.findall(text.casefold())
            )
            if stems and (is_whole or (len(compact) >= _SHORTEST_JOINED and compact in joined)):
                named[column][text.casefold()] = stems
            if not stems and heads[column] & letters.get(text.casefold(), set()):
                named[column][text.casefold()] = heads[column] & said  # "cupboard D"
        for stem, rows in rows_of.items():
            partly[stem][column] = frozenset(rows)
    return WordsFound(
        asked=asked,
        named=named,
        partly=partly,
        headed={column: stems & said for column, stems in enumerate(heads) if stems & said},
        around=around.union(*heads) & said,
    )


def _days_in_full(texts: list[str]) -> list[str]:
    """Return the cells of a column with their whole names if all are days of the week, several."""
    days: dict[str, str] = {}
    for text in filter(None, texts):
        day = weekday_of(text)
        if day is None:
            return texts
        days[text] = day
    is_of_days = len(set(days.values())) >= _FEWEST_DAYS
    return [days.get(text, text) for text in texts] if is_of_days else texts


def _day(stem: str) -> str:
    """Return the stem of the day of the week that one of a question shortens, else itself."""
    return next(iter(content_stems(weekday_of(stem) or "")), stem)


def _letters(question: str) -> dict[str, set[str]]:
    """Return the letters and digits that stand alone, each with the stems of the words before it.

    A small letter is part of a name after a word of that name alone: not in "drills with a lamp".
    """
    found: dict[str, set[str]] = defaultdict(set)
    first = len(question) - len(question.lstrip())
    for match in _LETTER.finditer(question):
        near = question[max(0, match.start() - _LONGEST_WORD) : match.start()]
        before = content_stems(" ".join(near.split()[-1:]))
        is_sure = not match[0].islower() or match.start() <= first
        found[match[0].casefold()].update(before, [_ALONE] if is_sure else ())
    return found


def _stems(question: str, texts: Sequence[Sequence[str]]) -> list[list[frozenset[str]]]:
    """Return the stems of each cell's words, by column.

    In a long table they are read only of cells with the beginning of a word of the question.
    """
    is_long = bool(texts) and len(texts[0]) > _LONG_TABLE
    beginnings = [re.escape(stem[:_BEGINNING]) for stem in content_stems(question)]
    may_share = re.compile("|".join(beginnings) or "$^", re.IGNORECASE)
    found: dict[str, frozenset[str]] = {}
    for text in {text for column in texts for text in column}:
        if not is_long or may_share.search(text):
            found[text] = frozenset(content_stems(text))
    return [[found.get(text, frozenset()) for text in column] for column in texts]


def _parted(name: str) -> str:
    """Return a name of a file or column with its words apart: "spare_parts-2025", "dueDate"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", re.sub(r"[_\-.]+", " ", name))


def _codes(texts: Sequence[Sequence[str]]) -> list[str]:
    """Return the words that cells shorten to capitals, as stems: "REP" of repairs.

    They stand in columns that have nothing else.
    """
    columns = [{text for text in column if text} for column in texts]
    coded = [cells for cells in columns if all(map(_CAPITALS.fullmatch, cells))]
    return [
        stem
        for cells in coded
        for cell in cells
        if _CODE.fullmatch(cell)
        for stem in content_stems(cell)
    ]


def _as_coded(stem: str, whole: set[str], codes: Sequence[str]) -> str:
    """Return the code of the table that `stem` begins with, if just one; else itself.

    `whole` are the words that are all that a cell says.
    """
    fitting = [code for code in codes if stem.startswith(code.casefold())]
    return fitting[0] if stem not in whole and len(fitting) == 1 else stem


def _first(word: str) -> str:
    """Return the first letter of a word without its accent."""
    return unicodedata.normalize("NFKD", word[:1])[:1]


def _as_spelt(stem: str, known: frozenset[str]) -> str:
    """Return the word of the table that `stem` is, mistyped; else itself."""
    if stem in known or len(stem) < _SHORTEST_MISTYPED or len(known) > _MOST_ROWS_FOR_SLIPS:
        return stem
    # Who types fast slips in the middle of a word, hardly at its first letter: "danger", "angler".
    words: Sequence[str] = [
        word for word in known if _first(word) == _first(stem) and abs(len(word) - len(stem)) <= 2
    ]
    close = get_close_matches(stem, words, n=1, cutoff=_LIKE)
    return close[0] if close else stem
