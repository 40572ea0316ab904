"""Question sets: a file to `Question` values, and what is wrong with the entries that are not.

Reads the file and checks what its entries say; how each format writes them is the business of
`rag.evaluation.question_formats`. Knows nothing of documents or answers.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from rag.datatypes import AnswerKind
from rag.errors import QuestionSetError
from rag.evaluation.question_formats import entries_of

Kind = AnswerKind | Literal["long"]
"""Which kind of answer is right; long is any that is judged by its evidence."""
_KINDS = (*(kind for kind in get_args(AnswerKind) if kind != "denied"), "long")
"""A question that is denied has no answer, so it asks for no kind of one."""
_REQUIRED = ("id", "question", "answerable")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question with what would be a right answer to it.

    `answers` are the accepted short answers, of a list or steps its items (empty where not
    answerable), `evidence` is the exact quote of `document` that answers, `history` holds earlier
    questions of the conversation, and `group` is any name under which refusals are reported
    together. `points` are quotes of all that an overview must hold or a count counts, `rows` names
    that the rows have on which an answer rests.
    """

    id: str
    question: str
    answerable: bool
    kind: Kind = "short"
    answers: tuple[str, ...] = ()
    document: str | None = None
    evidence: str | None = None
    history: tuple[str, ...] = ()
    group: str | None = None
    points: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()


def read_questions(path: Path) -> tuple[list[Question], list[str]]:
    """Return the good questions of a file, and one line for each entry that is not one.

    The file is JSON lines, CSV or SQuAD JSON. Of questions with the same id the first counts. Empty
    lines and further fields are passed over. Raises `QuestionSetError` if the file cannot be read
    or holds no good question.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise QuestionSetError(
            f"cannot read the question set {path}: {error.strerror or error}"
        ) from None
    questions: list[Question] = []
    problems: list[str] = []
    place_of_id: dict[str, str] = {}
    for place, fields in entries_of(data.removeprefix(b"\xef\xbb\xbf"), path.suffix.lower()):
        try:
            question = make_question(fields)
        except QuestionSetError as error:
            problems.append(f"{path.name}, {place}: {error}")
            continue
        if question.id in place_of_id:
            first = place_of_id[question.id]
            problems.append(f"{path.name}, {place}: id {question.id!r} is that of {first}; skipped")
            continue
        place_of_id[question.id] = place
        questions.append(question)
    if not questions:
        reason = f"; {problems[0]}" if problems else ": it is empty"
        raise QuestionSetError(f"no question in {path}{reason}")
    return questions, problems


def make_question(fields: Any) -> Question:
    """Return the question that an entry describes.

    `fields` is the entry, or the error that reading it raised. Raises `QuestionSetError` saying
    what is wrong.
    """
    if isinstance(fields, QuestionSetError):
        raise fields
    if not isinstance(fields, dict):
        raise QuestionSetError(f"expected an object, got {type(fields).__name__}")
    if missing := [name for name in _REQUIRED if _is_blank(fields.get(name))]:
        verb = "is" if len(missing) == 1 else "are"
        raise QuestionSetError(f"{', '.join(missing)} {verb} missing or empty")
    answerable = fields["answerable"]
    if not isinstance(answerable, bool):
        raise QuestionSetError(f"answerable is {answerable!r}, expected true or false")
    kind = fields.get("kind", "short")
    if kind not in _KINDS:
        raise QuestionSetError(f"kind is {kind!r:.80}, expected one of {', '.join(_KINDS)}")
    answers = _texts(fields, "answers")
    if answers and not answerable:
        raise QuestionSetError("answers must be empty where answerable is false")
    return Question(
        id=_checked(fields["id"], "id"),
        question=_checked(fields["question"], "question"),
        answerable=answerable,
        kind=kind,
        answers=answers,
        document=_optional_text(fields, "document"),
        evidence=_optional_text(fields, "evidence"),
        history=_texts(fields, "history"),
        group=_optional_text(fields, "group"),
        points=_texts(fields, "points"),
        rows=_texts(fields, "rows"),
    )


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _optional_text(fields: dict[str, Any], name: str) -> str | None:
    """Return the text, None where it is missing, null or blank."""
    value = fields.get(name)
    return None if _is_blank(value) else _checked(value, name)


def _texts(fields: dict[str, Any], name: str) -> tuple[str, ...]:
    value = fields.get(name)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise QuestionSetError(f"{name} is {value!r:.80}, expected a list of texts")
    return tuple(_checked(item, name) for item in value)


def _checked(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise QuestionSetError(f"{name} is {value!r:.80}, expected a text")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise QuestionSetError(f"{name} holds half of a surrogate pair") from None
    return value
