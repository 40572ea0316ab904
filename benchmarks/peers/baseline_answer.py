"""What the baselines of benchmark.py share: chunks, the prompt, and the form of an answer.

A baseline shows free text with the chunks it was given as its sources. Here that becomes the
`Answer` that Footnote's own evaluation scores. Knows no library of models or of retrieval.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.datatypes import Answer, Citation, CitedSentence, Document, Hit, NearestPassage, Passage
from rag.documents.load import find_sources, read_document
from rag.documents.sentences import sentence_spans

CHUNK_CHARACTERS = 500
CHUNK_OVERLAP = 50
CHUNKS_GIVEN = 4
MAX_NEW_TOKENS = 128
WRITER = "SmolLM2-135M-Instruct"
"""The language model of the baselines; Footnote itself uses none."""
INSTRUCTION = (
    "Answer the question using only the context below. "
    "If the context does not contain the answer, say: I don't know."
)

REFUSALS = (
    r"\b(?:i|we) (?:do not|don't|cannot|can't) "
    r"(?:know|answer|find|determine|tell|say|have (?:enough|any|that|this|the|access|information))",
    r"\b(?:i am|i'm|we are|we're) (?:sorry|not sure|not able to|unable to|not aware)",
    r"\b(?:context|text|passage|document|article|information)s? (?:provided |given |above |below )?"
    r"(?:does not|doesn't|do not|don't|did not|didn't) "
    r"(?:contain|mention|say|provide|specify|state|include|give|answer|indicate)",
    r"\b(?:is|are|was|were) not (?:explicitly |specifically |directly )?"
    r"(?:mentioned|specified|stated|provided|given|included|contained|available|found|discussed)",
    r"\b(?:no|not enough|insufficient) (?:information|mention|answer)\b",
    r"\b(?:cannot|can't|can not) be (?:determined|answered|found)",
    r"^unknown\b",
)
"""An answer whose first sentence matches one of these is a refusal. Apostrophes are straightened
and the case is lowered first."""
_REFUSAL = re.compile("|".join(f"(?:{pattern})" for pattern in REFUSALS))


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineDocument:
    """A document as evaluation asks for it."""

    id: int
    name: str
    sha256: str
    passages: int


class BaselineLibrary:
    """Documents held in memory, cut into chunks of a fixed size."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._documents = dict(enumerate(documents, start=1))
        self.chunks: list[Passage] = []
        for document_id, document in self._documents.items():
            for start, end in fixed_chunks(document.text):
                self.chunks.append(
                    Passage(
                        id=len(self.chunks),
                        document_id=document_id,
                        start=start,
                        end=end,
                        text=document.text[start:end],
                        sentences=((start, end),),
                    )
                )

    def documents(self) -> list[BaselineDocument]:
        """Return the documents, with how many chunks each has."""
        return [
            BaselineDocument(
                id=number,
                name=document.name,
                sha256=document.sha256,
                passages=sum(chunk.document_id == number for chunk in self.chunks),
            )
            for number, document in self._documents.items()
        ]

    def text(self, document_id: int) -> str:
        """Return a document's canonical text."""
        return self._documents[document_id].text

    def name(self, document_id: int) -> str:
        """Return a document's name."""
        return self._documents[document_id].name


def read_library(paths: Sequence[Path], max_document_bytes: int) -> BaselineLibrary:
    """Return the library of the files under `paths`, read exactly as Footnote reads them."""
    sources = find_sources(paths).sources
    return BaselineLibrary(
        [read_document(source, max_bytes=max_document_bytes) for source in sources]
    )


def fixed_chunks(
    text: str, size: int = CHUNK_CHARACTERS, overlap: int = CHUNK_OVERLAP
) -> list[tuple[int, int]]:
    """Return (start, end) of chunks of `size` characters, each `overlap` into the one before."""
    if not 0 <= overlap < size:
        raise ValueError(f"an overlap of {overlap} does not fit chunks of {size} characters")
    chunks: list[tuple[int, int]] = []
    start = 0
    while start < len(text):
        end = min(start + size, len(text))
        chunks.append((start, end))
        if end == len(text):
            break
        start = end - overlap
    return [(start, end) for start, end in chunks if text[start:end].strip()]


def naive_messages(question: str, chunks: Sequence[str]) -> list[dict[str, str]]:
    """Return the chat that asks the model to answer from `chunks` alone."""
    context = "\n\n".join(chunks)
    content = f"{INSTRUCTION}\n\nContext:\n{context}\n\nQuestion: {question}"
    return [{"role": "user", "content": content}]


def is_refusal(text: str) -> bool:
    """Return whether the first sentence says that there is no answer, or there is no text at all.

    Only the first: "… is 12 euros. The price for dogs is not mentioned." answers.
    """
    plain = " ".join(text.lower().replace("\u2019", "'").split())
    sentences = list(sentence_spans(plain, 0, len(plain)))
    return not sentences or _REFUSAL.search(plain[slice(*sentences[0])]) is not None


def free_answer(
    question: str,
    text: str,
    hits: Sequence[Hit],
    library: BaselineLibrary,
    seconds: Mapping[str, float],
) -> Answer:
    """Return what a baseline wrote as an `Answer`.

    Every sentence cites every chunk that the model was given: that is what such a tool shows as its
    sources. The short answer is the whole text, because a baseline has no other. It has no
    confidence either: NaN.
    """
    text = text.strip()
    refused = is_refusal(text)
    sentences = (
        ()
        if refused
        else tuple(text[start:end] for start, end in sentence_spans(text, 0, len(text)))
    )
    return Answer(
        question=question,
        understood=question,
        status="refused" if refused else "answered",
        sentences=tuple(
            CitedSentence(text=sentence, citations=tuple(range(1, len(hits) + 1)), verbatim=False)
            for sentence in sentences
        ),
        citations=() if refused else tuple(_citation(hit.passage, library) for hit in hits),
        short_answer=None if refused else text,
        short_span=None,
        nearest=tuple(_nearest(hit, library) for hit in hits) if refused else (),
        confidence=math.nan,
        refusal=text if refused else None,
        ranked=tuple(hits),
        seconds=seconds,
    )


def dense_hits(found: Sequence[tuple[Passage, float]]) -> tuple[Hit, ...]:
    """Return (chunk, similarity), best first, as hits."""
    return tuple(
        Hit(passage=chunk, score=score, dense_rank=rank, lexical_rank=None)
        for rank, (chunk, score) in enumerate(found, start=1)
    )


def _citation(chunk: Passage, library: BaselineLibrary) -> Citation:
    return Citation(
        document_id=chunk.document_id,
        document=library.name(chunk.document_id),
        start=chunk.start,
        end=chunk.end,
        page=None,
        quote=chunk.text,
    )


def _nearest(hit: Hit, library: BaselineLibrary) -> NearestPassage:
    chunk = hit.passage
    return NearestPassage(
        document_id=chunk.document_id,
        document=library.name(chunk.document_id),
        start=chunk.start,
        end=chunk.end,
        score=hit.score,
        text=chunk.text,
        dense_rank=hit.dense_rank,
        lexical_rank=None,
    )
