"""From the chosen spans to the answer that is nothing but the documents' own words.

Reads the library inside one snapshot, and only while its texts are those that were read: what is
quoted is what the reader saw. Knows nothing of retrieving, or of how sure the answer is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import median

from rag.answering.compose import Beside, ListAround, excerpt_of, list_around
from rag.answering.evidence import Candidate, candidate_text
from rag.answering.excerpt import Excerpt, Part
from rag.answering.question_kind import QuestionKind, asks_for_all, asks_for_sentences, likeliest
from rag.answering.retrieve import Similarities
from rag.datatypes import Answer, AnswerKind, Citation, CitedSentence, Passage, Span
from rag.documents.structure import regions_of
from rag.library.protocol import Library

_SHORT_LIST = 900
"""Characters up to which a list whose items are parts of one sentence, with the words that lead in,
is shown whole whatever is asked: the item stands out in it."""
SHORT_ITEMS = 120
"""Characters of such a list's usual item; longer ones, like the points of minutes, stand alone."""
_ENDS = (".", "!", "?")
_LONG_ITEMS = 240
"""Characters of a list's usual item from which it is rather clauses than a list."""
_LONGEST_LIST = 6_000
_SHOWN_BESIDE: Mapping[QuestionKind, Beside] = {"yesno": "behind", "explanation": "around"}
"""What is shown beside a sentence in a short paragraph: where the exception stands, or the reason.
Nothing for a fact, since it would drown in it."""
_LIST_PROBABILITY = 0.5
"""Of the reader's kinds of answer: from here on it is the list that is asked for."""


class DocumentChanged(Exception):
    """Raised where a document is not, or no longer, what was read; it does not reach the caller."""


def quote(
    library: Library,
    question: str,
    chosen: Sequence[Candidate],
    similarities: Similarities,
    *,
    kinds: Mapping[QuestionKind, float],
    confidence: float,
) -> Answer:
    """Return the answer that shows what the `chosen` candidates (at least one, best first) found.

    `kinds` has the probability of each kind of answer that the question can ask for. Raises
    `DocumentChanged` if a document was indexed anew, or removed, since it was read.
    """
    with library.snapshot():
        texts = texts_as_read(library, [each.span.passage for each in chosen])
        excerpts: list[tuple[int, Excerpt]] = []
        asks_list = False
        beside = _SHOWN_BESIDE.get(likeliest(kinds))
        for each in chosen:
            document_id = each.span.passage.document_id
            text, blocks = texts[document_id], library.blocks(document_id)
            around = list_around(blocks, each.span)
            asked = around is not None and _asks_for_all(
                text, question, each.span, around, similarities, kinds
            )
            is_short = around is not None and _is_one_sentence(text, around)
            # A word before five rules says nothing: it is said of the one that settles it.
            whole = asked or (is_short and likeliest(kinds) != "yesno")
            excerpt = excerpt_of(text, blocks, each.span, whole_list=whole, beside=beside)
            asks_list |= asked and each is chosen[0]
            shown = [own for number, own in excerpts if number == document_id]
            if not any(own.holds(part) for own in shown for part in excerpt.parts):
                excerpts.append((document_id, excerpt))
        best = excerpts[0]
        excerpts.sort(key=lambda pair: (pair[0], pair[1].parts[0].start))
        sentences, citations = cite(library, texts, excerpts)
    kind: AnswerKind = "explanation" if asks_for_sentences(kinds) else "short"
    short: str | None = candidate_text(chosen[0])
    short_span = _short_span(citations, chosen[0].span)
    if asks_list:
        kind = "steps" if best[1].ordered else "list"
        items = [part for part in best[1].parts if part.kind == "item"]
        short = "; ".join(texts[best[0]][part.start : part.end] for part in items)
        short_span = None
    return Answer(
        question=question,
        understood=question,
        status="quoted",
        sentences=tuple(sentences),
        citations=tuple(citations),
        short_answer=short,
        short_span=short_span,
        confidence=confidence,
        answer_kind=kind,
    )


def cite(
    library: Library, texts: Mapping[int, str], excerpts: Sequence[tuple[int, Excerpt]]
) -> tuple[list[CitedSentence], list[Citation]]:
    """Return what is shown of excerpts, each with its document's id, and the citations of it.

    `texts` are those of the documents.
    """
    sentences: list[CitedSentence] = []
    citations: list[Citation] = []
    for document_id, excerpt in excerpts:
        own = _citations(library, document_id, texts[document_id], excerpt)
        sentences += _sentences(texts[document_id], excerpt, own, len(citations))
        citations += own
    return sentences, citations


def quote_places(
    library: Library,
    question: str,
    places: Sequence[tuple[Span, str]],
    *,
    kind: AnswerKind,
    confidence: float,
    short_list: int,
) -> Answer:
    """Return the answer that shows the sentences of some spans, each under its group, in order.

    A list is shown whole up to `short_list` characters. What one place shows already is not shown
    again. Raises `DocumentChanged` as `quote` does.
    """
    with library.snapshot():
        texts = texts_as_read(library, [span.passage for span, _ in places])
        shown: list[tuple[int, Excerpt]] = []
        groups: list[str] = []  # of each sentence
        for span, group in places:
            document_id = span.passage.document_id
            blocks = library.blocks(document_id)
            around = list_around(blocks, span)
            whole = around is not None and around.length <= short_list
            excerpt = excerpt_of(texts[document_id], blocks, span, whole_list=whole)
            if kind == "overview" and around is not None and not whole:
                excerpt = replace(excerpt, note="")  # that an item is one of several goes unsaid
            before = [own for number, own in shown if number == document_id]
            new = [part for part in excerpt.parts if not any(own.holds(part) for own in before)]
            if all(part.kind == "lead_in" for part in new):
                continue  # the words that lead in a list may stand before several of its items
            if kind == "overview":
                excerpt = replace(excerpt, parts=tuple(new))
            shown.append((document_id, excerpt))
            groups += [group] * len(excerpt.parts)
        sentences, citations = cite(library, texts, shown)
    return Answer(
        question=question,
        understood=question,
        status="quoted",
        sentences=tuple(
            replace(sentence, group=group)
            for sentence, group in zip(sentences, groups, strict=True)
        ),
        citations=tuple(citations),
        confidence=confidence,
        answer_kind=kind,
    )


def texts_as_read(library: Library, passages: Sequence[Passage]) -> dict[int, str]:
    """Return the text of each document that `passages` are of; a long one is read once.

    Raises `DocumentChanged` unless each text is the one that was read.
    """
    texts: dict[int, str] = {}
    for document_id, sha256 in {(each.document_id, each.text_sha256) for each in passages}:
        found = library.text_if(document_id, sha256)
        if found is None:
            raise DocumentChanged
        texts[document_id] = found
    if any(texts[each.document_id][each.start : each.end] != each.text for each in passages):
        raise DocumentChanged
    return texts


def _is_one_sentence(text: str, around: ListAround) -> bool:
    """Say whether a short list's items, most of them no sentences, go on with what leads in."""
    lengths = [end - start for start, end in around.items]
    is_short = around.length <= _SHORT_LIST and median(lengths or [0]) <= SHORT_ITEMS
    if around.lead_in is None or not is_short:
        return False
    whole = [text[start:end].rstrip().endswith(_ENDS) for start, end in around.items]
    return 2 * sum(whole) < len(whole) or sum(whole[:-1]) == 0


def _asks_for_all(
    text: str,
    question: str,
    span: Span,
    around: ListAround,
    similarities: Similarities,
    kinds: Mapping[QuestionKind, float],
) -> bool:
    """Say whether a question is answered by a whole list rather than by the item that was found.

    It is where the span lies in the words that lead in, or in several items, or where the kinds of
    the question or of the reader say so. A reader that knows no kinds leaves it to whether the
    question is nearer to the words that lead in than to the item. Clauses are read one by one, but
    for short ones that are steps, or a list by the question and by the reader.
    """
    lengths = [end - start for start, end in around.items]
    if around.leads_in:
        return True
    are_clauses = around.are_clauses and around.lead_in is None
    longest = SHORT_ITEMS if are_clauses else _LONG_ITEMS
    if len(lengths) < 2 or median(lengths) > longest or sum(lengths) > _LONGEST_LIST:
        return False
    if are_clauses and likeliest(kinds) != "steps":
        return asks_for_all(kinds) and span.kinds.get("list", 0.0) >= _LIST_PROBABILITY
    if len(around.touched) > 1 or asks_for_all(kinds):
        return True
    if span.kinds:
        return span.kinds["list"] >= _LIST_PROBABILITY
    if around.lead_in is None or not around.touched:
        return False
    lead, item = (text[start:end] for start, end in (around.lead_in, around.touched[0]))
    to_lead, to_item = similarities(question, [lead, item])
    return to_lead > to_item


def _citations(library: Library, document_id: int, text: str, excerpt: Excerpt) -> list[Citation]:
    title = library.title(document_id).casefold()
    blocks = library.blocks(document_id)
    regions = library.regions(document_id)
    citations = []
    for start, end in excerpt.places():
        headings = [
            " ".join(text[heading.text_start : heading.text_end].split())
            for heading in blocks.headings_above(start)
            if heading.end <= start  # a heading is not its own section
        ]
        if headings and headings[0].casefold() == title:
            headings = headings[1:]
        citations.append(
            Citation(
                document_id=document_id,
                document=library.document_name(document_id),
                start=start,
                end=end,
                page=library.page(document_id, start),
                quote=text[start:end],
                sha256=library.text_sha256(document_id),
                section=" > ".join(headings) or None,
                row=next((part.row for part in excerpt.parts if part.start == start), None),
                last_row=next(
                    (part.last_row for part in excerpt.parts if part.start == start), None
                ),
                column=excerpt.column,
                regions=tuple(regions_of(regions, start, end)),
            )
        )
    return citations


def _sentences(
    text: str, excerpt: Excerpt, citations: Sequence[Citation], before: int
) -> list[CitedSentence]:
    """Return the parts as they are shown; `before` is how many citations come before these."""
    sentences = []
    for place, part in enumerate(excerpt.parts):
        number = next(
            number
            for number, citation in enumerate(citations, before + 1)
            if citation.start <= part.start and part.end <= citation.end
        )
        is_last = place == len(excerpt.parts) - 1
        sentences.append(_sentence(text, part, number, excerpt.note if is_last else ""))
    return sentences


def _sentence(text: str, part: Part, number: int, note: str) -> CitedSentence:
    return CitedSentence(
        text=text[part.start : part.end],
        citations=(number,),
        start=part.start,
        kind=part.kind,
        label=part.label,
        depth=part.depth,
        cells=tuple((column, text[start:end]) for column, start, end in part.cells),
        cell_starts=tuple(start for _, start, _ in part.cells),
        note=note,
    )


def _short_span(citations: Sequence[Citation], span: Span) -> tuple[int, int, int] | None:
    """Return in which citation the span stands, and where; None if in none as a whole."""
    for number, citation in enumerate(citations, 1):
        same = citation.document_id == span.passage.document_id
        if same and citation.start <= span.start and span.end <= citation.end:
            return number, span.start, span.end
    return None
