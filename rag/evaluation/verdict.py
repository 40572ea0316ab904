"""What became of a question, as a person would put it: right, wrong, refused, not to be judged.

Works on a row alone. Knows nothing of files or figures.
"""

from typing import Literal

from rag.evaluation.rows import Row, is_judged

Verdict = Literal[
    "right", "answered wrongly", "refused rightly", "refused wrongly", "not judged", "failed"
]

RIGHT_F1 = 0.5
"""An answer counts as right from this F1 on: the contract's definition of `confidence`."""


def verdict(row: Row) -> Verdict:
    """Return what became of the row's question.

    Not judged: an answer to an answerable question for which the set has neither accepted answers
    nor evidence. Failed: answering raised an error.
    """
    if row["status"] is None:
        return "failed"
    if row["status"] == "refused":
        return "refused wrongly" if row["answerable"] else "refused rightly"
    if row["answerable"] and not is_judged(row):
        return "not judged"
    return "right" if is_right(row) else "answered wrongly"


def is_right(row: Row) -> bool:
    """Return whether it was refused or denied if unanswerable, else whether the right is shown.

    Denied: the answer says that the text says otherwise. Kind yes or no: it says so. With a short
    answer: its F1 is at least one half, or an accepted answer stands in the text. Otherwise at
    least half of the evidence is cited.
    """
    is_denied = row.get("answer_kind") == "denied"
    if not row["answerable"]:
        return is_denied or bool(row["status"] == "refused")
    if is_denied or row["status"] in ("refused", None):
        return False
    if row.get("yes_no") is not None:
        return bool(row["yes_no"])
    if row["f1"] is not None:
        return bool(row["f1"] >= RIGHT_F1 or row["contains"])
    return bool((row["evidence_recall"] or 0.0) >= 0.5 or row["contains"])


def candidate_rightness(row: Row) -> float | None:
    """Return 1.0 or 0.0 for what `confidence` promises: answerable, and F1 at least one half.

    None if F1 is not defined for an answerable question.
    """
    if not row["answerable"]:
        return 0.0
    return None if row["f1"] is None else float(row["f1"] >= RIGHT_F1)
