"""Measures a reader on SQuAD-format articles: spans, refusals, and a whole library of articles.

A span's score is start logit + end logit - both logits of [CLS], so that 0 means "as likely as no
answer"; the scores of different windows compare. Knows nothing about training.
"""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import torch
from reader_data import (
    CLS,
    SEP,
    Encoded,
    Paragraph,
    Question,
    Row,
    encode_paragraph,
    encode_question,
    pack_windows,
)
from reader_negatives import Window, WordIndex, cut_windows, normalised
from tokenizers import Tokenizer
from torch import Tensor

PASSAGE_TOKENS = 140
MAX_ANSWER_TOKENS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The best span of one window: its text and its score over the window's no-answer score."""

    text: str
    score: float


def exact_match(prediction: str, answers: list[str]) -> float:
    """SQuAD's exact match after the official normalisation, best over the answers."""
    return float(any(normalised(prediction) == normalised(answer) for answer in answers))


def token_f1(prediction: str, answers: list[str]) -> float:
    """SQuAD's token F1 after the official normalisation, best over the answers."""
    return max(_pair_f1(normalised(prediction).split(), normalised(a).split()) for a in answers)


def _pair_f1(predicted: list[str], gold: list[str]) -> float:
    common = sum((Counter(predicted) & Counter(gold)).values())
    if not predicted or not gold:
        return float(predicted == gold)
    return 2 * common / (len(predicted) + len(gold))


def auroc(positive: list[float], negative: list[float]) -> float | None:
    """Return the chance that a positive scores above a negative, ties half; None if undefined."""
    if not positive or not negative:
        return None
    above = torch.tensor(positive)[:, None] - torch.tensor(negative)[None, :]
    return float(((above > 0).double() + 0.5 * (above == 0).double()).mean())


def refused_at(positive: list[float], negative: list[float], passing: float = 0.95) -> float | None:
    """Return the share of negatives below the threshold that lets `passing` of positives pass."""
    if not positive or not negative:
        return None
    threshold = sorted(positive)[int(len(positive) * (1 - passing))]
    return sum(score < threshold for score in negative) / len(negative)


def pad_rows(rows: list[Row]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return ids, attention, segments and context mask, int64/bool, (rows, longest row)."""
    width = max(len(row) for row in rows)
    ids = torch.zeros(len(rows), width, dtype=torch.long)
    attention = torch.zeros_like(ids)
    segments = torch.zeros_like(ids)
    context = torch.zeros(len(rows), width, dtype=torch.bool)
    for number, row in enumerate(rows):
        length, begin = len(row), row.context_start
        ids[number, :length] = torch.tensor([CLS, *row.question, SEP, *row.context, SEP])
        attention[number, :length] = 1
        segments[number, begin:length] = 1
        context[number, begin : length - 1] = True
    return ids, attention, segments, context


class Examiner:
    """Asks a model the questions of some articles; encodes and indexes them once."""

    def __init__(self, paragraphs: list[Paragraph], tokenizer: Tokenizer) -> None:
        """Encode the paragraphs, cut them into passages and index those."""
        self.paragraphs = paragraphs
        self._tokenizer = tokenizer
        self._encoded: list[Encoded] = [encode_paragraph(tokenizer, p.text) for p in paragraphs]
        windows = cut_windows(paragraphs, self._encoded, [PASSAGE_TOKENS] * len(paragraphs))
        self._index = WordIndex(windows)

    def sample(self, limit: int | None, answerable: bool) -> list[tuple[int, Question]]:
        """Return a fixed random sample of (paragraph number, question)."""
        chosen = [
            (number, question)
            for number, paragraph in enumerate(self.paragraphs)
            for question in paragraph.questions
            if bool(question.answers) == answerable
        ]
        random.Random(0).shuffle(chosen)
        return chosen[:limit]

    def read(self, model: torch.nn.Module, asked: list[tuple[str, Window]]) -> list[Found]:
        """Return the best span of each (question, window), in the same order."""
        rows = [
            Row(
                question=encode_question(self._tokenizer, question),
                context=self._encoded[w.paragraph].ids[w.tokens[0] : w.tokens[1]][:300],
            )
            for question, w in asked
        ]
        found: list[Found | None] = [None] * len(rows)
        order = sorted(range(len(rows)), key=lambda number: len(rows[number]))
        batches = [order[begin : begin + 16] for begin in range(0, len(order), 16)]
        with ThreadPoolExecutor(2) as pool:
            read = pool.map(lambda numbers: best_spans(model, [rows[n] for n in numbers]), batches)
            for numbers, spans in zip(batches, read, strict=True):
                for number, (first, last, score) in zip(numbers, spans, strict=True):
                    window = asked[number][1]
                    codes = self._encoded[window.paragraph]
                    shift = window.tokens[0] - rows[number].context_start
                    text = self.paragraphs[window.paragraph].text[
                        codes.starts[first + shift] : codes.ends[last + shift]
                    ]
                    found[number] = Found(text=text, score=score)
        return [span for span in found if span is not None]

    def read_paragraph(
        self, model: torch.nn.Module, asked: list[tuple[int, Question]]
    ) -> list[Found]:
        """Return each question's best span over the windows of its own paragraph."""
        pairs, owners = [], []
        for owner, (number, question) in enumerate(asked):
            for tokens in pack_windows(self._encoded[number], PASSAGE_TOKENS):
                window = Window(paragraph=number, tokens=tokens, text="")
                pairs.append((question.text, window))
                owners.append(owner)
        return _best_by_owner(owners, self.read(model, pairs), len(asked))

    def paragraph_figures(
        self, model: torch.nn.Module, limit: int | None
    ) -> dict[str, float | None]:
        """Return F1 and EM with the paragraph given, and AUROC against the unanswerable."""
        answerable, impossible = self.sample(limit, True), self.sample(limit, False)
        found = self.read_paragraph(model, answerable)
        refused = self.read_paragraph(model, impossible) if impossible else []
        golds = [self.paragraphs[number].answer_texts(q) for number, q in answerable]
        pairs = list(zip(found, golds, strict=True))
        scores, wrong = [f.score for f in found], [f.score for f in refused]
        return {
            "questions": len(answerable),
            "f1": sum(token_f1(f.text, gold) for f, gold in pairs) / len(pairs),
            "exact_match": sum(exact_match(f.text, gold) for f, gold in pairs) / len(pairs),
            "unanswerable": len(impossible),
            "auroc_adversarial": auroc(scores, wrong),
        }

    def library_figures(self, model: torch.nn.Module, limit: int | None) -> dict[str, float | None]:
        """Return F1 with all articles as the library, and refusals when the article is missing.

        In the library the ten best windows by BM25 are read, the answer forced; refusals compare
        the best score over five windows of all articles with that over five of the others.
        """
        asked = self.sample(limit, True)
        inside, outside, inside_owner, outside_owner = [], [], [], []
        for owner, (number, question) in enumerate(asked):
            article = self.paragraphs[number].article
            ranked = [self._index.windows[n] for n in self._index.rank(question.text, 400)]
            others = [w for w in ranked if self.paragraphs[w.paragraph].article != article]
            inside += [(question.text, w) for w in ranked[:10]]
            inside_owner += [(owner, rank) for rank in range(len(ranked[:10]))]
            outside += [(question.text, w) for w in others[:5]]
            outside_owner += [owner] * len(others[:5])
        spans = self.read(model, inside)
        best = _best_by_owner([owner for owner, _ in inside_owner], spans, len(asked))
        near = [n for n, (_, rank) in enumerate(inside_owner) if rank < 5]
        best_near = _best_by_owner(
            [inside_owner[n][0] for n in near], [spans[n] for n in near], len(asked)
        )
        away = _best_by_owner(outside_owner, self.read(model, outside), len(asked))
        golds = [self.paragraphs[number].answer_texts(q) for number, q in asked]
        present, absent = [f.score for f in best_near], [f.score for f in away]
        total = sum(token_f1(f.text, gold) for f, gold in zip(best, golds, strict=True))
        return {
            "library_questions": len(asked),
            "library_f1": total / len(asked),
            "auroc_out_of_corpus": auroc(present, absent),
            "refused_at_95": refused_at(present, absent),
        }


def _best_by_owner(owners: list[int], found: list[Found], count: int) -> list[Found]:
    best = [Found(text="", score=-100.0)] * count
    for owner, span in zip(owners, found, strict=True):
        if span.score > best[owner].score:
            best[owner] = span
    return best


@torch.inference_mode()
def best_spans(model: torch.nn.Module, rows: list[Row]) -> list[tuple[int, int, float]]:
    """Return (first, last, score) of each row's best span, as positions in the row."""
    torch.set_num_threads(1)  # two batches are read side by side
    ids, attention, segments, context = pad_rows(rows)
    out = model(input_ids=ids, attention_mask=attention, token_type_ids=segments)
    start = out.start_logits.masked_fill(~context, -1e4)
    end = out.end_logits.masked_fill(~context, -1e4)
    sums = start[:, :, None] + end[:, None, :]  # (rows, first, last)
    allowed = torch.ones(sums.shape[1:], dtype=torch.bool).triu().tril(MAX_ANSWER_TOKENS - 1)
    best, place = sums.masked_fill(~allowed, -1e9).flatten(1).max(dim=1)
    null = out.start_logits[:, 0] + out.end_logits[:, 0]
    width = ids.shape[1]
    return [
        (int(p) // width, int(p) % width, float(b - n))
        for p, b, n in zip(place, best, null, strict=True)
    ]
