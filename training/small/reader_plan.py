"""What a training run will do, step by step: its plan, its batches, its learning rate.

All of it follows from the plan and the files alone, so a run can be resumed anywhere. Knows
nothing about the model.
"""

from __future__ import annotations

import dataclasses
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reader_data import read_paragraphs
from reader_negatives import Group, GroupMaker, Mixture
from tokenizers import Tokenizer

WARM_MIXTURE = Mixture(ranked=0.2, gap=0.0, changed=0.15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that decides the trained weights; kept with the run, and checked on resuming."""

    base: str
    data: tuple[str, ...]
    warm_data: tuple[str, ...] = ()
    steps: int = 1000
    warm_steps: int = 0
    batch_tokens: int = 2400
    learning_rate: float = 1.5e-4
    ramp_steps: int = 60
    decay_steps: int = 500
    weight_decay: float = 0.01
    shared_weight: float = 0.5
    dropout: float = 0.1
    bfloat16: bool = False
    seed: int = 1
    mixture: Mixture = Mixture()


def batch_groups(groups: list[Group], batch_tokens: int, rng: random.Random) -> list[list[Group]]:
    """Return one epoch of batches of similar length, of at most `batch_tokens` with padding.

    Groups are shuffled, sorted by length within pools, cut into batches; those are shuffled.
    """
    order = groups[:]
    rng.shuffle(order)
    batches: list[list[Group]] = []
    for begin in range(0, len(order), 400):
        batch: list[Group] = []
        for group in sorted(order[begin : begin + 400], key=lambda g: g.longest):
            count = sum(len(g.rows) for g in batch) + len(group.rows)
            if batch and count * group.longest > batch_tokens:
                batches.append(batch)
                batch = []
            batch.append(group)
        batches.append(batch)
    rng.shuffle(batches)
    return batches


def make_batches(plan: Plan, tokenizer: Tokenizer) -> list[list[Group]]:
    """Return the batches of all steps: the warm-up data first, as many epochs as steps need."""
    batches: list[list[Group]] = []
    stages = [
        (plan.warm_data, plan.warm_steps, WARM_MIXTURE),
        (plan.data, plan.steps, plan.mixture),
    ]
    for stage, (sources, steps, mixture) in enumerate(stages):
        paragraphs = [p for source in sources for p in read_paragraphs(source)]
        made: list[list[Group]] = []
        epoch = 0
        while len(made) < steps:
            seed = plan.seed * 1000 + stage * 100 + epoch
            groups = GroupMaker(paragraphs, tokenizer, mixture, seed).groups()
            made += batch_groups(groups, plan.batch_tokens, random.Random(seed))
            epoch += 1
        batches += made[:steps]
    return batches


def split_batch(groups: list[Group]) -> list[list[Group]]:
    """Return a batch in two halves of about as many rows; one where there is a single group."""
    total = sum(len(group.rows) for group in groups)
    count = 0
    for number, group in enumerate(groups):
        if count and 2 * count + len(group.rows) >= total:
            return [groups[:number], groups[number:]]
        count += len(group.rows)
    return [groups]


def rate_at(step: int, plan: Plan) -> float:
    """Return the factor on the learning rate: linear up, level, at the end linear down to zero.

    With the level part the number of steps can still be changed until the descent begins.
    """
    left = plan.warm_steps + plan.steps - step
    return min((step + 1) / plan.ramp_steps, left / max(1, plan.decay_steps), 1.0)


def same_course(earlier: Mapping[str, Any], plan: Plan, step: int) -> bool:
    """Say whether a run of an earlier plan (as JSON), now at `step`, can go on by this plan.

    The number of steps and of the last, falling ones may differ while the rate is level in both.
    """
    now = json.loads(json.dumps(dataclasses.asdict(plan)))
    free = {"steps": 0, "decay_steps": 0}
    if {**earlier, **free} != {**now, **free}:
        return False
    levels = [p["warm_steps"] + p["steps"] - p["decay_steps"] for p in (earlier, now)]
    return earlier == now or step <= min(levels)
