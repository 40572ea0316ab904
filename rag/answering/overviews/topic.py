"""What the passages that were read say of one topic: the sentences that are most like it.

"Sum up the shutdown in May", where no section is called so. Knows nothing of confidence.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.answering.evidence import Candidate, units_of
from rag.answering.overviews.key_sentences import choose
from rag.answering.quote import quote_places
from rag.answering.retrieve import Retriever
from rag.datatypes import Answer, CitedSentence, Passage, Span
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
_WITHIN = " > "
"""Between the headings of a citation, and in front of what is shown within a document."""


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
    places = [place for passage in passages for place in _places(passage)]
    vectors = retriever.embed_once([topic, *(text for _, text in places)])
    rows, scores = vectors[1:], (vectors[1:] @ vectors[0]).astype("float64")
    least = max(_LIKE, _NEARLY * float(scores.max(initial=0.0)))
    first = {each.span.passage.id: each.span for each in reversed(near)}
    for place, (span, _) in enumerate(places):
        read = first[span.passage.id]
        if span.start < read.end and span.end > read.start:
            scores[place] += 1.0
    like = [place for place, score in enumerate(scores) if score >= least]
    chosen = [places[place][0] for place in choose(rows, scores, like, _MOST_SENTENCES)]
    if len(chosen) < 2:
        return None
    order = {passage.document_id: place for place, passage in reversed(list(enumerate(passages)))}
    chosen.sort(key=lambda span: (order[span.passage.document_id], span.start))
    answer = quote_places(
        library,
        question,
        [(span, "") for span in chosen],
        kind="overview",
        confidence=confidence,
        short_list=_SHORT_LIST,
    )
    return replace(answer, sentences=tuple(_under_headings(answer)))


def _places(passage: Passage) -> Iterator[tuple[Span, str]]:
    """Yield what can be shown of a passage: no headings, no code, and not a few words."""
    for (start, end), kind in units_of(passage):
        text = " ".join(passage.text[start - passage.start : end - passage.start].split())
        if kind not in ("heading", "code") and len(text.split()) >= _FEWEST_WORDS:
            span = Span(passage=passage, start=start, end=end, score=0.0, no_answer_score=0.0)
            yield span, text


def _under_headings(answer: Answer) -> Iterator[CitedSentence]:
    """Yield the sentences, each under its innermost heading; of several documents with the name."""
    several = len({citation.document for citation in answer.citations}) > 1
    for sentence in answer.sentences:
        citation = answer.citations[sentence.citations[0] - 1]
        heading = (citation.section or "").rsplit(_WITHIN, 1)[-1]
        names = [citation.document] * several + [heading]
        yield replace(sentence, group=_WITHIN.join(filter(None, names)))
