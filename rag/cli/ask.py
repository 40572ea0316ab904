"""An answer as lines for a terminal. Knows neither how it was found nor what a terminal obeys."""

from rag.datatypes import Answer, Citation


def format_answer(answer: Answer) -> str:
    """Return the answer with its footnotes, or the refusal with nearest passages, as text."""
    lines = [answer.written(with_notes=True), ""]
    if answer.warning:
        lines = [answer.warning, "", *lines]
    if answer.understood != answer.question:
        lines = [f"Understood as: {answer.understood}", "", *lines]
    for number, citation in enumerate(answer.citations, start=1):
        lines.append(f"[{number}] {_source(citation)}")
        if answer.status == "answered" and not answer.is_computed:
            lines.append(f"    “{' '.join(citation.quote.split())}”")
    if answer.nearest:
        lines.append("The nearest passages, which do not answer it:")
    for passage in answer.nearest:
        lines.append(f"  · {passage.document}, characters {passage.start}–{passage.end}")
        lines.append(f"    {' '.join(passage.text.split())}")
    return "\n".join(lines).strip()


def _source(citation: Citation) -> str:
    """Return where a quote stands: `name.txt, § 4 Deposit, row 12, characters 246–366`."""
    characters = f"characters {citation.start}–{citation.end}"
    return ", ".join(filter(None, (citation.document, citation.place, characters)))
