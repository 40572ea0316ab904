"""A refusal that helps: what was looked for, what was missed and by how much, what came nearest.

Pure functions from values to escaped HTML.
"""

from rag.datatypes import Answer, NearestPassage
from ui.escape import escape_document, escape_visibly, isolated


def render_refusal(turn: int, answer: Answer, threshold: float | None) -> str:
    """Return the refusal of turn number `turn`; `threshold` is the confidence it missed, if known.

    The list of passages is short until a person asks to see them whole, which `page.js` does.
    """
    line = answer.refusal or "The documents do not answer this."
    missed = "" if threshold is None else f", and an answer needs at least {threshold:.0%}"
    return (
        f'<p class="refusal">{escape_visibly(line)}</p>'
        f'<p class="missed">Looked for: {isolated(answer.understood)}<br>'
        f"Confidence that the best passage answers it: {answer.confidence:.0%}{missed}.</p>"
        f"{_render_closest(turn, answer) if answer.nearest else ''}"
    )


def _render_closest(turn: int, answer: Answer) -> str:
    items = "".join(
        _render_nearest(f"{turn}-{number}", number, passage)
        for number, passage in enumerate(answer.nearest, start=1)
    )
    return (
        "<h3>The nearest passages</h3>"  # and what opens them, in view on a telephone too
        f'<p><button type="button" class="closest" aria-expanded="false" data-closest="{turn}-1">'
        "Show the closest passages anyway</button></p>"
        '<p class="not-answer" hidden>Not an answer: these passages only came nearest.</p>'
        f'<ul class="sources nearest">{items}</ul>'
    )


def _render_nearest(key: str, number: int, passage: NearestPassage) -> str:
    measures = " · ".join(
        (
            _found("meaning", passage.dense_rank, passage.dense_score),
            _found("words", passage.lexical_rank, passage.lexical_score),
            f"together {passage.score:.3f}",
        )
    )
    return (
        f'<li><button type="button" class="source" data-cite="{key}">'
        f'<span class="number">{number}</span>'
        f'<span class="place"><span class="name">{isolated(passage.document)}</span>'
        f'<span class="measures">{measures}</span>'
        f'<q class="clamped">{escape_document(passage.text)}</q></span></button></li>'
    )


def _found(retriever: str, rank: int | None, score: float | None) -> str:
    """Return what one retriever says of a passage: `meaning rank 1, score 0.42`."""
    if rank is None:
        return f"{retriever} not found"
    if score is None:
        return f"{retriever} rank {rank}"
    small = 0 < score < 0.0005  # BM25 of a word that is in most passages
    return f"{retriever} rank {rank}, score {'below 0.001' if small else f'{score:.3f}'}"
