"""What the reader learns from the short texts of `data/pairs`: each a document with its questions.

Which sentence settles a yes or no nobody marked, so any sentence of the text counts as the place:
what is learnt is that this text is to be read for it. Knows nothing of tokens or the model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from training.documents import Document, Question, sentences_of
from training.pair_texts import PairText

_ONE_IN = 3
"""Of so many texts one gives its questions with yes and no: there are twice as many as others."""


def pair_documents(texts: Sequence[PairText]) -> list[Document]:
    """Return the texts as Markdown below their title and heading, with what is asked of them."""
    return [_document(text, number % _ONE_IN == 0) for number, text in enumerate(texts)]


def _document(text: PairText, settles: bool) -> Document:
    head = f"## {text.fields['under']}\n\n" if text.fields["under"] else ""
    whole = head + text.text
    return Document(
        title=text.fields["title"],
        text=whole,
        questions=tuple(_questions(text, whole, len(head), settles)),
        source="pairs",
        structured=True,
    )


def _questions(text: PairText, whole: str, begin: int, settles: bool) -> Iterator[Question]:
    fields = text.fields
    for asked, answer, *_ in fields["answers"]:
        yield from _answered(asked, "span", whole, answer, begin)
    for asked, answer, *_ in fields.get("explains", ()):
        yield from _answered(asked, "explanation", whole, answer, begin)
    unanswered = [asked for asked, *_ in (*fields["close"][:1], *fields.get("denied", ()))]
    if settles:
        unanswered += fields["open"][:1]
        sentences = tuple(place for place in sentences_of(whole) if place[0] >= begin)
        for kind in ("yes", "no"):
            for asked in fields[kind][:1]:
                yield Question(
                    text=asked, kind=kind, answers=sentences, evidence=(begin, len(whole))
                )
    yield from (Question(text=asked, kind="none") for asked in unanswered)


def _answered(asked: str, kind: str, whole: str, answer: str, begin: int) -> Iterator[Question]:
    """Yield the question with all places of its answer behind the heading, if it stands there."""
    found = re.finditer(re.escape(answer.lower()), whole.lower())
    places = tuple(match.span() for match in found if match.start() >= begin)
    if places:
        yield Question(
            text=asked,
            kind=kind,
            answers=places,
            evidence=(places[0][0], places[-1][1]),
            accepted=(answer,),
        )
