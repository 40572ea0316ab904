"""The values that flow through Footnote, and the interfaces of its models.

Pure values: no I/O, no logic beyond what a value says of itself. Offsets are code points,
half-open, and relative to the document's canonical text, unless a docstring says otherwise.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Status = Literal["answered", "quoted", "refused"]
Vectors = NDArray[np.float32]
UNSURE_BELOW = 0.3
"""Confidence below which an answer that was not refused is shown as unsure. On the tuning articles,
many of whose questions have no answer, 30 % of the answers below it were right and 56 % of those
above; where there was an answer, 63 % and 82 %. It marks a fifth of the latter; at 0.5 it would
have marked nearly half."""
UNSURE = "Unsure: check the source."


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file that was read. `text` is the canonical text that every offset refers to.

    `source` (the absolute path) is its identity, `name` is what people see, `sha256` is that of the
    file's bytes and says whether it changed, `page_starts` holds the offset at which each page
    begins (empty where the format has no pages).
    """

    source: str
    name: str
    sha256: str
    text: str
    page_starts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Some whole sentences of a document: `text == document.text[start:end]`, always.

    `sentences` are (start, end) in the document, in order, inside [start, end).
    """

    id: int
    document_id: int
    start: int
    end: int
    text: str
    sentences: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A passage that was retrieved. Ranks start at 1; None where that retriever did not find it.

    `score` is the fused one; `dense_score` is the cosine in [-1, 1], `lexical_score` BM25's.
    """

    passage: Passage
    score: float
    dense_rank: int | None
    lexical_rank: int | None
    dense_score: float | None = None
    lexical_score: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A possible answer in a passage; `start` and `end` are offsets in the document.

    `score` and `no_answer_score` are the reader's sums of logits for the span and for "this passage
    does not answer"; their difference is what compares passages.
    """

    passage: Passage
    start: int
    end: int
    score: float
    no_answer_score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A place in a document: `quote` is its text's [start:end] as it was when it was read.

    `document` is the document's name; `page` starts at 1, None where the format has no pages.
    """

    document_id: int
    document: str
    start: int
    end: int
    page: int | None
    quote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedSentence:
    """A sentence to show; `citations` are numbers that start at 1, into `Answer.citations`.

    `verbatim`: it is, character by character, the quote of one of them; else it is in other words.
    """

    text: str
    citations: tuple[int, ...]
    verbatim: bool = True


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

    `status` is answered (at least one sentence is written, not `verbatim`; nothing writes any yet),
    quoted (every sentence is an exact slice of a document) or refused. `confidence` in [0, 1] is
    the probability that the best candidate is right, also given on refusals. `short_span` is
    (citation number, start, end) of `short_answer` in its document. `nearest` is empty unless
    refused. `ranked` is the final ranking that answer selection got. `seconds` holds retrieve,
    read, generate, verify, first and total.
    """

    question: str
    understood: str
    status: Status
    sentences: tuple[CitedSentence, ...]
    citations: tuple[Citation, ...]
    short_answer: str | None
    short_span: tuple[int, int, int] | None
    nearest: tuple[NearestPassage, ...]
    confidence: float
    refusal: str | None = None
    ranked: tuple[Hit, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The answer as plain text with citation marks, `… [1] … [2]`; or the refusal."""
        if self.status == "refused":
            return self.refusal or ""
        return " ".join(
            sentence.text + "".join(f" [{number}]" for number in sentence.citations)
            for sentence in self.sentences
        )

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


class Generator(Protocol):
    """An answer in a model's own words. It is never trusted, and so far never shown."""

    name: str

    def generate(self, question: str, evidence: Sequence[str], cancel: Event) -> Iterator[str]:
        """Yield pieces of text as they are written; stop soon after `cancel` is set."""
        ...
