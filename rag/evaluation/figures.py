"""The main figures of a report: what each is called, what it means, and which way is better."""

from dataclasses import dataclass

from rag.evaluation.summary import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class MainFigure:
    """A figure of the summary as people see it. `rises` says whether more is better."""

    place: Place
    label: str
    meaning: str
    rises: bool = True

    @property
    def name(self) -> str:
        """Its place as one word, such as answer.f1."""
        return ".".join(self.place)


def _figure(section: str, name: str, label: str, meaning: str, *, rises: bool = True) -> MainFigure:
    return MainFigure(place=(section, name), label=label, meaning=meaning, rises=rises)


FIGURES = (
    _figure("retrieval", "hit@1", "Hit@1", "a right passage is ranked first"),
    _figure("retrieval", "hit@5", "Hit@5", "a right passage is among the five best"),
    _figure("retrieval", "hit@10", "Hit@10", "a right passage is among the ten best"),
    _figure("retrieval", "mrr@10", "MRR@10", "mean of 1 / rank of the first right passage"),
    _figure("answer", "exact_match", "Exact match", "the short answer is an accepted one"),
    _figure("answer", "f1", "F1", "words that the short answer shares with an accepted one"),
    _figure("answer", "contains", "Contains", "an accepted answer stands in the text shown"),
    _figure("answer", "answered", "Answered", "answerable questions that are not refused"),
    _figure("answer", "evidence_recall", "Evidence recall", "share of the evidence that is cited"),
    _figure(
        "answer", "evidence_precision", "Evidence precision", "share of what is cited in evidence"
    ),
    _figure(
        "refusal", "refused_when_unanswerable", "Refused rightly", "unanswerable questions refused"
    ),
    _figure(
        "refusal",
        "refused_when_answerable",
        "Refused wrongly",
        "answerable questions refused",
        rises=False,
    ),
    _figure(
        "refusal",
        "auroc",
        "AUROC, answerable",
        "chance that an answerable question gets more confidence than an unanswerable one",
    ),
    _figure(
        "refusal",
        "auroc_correct",
        "AUROC, right",
        "chance that a right answer gets more confidence than one that is not",
    ),
    _figure("citation", "precision", "Citation precision", "citations that touch the evidence"),
    _figure(
        "citation", "recall", "Citation recall", "answerable questions with a citation that does"
    ),
    _figure(
        "citation",
        "unsupported_sentences",
        "Unsupported sentences",
        "quotes that do not stand where they are cited, written sentences without support",
        rises=False,
    ),
    _figure(
        "citation",
        "supported",
        "Supported",
        "short answers, yes and no, written sentences that the checker finds borne out",
    ),
    _figure("seconds", "first_p50", "First text, median", "seconds", rises=False),
    _figure("seconds", "p50", "Whole answer, median", "seconds", rises=False),
    _figure("seconds", "p95", "Whole answer, 95th percentile", "seconds", rises=False),
)
