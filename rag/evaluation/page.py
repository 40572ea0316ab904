"""A finished report as one page, `report.html`, that opens anywhere and asks for nothing.

Puts a report's values, drawings and the documents' excerpts into the template beside this module.
All text is escaped: by Jinja in the page, and as JSON for the table of questions, which the page's
script builds from text nodes alone. The page's policy lets no other script run and nothing load.

The file holds about 1 to 2 kB for each question and the excerpts (`rag.evaluation.excerpts`, 8 MB
at most but for very long citations); the table is built a hundred rows at a time.
"""

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from rag.datatypes import Citation, CitedSentence
from rag.evaluation.charts import hits_chart, reliability_chart, risk_chart, seconds_chart
from rag.evaluation.excerpts import choose_excerpts
from rag.evaluation.figures import FIGURES
from rag.evaluation.metrics import percentile
from rag.evaluation.report import number, write_whole
from rag.evaluation.rows import Row, find_evidence, relevant_hits
from rag.evaluation.summary import Summary
from rag.evaluation.verdict import verdict
from rag.serialize import STAGES, to_json
from rag.written import IN_WORDS, WORD_FOR_WORD, WORDS

PAGE = "report.html"
DOCUMENTS_NAMED = 50
_FOLDER = Path(__file__).parent
_SLOW_PERCENT = 95.0
_SCORES = (
    *("exact_match", "f1", "contains", "evidence_recall", "evidence_precision"),
    *("list_f1", "list_whole", "yes_no", "points_found", "rows_found"),
)


def write_page(report_dir: Path, report: Mapping[str, Any], texts: Mapping[str, str]) -> None:
    """Write `report.html`, whole or not at all; `texts` are the documents' by name.

    Raises `OSError`.
    """
    write_whole(report_dir / PAGE, render_page(report, texts))


def render_page(report: Mapping[str, Any], texts: Mapping[str, str]) -> Iterator[str]:
    """Yield the page of a report that `evaluate` made, piece by piece."""
    style, script = _asset("report.css"), _asset("report.js")
    curves = report["diagrams"]
    pieces = _template().generate(
        report=report,
        summary=report["summary"],
        curves=curves,
        charts={
            "risk": risk_chart(curves["risk_coverage"]),
            "reliability": reliability_chart(curves["reliability"]),
            "hits": hits_chart(curves["hits"]),
            "seconds": seconds_chart(curves["seconds"]),
        },
        figures=_figures(report["summary"]),
        documents=list(report["documents"].items())[:DOCUMENTS_NAMED],
        stages=STAGES,
        style=style,
        script=script,
        policy=_policy(style, script),
        data=_data_pieces(page_data(report["rows"], texts)),
    )
    for piece in pieces:
        yield piece.encode("utf-8", "replace").decode("utf-8")  # names: halves of surrogates


def page_data(rows: Sequence[Row], texts: Mapping[str, str]) -> dict[str, Any]:
    """Return what the page's script builds the table of questions from; `rows` come one by one.

    Places are [document, start, end]: an index into `documents`, and offsets in code points.
    """
    parts = choose_excerpts(rows, texts)
    names = sorted(
        {hit["document"] for row in rows for hit in [*row["ranked"], *row["citations"]]} | {*parts}
    )
    index = {name: number for number, name in enumerate(names)}
    total = [row["seconds"]["total"] for row in rows]
    known = np.array([value for value in total if value is not None], dtype=np.float64)
    return {
        "slow": percentile(known, _SLOW_PERCENT),
        "marks": [IN_WORDS, WORD_FOR_WORD],
        "documents": [
            {
                "name": name,
                "length": len(texts.get(name, "")),
                "parts": [[start, end, texts[name][start:end]] for start, end in parts[name]]
                if name in parts
                else [],
            }
            for name in names
        ],
        "rows": (_row_data(row, index, texts) for row in rows),
    }


def _row_data(row: Row, index: Mapping[str, int], texts: Mapping[str, str]) -> dict[str, Any]:
    right = relevant_hits(row, texts)
    data = {
        "verdict": verdict(row),
        "sentences": [_sentence_data(each) for each in row["sentences"]],
        "in_words": sum(map(_is_in_words, row["sentences"])),
        "cited": [
            [index[each["document"]], each["start"], each["end"], _place(each), each["number"]]
            for each in row["citations"]
        ],
        "expected": [[index[name], *place] for name, place in find_evidence(row, texts)],
        "scores": {name: _rounded(row[name]) for name in _SCORES if row.get(name) is not None},
        "confidence": _rounded(row["confidence"]),
        "seconds": [_rounded(row["seconds"][stage]) for stage in STAGES],
        "ranked": [
            [
                index[hit["document"]],
                hit["start"],
                hit["end"],
                hit["dense_rank"],
                hit["lexical_rank"],
                _rounded(hit["score"]),
                is_right,
            ]
            for hit, is_right in zip(row["ranked"], right, strict=True)
        ],
    }
    if row.get("checked"):
        data["checked"] = [
            [each["said"], each["word"], _rounded(each["probability"]), each["citations"]]
            for each in row["checked"]
        ]
    if row["understood"] != row["question"]:
        data["understood"] = row["understood"]
    copied = ("id", "group", "question", "answerable", "kind", "status", "short_answer", "answers")
    for name in (
        *copied,
        "document",
        "evidence",
        "hit_rank",
        "unsupported",
        "unanswered",
        "note",
        "error",
    ):
        if row.get(name) not in (None, [], ""):
            data[name] = row[name]
    if row["status"] == "refused":
        data["text"] = row["text"]
    return data


def _is_in_words(sentence: Mapping[str, Any]) -> bool:
    """Say whether a writer said it; these come first. Reports of old have quotes alone."""
    return not sentence.get("verbatim", True) and sentence.get("kind", "sentence") == "sentence"


def _sentence_data(sentence: Mapping[str, Any]) -> list[Any]:
    """Return the words and the citations, and where it is not plain prose kind, note and group."""
    kind, group = sentence.get("kind", "sentence"), sentence.get("group", "")
    group = " ".join(filter(None, (group, WORDS.get(sentence.get("word", ""), ""))))
    shown = CitedSentence(
        text=sentence["text"],
        citations=(),
        kind=kind,
        label=sentence.get("label", ""),
        depth=sentence.get("depth", 0),
        cells=tuple((column, value) for column, value in sentence.get("cells", ())),
    )
    data = [shown.line, sentence["citations"]]
    if kind == "sentence" and not group:
        return data
    data += ["" if kind == "sentence" else kind, sentence.get("note", "")]
    return [*data, group] if group else data


def _place(citation: Mapping[str, Any]) -> str | None:
    """Return where in its document a citation stands, in words; reports of old know the page."""
    cited = Citation(
        document_id=0,
        document=citation["document"],
        start=citation["start"],
        end=citation["end"],
        page=citation["page"],
        quote=citation["quote"],
        section=citation.get("section"),
        row=citation.get("row"),
        column=citation.get("column"),
    )
    return cited.place or None


def _figures(summary: Summary) -> dict[str, list[dict[str, Any]]]:
    """Return the sections of the summary's table, each with its rows, in the order of `FIGURES`."""
    sections: dict[str, list[dict[str, Any]]] = {}
    for figure in FIGURES:
        section, name = figure.place
        sections.setdefault(section, []).append(
            {
                "label": figure.label,
                "name": figure.name,
                "meaning": figure.meaning,
                "value": summary[section][name],
                "interval": summary["intervals"][section][name],
            }
        )
    return sections


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = number
    return environment.get_template(PAGE)


def _policy(style: str, script: str) -> str:
    """Return the Content-Security-Policy that allows this style and this script, nothing else."""
    return (
        f"default-src 'none'; script-src '{_source_hash(script)}'; "
        f"style-src '{_source_hash(style)}'; img-src data:; base-uri 'none'; form-action 'none'"
    )


def _source_hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"


def _data_pieces(data: Mapping[str, Any]) -> Iterator[str]:
    """Yield the JSON of what `page_data` returns, a piece for each row."""
    others = {name: value for name, value in data.items() if name != "rows"}
    yield _safe_json(others).removesuffix("}") + ', "rows": ['
    for place, row in enumerate(data["rows"]):
        yield (", " if place else "") + _safe_json(row)
    yield "]}"


def _safe_json(value: Any) -> str:
    """Return JSON without the characters that could end the element that holds it."""
    return to_json(value).translate({ord(each): f"\\u{ord(each):04x}" for each in "<>&"})


def _asset(name: str) -> str:
    return (_FOLDER / name).read_text("utf-8")


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
