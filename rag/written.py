"""An answer as plain text with citation marks, as a terminal and JSON have it.

Values to text; how a page shows them is the business of `ui`.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag.datatypes import Answer, CitedSentence, Word


NOT_SAID = "Nothing found for"
"""Before a part of the question, or a side, that nothing was found for."""


WORDS: "Mapping[Word, str]" = {
    "yes": "Yes",
    "no": "No",
    "denied": "The text says otherwise",
}
"""What is shown before quotes for what they say to the question."""
IN_WORDS = "In other words, checked"
WORD_FOR_WORD = "Word for word"
"""Before what a writer says, and before the quotes that it says it of."""


def is_in_words(sentence: "CitedSentence") -> bool:
    """Say whether a writer said it, rather than a document or code over rows."""
    return not sentence.verbatim and sentence.kind == "sentence"


def answer_text(answer: "Answer", *, with_notes: bool) -> str:
    """Return an answer with citation marks, `… [1] … [2]`, or the refusal.

    `with_notes` on what is not shown, in brackets, where they belong, on what is in other words
    than the documents', and on how the answer came about.
    """
    if answer.status == "refused":
        return answer.refusal or ""
    after = "\n" if answer.sentences and answer.sentences[0].kind in ("item", "row") else " "
    word = f"{WORDS[answer.word]}:{after}" if answer.word else ""
    lines = [word + _said_and_quoted(answer.sentences, with_notes=with_notes)]
    if with_notes:
        lines += [f"{NOT_SAID}: {part}" for part in answer.unanswered]
        lines += [answer.note] if answer.note else []
    return "\n".join(lines)


def _said_and_quoted(sentences: "Sequence[CitedSentence]", *, with_notes: bool) -> str:
    count = sum(map(is_in_words, sentences))  # these come first
    if not with_notes or not count:
        return _lines(sentences, with_notes=with_notes)
    said, quoted = (
        _lines(part, with_notes=with_notes) for part in (sentences[:count], sentences[count:])
    )
    return f"{IN_WORDS}:\n{said}\n\n{WORD_FOR_WORD}:\n{quoted}"


def _lines(sentences: "Sequence[CitedSentence]", *, with_notes: bool) -> str:
    pieces: list[str] = []
    for number, sentence in enumerate(sentences):
        before = sentences[number - 1] if number else None
        is_new_group = sentence.group != (before.group if before else "")
        if before is not None:
            is_prose = sentence.kind == before.kind == "sentence" and not is_new_group
            is_prose &= sentence.verbatim == before.verbatim
            pieces.append(" " if is_prose else "\n")
        if is_new_group and sentence.group:
            pieces.append(group_title(sentence.group))
            pieces += [f" {WORDS[sentence.word]}:"] if sentence.word else []
            pieces.append(" " if sentence.kind == "sentence" else "\n")
        following = sentences[number + 1 : number + 2]
        ends = not following or following[0].citations != sentence.citations
        pieces.append(sentence.line)
        if ends or sentence.kind == "sentence":
            pieces += [f" [{number}]" for number in sentence.citations]
        if with_notes and sentence.note:
            pieces.append(f" ({sentence.note})")
    return "".join(pieces)


def group_title(group: str) -> str:
    """Return what a group is shown under, with a colon unless it ends in a mark itself."""
    return f"{group}:" if group[-1:].isalnum() or group.endswith(")") else group
