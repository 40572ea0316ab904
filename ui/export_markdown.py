"""A kept conversation as Markdown: answers with footnotes, each with its place and SHA-256.

What documents, people and models wrote is escaped, so that it stays words wherever the file is
rendered: no link, picture, HTML or formula comes of it.
"""

import re
from collections.abc import Mapping, Sequence

from rag.conversations.records import Conversation, FinishedTurn, StoredTurn
from rag.datatypes import Citation, NearestPassage
from ui.escape import name_hidden
from ui.export_words import confidence, feedback_words, hashes_of, minute, place_words
from ui.render import KINDS

# What begins emphasis, code, links, pictures, HTML, entities, tables, formulas and bare addresses.
_SYNTAX = re.compile(r"[\\`*_{}\[\]<>&#!|~$^:@=]|(?<=www)\.", re.IGNORECASE)
_BLOCK_START = re.compile(r"^(\d{1,9})([.)])|^([-+])")


def escape_markdown(text: str) -> str:
    """Return `text` as one line of Markdown that shows just that, wherever on a line it stands.

    White space is joined, since a line break could begin a block; hidden characters are named.
    """
    line = _SYNTAX.sub(r"\\\g<0>", " ".join(name_hidden(text).split()))
    line = line.encode("utf-8", "replace").decode("utf-8")
    return _BLOCK_START.sub(lambda match: _escape_block_start(*match.groups()), line)


def _escape_block_start(number: str | None, mark: str | None, bullet: str | None) -> str:
    return f"\\{bullet}" if bullet else f"{number}\\{mark}"


def conversation_markdown(conversation: Conversation, turns: Sequence[StoredTurn]) -> str:
    """Return the whole conversation, ending with a line break."""
    blocks = [f"# {escape_markdown(conversation.title)}", _origin(conversation)]
    for number, stored in enumerate(turns, start=1):
        blocks += _turn(number, stored)
    return "\n\n".join(blocks) + "\n"


def _origin(conversation: Conversation) -> str:
    library = f", library {escape_markdown(conversation.library)}" if conversation.library else ""
    return f"Asked with Footnote{library}, {minute(conversation.created_at)}"


def _turn(number: int, stored: StoredTurn) -> list[str]:
    turn, answer = stored.turn, stored.turn.answer
    blocks = [f"## {number}. {escape_markdown(turn.question)}"]
    if answer.understood.strip() not in ("", turn.question.strip()):
        blocks.append(f"Understood as: {escape_markdown(answer.understood)}")
    blocks += _refusal(turn) if answer.status == "refused" else _sentences(number, turn)
    if turn.note:
        blocks.append(escape_markdown(turn.note))
    if stored.feedback is not None:
        blocks.append(escape_markdown(feedback_words(stored.feedback)))
    return blocks


def _sentences(number: int, turn: FinishedTurn) -> list[str]:
    answer = turn.answer
    blocks = [f"**{escape_markdown(answer.warning)}**"] if answer.warning else []
    if answer.short_answer:
        blocks.append(f"**{escape_markdown(answer.short_answer)}**")
    sentences = [
        escape_markdown(sentence.text) + "".join(f"[^{number}-{n}]" for n in sentence.citations)
        for sentence in answer.sentences
    ]
    if answer.status == "quoted":
        blocks.append("\n>\n".join(f"> {sentence}" for sentence in sentences))
    else:
        blocks.append(" ".join(sentences))
    blocks.append(f"{KINDS[answer.status]}, {confidence(answer)}")
    hashes = hashes_of(turn)
    blocks += [
        f"[^{number}-{n}]: {_place(citation, hashes)}: “{escape_markdown(citation.quote)}”"
        for n, citation in enumerate(answer.citations, start=1)
    ]
    return blocks


def _refusal(turn: FinishedTurn) -> list[str]:
    answer, hashes = turn.answer, hashes_of(turn)
    blocks = [escape_markdown(answer.text), f"{KINDS[answer.status]}, {confidence(answer)}"]
    if answer.nearest:
        blocks.append("The nearest passages, which do not answer it:")
        blocks.append(
            "\n".join(
                f"- {_place(passage, hashes)}: “{escape_markdown(passage.text)}”"
                for passage in answer.nearest
            )
        )
    return blocks


def _place(place: Citation | NearestPassage, hashes: Mapping[int, str]) -> str:
    parts = [escape_markdown(place.document), *place_words(place)]
    if place.document_id in hashes:
        parts.append(f"SHA-256 {escape_markdown(hashes[place.document_id])}")
    return ", ".join(parts)
