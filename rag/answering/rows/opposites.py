"""How likely the highest is meant rather than the lowest, the earliest rather than the latest."""

from collections.abc import Collection, Mapping

from rag.answering.question_kind import QuestionKind

_OPPOSITES: Mapping[QuestionKind, QuestionKind] = {
    "highest": "lowest",
    "lowest": "highest",
    "earliest": "latest",
    "latest": "earliest",
}


def share_of_side(
    operation: QuestionKind,
    asked: Collection[QuestionKind],
    shares: Mapping[QuestionKind, float],
) -> float:
    """Return how likely an extreme is meant rather than its opposite: "worst" may be either.

    `asked` are the operations that came to it, with `shares` how probable each is: "fastest" comes
    to the same whichever of both is asked for.
    """
    opposite = _OPPOSITES.get(operation)
    if opposite is None or opposite in asked:
        return 1.0
    own = sum(shares[each] for each in asked)
    return own / (own + shares.get(opposite, 0.0))
