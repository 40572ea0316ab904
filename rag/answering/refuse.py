"""The answer where the documents do not seem to say: what stands nearest to it.

Reads the names of the documents from the library.
"""

from rag.datatypes import Answer, Hit, NearestPassage
from rag.library.protocol import Library

REFUSAL = "Your documents do not seem to say."
_NEAREST = 3


def refuse(library: Library, question: str, ranked: tuple[Hit, ...], confidence: float) -> Answer:
    """Return the refusal, with the nearest of the passages that were `ranked` for the question."""
    near = sorted(ranked[:_NEAREST], key=lambda hit: -hit.score)
    names = library.document_names({hit.passage.document_id for hit in near})
    nearest = tuple(
        NearestPassage(
            document_id=hit.passage.document_id,
            document=names[hit.passage.document_id],
            start=hit.passage.start,
            end=hit.passage.end,
            score=hit.score,
            text=hit.passage.text,
            dense_rank=hit.dense_rank,
            lexical_rank=hit.lexical_rank,
            dense_score=hit.dense_score,
            lexical_score=hit.lexical_score,
        )
        for hit in near
        if hit.passage.document_id in names
    )
    return Answer(
        question=question,
        understood=question,
        status="refused",
        nearest=nearest,
        confidence=confidence,
        refusal=REFUSAL,
        ranked=ranked,
    )
