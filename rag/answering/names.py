"""Which documents, and which of their sections, a question names: by file name, title or date.

A word counts by how few of the documents have it in their names (inverse document frequency), so
that "the report of 2023" means one of three reports. Misspelt words count too. Knows what documents
are called and what headings they have; nothing of what stands in them, or of models.
"""

import calendar
import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property, lru_cache
from itertools import chain
from pathlib import PurePath

from rag.answering.question_words import stem
from rag.library.protocol import Library
from rag.library.word_query import STOP_WORDS

_WORD = re.compile(r"[^\W\d_]+|\d+")
_LETTER = re.compile(r"(?<=[^\W\d_] )[A-HJ-Z](?![\w'’])")
"""A letter that tells two things of one name apart: "Plan A", "winch B"."""
_NUMERIC_DATE = re.compile(r"(?<!\d)(\d{1,4})([-./])(\d{1,2})\2(\d{1,4})(?!\d)")
_WRITTEN_DATE = re.compile(
    r"(?:\b(?P<day>\d{1,2})(?:st|nd|rd|th)?\.?\s+)?\b(?P<month>[^\W\d_]{3,9})\.?\s+(?P<year>(?:19|20)\d\d)\b"
)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_MONTHS = {
    name[:length].casefold(): name.casefold()
    for name in calendar.month_name
    for length in range(3, len(name) + 1)
}
"""The months by their names and by the beginnings of these: "Sept" too."""
_MARKS = ".,;:!?\"'()[]“”‘’"
_MAIL = 2
"""Level of the heading over a mail that is quoted, below the subject."""
_LONGEST_TITLE = 100
_SHORTEST_MISSPELT = 5
_LIKENESS = 0.8
"""`difflib`'s ratio from which a word may be a misspelling: one letter in five."""
_MOST_UNKNOWN = 40
"""Words of a question that are compared with all others: each takes its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading with what stands under it: [start, end) of the document, the heading's included.

    `is_mail` says that it is a mail that another one quotes: "On 2 May 2025 Ann wrote:".
    """

    title: str
    level: int
    start: int
    end: int
    is_mail: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedDocument:
    """A document that a question names.

    `words` are those that name it, as stems, `weight` the sum of what they count; `share` is what
    they make up of the best of its names, in [0, 1]. `is_written_out`: the name of its file stands
    in the question as it is.
    """

    document_id: int
    words: frozenset[str]
    weight: float
    share: float
    is_written_out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """Documents that a question names, none if it names none or all of them.

    `strength` in [0, 1] is how plainly it does: 1 where a whole name stands there. `is_certain`:
    it is the file's name as written, so that no other document can be meant. `words` are those of
    the question that name them, as stems.
    """

    documents: frozenset[int]
    strength: float
    is_certain: bool
    words: frozenset[str] = frozenset()


class Vocabulary:
    """The words of some names or headings: what each counts, and how it is spelled.

    `texts` are what each document is called, or has as its headings.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        of_each = [dict(_stems(text)) for text in texts]
        counts = Counter(stem for words in of_each for stem in set(words.values()))
        self.weights = {stem: math.log1p(len(of_each) / count) for stem, count in counts.items()}
        self._spelled = {word: stem for words in of_each for word, stem in words.items()}

    def meant(self, question: str) -> frozenset[str]:
        """Return the stems of those of its words that `question` has, or seems to misspell."""
        meant = set()
        unknown = 0
        for word, root in _stems(question):
            if root in self.weights:
                meant.add(root)
            elif len(word) >= _SHORTEST_MISSPELT and word.isalpha() and unknown < _MOST_UNKNOWN:
                unknown += 1
                like = [each for each in self._spelled if each[0] == word[0]]
                close = get_close_matches(word, like, n=1, cutoff=_LIKENESS)
                meant.update(self._spelled[each] for each in close)
        return frozenset(meant)

    def weight(self, words: Iterable[str]) -> float:
        """Return the sum of what some of its words count: log(1 + n / n with the word) each."""
        return sum(self.weights[word] for word in words)


class Names:
    """What the documents of a library are called. Of one state of it: make it anew after changes.

    To be made inside a snapshot of the library.
    """

    def __init__(self, library: Library) -> None:
        headlines = library.headlines()
        self.documents = {each.document_id: each.name for each in headlines}
        texts = {
            each.document_id: (PurePath(each.name).stem, each.title, _title_like(each.opening))
            for each in headlines
        }
        self._called = {document_id: "\n".join(own) for document_id, own in texts.items()}
        self._labels = {
            document_id: [name_words(text) for text in own] for document_id, own in texts.items()
        }
        self._vocabulary = Vocabulary(self._called.values())
        self._library = library

    def named(self, question: str) -> list[NamedDocument]:
        """Return the documents that share words with the question, the likeliest first."""
        asked = self._vocabulary.meant(question)
        folded = question.casefold()
        weight = self._vocabulary.weight
        found = []
        for document_id, labels in self._labels.items():
            own = asked.intersection(chain(*labels))
            written = _is_written_out(self.documents[document_id], folded)
            if own or written:
                shares = [weight(own & label) / weight(label) for label in labels if label]
                found.append(
                    NamedDocument(
                        document_id=document_id,
                        words=own,
                        weight=weight(own),
                        share=max(shares, default=0.0),
                        is_written_out=written,
                    )
                )
        return sorted(found, key=lambda each: (not each.is_written_out, -each.weight, -each.share))

    def called(self, document_id: int) -> str:
        """Return all that a document is called, a line each; empty for one that is not known."""
        return self._called.get(document_id, "")

    def preferred(self, question: str) -> "Preference":
        """Return the documents whose passages go before others for the question."""
        named = self.named(question)
        written = [each for each in named if each.is_written_out]
        if written:
            ids = frozenset(each.document_id for each in written)
            return Preference(documents=ids, strength=1.0, is_certain=True)
        best = named[0].weight if named else 0.0
        likeliest = [each for each in named if each.weight == best]
        if not likeliest or len(likeliest) == len(self.documents):
            return Preference(documents=frozenset(), strength=0.0, is_certain=False)
        return Preference(
            documents=frozenset(each.document_id for each in likeliest),
            strength=max(each.share for each in likeliest),
            is_certain=False,
            words=frozenset(chain.from_iterable(each.words for each in likeliest)),
        )

    @cached_property
    def sections(self) -> Mapping[int, Sequence[Section]]:
        """The sections of each document, in order, those within others too."""
        with self._library.snapshot():
            present = self._library.document_names(self.documents)
            return {
                key: sections_of(self._library, key) if key in present else []
                for key in self.documents
            }

    @cached_property
    def headings(self) -> Vocabulary:
        """The words of all headings."""
        return Vocabulary(
            "\n".join(section.title for section in sections) for sections in self.sections.values()
        )


def sections_of(library: Library, document_id: int) -> list[Section]:
    """Return the sections of a document; each ends where one of its level or a higher begins."""
    text = library.text(document_id)
    blocks = library.blocks(document_id)
    headings = blocks.headings()
    first = next((heading for heading in headings if heading.level == _MAIL), None)
    below = first and blocks.after(first.end)
    are_mails = bool(below and below[1].kind == "turn")
    sections = []
    for place, heading in enumerate(headings):
        following = (other for other in headings[place + 1 :] if other.level <= heading.level)
        end = next((other.start for other in following), len(text))
        title = " ".join(text[heading.text_start : heading.text_end].split())
        sections.append(
            Section(
                title=title,
                level=heading.level,
                start=heading.start,
                end=end,
                is_mail=are_mails and heading.level == _MAIL,
            )
        )
    return sections


def name_words(text: str) -> frozenset[str]:
    """Return the stems of the words, and the numbers, of `text` that say something.

    A date written in figures gives its year, its month's name and its day.
    """
    return frozenset(stem for _, stem in _stems(text))


def dates_in(text: str) -> list[tuple[int, int, int]]:
    """Return the dates in `text`, (year, month, day), ascending; 0 for what is not said.

    A year by itself is one; of a date like 4.3.2025 the first number is taken for the day.
    """
    dates = []
    for match in _NUMERIC_DATE.finditer(text):
        first, _, second, third = match.groups()
        year, month, day = (first, second, third) if len(first) == 4 else (third, second, first)
        dates.append((int(year), int(month), int(day)))
    for match in _WRITTEN_DATE.finditer(text):
        month = _MONTHS.get(match["month"].casefold())
        if month:
            number = list(calendar.month_name).index(month.capitalize())
            dates.append((int(match["year"]), number, int(match["day"] or 0)))
    said = {year for year, _, _ in dates}
    dates += [(year, 0, 0) for year in map(int, _YEAR.findall(text)) if year not in said]
    return sorted(dates)


def is_month(word: str) -> bool:
    """Say whether a word, in small letters, is a month's name, or what it is shortened to."""
    return word in _MONTHS


def as_typed(question: str, stems: Collection[str]) -> str:
    """Return the words of the question that have one of the stems, each once, in its order."""
    meant = {word for word, stem in _stems(question) if stem in stems}
    words = (word.strip(_MARKS) for word in question.split())
    chosen = (word for word in words if meant.intersection(_parts(word)))
    return " ".join({word.casefold(): word for word in chosen}.values())


def _parts(word: str) -> list[str]:
    return [part.casefold() for part in _WORD.findall(word)]


@lru_cache(maxsize=1 << 16)
def _stems(text: str) -> tuple[tuple[str, str], ...]:
    """Return each (word, stem); kept, since names are asked again after each change."""
    return tuple(_found_stems(text))


def _found_stems(text: str) -> Iterator[tuple[str, str]]:
    for match in _WORD.finditer(text):
        word = match.group().casefold()
        if word in _MONTHS:
            yield word, _MONTHS[word]
        elif word.isdecimal():
            yield word, word.lstrip("0") or "0"
        elif word not in STOP_WORDS and len(word) > 1:
            yield word, stem(word)
    for match in _LETTER.finditer(text):
        yield match.group().casefold(), match.group()
    for match in _NUMERIC_DATE.finditer(text):
        first, _, second, third = match.groups()
        for number in {int(second), int(first) if len(third) == 4 else int(second)}:
            if 1 <= number <= 12:  # of 4.3.2025 either may be the month
                month = calendar.month_name[number].casefold()
                yield month, month


def _title_like(line: str) -> str:
    """Return a first line that can be a title; empty for one that begins the prose."""
    return line if len(line) <= _LONGEST_TITLE and not line.endswith(".") else ""


def _is_written_out(name: str, folded_question: str) -> bool:
    """Say whether a file's name stands in the question; without its ending if it is no mere word.

    "travel-policy" means the file, "travel policy" may be what the question is about.
    """
    path = PurePath(name.casefold())
    written = path.name if path.stem.isalpha() else path.stem
    place = folded_question.find(written)
    around = folded_question[place - 1 : place] + folded_question[place + len(written) :][:1]
    return place >= 0 and " " not in path.stem and not any(map(str.isalnum, around))
