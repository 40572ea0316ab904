"""What can be done with a turn: copy the answer with its sources, edit the question, ask it again.

Pure functions from values to text and escaped HTML; `page.js` carries the buttons out.
"""

from rag.datatypes import Answer
from ui.escape import escape


def render_actions(
    number: int, question: str, answer: Answer | None, *, running: bool, closed: bool = False
) -> str:
    """Return the buttons under turn `number`.

    While it runs, only its question can be edited; one that is closed can only be copied.
    """
    edit = _button("edit", number, "Edit question")
    if running:
        return f'<div class="actions">{edit}</div>'
    copy = ""
    if answer is not None:
        text = escape(copied_text(question, answer))
        copy = _button("copy", number, "Copy", f' data-text="{text}"')
    if closed:
        return f'<div class="actions">{copy}</div>'
    return f'<div class="actions">{copy}{edit}{_button("again", number, "Ask again")}</div>'


def copied_text(question: str, answer: Answer) -> str:
    """Return question, answer and cited sources as plain text, for a mail or a note."""
    warning = [answer.warning, ""] if answer.warning else []
    lines = [question, "", *warning, answer.written(with_notes=True)]
    cited = cited_numbers(answer)
    if cited:
        lines += ["", "Sources"]
    for number in cited:
        citation = answer.citations[number - 1]
        characters = f"characters {citation.start}–{citation.end}"
        place = ", ".join(filter(None, (citation.document, citation.place, characters)))
        lines.append(f"[{number}] {place}: “{' '.join(citation.quote.split())}”")
    return "\n".join(lines)


def cited_numbers(answer: Answer) -> list[int]:
    """Return the numbers of the citations that the answer's sentences use, in order."""
    return sorted({number for sentence in answer.sentences for number in sentence.citations})


def _button(action: str, number: int, label: str, attributes: str = "") -> str:
    return (
        f'<button type="button" class="action" data-action="{action}" data-number="{number}"'
        f"{attributes}>{label}</button>"
    )
