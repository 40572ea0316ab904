"""The sources of an answer whose words stand in other documents too: all are cited, once said.

Reads the library inside one snapshot. Knows nothing of how the copies were found.
"""

from collections.abc import Sequence
from dataclasses import replace

from rag.datatypes import Answer, Citation, CitedSentence, Hit, Passage
from rag.errors import LibraryError
from rag.library.protocol import Library


def cite_copies(library: Library, answer: Answer, hits: Sequence[Hit]) -> Answer:
    """Return the answer with each citation followed by those of the same words in the copies.

    A copy is cited where its text holds the quote at the same place beside the passage.
    """
    if not any(hit.copies for hit in hits):
        return answer
    citations: list[Citation] = []
    numbers: dict[int, tuple[int, ...]] = {}  # of the answer's citations
    with library.snapshot():
        for number, citation in enumerate(answer.citations, start=1):
            same = [citation, *_in_copies(library, citation, hits)]
            numbers[number] = tuple(range(len(citations) + 1, len(citations) + len(same) + 1))
            citations += same
    sentences = tuple(
        replace(
            sentence,
            citations=tuple(new for number in sentence.citations for new in numbers[number]),
        )
        for sentence in answer.sentences
    )
    short = answer.short_span
    return replace(
        answer,
        citations=tuple(citations),
        sentences=sentences,
        short_span=(numbers[short[0]][0], *short[1:]) if short else None,
    )


def say_once(answer: Answer) -> Answer:
    """Return the answer with sentences that several documents have in the same words said once.

    What is said cites all of them.
    """
    sentences: list[CitedSentence] = []
    for sentence in answer.sentences:
        documents = _documents(answer, sentence)
        for number, said in enumerate(sentences):
            if _is_same(said, sentence) and documents.isdisjoint(_documents(answer, said)):
                citations = said.citations + sentence.citations
                sentences[number] = replace(said, citations=citations)
                break
        else:
            sentences.append(sentence)
    return replace(answer, sentences=tuple(sentences))


def _documents(answer: Answer, sentence: CitedSentence) -> set[int]:
    return {answer.citations[number - 1].document_id for number in sentence.citations}


def _is_same(first: CitedSentence, second: CitedSentence) -> bool:
    """Say whether two sentences look the same, wherever they stand in their documents."""
    return first.verbatim and _anywhere(first) == _anywhere(second)


def _anywhere(sentence: CitedSentence) -> CitedSentence:
    return replace(sentence, citations=(), start=None, cell_starts=())


def _in_copies(library: Library, citation: Citation, hits: Sequence[Hit]) -> list[Citation]:
    found: dict[int, Citation] = {}
    for hit in hits:
        passage = hit.passage
        if passage.document_id == citation.document_id and (
            passage.start < citation.end and citation.start < passage.end
        ):
            for copy in hit.copies:
                same = _at(library, citation, copy, copy.start - passage.start)
                if same is not None and copy.document_id != citation.document_id:
                    found.setdefault(copy.document_id, same)
    return list(found.values())


def _at(library: Library, citation: Citation, copy: Passage, shift: int) -> Citation | None:
    """Return the citation in a copy; None if the words do not stand there, or not any more."""
    start, end = citation.start + shift, citation.end + shift
    text = library.text_if(copy.document_id, copy.text_sha256)
    if text is None or start < 0 or text[start:end] != citation.quote:
        return None
    try:
        name, page = library.document_name(copy.document_id), library.page(copy.document_id, start)
    except LibraryError:
        return None
    return replace(
        citation,
        document_id=copy.document_id,
        document=name,
        start=start,
        end=end,
        page=page,
        sha256=copy.text_sha256,
        regions=(),
    )
