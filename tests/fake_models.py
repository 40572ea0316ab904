"""A reader and a calibration without models, and a pipeline over a real library."""

import math
import re
import time
from threading import Lock

import numpy as np
from fake_embedder import FakeEmbedder

from rag.answering.confidence import Ranking
from rag.answering.pipeline import Pipeline
from rag.answering.question_kind import KINDS
from rag.answering.retrieve import Retriever
from rag.answering.rows.tables import tables_in
from rag.datatypes import Span
from rag.documents.load import find_sources
from rag.library import indexing
from rag.library.library import open_library
from rag.settings import Settings

PASSAGE_TOKENS = 40


class FakeReader:
    """Finds the phrases it is given, each with its margin; other passages get a span of -9."""

    name = "fake reader"

    def __init__(self, margins, seconds=0.0):
        self.margins = margins
        self.seconds = seconds
        self.running = self.most_running = 0
        self._lock = Lock()

    def read(self, question, passages):
        with self._lock:
            self.running += 1
            self.most_running = max(self.most_running, self.running)
        time.sleep(self.seconds)
        spans = [span for passage in passages for span in self._spans(passage)]
        with self._lock:
            self.running -= 1
        return sorted(spans, key=lambda span: span.no_answer_score - span.score)

    def read_many(self, requests):
        return [self.read(question, passages) for question, passages in requests]

    def _spans(self, passage):
        found = {
            passage.text.index(phrase): (phrase, margin)
            for phrase, margin in self.margins.items()
            if phrase in passage.text
        }
        if not found:
            first = re.search(r"\S+", passage.text)
            found = {first.start(): (first.group(), -9.0)}
        return [
            Span(
                passage=passage,
                start=passage.start + place,
                end=passage.start + place + len(phrase),
                score=margin,
                no_answer_score=0.0,
            )
            for place, (phrase, margin) in found.items()
        ]


class FollowingReader(FakeReader):
    """Is sure only of a question with a certain word."""

    def __init__(self, margins, word):
        super().__init__(margins)
        self.word = word

    def read(self, question, passages):
        margins, self.margins = self.margins, self.margins if self.word in question else {}
        try:
            return super().read(question, passages)
        finally:
            self.margins = margins


def knowing(**probabilities):
    """Return what takes every question for the same kinds."""
    kinds = {kind: probabilities.get(kind, 0.0) for kind in KINDS}
    return lambda question, row: kinds


class FakeCalibration:
    """Half sure at a margin of 0; retrieval does not count."""

    ranking = Ranking()
    wants_checks = False

    def confidence(self, signals):
        return 1 / (1 + math.exp(-signals.margin))


class Judging:
    """A checker that gives texts with some words a probability, and all others next to none."""

    def __init__(self, chances):
        self.chances = chances

    def probabilities(self, pairs):
        chances = [
            max((own for word, own in self.chances.items() if word in text), default=0.02)
            for _, text in pairs
        ]
        return np.array([[chance, 0.0, 1 - chance] for chance in chances], dtype=np.float32)

    def make_ready(self):
        pass


def fill_library(path, folder, embedder, passage_tokens=PASSAGE_TOKENS):
    """Return an open library of the files in `folder`; of none, if it is None."""
    library = open_library(path, embedder_id=embedder.name, passage_tokens=passage_tokens)
    if folder is not None:
        sources = find_sources([folder]).sources
        indexing.refresh(
            library,
            sources,
            embedder=embedder,
            max_document_bytes=20_000_000,
            passage_tokens=passage_tokens,
        )
    return library


def library_of_files(folder, files):
    """Return an open library of `files`, texts by their names, which are written into `folder`."""
    (folder / "docs").mkdir()
    for name, text in files.items():
        (folder / "docs" / name).write_text(text, "utf-8")
    return fill_library(folder / "l.sqlite", folder / "docs", FakeEmbedder())


def table_of(library, name):
    """Return the only table of the document called `name`."""
    document = next(each for each in library.documents() if each.name == name)
    text = library.text(document.id)
    (table,) = tables_in(text, library.blocks(document.id), document.id, [(0, len(text))], name)
    return table


def pipeline_over(
    library, reader, embedder=None, kinds=None, in_words=None, checker=None, turns=None, **settings
):
    return Pipeline(
        library=library,
        retriever=Retriever(library, embedder or FakeEmbedder()),
        reader=reader,
        calibration=FakeCalibration(),
        settings=Settings(passage_tokens=PASSAGE_TOKENS, **settings),
        models={"embedder": "fake", "reader": "fake"},
        kinds=kinds,
        in_words=in_words,
        checker=checker,
        turns=turns,
    )
