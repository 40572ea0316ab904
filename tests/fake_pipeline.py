"""A pipeline without models: it answers a few questions about the text it is given, by script."""

import time
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event

from rag.answering.pipeline import check_question
from rag.datatypes import Answer, Block, Citation, CitedSentence, NearestPassage, Region
from rag.documents.formats.layout import text_blocks
from rag.library.listed import DocumentInfo
from rag.settings import Settings

SEED = "seeds/000_fe5bd0c0b00e3e2d.txt"


class FakeBlocks:
    """What `StoredBlocks` gives to a page."""

    def __init__(self, blocks: Sequence[Block]):
        self._blocks = blocks

    def between(self, start: int, end: int) -> list[Block]:
        return [block for block in self._blocks if block.start < end and block.end > start]

    def headings(self) -> list[Block]:
        return [block for block in self._blocks if block.kind == "heading"]


class FakeLibrary:
    def __init__(self, texts: dict[str, str]):
        self.texts = dict(enumerate(texts.values(), start=1))
        self.names = dict(enumerate(texts, start=1))
        self.path = Path("/home/libraries/unnamed/0123456789abcdef.sqlite")
        self.name = ""

    def documents(self, *, ids=None, sources=None) -> list[DocumentInfo]:
        return [
            DocumentInfo(
                id=number,
                source=f"/documents/{name}",
                name=name,
                sha256="340af240ee0963f56139d2c969b87b61644b1c969c9872578bf40e0179c376b6",
                characters=len(self.texts[number]),
                bytes=len(self.texts[number].encode()),
                passages=7,
                indexed_at="2026-11-23T12:00:00+00:00",
            )
            for number, name in self.names.items()
            if (ids is None or number in ids)
            and (sources is None or f"/documents/{name}" in sources)
        ]

    def first_names(self, limit: int) -> dict[int, str]:
        return {each.id: each.name for each in self.documents()[:limit]}

    def document_names(self, ids) -> dict[int, str]:
        return {each.id: each.name for each in self.documents() if each.id in ids}

    def known_files(self, limit: int, first=()) -> list[DocumentInfo]:
        return []  # there are none

    def version(self) -> int:
        return 1

    def document_count(self) -> int:
        return len(self.documents())

    def passage_count(self) -> int:
        return sum(each.passages for each in self.documents())

    def holds(self, sha256: str) -> bool:
        return any(each.sha256 == sha256 for each in self.documents())

    def text(self, document_id: int) -> str:
        return self.texts[document_id]

    def snapshot(self):
        return nullcontext()

    def blocks(self, document_id: int) -> "FakeBlocks":
        return FakeBlocks(text_blocks(self.texts[document_id]))

    def warnings(self, document_id: int) -> tuple[str, ...]:
        return ()

    def regions(self, document_id: int) -> tuple[Region, ...]:
        return ()

    def document_name(self, document_id: int) -> str:
        return self.names[document_id]


@dataclass(frozen=True)
class Script:
    """Phrased sentences with the quotes (exact pieces of a document) that they cite."""

    quotes: tuple[str, ...]
    sentences: tuple[tuple[str, tuple[int, ...]], ...]
    short_answer: str | None = None
    delay_seconds: float = 0.3
    confidence: float = 0.93


class FakePipeline:
    """Yields the first quote at once, then the phrased sentences one after the other."""

    def __init__(self, texts: dict[str, str], scripts: dict[str, Script]):
        self.library = FakeLibrary(texts)
        self.settings = Settings()
        self.models = {"embedder": "all-MiniLM-L6-v2", "reader": "default"}
        self.scripts = scripts
        self.histories: list[tuple[str, ...]] = []
        self.running = 0
        self.most_running = 0

    can_write = False

    def read_passages(self, passages_to_read: int) -> None:
        self.settings = replace(self.settings, passages_to_read=passages_to_read)

    def ask(
        self, question: str, *, history: Sequence[str] = (), cancel: Event | None = None
    ) -> Answer:
        return list(self.stream(question, history=history, cancel=cancel))[-1]

    def stream(
        self, question: str, *, history: Sequence[str] = (), cancel: Event | None = None
    ) -> Iterator[Answer]:
        self.histories.append(tuple(history))
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            yield from self._stream(question, cancel or Event())
        finally:
            self.running -= 1

    def _stream(self, question: str, cancel: Event) -> Iterator[Answer]:
        check_question(question, self.settings.max_question_characters)
        if question == "break":
            raise ZeroDivisionError("secret detail")
        script = self.scripts.get(question)
        if script is None:
            time.sleep(0.1)
            yield self._refuse(question)
            return
        yield (answer := self._quote(question, script))
        sentences: list[CitedSentence] = []
        for text, numbers in script.sentences:
            if cancel.wait(script.delay_seconds):
                return
            sentences.append(CitedSentence(text=text, citations=numbers, verbatim=False))
            cited = max(number for sentence in sentences for number in sentence.citations)
            quotes = [
                CitedSentence(text=quote, citations=(number,))
                for number, quote in enumerate(script.quotes[:cited], start=1)
            ]
            yield (
                answer := replace(
                    answer,
                    status="answered",
                    citations=tuple(self._cite(quote) for quote in script.quotes[:cited]),
                    sentences=(*sentences, *quotes),
                    seconds={"first": 0.12, "total": 0.9},
                )
            )

    def _quote(self, question: str, script: Script) -> Answer:
        citations = (self._cite(script.quotes[0]),)
        short_span = None
        if script.short_answer:
            start = citations[0].start + citations[0].quote.index(script.short_answer)
            short_span = (1, start, start + len(script.short_answer))
        return Answer(
            question=question,
            understood=question,
            status="quoted",
            sentences=(CitedSentence(text=citations[0].quote, citations=(1,)),),
            citations=citations,
            short_answer=script.short_answer,
            short_span=short_span,
            nearest=(),
            confidence=script.confidence,
            seconds={"first": 0.12, "total": 0.12},
        )

    def _cite(self, quote: str) -> Citation:
        for number, text in self.library.texts.items():
            start = text.find(quote)
            if start >= 0:
                return Citation(
                    document_id=number,
                    document=self.library.names[number],
                    start=start,
                    end=start + len(quote),
                    page=None,
                    quote=quote,
                )
        raise AssertionError(f"not in any document: {quote!r}")

    def _refuse(self, question: str) -> Answer:
        text = self.library.texts[1]
        places = [(0, min(280, len(text))), (len(text) // 2, min(len(text) // 2 + 300, len(text)))]
        return Answer(
            question=question,
            understood=question,
            status="refused",
            sentences=(),
            citations=(),
            short_answer=None,
            short_span=None,
            nearest=tuple(
                NearestPassage(
                    document_id=1,
                    document=self.library.names[1],
                    start=start,
                    end=end,
                    score=0.031 - 0.01 * index,
                    text=text[start:end],
                    dense_rank=index + 1,
                    lexical_rank=None if index else 2,
                    dense_score=0.4 - 0.1 * index,
                    lexical_score=None if index else 3.5,
                )
                for index, (start, end) in enumerate(places)
            ),
            confidence=0.07,
            refusal="The documents do not say. The nearest passages were read and none answers.",
            seconds={"first": 0.1, "total": 0.1},
        )
