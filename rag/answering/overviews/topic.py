"""What the passages that were read say of one topic: the sentences that are most like it.

"Sum up the shutdown in May", where no section is called so. Knows nothing of confidence.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rag.answering.evidence import Candidate, units_of
from rag.answering.overviews.key_sentences import choose
from rag.answering.quote import quote_places, texts_as_read
from rag.answering.retrieve import Retriever
from rag.datatypes import Answer, Passage, Span
from rag.library.protocol import Library

_PASSAGES, _CLOSE = 5, 12.0
"""Passages whose sentences are shown, and the logits by which the reader may take one for weaker
than the best."""
_MOST_SENTENCES = 6
_LIKE, _NEARLY = 0.2, 0.55
"""Cosine to the topic from which a sentence tells of it, and the share of the best one's that it
needs as well; where the reader would answer from it is shown anyway."""
_SHORT_LIST = 300
"""Characters up to which a list is shown whole."""
_FEWEST_WORDS = 3


@dataclass(frozen=True, slots=True)
class _Unit:
    passage: Passage
    start: int
    end: int
    text: str

    @property
    def span(self) -> Span:
        return Span(
            passage=self.passage, start=self.start, end=self.end, score=0.0, no_answer_score=0.0
        )


def overview_of_topic(
    library: Library,
    retriever: Retriever,
    question: str,
    topic: str,
    candidates: Sequence[Candidate],
    *,
    confidence: float,
) -> Answer | None:
    """Return the sentences on the topic, by document and section; None if there is but one.

    They are of the passages that the best `candidates` are of. Raises `DocumentChanged` if a
    document was indexed anew, or removed, since it was read.
    """
    best = candidates[0]
    near = [each for each in candidates if best.score - each.score <= _CLOSE]
    passages = list({each.span.passage.id: each.span.passage for each in near}.values())
    passages = passages[:_PASSAGES]
    units = [unit for passage in passages for unit in _units(passage)]
    vectors = retriever.embed_once([topic, *(unit.text for unit in units)])
    rows, scores = vectors[1:], (vectors[1:] @ vectors[0]).astype("float64")
    least = max(_LIKE, _NEARLY * float(scores.max(initial=0.0)))
    first = {each.span.passage.id: each.span for each in reversed(near)}
    for place, unit in enumerate(units):
        span = first[unit.passage.id]
        if unit.start < span.end and unit.end > span.start:
            scores[place] += 1.0
    like = [place for place, score in enumerate(scores) if score >= least]
    chosen = [units[place] for place in choose(rows, scores, like, _MOST_SENTENCES)]
    if len(chosen) < 2:
        return None
    order = {passage.document_id: place for place, passage in reversed(list(enumerate(passages)))}
    chosen.sort(key=lambda unit: (order[unit.passage.document_id], unit.start))
    with library.snapshot():
        texts = texts_as_read(library, passages)
        places = [(unit.span, _heading(library, texts, unit)) for unit in chosen]
    return quote_places(
        library, question, places, kind="overview", confidence=confidence, short_list=_SHORT_LIST
    )


def _units(passage: Passage) -> list[_Unit]:
    """Return what can be shown of a passage: no headings, no code, and not a few words."""
    found = []
    for (start, end), kind in units_of(passage):
        text = " ".join(passage.text[start - passage.start : end - passage.start].split())
        if kind not in ("heading", "code") and len(text.split()) >= _FEWEST_WORDS:
            found.append(_Unit(passage, start, end, text))
    return found


def _heading(library: Library, texts: dict[int, str], unit: _Unit) -> str:
    """Return the innermost heading that something stands under, or else its document's name."""
    number = unit.passage.document_id
    for heading in reversed(library.blocks(number).headings_above(unit.start)):
        return " ".join(texts[number][heading.text_start : heading.text_end].split())
    return library.document_name(number)
