"""A pipeline over two made-up documents, whose answers are worked out by hand in the tests."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from threading import Event

from rag.datatypes import Answer, Citation, CitedSentence, Hit, NearestPassage, Passage
from rag.errors import QuestionError
from rag.evaluation.questions import Question
from rag.settings import Settings

BOATS = "The ferry sails at noon. It costs 12 euros. Dogs travel free."
TREES = "The oak is 300 years old. Nobody planted it."
TEXTS = {"boats.txt": BOATS, "trees.txt": TREES}
NAMES = {1: "boats.txt", 2: "trees.txt"}
SECONDS = {"retrieve": 0.1, "read": 0.2, "generate": 0.3, "verify": 0.1, "first": 0.3, "total": 0.7}


@dataclass(frozen=True)
class FakeInfo:
    id: int
    name: str
    sha256: str
    passages: int


class FakeLibrary:
    def documents(self) -> list[FakeInfo]:
        return [
            FakeInfo(number, name, f"sha-{name}", len(passages_of(number)))
            for number, name in NAMES.items()
        ]

    def text(self, document_id: int) -> str:
        return TEXTS[NAMES[document_id]]


def passages_of(document_id: int) -> list[Passage]:
    """Every sentence is a passage."""
    text, passages, start = TEXTS[NAMES[document_id]], [], 0
    while start < len(text):
        end = text.index(".", start) + 1
        passages.append(
            Passage(
                id=document_id * 10 + len(passages),
                document_id=document_id,
                start=start,
                end=end,
                text=text[start:end],
                sentences=((start, end),),
            )
        )
        start = end + 1
    return passages


ALL_PASSAGES = [*passages_of(1), *passages_of(2)]


def cite(document_id: int, quote: str) -> Citation:
    start = TEXTS[NAMES[document_id]].index(quote)
    return Citation(
        document_id=document_id,
        document=NAMES[document_id],
        start=start,
        end=start + len(quote),
        page=None,
        quote=quote,
    )


def hits(*quotes: str) -> tuple[Hit, ...]:
    """Return the passages that begin with `quotes`, best first, then all the others."""
    first = [p for quote in quotes for p in ALL_PASSAGES if p.text.startswith(quote)]
    order = first + [p for p in ALL_PASSAGES if p not in first]
    return tuple(
        Hit(passage=p, score=1 / rank, dense_rank=rank, lexical_rank=None)
        for rank, p in enumerate(order, start=1)
    )


def shown(
    question: str,
    citation: Citation,
    *,
    text: str | None = None,
    short_answer: str | None = None,
    confidence: float = 0.9,
    ranked: tuple[Hit, ...] = (),
    seconds: dict[str, float] | None = None,
) -> Answer:
    """Return an answer of one sentence: the quote itself unless another text is given."""
    return Answer(
        question=question,
        understood=question,
        status="quoted" if text is None else "answered",
        sentences=(CitedSentence(text=text or citation.quote, citations=(1,)),),
        citations=(citation,),
        short_answer=short_answer,
        short_span=None,
        nearest=(),
        confidence=confidence,
        ranked=ranked,
        seconds=SECONDS if seconds is None else seconds,
    )


def refused(
    question: str, *, confidence: float = 0.1, ranked: tuple[Hit, ...] = (), seconds=None
) -> Answer:
    nearest = ALL_PASSAGES[0]
    return Answer(
        question=question,
        understood=question,
        status="refused",
        sentences=(),
        citations=(),
        short_answer=None,
        short_span=None,
        nearest=(
            NearestPassage(
                document_id=1,
                document="boats.txt",
                start=nearest.start,
                end=nearest.end,
                score=0.2,
                text=nearest.text,
                dense_rank=1,
                lexical_rank=None,
            ),
        ),
        confidence=confidence,
        refusal="The documents do not say.",
        ranked=ranked,
        seconds=SECONDS if seconds is None else seconds,
    )


QUESTIONS = [
    Question(
        id="q1",
        question="When does the ferry sail?",
        answerable=True,
        answers=("noon", "at noon"),
        document="boats.txt",
        evidence="The ferry sails at noon.",
        group="answerable",
    ),
    Question(
        id="q2",
        question="What does it cost?",
        answerable=True,
        answers=("12 euros",),
        document="boats.txt",
        evidence="It costs 12 euros.",
        group="answerable",
    ),
    Question(id="q3", question="How old is the oak?", answerable=True, answers=("300 years",)),
    Question(
        id="q4",
        question="Why is the oak there?",
        answerable=True,
        kind="long",
        document="trees.txt",
        evidence="Nobody planted it.",
    ),
    Question(id="q5", question="Who is the captain?", answerable=False, group="close"),
    Question(id="q6", question="Why is the sky blue?", answerable=False, kind="long", group="far"),
    Question(id="q7", question="???", answerable=False, group="far"),
]


class FakePipeline:
    """Answers QUESTIONS; stops, as Ctrl-C does, when question `stop_before` would be asked."""

    def __init__(self, *, stop_before: int | None = None, generator: str = "fake") -> None:
        self.library = FakeLibrary()
        self.settings = Settings(home="/home/secret", password="secret", generator=generator)
        self.models = {"embedder": "fake-embedder", "generator": generator}
        self.asked: list[str] = []
        self._stop_before = stop_before

    def ask(
        self, question: str, *, history: Sequence[str] = (), cancel: Event | None = None
    ) -> Answer:
        if self._stop_before == len(self.asked):
            raise KeyboardInterrupt
        self.asked.append(question)
        seconds = SECONDS | {"total": 0.7 + len(self.asked)}  # never the same in a resumed run
        match question:
            case "When does the ferry sail?":
                return shown(
                    question,
                    cite(1, "The ferry sails at noon."),
                    short_answer="noon",
                    confidence=0.9,
                    ranked=hits("The ferry"),
                    seconds=seconds,
                )
            case "What does it cost?":  # the wrong sentence, with the right one behind it
                return shown(
                    question,
                    cite(1, "Dogs travel free."),
                    text="Dogs travel.",
                    short_answer="free",
                    confidence=0.6,
                    ranked=hits("Dogs", "It costs"),
                    seconds=seconds,
                )
            case "How old is the oak?":
                return shown(
                    question,
                    cite(2, "The oak is 300 years old."),
                    short_answer="300 years old",
                    confidence=0.8,
                    ranked=hits("The ferry", "Dogs", "The oak"),
                    seconds=seconds,
                )
            case "Why is the oak there?":
                return refused(question, confidence=0.3, ranked=hits("Nobody"), seconds=seconds)
            case "Who is the captain?":
                return shown(
                    question, cite(2, "Nobody planted it."), confidence=0.6, seconds=seconds
                )
            case "???":
                raise QuestionError("the question has no letters; ask in words")
        return refused(question, seconds=seconds)


class BatchPipeline(FakePipeline):
    """Answers many at once, with confidences that depend on what else is in the batch.

    Much more than float32 would make them: so that any other batch shows.
    """

    def ask_many(self, questions, *, histories=None):
        self.batches = [*getattr(self, "batches", []), list(questions)]
        among = int.from_bytes(sha256("|".join(questions).encode()).digest()[:2], "big") / 1e6
        for question in questions:
            try:
                answer = self.ask(question)
            except QuestionError as error:
                yield error
            else:
                yield replace(answer, confidence=answer.confidence - among)
