"""The threshold that was found on a person's own questions, kept with their library.

`footnote calibrate` makes it, opening a pipeline applies it. Knows nothing of how it is found.
"""

import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Protocol

from rag.answering.confidence import Calibration
from rag.settings import Settings

KEY = "calibration"
"""The setting of a library that it is kept in."""


class Keeper(Protocol):
    """What is asked of a library."""

    def get_value(self, key: str) -> str | None: ...  # noqa: D102
    def set_value(self, key: str, value: str) -> None: ...  # noqa: D102


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCalibration:
    """A threshold and the scale of the confidence that it counts on.

    `slope` and `intercept` are those of `Calibration.rescaled`, 1 and 0 for the reader's own scale.
    `reader` says for which weights and which calibration it was made. The others say what was
    promised: at most `max_error` wrong, `held_out_error` on questions it was not chosen on.
    """

    min_confidence: float
    slope: float
    intercept: float
    reader: str
    max_error: float
    questions: int
    held_out_error: float
    held_out_answered: float
    made_at: str


def load_own(library: Keeper) -> OwnCalibration | None:
    """Return what the library keeps; None if that is nothing, or nothing that can be used."""
    try:
        values = json.loads(library.get_value(KEY) or "null")
        own = OwnCalibration(**{field.name: values[field.name] for field in fields(OwnCalibration)})
        numbers = (own.min_confidence, own.slope, own.intercept)
        is_whole = all(map(math.isfinite, numbers)) and 0 <= own.min_confidence <= 1
        return own if is_whole and own.slope > 0 else None
    except (ValueError, KeyError, TypeError):
        return None


def keep_own(library: Keeper, own: OwnCalibration | None) -> None:
    """Keep it with the library; None forgets what was kept."""
    values: dict[str, Any] | None = None if own is None else asdict(own)
    library.set_value(KEY, json.dumps(values))


def apply_own(
    settings: Settings,
    calibration: Calibration,
    library: Keeper,
    reader_id: Callable[[], str],
    say: Callable[[str], None],
) -> tuple[Settings, Calibration]:
    """Return both as the library has them; as they are if it was never calibrated.

    What was found with another reader means nothing for this one: it is said, and not used.
    """
    own = load_own(library)
    if own is None:
        return settings, calibration
    if own.reader != reader_id():
        say(
            "the library was calibrated for another reader, which does not count any more: run "
            "`footnote calibrate` again, or forget it with --reset"
        )
        return settings, calibration
    settings = replace(settings, min_confidence=own.min_confidence)
    if (own.slope, own.intercept) != (1.0, 0.0):
        calibration = calibration.rescaled(own.slope, own.intercept)
    return settings, calibration
