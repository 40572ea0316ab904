"""Teaches the small embedder (MiniLM) which passage answers a question.

    python -m training.train_embedder --data QA --out RUN --steps 40
    python -m training.train_embedder --data QA --out RUN --pack 32 --into rag/embedder

The loss is that of multiple negatives (Henderson et al. 2017, https://arxiv.org/abs/1705.00652),
with many questions for each passage: sentence-transformers' own embeds a passage once for each
question, which here would take five times as long. The encoder's upper layers are taught whole, the
table of words stays; what is kept of their change is of low rank. Knows nothing of reading.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer
from torch import Tensor

from rag.models.adapter import CHANGE, DOWN, UP, add_changes, low_rank
from rag.models.find import find_model
from training.embedder_lessons import SHARES, Asked, Batch, Batches, Lesson, Passage, load_lessons
from training.run_log import append_line
from training.train_reader import keep_memory

BASE = "all-MiniLM-L6-v2"
DEPTHS = (1, 6, 20)
DIMENSION = 384
SCALE = 20.0
_RAMP = 8
_LAYERS, _LOWEST_LAYER = "encoder.layer.", "encoder.layer.0."
_CHUNK, _LONG_CHUNK, _LONG = 64, 24, 200
"""Texts embedded at once; fewer of those with more characters than `_LONG`."""
_MISLEADING = 16

Vectors = NDArray[np.float32]
Embedded = list[tuple[list[int], Tensor]]


class Teacher:
    """The model that is taught, with its optimizer, in a folder that a broken run goes on from."""

    def __init__(self, folder: Path, learning_rate: float, steps: int) -> None:
        """Begin, or take up what the folder has."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.rate, self.steps = folder, learning_rate, steps
        self.model = load_base()
        self.taught = {
            name: parameter
            for name, parameter in self.model[0].auto_model.named_parameters()
            if name.startswith(_LAYERS) and not name.startswith(_LOWEST_LAYER)
        }
        for parameter in self.model.parameters():
            parameter.requires_grad_(False)
        for parameter in self.taught.values():
            parameter.requires_grad_(True)
        self.model.eval()  # without dropout: a pass is a third quicker, and it learns as well
        self.optimizer = torch.optim.AdamW(
            self.taught.values(), lr=learning_rate, weight_decay=0.01, fused=True
        )
        self.step_number = 0
        if (folder / "state.pt").exists():
            state = torch.load(folder / "state.pt", weights_only=True)
            self.step_number = state["step"]
            with torch.no_grad():
                for name, value in state["taught"].items():
                    self.taught[name].copy_(value)
            self.optimizer.load_state_dict(state["optimizer"])
        self._pool = ThreadPoolExecutor(2)

    def save(self) -> None:
        """Write all that resuming needs; a run that is broken off leaves the file before."""
        state = {
            "step": self.step_number,
            "taught": {name: value.detach() for name, value in self.taught.items()},
            "optimizer": self.optimizer.state_dict(),
        }
        torch.save(state, self.folder / "state.new")
        (self.folder / "state.new").replace(self.folder / "state.pt")

    def keep(self) -> None:
        """Write the weights as the best so far."""
        weights = {n: v.detach().to(torch.float16).contiguous() for n, v in self.taught.items()}
        save_file(weights, self.folder / "best.new")
        (self.folder / "best.new").replace(self.folder / "best.safetensors")

    def embed(self, texts: list[str]) -> Embedded:
        """Return vectors that can be learnt from, with their places; two threads, half each."""
        return [part for half in self._pool.map(self._forward, _chunks(texts)) for part in half]

    def _forward(self, chunks: list[tuple[list[int], list[str]]]) -> Embedded:
        torch.set_num_threads(1)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return [
                (places, self.model(self.model.tokenize(texts))["sentence_embedding"].float())
                for places, texts in chunks
            ]

    def learn(self, embedded: Embedded, gradient: Tensor) -> None:
        """Take one step, `gradient` being that of the loss by the vectors, (n, d).

        Each thread goes back through its own half (Gao et al. 2021,
        https://arxiv.org/abs/2101.06983), so that they wait for each other once a step.
        """
        parameters = list(self.taught.values())
        halves = [half for half in (embedded[0::2], embedded[1::2]) if half]
        found = list(self._pool.map(lambda half: _backward(half, gradient, parameters), halves))
        for parameter, *gradients in zip(parameters, *found, strict=True):
            parameter.grad = torch.stack(gradients).sum(0)
        left = 1 - self.step_number / self.steps
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate * min((self.step_number + 1) / _RAMP, left)
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        self.optimizer.step()
        self.step_number += 1

    def log(self, **figures: object) -> None:
        """Append one JSON line to the log and show it."""
        append_line(self.folder, step=self.step_number, time=round(time.time()), **figures)


def load_base() -> SentenceTransformer:
    """Return the model that nothing was taught yet."""
    folder = find_model(BASE, "embedder").folder
    model = SentenceTransformer(
        str(folder),
        device="cpu",
        local_files_only=True,
        model_kwargs={"attn_implementation": "eager"},
    )
    return model.float()


def _chunks(texts: list[str]) -> list[list[tuple[list[int], list[str]]]]:
    """Return two halves of the texts with their places, texts of one length together."""
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    chunks: list[list[int]] = []
    while order:
        last = texts[order[min(len(order), _LONG_CHUNK) - 1]]
        count = _LONG_CHUNK if len(last) > _LONG else _CHUNK
        chunks.append(order[:count])
        order = order[count:]
    halves: list[list[list[int]]] = [[], []]
    loads = [0, 0]
    for chunk in reversed(chunks):
        lighter = loads.index(min(loads))
        halves[lighter].append(chunk)
        loads[lighter] += len(chunk) * len(texts[chunk[-1]])
    return [[(places, [texts[place] for place in places]) for places in half] for half in halves]


def _backward(half: Embedded, gradient: Tensor, parameters: list[Tensor]) -> list[Tensor]:
    torch.set_num_threads(1)
    total = [torch.zeros_like(parameter) for parameter in parameters]
    for places, vectors in half:
        for sum_, part in zip(
            total, torch.autograd.grad(vectors, parameters, gradient[places]), strict=True
        ):
            sum_ += part
    return total


def ranking_loss(batch: Batch, passages: Tensor, questions: Tensor) -> tuple[Tensor, float]:
    """Return the loss and the share of questions that are nearest to the passage that answers.

    `passages` (p, d) are those of the batch, `questions` (q, d).
    """
    column = {place: number for number, place in enumerate(batch.places)}
    scores = SCALE * questions @ passages.T
    answering = [column[asked.answering] for asked in batch.asked]
    target = torch.tensor(answering, device=scores.device)
    neither = torch.zeros_like(scores, dtype=torch.bool)
    for row, asked in enumerate(batch.asked):
        for place in asked.touching - {asked.answering}:
            if place in column:
                neither[row, column[place]] = True
    scores = scores.masked_fill(neither, -1e4)
    losses = torch.nn.functional.cross_entropy(scores, target, reduction="none")
    total = scores.new_zeros(())
    for source, share in SHARES.items():
        rows = [row for row, name in enumerate(batch.sources) if name == source]
        if rows:
            total = total + share * losses[rows].mean()
    return total, float((scores.argmax(1) == target).float().mean())


@torch.inference_mode()
def encode(model: SentenceTransformer, texts: list[str]) -> Vectors:
    """Return unit rows, (n, d)."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rows = model.encode(texts, batch_size=32, normalize_embeddings=True, convert_to_tensor=True)
    return rows.float().numpy()


def misleading(model: SentenceTransformer, lessons: list[Lesson]) -> dict[Asked, list[int]]:
    """Return for each question of the lessons the nearest of their passages that do not answer."""
    places = places_of(lessons)
    passages = encode(model, [p.path + p.words for x in lessons for p in x.passages])
    asked = [question for lesson in lessons for question in lesson.asked]
    nearest = (-encode(model, [a.text for a in asked]) @ passages.T).argsort(axis=1)
    return {
        question: [p for n in row[: 2 * _MISLEADING] if (p := places[n]) not in question.touching]
        for question, row in zip(asked, nearest, strict=True)
    }


def hard_passages(
    model: SentenceTransformer, lessons: dict[str, list[Lesson]]
) -> dict[Asked, list[int]]:
    """Return the passages that mislead, for the questions about our own documents and texts."""
    return misleading(model, [*lessons["own"], *lessons["everyday"], *lessons["pairs"]])


def found_at(model: SentenceTransformer, lessons: list[Lesson], asked_of: str) -> dict[str, float]:
    """Return how often a passage that answers is among the first k of those of all lessons."""
    passages = [passage for lesson in lessons for passage in lesson.passages]
    questions = [asked for x in lessons if x.passages[0].source == asked_of for asked in x.asked]
    vectors = encode(model, [p.path + p.words for p in passages])
    cosines = encode(model, [a.text for a in questions]) @ vectors.T
    return hits(cosines, places_of(lessons), questions)


def places_of(lessons: Sequence[Lesson]) -> list[int]:
    """Return the places of all passages of the lessons."""
    return [n for each in lessons for n in range(each.first, each.first + len(each.passages))]


def hits(cosines: Vectors, places: Sequence[int], questions: Sequence[Asked]) -> dict[str, float]:
    """Return how often a passage that answers is among the first k, by the name "hit@k".

    `cosines` are (questions, passages), `places` those of the passages.
    """
    ranks = [
        next(k for k, column in enumerate(row) if places[column] in asked.touching)
        for asked, row in zip(questions, (-cosines).argsort(axis=1), strict=True)
    ]
    return {f"hit@{k}": round(sum(rank < k for rank in ranks) / len(ranks), 4) for k in DEPTHS}


def teach(teacher: Teacher, data: Path, seed: int, measure_every: int) -> None:
    """Teach all steps, and keep the weights that validate best."""
    lessons, validating = load_lessons(data, teacher.model.tokenizer.backend_tokenizer)
    passages: list[Passage] = [p for some in lessons.values() for x in some for p in x.passages]
    beside = {"own": lessons["own"], "fit": lessons["everyday"]}
    batches = Batches(lessons, hard_passages(load_base(), lessons), seed)
    for _ in range(teacher.step_number):
        batches.draw()
    best = 0.0
    while teacher.step_number < teacher.steps:
        batch = batches.draw()
        texts = [passages[place].path + passages[place].words for place in batch.places]
        embedded = teacher.embed([*texts, *batch.typed])
        vectors = torch.zeros(len(texts) + len(batch.typed), DIMENSION)
        for places, some in embedded:
            vectors[places] = some.detach()
        vectors.requires_grad_()
        loss, right = ranking_loss(batch, vectors[: len(texts)], vectors[len(texts) :])
        (gradient,) = torch.autograd.grad(loss, vectors)
        teacher.learn(embedded, gradient)
        if teacher.step_number % 5 == 0:
            teacher.log(loss=round(float(loss.detach()), 3), right=round(right, 2))
        if teacher.step_number % measure_every == 0 or teacher.step_number == teacher.steps:
            found = {
                name: found_at(teacher.model, [*beside[name], *held], "validation")
                for name, held in validating.items()
            }
            teacher.log(**found)
            teacher.save()
            if (hit := sum(figures["hit@6"] for figures in found.values())) >= best:
                best = hit
                teacher.keep()


def pack(run: Path, rank: int, share: float, folder: Path) -> None:
    """Write the adapter: `share` of what the best weights changed, matrices of rank `rank`.

    A share below 1 lies between what the model could and what it was taught (Wortsman et al. 2022,
    https://arxiv.org/abs/2109.01903).
    """
    before = dict(load_base()[0].auto_model.named_parameters())
    taught = load_file(run / "best.safetensors").items()
    changes = {name: share * (value.float() - before[name].detach()) for name, value in taught}
    save_changes(changes, rank, folder)
    add_changes(load_base()[0].auto_model, folder / "adapter.safetensors")


def save_changes(changes: Mapping[str, Tensor], rank: int, folder: Path) -> None:
    """Write an adapter in float16, matrices as factors of `rank`, beside the place and renamed."""
    stored: dict[str, Tensor] = {}
    for name, change in changes.items():
        if change.ndim == 2:
            stored[name + UP], stored[name + DOWN] = low_rank(change, rank)
        else:
            stored[name + CHANGE] = change
    folder.mkdir(parents=True, exist_ok=True)
    half = {name: value.to("cpu", torch.float16).contiguous() for name, value in stored.items()}
    save_file(half, folder / "adapter.new", metadata={"format": "pt"})
    (folder / "adapter.new").replace(folder / "adapter.safetensors")


def main(arguments: list[str] | None = None) -> None:
    """Teach, or pack what was taught, as the command line says."""
    parser = argparse.ArgumentParser(description="Teach the embedder, or pack what it learnt.")
    parser.add_argument("--data", type=Path, required=True, help="folder of the question files")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--learning-rate", type=float, default=4e-5)
    parser.add_argument("--measure-every", type=int, default=10, metavar="STEPS")
    parser.add_argument("--pack", type=int, metavar="RANK", help="only write the adapter")
    parser.add_argument("--share", type=float, default=1.0, help="of the change that is packed")
    parser.add_argument("--into", type=Path, default=Path("rag/embedder"))
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(arguments)
    if args.pack:
        pack(args.out, args.pack, args.share, args.into)
        return
    keep_memory()
    torch.manual_seed(args.seed)
    teacher = Teacher(args.out, args.learning_rate, args.steps)
    teach(teacher, args.data, args.seed, args.measure_every)


if __name__ == "__main__":
    main()
