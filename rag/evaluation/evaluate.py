"""Run a question set through the pipeline, row by row, so that a run broken off can go on.

Finished rows stand in `rows.partial.jsonl` until the report is written. Its first line says what
they were made from; rows made from anything else are not mixed with new ones. Knows no formulas.
"""

import dataclasses
import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from importlib import metadata
from pathlib import Path
from threading import Event
from typing import Any, Protocol

from rag.datatypes import Answer
from rag.errors import RagError, ReportError
from rag.evaluation.checked import count_checked, with_checks
from rag.evaluation.diagrams import diagrams
from rag.evaluation.kept_rows import KeptRows
from rag.evaluation.page import write_page
from rag.evaluation.questions import Question
from rag.evaluation.report import read_report, write_report
from rag.evaluation.rows import Row, answered_row, failed_row, find_evidence
from rag.evaluation.summary import Summary, summarise
from rag.models.checker import PairModel
from rag.serialize import to_json
from rag.settings import Settings

PARTIAL = "rows.partial.jsonl"
PRIVATE_SETTINGS = ("home", "password", "qdrant_api_key")
"""Settings that do not belong in a file that people hand on."""

Progress = Callable[[int, int, Row | None], None]
"""Called with how many rows are done, of how many, and the newest (None when a run goes on)."""

Outcome = Answer | Exception


class DocumentInfo(Protocol):
    """What evaluation asks of a document in the library."""

    @property
    def id(self) -> int: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def sha256(self) -> str: ...  # noqa: D102
    @property
    def passages(self) -> int: ...  # noqa: D102


class Library(Protocol):
    """What evaluation asks of a library."""

    def documents(self) -> Sequence[DocumentInfo]: ...  # noqa: D102
    def text(self, document_id: int) -> str: ...  # noqa: D102


class Answerer(Protocol):
    """What evaluation asks of a pipeline, and of anything else it is to be compared with."""

    @property
    def library(self) -> Library: ...  # noqa: D102
    @property
    def settings(self) -> Settings: ...  # noqa: D102
    @property
    def models(self) -> Mapping[str, str]: ...  # noqa: D102

    def ask(  # noqa: D102
        self, question: str, *, history: Sequence[str] = (), cancel: Event | None = None
    ) -> Answer: ...


def evaluate(
    pipeline: Answerer,
    questions: Sequence[Question],
    report_dir: Path,
    *,
    batch: int = 1,
    progress: Progress = lambda done, total, row: None,
    notify: Callable[[str], None] = lambda line: None,
) -> Summary:
    """Ask every question, write the report's files into `report_dir`, return the summary.

    The same call goes on where an earlier one stopped, at any moment, with the same results except
    timings. `batch` questions are answered at once, always the same ones together, so that a run
    that goes on gets the same numbers; then seconds are parts of what was shared. A question that
    raises becomes a row with an `error`. What is shown is checked by the pipeline's checker, if it
    has one, apart from its seconds. `notify` gets lines about what was found on the way.
    Raises `ReportError` if the report cannot be written, or would replace that of another set.
    """
    _keep_other_report(report_dir, questions)
    documents = pipeline.library.documents()
    names = {document.id: document.name for document in documents}
    texts = {document.name: pipeline.library.text(document.id) for document in documents}
    checks = _Checks(getattr(pipeline, "checker", None))  # what is compared with us has none
    origin = describe_run(pipeline, documents) | {"batch": batch, "checked": checks.is_on}
    for line in unmatched_evidence(questions, texts):
        notify(line)
    partial = report_dir / PARTIAL
    try:
        report_dir.mkdir(parents=True, exist_ok=True)
        header = origin | {"questions_sha256": _questions_sha256(questions)}
        with closing(_open_rows(partial, header, questions, notify)) as rows:
            if rows:
                progress(len(rows), len(questions), None)
            for question, outcome in _answers(pipeline, questions, batch, first=len(rows)):
                row = checks.add(_row(question, outcome, names, texts))
                rows.append(row)
                progress(len(rows), len(questions), row)
            for line in checks.cost():
                notify(line)
            summary = summarise(rows)
            report = origin | {"summary": summary, "diagrams": diagrams(rows, texts), "rows": rows}
            write_report(report_dir, report)
            write_page(report_dir, report, texts)
        partial.unlink()
    except OSError as error:
        raise ReportError(
            f"cannot write the report in {report_dir}: {error.strerror or error}; "
            "make room or choose another --report, and run the same command again"
        ) from error
    return summary


class _Checks:
    """What the checker says of each row, and the time that takes."""

    def __init__(self, checker: PairModel | None) -> None:
        self._checker = checker
        self._count, self._seconds = 0, 0.0

    @property
    def is_on(self) -> bool:
        return self._checker is not None

    def add(self, row: Row) -> Row:
        """Return the row with what was checked of it."""
        begin = time.perf_counter()
        row = with_checks(row, self._checker)
        self._seconds += time.perf_counter() - begin
        self._count += count_checked(row)
        return row

    def cost(self) -> list[str]:
        """Return the line that says it; none if nothing was checked."""
        if not self._count:
            return []
        return [
            f"{self._count} short answers and sentences were checked against what they cite: "
            f"{self._seconds:.1f} s, which no question's seconds hold"
        ]


def _keep_other_report(report_dir: Path, questions: Sequence[Question]) -> None:
    """Raise `ReportError` if a finished report of wholly other questions would be lost."""
    try:
        rows = read_report(report_dir)["rows"]
    except ReportError:
        return  # none, or none that could be read
    asked = {question.question for question in questions}
    if rows and asked.isdisjoint(str(row.get("question")) for row in rows if isinstance(row, dict)):
        raise ReportError(
            f"{report_dir} holds the report of {len(rows)} other questions: "
            "choose another --report, or delete it"
        )


def describe_run(pipeline: Answerer, documents: Sequence[DocumentInfo]) -> dict[str, Any]:
    """Return what the results depend on: version, settings, models and documents."""
    settings = dataclasses.asdict(pipeline.settings)
    return {
        "footnote": _version(),
        "settings": {
            name: value for name, value in settings.items() if name not in PRIVATE_SETTINGS
        },
        "models": dict(pipeline.models),
        "documents": {
            document.name: {"sha256": document.sha256, "passages": document.passages}
            for document in sorted(documents, key=lambda document: document.name)
        },
    }


def unmatched_evidence(questions: Sequence[Question], texts: Mapping[str, str]) -> list[str]:
    """Return a line for each answerable question whose evidence is in no document asked about."""
    lines: list[str] = []
    for question in questions:
        if question.answerable and question.evidence:
            row = dataclasses.asdict(question)
            if not find_evidence(row, texts):
                place = question.document or "any document"
                lines.append(f"question {question.id}: its evidence is not in {place}")
    return lines


def _answers(
    pipeline: Answerer, questions: Sequence[Question], batch: int, *, first: int
) -> Iterator[tuple[Question, Outcome]]:
    """Yield the questions from number `first` on, each with its answer or what went wrong.

    A batch of which a run did not write all is answered again as a whole: with others in it, the
    last bits of a confidence would be others.
    """
    for start in range(first - first % batch, len(questions), batch):
        together = questions[start : start + batch]
        outcomes = _ask_together(pipeline, together)
        for number, pair in enumerate(zip(together, outcomes, strict=True), start=start):
            if number >= first:
                yield pair


def _ask_together(pipeline: Answerer, questions: Sequence[Question]) -> list[Outcome]:
    """Return what came of each question; one by one if that is asked for, or if together fails."""
    ask_many = getattr(pipeline, "ask_many", None)  # what is compared with us may not have it
    if ask_many is not None and len(questions) > 1:
        try:
            histories = [question.history for question in questions]
            return list(ask_many([each.question for each in questions], histories=histories))
        except Exception:  # one of them is to blame: found out below, where it harms no other
            pass
    return [_ask(pipeline, question) for question in questions]


def _ask(pipeline: Answerer, question: Question) -> Outcome:
    """Return the answer or the error. One question that fails must not end a run of thousands."""
    try:
        return pipeline.ask(question.question, history=question.history)
    except Exception as error:
        return error


def _row(
    question: Question, outcome: Outcome, names: Mapping[int, str], texts: Mapping[str, str]
) -> Row:
    if isinstance(outcome, Answer):
        return answered_row(question, outcome, names, texts)
    line = " ".join(str(outcome).split())
    if not isinstance(outcome, RagError):
        line = f"{type(outcome).__name__}: {line}" if line else repr(outcome)
    return failed_row(question, line)


def _open_rows(
    path: Path, header: dict[str, Any], questions: Sequence[Question], notify: Callable[[str], None]
) -> KeptRows:
    """Return the rows of a run that was broken off, or none, ready for the next row."""
    had_some = path.exists() and path.stat().st_size > 0
    rows = KeptRows(path)
    if rows.go_on(header, [question.id for question in questions]):
        notify(f"going on after {len(rows)} of {len(questions)} questions")
        return rows
    if had_some:
        notify(
            f"starting anew: {path} is from other settings, models, documents or questions, "
            "or was damaged"
        )
    rows.start(header)
    return rows


def _questions_sha256(questions: Sequence[Question]) -> str:
    lines = [to_json(dataclasses.asdict(question)) for question in questions]
    return hashlib.sha256("\n".join(lines).encode("utf-8")).hexdigest()


def _version() -> str:
    try:
        return metadata.version("footnote")
    except metadata.PackageNotFoundError:
        return "not installed"
