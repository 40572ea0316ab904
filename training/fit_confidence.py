"""Fit what turns the reader's scores into a confidence, and print what each threshold would cost.

Takes folders as benchmarks/squad_questions.py writes them: documents/ and questions.jsonl. Every
question is retrieved and read once; what was found is kept in each folder, in a file named after
the weights of the reader and the embedder. As when answering, the first passages are judged, and
all of them where these leave it open; the form is fitted to both. Platt's form, which is what is
written, is compared with isotonic regression on articles that neither saw.
"""

import argparse
import pickle
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp
from sklearn.isotonic import IsotonicRegression
from sklearn.model_selection import LeaveOneGroupOut
from tqdm import tqdm

from rag.answering.confidence import (
    Calibration,
    Ranking,
    Signals,
    fit_calibration,
    load_calibration,
    save_calibration,
)
from rag.answering.confidence_signals import (
    FIRST,
    UNCHECKED,
    candidate_signals,
    check_answer,
    put_settling_first,
    settled_log_odds,
)
from rag.answering.evidence import (
    Candidate,
    answer_log_odds,
    candidate_text,
    rank_candidates,
    touched_sentences,
)
from rag.answering.find import RANKED
from rag.answering.pipeline import READ_ON_BELOW
from rag.answering.question_kind import (
    QuestionKind,
    asks_for_sentences,
    load_question_kinds,
)
from rag.answering.retrieve import Retriever
from rag.assemble import load_checker, load_embedder, load_reader, refresh_library, weights_id
from rag.datatypes import Embedder, Hit, Span
from rag.evaluation.curves import calibration_error, reliability
from rag.evaluation.metrics import (
    Indices,
    Numbers,
    auroc,
    contains_answer,
    normalise_answer,
    token_f1,
)
from rag.evaluation.questions import Question, read_questions
from rag.evaluation.thresholds import (
    Outcomes,
    Truths,
    cost_of,
    held_out_probabilities,
    log_losses,
)
from rag.evaluation.verdict import RIGHT_F1
from rag.models.checker import PairModel, Remembering
from rag.offline import set_offline
from rag.settings import load_settings

_SHOWN_WHOLE = ("explanation", "list", "yes", "no")
"""Groups of questions that are answered by sentences."""
_PENALTY = 1e-3
"""Of the squared weights of a ranking, each times what its feature usually is."""
THRESHOLDS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7)


@dataclass(frozen=True, slots=True)
class Found:
    """What retrieval and reading found for a question; `article` is the one it was asked about.

    `kinds` has the probability of each kind of question, as when answering.
    """

    question: Question
    hits: tuple[Hit, ...]
    spans: list[Span]
    article: str
    kinds: Mapping[QuestionKind, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The best candidate of a question: what is known of it, its F1, and whether it is right."""

    signals: Signals
    f1: float
    right: bool


def main() -> int:
    """Read the questions, fit, and write the calibration; return the exit code."""
    set_offline()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", type=Path, nargs="+", metavar="DIR")
    parser.add_argument("--output", type=Path, required=True, help="the calibration")
    parser.add_argument("--unchecked", action="store_true", help="without what the checker says")
    parser.add_argument("--judge", action="store_true", help="only judge the one that is there")
    args = parser.parse_args()
    found = [item for folder in args.sets for item in collect(folder)]
    loaded = None if args.unchecked else load_checker(load_settings(), complain)
    checker = None if loaded is None else Remembering(loaded.model)
    if not args.judge:
        ranking = fit_ranking(found)
        if checker is not None:
            ranking = replace(ranking, settled=fit_settled(found, ranking, checker))
        print(f"{ranking}: forced F1 {forced_f1(found, ranking, checker):.4f}")
        for name in ("answers", "retrieval", "meaning", "settled"):
            without = replace(ranking, **{name: 0.0})
            print(f"  without {name}: {forced_f1(found, without, checker):.4f}")
        first = [choose(first_read(item), ranking, checker) for item in found]
        early = fit(first, ranking)
        open_ = [
            n for n, each in enumerate(first) if early.confidence(each.signals) < READ_ON_BELOW
        ]
        chosen = [*first, *(choose(found[n], ranking, checker) for n in open_)]
        articles = [item.article for item in [*found, *(found[n] for n in open_)]]
        right = np.array([each.right for each in chosen])
        compare_forms([each.signals for each in chosen], right, articles)
        save_calibration(fit(chosen, ranking), args.output)
    report(found, load_calibration(args.output), checker)
    return 0


def fit(chosen: Sequence[Chosen], ranking: Ranking) -> Calibration:
    """Return the calibration fitted to what was chosen."""
    signals, right = [each.signals for each in chosen], [each.right for each in chosen]
    return fit_calibration(signals, right, ranking=ranking)


def first_read(item: Found) -> Found:
    """Return what is found if only the first passages are read."""
    first = {hit.passage.id for hit in item.hits[: load_settings().passages_to_read]}
    return replace(item, spans=[span for span in item.spans if span.passage.id in first])


def answered(
    item: Found, calibration: Calibration, checker: PairModel | None
) -> tuple[float, float, bool]:
    """Return the answer's confidence, its F1 and whether it is right.

    Reads on where the first passages leave it open.
    """
    for read in (first_read(item), item):
        chosen = choose(read, calibration.ranking, checker)
        confidence = calibration.confidence(chosen.signals)
        if confidence >= READ_ON_BELOW:
            break
    return confidence, chosen.f1, chosen.right


def collect(folder: Path) -> list[Found]:
    """Return what retrieval and reading find for each question of a folder."""
    settings = load_settings()
    reader, _ = load_reader(settings, complain)
    embedder, library_id = load_embedder(settings)
    kept = folder / f"found-{RANKED}-{weights_id(settings)}-{library_id}.pickle"
    if kept.exists():
        return with_kinds(pickle.loads(kept.read_bytes()), embedder)
    questions, _ = read_questions(folder / "questions.jsonl")
    library, _ = refresh_library(
        settings, embedder, library_id, docs=[folder / "documents"], name=None, say=complain
    )
    found: list[Found] = []
    with library:
        retriever = Retriever(library, embedder)
        for question in tqdm(questions, desc=folder.name, mininterval=5):
            hits = retriever.retrieve(question.question, RANKED)
            spans = reader.read(question.question, [hit.passage for hit in hits])
            nearest = library.document_name(hits[0].passage.document_id)
            article = nearest.removesuffix(".txt")
            if question.group == "out_of_corpus":
                article = folder.name  # its own article is the one that is not in the library
            found.append(Found(question, hits, spans, article))
    kept.write_bytes(pickle.dumps(found))
    return with_kinds(found, embedder)


def with_kinds(found: Sequence[Found], embedder: Embedder) -> list[Found]:
    """Return the same, with the kinds that each question is taken to be of."""
    told = load_question_kinds()
    rows = embedder.embed([item.question.question for item in found])
    known = rows if told.embedder == embedder.name else [None] * len(rows)
    return [
        replace(item, kinds=told.kinds(item.question.question, row))
        for item, row in zip(found, known, strict=True)
    ]


def choose(item: Found, ranking: Ranking, checker: PairModel | None = None) -> Chosen:
    """Return the best candidate; the F1 of an unanswerable question is 0."""
    question = item.question
    candidates: list[Candidate] = rank_candidates(item.spans, item.hits, ranking)
    is_long = asks_for_sentences(item.kinds)
    if checker is not None and not is_long:
        candidates = put_settling_first(question.question, candidates, ranking, checker)
    best = candidates[0]
    f1 = token_f1(candidate_text(best), question.answers) if question.answerable else 0.0
    checked = UNCHECKED
    if checker is not None:
        checked = check_answer(question.question, best, checker, is_long=is_long)
    signals = candidate_signals(question.question, candidates, item.hits, item.kinds, checked)
    return Chosen(signals, f1, is_right(question, best))


def is_right(question: Question, candidate: Candidate) -> bool:
    """Say whether what is shown of the candidate answers: its words, or its sentences.

    A span is right by its F1, or where an accepted answer stands in its sentence and that in the
    evidence, or another place that says it; lists, reasons and what settles a yes or no where the
    sentence is of these, since that is shown whole.
    """
    if not question.answerable:
        return False
    if token_f1(candidate_text(candidate), question.answers) >= RIGHT_F1:
        return True
    if not shows_evidence(question, candidate):
        return False
    if question.group in _SHOWN_WHOLE:
        return True
    is_known = question.evidence not in question.answers  # else it may stand anywhere
    return is_known and contains_answer(touched_sentences(candidate), question.answers)


def shows_evidence(question: Question, candidate: Candidate) -> bool:
    """Say whether the candidate's sentences are of the evidence, or of another such place."""
    shown = normalise_answer(touched_sentences(candidate))
    places = map(normalise_answer, (question.evidence or "", *question.points))
    return bool(shown) and any(place and (shown in place or place in shown) for place in places)


def fit_ranking(found: Sequence[Found]) -> Ranking:
    """Return the ranking under which a candidate that is right is most probably the first.

    Multinomial logistic regression over the candidates of a question; the margin's weight is then
    divided out.
    """
    groups: list[tuple[Numbers, Truths]] = []
    for item in found:
        if not item.question.answerable:
            continue
        candidates = rank_candidates(item.spans, item.hits, Ranking())
        right = np.array([is_right(item.question, candidate) for candidate in candidates])
        if right.any():
            rows = [
                (c.span.margin, answer_log_odds(c.span), c.hit.score, c.hit.dense_score or 0.0)
                for c in candidates
            ]
            groups.append((np.array(rows), right))
    scale = np.concatenate([features for features, _ in groups]).std(axis=0)
    scale[scale == 0] = np.inf  # of what this reader does not tell

    scaled = [(features / scale, right) for features, right in groups]

    def loss(weights: Numbers) -> float:
        return choice_loss(weights, scaled) + _PENALTY * len(groups) * float((weights**2).sum())

    margin, answers, retrieval, meaning = minimize(loss, np.ones(4)).x / scale
    return Ranking(
        answers=float(answers / margin),
        retrieval=float(retrieval / margin),
        meaning=float(meaning / margin),
    )


def fit_settled(found: Sequence[Found], ranking: Ranking, checker: PairModel) -> float:
    """Return what the checker's log-odds of settling are worth beside the rest of the ranking.

    The same regression over the first candidates, by their score and these log-odds.
    """
    groups: list[tuple[Numbers, Truths]] = []
    for item in found:
        question = item.question
        if not question.answerable or asks_for_sentences(item.kinds):
            continue
        first = rank_candidates(item.spans, item.hits, ranking)[:FIRST]
        right = np.array([is_right(question, candidate) for candidate in first])
        if right.any() and not right.all():
            asked = (settled_log_odds(question.question, each, checker) for each in first)
            rows = [(c.score, settled or 0.0) for c, settled in zip(first, asked, strict=True)]
            groups.append((np.array(rows), right))

    score, settled = minimize(choice_loss, np.array([0.1, 0.1]), (groups,)).x
    return float(settled / score)


def choice_loss(weights: Numbers, groups: Sequence[tuple[Numbers, Truths]]) -> float:
    """Return how improbable the right candidates of all groups are, as the sum of -ln(p).

    Of each group there are the features (candidates, weights), and which candidates are right.
    """
    total = 0.0
    for features, right in groups:
        scores = features @ weights
        total += float(logsumexp(scores) - logsumexp(scores[right]))
    return total


def forced_f1(found: Sequence[Found], ranking: Ranking, checker: PairModel | None) -> float:
    """Return the mean F1 over the answerable questions when every one is answered."""
    answerable = [item for item in found if item.question.answerable]
    return float(np.mean([choose(item, ranking, checker).f1 for item in answerable]))


def compare_forms(signals: Sequence[Signals], right: Truths, articles: Sequence[str]) -> None:
    """Print how well Platt's form and isotonic regression fit articles that they did not see."""
    nothing = np.zeros((len(right), 1))
    splits = list(LeaveOneGroupOut().split(nothing, right, articles))

    def platt(learned: Indices) -> Callable[[Indices], Numbers]:
        seen = [signals[i] for i in learned]
        fitted = fit_calibration(seen, list(right[learned]), ranking=Ranking())
        return lambda at: np.array([fitted.confidence(signals[i]) for i in at])

    def isotonic(learned: Indices) -> Callable[[Indices], Numbers]:
        confidence = platt(learned)
        model = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
        model.fit(confidence(learned), right[learned])
        return lambda at: np.asarray(model.predict(confidence(at)))

    for name, fit in (("Platt", platt), ("isotonic", isotonic)):
        probability = held_out_probabilities(fit, splits, len(right))
        print(
            f"{name}, each of {len(splits)} articles held out: expected calibration error "
            f"{calibration_error(reliability(probability, right)):.4f}, "
            f"log loss {log_losses(probability, right).mean():.4f}"
        )


def report(
    found: Sequence[Found], calibration: Calibration, checker: PairModel | None = None
) -> None:
    """Print how well the confidence separates and fits, and what each threshold costs."""
    confidence, f1, shown_right = np.array(
        [answered(item, calibration, checker) for item in found]
    ).T
    right = shown_right > 0
    questions = [item.question for item in found]
    groups = np.array([q.group or "unanswerable" if not q.answerable else "" for q in questions])
    answerable = groups == ""
    print(
        f"{len(found)} questions; forced F1 {f1[answerable].mean():.4f}, right "
        f"{right[answerable].mean():.4f}"
    )
    print(f"expected calibration error {calibration_error(reliability(confidence, right)):.4f}")
    for group in sorted(set(groups[~answerable])):
        chosen_rows = answerable | (groups == group)
        area = auroc(confidence[chosen_rows], answerable[chosen_rows])
        passed = np.quantile(confidence[answerable], 0.05)
        refused = (confidence[groups == group] < passed).mean()
        print(f"{group}: AUROC {area:.4f}, refused when 95 % pass {refused:.4f}")
    for threshold in THRESHOLDS:
        print_cost(Outcomes(confidence, right, answerable), f1, groups, threshold)


def print_cost(outcomes: Outcomes, f1: Numbers, groups: np.ndarray, threshold: float) -> None:
    """Print what a threshold does to each group of questions, "" the answerable ones."""
    of_group = {group: outcomes.take(np.flatnonzero(groups == group)) for group in set(groups)}
    answerable = cost_of(of_group.pop(""), threshold)
    shown = outcomes.confidence >= threshold
    right_of_shown = (1 - answerable.error) if answerable.error is not None else float("nan")
    refused = ", ".join(
        f"{group} refused {cost_of(of_group[group], threshold).refused:.3f}"
        for group in sorted(of_group)
    )
    print(
        f"threshold {threshold:.2f}: answered {answerable.answered:.3f}, F1 "
        f"{(f1 * shown)[outcomes.answerable].mean():.3f}, right of those shown "
        f"{right_of_shown:.3f}, {refused}"
    )


def complain(line: str) -> None:
    """Print a line to standard error."""
    print(line, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
