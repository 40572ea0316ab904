"""The values that flow through Footnote, and the interfaces of its models.

Pure values: no I/O, no logic beyond what a value says of itself. Offsets are code points,
half-open, and relative to the document's canonical text, unless a docstring says otherwise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.written import answer_text

Status = Literal["answered", "quoted", "refused"]
AnswerKind = Literal[
    "short",
    "yes",
    "no",
    "denied",
    "list",
    "steps",
    "explanation",
    "count",
    "extreme",
    "comparison",
    "overview",
]
Word = Literal["", "yes", "no", "denied"]
"""Before quotes: their yes or no to a question, or that they deny what it takes for granted."""
Vectors = NDArray[np.float32]
READER_KINDS = ("none", "span", "list", "explanation", "yes", "no")
"""What a reader can say an answer is, in the order of its outputs."""
_SLIDES = (".pptx", ".pptm", ".ppsx", ".ppsm", ".potx", ".potm", ".odp")
UNSURE_BELOW = 0.7
"""Confidence below which an answer is shown as unsure. Of 276 answers to questions about documents
that nothing was developed on 56 % of those below it were right and 91 % of those above."""
UNSURE = "Unsure: check the source."


BlockKind = Literal[
    "heading", "paragraph", "list", "item", "table", "row", "cell", "code", "caption", "turn"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A part of a document: [start, end) of its text, and the parts that lie in it, in order.

    Blocks nest, never overlap, and between them hold every character that is not white space. A
    list holds items, an item may hold lists (nested ones) and further paragraphs, a table holds
    rows, a row cells; a turn is what one speaker or sender says at one time, and may hold
    paragraphs and lists.

    [text_start, text_end) are the block's own words: without the mark of a heading or an item, the
    name of a column or speaker, and without the parts of an item that are blocks of their own.
    `level` is that of a heading, from 1, or how deep a mail quotes a turn. `label` is an item's
    marker ("3.", "(a)", "-"), the column of a cell, or speaker and time of a turn. `header` marks
    a row that names the columns, `ordered` a list. `lead_in` is (start, end) of the sentence before
    a list or table that ends in a colon. `number` is a row's in the original, from 1; 0 if none.
    """

    kind: BlockKind
    start: int
    end: int
    text_start: int
    text_end: int
    level: int = 0
    label: str = ""
    header: bool = False
    ordered: bool = False
    lead_in: tuple[int, int] | None = None
    number: int = 0
    children: tuple["Block", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Where [start, end) of the text stands in the picture of a page that was recognised.

    `page` starts at 1; left, top, right and bottom are shares of the page's width and height.
    """

    start: int
    end: int
    page: int
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file that was read. `text` is the canonical text that every offset refers to.

    `source` (the absolute path) is its identity, `name` is what people see, `sha256` is that of the
    file's bytes and says whether it changed, `page_starts` holds the offset at which each page (or
    slide) begins (empty where the format has no pages). `blocks` is its structure, `title` what it
    calls itself (empty if it does not), `regions` where recognised text stands in its pictures.
    `warnings` are lines on what could not be read of it ("page 3 is a picture …").
    """

    source: str
    name: str
    sha256: str
    text: str
    page_starts: tuple[int, ...] = ()
    blocks: tuple[Block, ...] = ()
    title: str = ""
    regions: tuple[Region, ...] = ()
    warnings: tuple[str, ...] = ()


UnitKind = Literal["sentence", "heading", "item", "row", "code"]
"""What a passage is made of; a row that names the columns counts as a heading."""


class Segment(NamedTuple):
    """[start, end) of a passage's view, and the [text_start, text_end) of the document it shows.

    Where both are of the same length they run in step; else the one stands for the other.
    """

    start: int
    end: int
    text_start: int
    text_end: int

    def goes_on(self, start: int, text_start: int) -> bool:
        """Say whether what stands at both offsets follows without a gap, in step."""
        even = self.end - self.start == self.text_end - self.text_start
        return even and self.end == start and self.text_end == text_start

    def longer(self, length: int) -> "Segment":
        """Return the one that goes on for `length` characters."""
        return self._replace(end=self.end + length, text_end=self.text_end + length)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Some whole sentences, items or rows: `text == document.text[start:end]`, always.

    `sentences` are (start, end) of these in the document, in order, inside [start, end), `kinds`
    what each of them is, as the document's format says (empty: all are sentences). `view` is what
    the models read: the path to the passage (title, headings, what leads in a list), then its
    words; `segments` say where in the document what part of it stands. Without a view it is the
    text itself. `text_sha256` is that of the document's whole text.
    """

    id: int
    document_id: int
    start: int
    end: int
    text: str
    sentences: tuple[tuple[int, int], ...]
    kinds: tuple[UnitKind, ...] = ()
    view: str = ""
    segments: tuple[Segment, ...] = ()
    text_sha256: str = ""

    def __post_init__(self) -> None:
        if not self.view:
            object.__setattr__(self, "view", self.text)
            whole = Segment(0, len(self.text), self.start, self.end)
            object.__setattr__(self, "segments", (whole,))

    def places(self, start: int, end: int) -> tuple[int, int] | None:
        """Return where in the document [start, end) of the view stands; None if nowhere."""
        touched = [s for s in self.segments if s.start < end and s.end > start]
        if not touched:
            return None
        first, last = touched[0], touched[-1]
        left, right = first.text_start, last.text_end
        if first.end - first.start == first.text_end - first.text_start:
            left += max(0, start - first.start)
        if last.end - last.start == last.text_end - last.text_start:
            right -= max(0, last.end - end)
        return left, right


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A passage that was retrieved. Ranks start at 1; None where that retriever did not find it.

    `score` is the fused one, `dense_score` the cosine in [-1, 1], `lexical_score` BM25's. `copies`
    are passages of other documents that say just the same.
    """

    passage: Passage
    score: float
    dense_rank: int | None
    lexical_rank: int | None
    dense_score: float | None = None
    lexical_score: float | None = None
    copies: tuple[Passage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A possible answer in a passage; `start` and `end` are offsets in the document.

    `score` and `no_answer_score` are the reader's sums of logits for the span and for "this passage
    does not answer". `kinds` has the probability of each of `READER_KINDS` for the passage, `items`
    the places that look like the items of a list; both are empty for a reader that does not tell.
    """

    passage: Passage
    start: int
    end: int
    score: float
    no_answer_score: float
    kinds: Mapping[str, float] = field(default_factory=dict)
    items: tuple[tuple[int, int], ...] = ()

    @property
    def margin(self) -> float:
        """By how many logits the span is above "this passage does not answer"."""
        return self.score - self.no_answer_score


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A place in a document: `quote` is its text's [start:end] as it was when it was read.

    `document` is the document's name, `sha256` that of its canonical text as UTF-8. `page` (or
    slide) starts at 1, None where the format has none; `section` are the headings above, outermost
    first; `row` is the number of a table's row, from 1, the first of several up to `last_row`,
    `column` the name over the answer. Where the text was recognised in a picture, `regions` say
    where in its pages it stands.
    """

    document_id: int
    document: str
    start: int
    end: int
    page: int | None
    quote: str
    sha256: str = ""
    section: str | None = None
    row: int | None = None
    column: str | None = None
    regions: tuple[Region, ...] = ()
    last_row: int | None = None

    @property
    def place(self) -> str:
        """Where in the original it stands, as a person finds it; empty if nothing is known."""
        slides = self.document.lower().endswith(_SLIDES)
        parts = (
            (f"{'slide' if slides else 'page'} {self.page}", self.page),
            (self.section or "", self.section),
            (f"rows {self.row}–{self.last_row}" if self.last_row else f"row {self.row}", self.row),
            (f"column {self.column}", self.column),
        )
        return ", ".join(words for words, value in parts if value)


PartKind = Literal["sentence", "heading", "lead_in", "item", "row", "code", "computed"]
"""How a piece of an answer is shown; "computed" is a line that code made over rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedSentence:
    """A sentence to show; `citations` are numbers that start at 1, into `Answer.citations`.

    `verbatim`: it is, character by character, part of the quote of the first of them, from `start`
    in the document; else it is in other words. `kind` says how it is shown: `label` and `depth` are
    the marker of an item and how deep it is nested, `cells` (column, value) of a row, `cell_starts`
    where in the document each value begins, `note` what is not shown ("one of 7 items"). `group` is
    what it is shown under, with those next to it that have the same: a section of an overview, a
    side of a comparison, a part of the question, a version. `word` is the yes or no that these are
    judged to say, where the part asks for one.
    """

    text: str
    citations: tuple[int, ...]
    verbatim: bool = True
    start: int | None = None
    kind: PartKind = "sentence"
    label: str = ""
    depth: int = 0
    cells: tuple[tuple[str, str], ...] = ()
    cell_starts: tuple[int, ...] = ()
    note: str = ""
    group: str = ""
    word: Word = ""

    @property
    def line(self) -> str:
        """The words with their marks, as a terminal shows them; a row as "column: value"."""
        if self.kind == "row" and self.cells:
            return "; ".join(
                f"{column}: {value}" if column else value for column, value in self.cells if value
            )
        if self.kind == "item":
            return f"{'  ' * self.depth}{self.label or '-'} {self.text}"
        return self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class NearestPassage:
    """A passage shown with a refusal: where it is, what it says, and how near it came (`Hit`)."""

    document_id: int
    document: str
    start: int
    end: int
    score: float
    text: str
    dense_rank: int | None
    lexical_rank: int | None
    dense_score: float | None = None
    lexical_score: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a person sees: sentences with citations, or a refusal.

    `status` is answered (some are not `verbatim`: computed; or written, checked, and put before the
    quotes), quoted (all are exact slices of a document) or refused. `confidence`, in [0, 1], is
    the probability that the best candidate is right, also given on refusals. `short_span` is
    (citation number, start, end) of `short_answer` in its document, None where it is put together
    of several items. `answer_kind` is None on a refusal, `nearest` is empty unless it is one.
    `ranked` is the final ranking; `seconds` has retrieve, read, generate, verify, first and total.
    """

    question: str
    understood: str
    status: Status
    confidence: float
    sentences: tuple[CitedSentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    short_answer: str | None = None
    short_span: tuple[int, int, int] | None = None
    nearest: tuple[NearestPassage, ...] = ()
    answer_kind: AnswerKind | None = None
    refusal: str | None = None
    unanswered: tuple[str, ...] = ()
    note: str = ""
    ranked: tuple[Hit, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The answer as plain text with citation marks, `… [1] … [2]`; or the refusal."""
        return self.written()

    def written(self, *, with_notes: bool = False) -> str:
        """Return `text`, `with_notes` on what it does not show and how it came about."""
        return answer_text(self, with_notes=with_notes)

    @property
    def word(self) -> Word:
        """What its quotes are judged to say to the question, if anything was."""
        kind = self.answer_kind if self.status == "quoted" else None
        return kind if kind == "yes" or kind == "no" or kind == "denied" else ""  # narrows the type

    @property
    def is_computed(self) -> bool:
        """Whether code over rows made it, and no model."""
        return any(sentence.kind == "computed" for sentence in self.sentences)

    @property
    def warning(self) -> str:
        """The line to show before an answer that may well be wrong; else empty."""
        is_unsure = self.status != "refused" and self.confidence < UNSURE_BELOW
        return UNSURE if is_unsure else ""


class Embedder(Protocol):
    """Texts to unit vectors."""

    name: str
    dimension: int
    max_tokens: int

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return float32 (n, dimension) with unit rows."""
        ...

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """Return (start, end) in `text` of each token, not special, not truncated."""
        ...


class Reader(Protocol):
    """Where in the passages an answer stands, and how sure it is that there is one."""

    name: str

    def read(self, question: str, passages: Sequence[Passage]) -> list[Span]:
        """Return spans, best first by `score - no_answer_score`; at least one for each passage."""
        ...

    def read_many(self, requests: Sequence[tuple[str, Sequence[Passage]]]) -> list[list[Span]]:
        """Return what `read` does for each (question, passages), in the order of `requests`."""
        ...
