"""A kept conversation as Markdown: answers with footnotes, each with its place and SHA-256.

What documents, people and models wrote is escaped, so that it stays words wherever the file is
rendered: no link, picture, HTML or formula comes of it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from rag.conversations.records import Conversation, FinishedTurn, StoredTurn
from rag.datatypes import Answer, Citation, CitedSentence, NearestPassage
from rag.written import NOT_SAID, WORD_FOR_WORD, WORDS
from ui.escape import name_hidden
from ui.export_words import confidence, feedback_words, hashes_of, minute, place_words
from ui.parts import in_words_and_quotes, shown_short_answer
from ui.render import kind_words
from ui.tables import lay_out

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
    if shown_short_answer(answer):
        blocks.append(f"**{escape_markdown(shown_short_answer(answer))}**")
    in_words, rest = in_words_and_quotes(answer)
    if in_words is not None:
        blocks += ["\n\n".join(_said(number, in_words))]
        blocks += [f"**{WORD_FOR_WORD}**"] if rest.sentences else []
    said = "\n\n".join(_said(number, rest))
    quoted = rest.status == "quoted"
    remarks = [f"{NOT_SAID}: {escape_markdown(part)}" for part in answer.unanswered]
    remarks += [escape_markdown(answer.note)] if answer.note else []
    blocks.append("\n".join(f"> {line}".rstrip() for line in said.split("\n")) if quoted else said)
    blocks += remarks
    blocks.append(f"{kind_words(answer)}, {confidence(answer)}")
    hashes = hashes_of(turn)
    blocks += [
        f"[^{number}-{n}]: {_place(citation, hashes)}: “{escape_markdown(citation.quote)}”"
        for n, citation in enumerate(answer.citations, start=1)
    ]
    return blocks


def _said(number: int, answer: Answer) -> Iterator[str]:
    """Yield the sentences as blocks: lists and tables as such, written prose as one."""
    before = ""
    for (kind, group), run in groupby(
        _marked(number, answer), key=lambda pair: (pair[0].kind, pair[0].group)
    ):
        pairs = list(run)
        if group and group != before:
            yield f"**{escape_markdown(group)}**"
            yield from [f"**{WORDS[pairs[0][0].word]}**"] if pairs[0][0].word else []
        before = group
        if kind == "item":
            yield _list(pairs)
        elif kind == "row" and all(sentence.cells for sentence, _ in pairs):
            yield _table(pairs)
        elif kind == "sentence" and answer.status != "quoted":
            yield " ".join(f"{escape_markdown(sentence.text)}{marks}" for sentence, marks in pairs)
        elif kind == "code":
            for sentence, marks in pairs:
                yield _code(sentence.text)
                yield from [marks] if marks else []
        elif kind == "heading":
            yield from (f"**{escape_markdown(sentence.text)}**{marks}" for sentence, marks in pairs)
        else:
            yield from (f"{escape_markdown(sentence.text)}{marks}" for sentence, marks in pairs)
        notes = [sentence.note for sentence, _ in pairs if sentence.note]
        if notes:
            yield escape_markdown(f"({'; '.join(notes)})")


def _marked(number: int, answer: Answer) -> Iterator[tuple[CitedSentence, str]]:
    """Yield each sentence with its marks; of those that are one place, the last has them."""
    for place, sentence in enumerate(answer.sentences):
        following = answer.sentences[place + 1 : place + 2]
        goes_on = bool(following) and following[0].citations == sentence.citations
        has_marks = sentence.kind == "sentence" or not goes_on
        marks = "".join(f"[^{number}-{n}]" for n in sentence.citations)
        yield sentence, marks if has_marks else ""


def _list(items: Sequence[tuple[CitedSentence, str]]) -> str:
    """Return items with their own markers; a mark without letters is Markdown's."""
    lines: list[str] = []
    depth = -1
    for sentence, marks in items:
        depth = min(sentence.depth, depth + 1)
        label = sentence.label if any(map(str.isalnum, sentence.label)) else ""
        marker = f"{escape_markdown(label)} " if label else ""
        lines.append(f"{'  ' * depth}- {marker}{escape_markdown(sentence.text)}{marks}")
    return "\n".join(lines)


def _code(text: str) -> str:
    """Return code between fences that are longer than any in it."""
    code = name_hidden(text).encode("utf-8", "replace").decode("utf-8").replace("\r", "")
    longest = max(map(len, re.findall("`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{code}\n{fence}"


def _table(rows: Sequence[tuple[CitedSentence, str]]) -> str:
    """Return rows as a table; Markdown has none without a header, so that may be empty."""
    names, places = lay_out([[name for name, _ in row.cells] for row, _ in rows])
    lines = [names, ["---"] * len(names)]
    for (row, marks), cells in zip(rows, places, strict=True):
        values = ["" if cell is None else escape_markdown(row.cells[cell][1]) for cell in cells]
        lines.append([*values[:-1], f"{values[-1]}{marks}"])
    lines[0] = [escape_markdown(name) for name in names]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _refusal(turn: FinishedTurn) -> list[str]:
    answer, hashes = turn.answer, hashes_of(turn)
    blocks = [escape_markdown(answer.text), f"{kind_words(answer)}, {confidence(answer)}"]
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
    parts = [escape_markdown(words) for words in (place.document, *place_words(place))]
    if place.document_id in hashes:
        parts.append(f"SHA-256 {escape_markdown(hashes[place.document_id])}")
    return ", ".join(parts)
