"""Trains reader, checker or embedder on a GPU, from lessons that `training.lessons` wrote.

    python -m training.train_on_gpu reader --lessons reader.xz --base all-mpnet-base-v2
        --start rag/reader_mpnet --out runs/reader

The rate rises, and falls linearly to 0 at the last batch, or at the end of `--seconds` if that
comes first. Leaves `adapter.safetensors`, `log.jsonl` and, of reader and checker, `adapter.json`;
of an embedder the weights that validated best. Knows no documents.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any, TypeVar

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import AutoModel

from rag.models.embedder_network import Pooled
from training.embedder_lessons import Batch as TextBatch
from training.evaluate_reader import auroc, best_span
from training.mixture import Group
from training.packed import PackedGroup, Packer, read
from training.pairs import Pair
from training.reader_loss import Batch, pad_rows, reader_loss
from training.reader_model import ReaderModel
from training.run_log import append_line
from training.train_checker import Checker, Encoded, measure, pair_loss
from training.train_embedder import hits, places_of, ranking_loss, save_changes
from training.train_reader import LOSS_WEIGHTS, rate_at

_AHEAD = 8
"""Batches that are made ready while others are learnt."""
_SORTED = 16
"""Batches of pairs that are sorted by length together."""
_LONGEST_ANSWER = 60
_LAYERS = "encoder.layer."
_EMBEDDED_TOKENS, _EMBEDDED_AT_ONCE = 256, 128
Made = TypeVar("Made")


class Run:
    """What all trainings share: the optimizer, the rate, the log."""

    def __init__(self, args: argparse.Namespace, model: nn.Module, steps: int) -> None:
        """Take a model that is where it is trained."""
        self.args, self.model, self.steps = args, model, steps
        self.begun, self.step = time.time(), 0
        args.out.mkdir(parents=True, exist_ok=True)
        self.trained = [p for p in model.parameters() if p.requires_grad]
        self._optimizer = torch.optim.AdamW(self.trained, lr=args.learning_rate, weight_decay=0.01)

    def learn(self, loss: Tensor) -> bool:
        """Take one step; False once the time is over."""
        done = max(self.step / self.steps, (time.time() - self.begun) / self.args.seconds)
        factor = rate_at(self.step, 1 - done, 1.0, self.args.ramp, self.args.level)
        for group in self._optimizer.param_groups:
            group["lr"] = self.args.learning_rate * factor
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.trained, 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad()
        self.step += 1
        return done < 1

    def log(self, **figures: object) -> None:
        """Append one JSON line to the log and show it."""
        seconds = round(time.time() - self.begun)
        append_line(self.args.out, step=self.step, seconds=seconds, **figures)


def ahead(items: list[Any], make: Callable[[Any], Made]) -> Iterator[Made]:
    """Yield what `make` makes of each item, some made ahead by another thread."""
    with ThreadPoolExecutor(1) as pool:
        waiting = [pool.submit(make, item) for item in items[:_AHEAD]]
        for number in range(len(items)):
            yield waiting.pop(0).result()
            if number + _AHEAD < len(items):
                waiting.append(pool.submit(make, items[number + _AHEAD]))


def moved(batch: Batch, device: torch.device) -> Batch:
    """Return the batch on the device."""
    return Batch(*(getattr(batch, name).to(device) for name in Batch.__slots__))


def train_reader(args: argparse.Namespace, device: torch.device) -> None:
    """Learn all batches of the lessons and measure."""
    lessons = read(args.lessons)
    packer = Packer(lessons["windows"])
    model = ReaderModel(args.base, args.rank, dropout=args.dropout)
    if args.start:
        model.load(args.start)
    model = model.to(device)
    steps = lessons["batches"][: args.max_steps]
    run = Run(args, model, len(steps))
    run.log(settings={k: str(v) for k, v in vars(args).items()}, steps=len(steps))
    run.log(**measure_reader(model, lessons["held"], packer, device))

    def made(packed: list[PackedGroup]) -> tuple[list[Group], Batch]:
        groups = [packer.unpacked(group) for group in packed]
        return groups, pad_rows([row for group in groups for row in group.rows])

    model.train()
    recent: list[Tensor] = []
    for groups, batch in ahead(steps, made):
        on_device = moved(batch, device)
        with torch.autocast(device.type, dtype=torch.bfloat16):
            out = model(on_device)
        parts = reader_loss(out, groups, on_device.text)
        recent.append(torch.stack([parts[name].detach() for name in LOSS_WEIGHTS]))
        goes_on = run.learn(sum(weight * parts[name] for name, weight in LOSS_WEIGHTS.items()))
        if run.step % 100 == 0:
            means = torch.stack(recent).mean(0).tolist()
            run.log(**{k: round(v, 4) for k, v in zip(LOSS_WEIGHTS, means, strict=True)})
            recent = []
            model.save(args.out, steps=run.step)
        if not goes_on:
            break
    model.save(args.out, steps=run.step)
    run.log(ended=True, **measure_reader(model, lessons["held"], packer, device))


@torch.inference_mode()
def measure_reader(
    model: ReaderModel, held: dict[str, list[PackedGroup]], packer: Packer, device: torch.device
) -> dict[str, float]:
    """Return for each held-out set how well the best span of a question's windows fits.

    `f1` is that of token places, `touch` the share of spans that touch the answer, `auroc` tells
    questions with an answer from those without by the best margin with the kinds.
    """
    model.eval()
    figures = {}
    for name, packed in held.items():
        groups = [packer.unpacked(group) for group in packed]
        f1, scores = [], []
        for group in groups:
            batch = moved(pad_rows(list(group.rows)), device)
            with torch.autocast(device.type, dtype=torch.bfloat16):
                out = model(batch)
            row, first, last, score = best_of(out.start, out.end, out.kind, batch.text)
            f1.append(max((overlap(first, last, s) for s in group.rows[row].spans), default=0.0))
            scores.append(score)
        answerable = np.array([group.answerable for group in packed])
        right, sure = np.array(f1), np.array(scores)
        figures |= {
            f"{name}_f1": round(float(right[answerable].mean()), 4),
            f"{name}_touch": round(float((right[answerable] > 0).mean()), 4),
            f"{name}_auroc": round(auroc(sure[answerable], sure[~answerable]), 4),
        }
    model.train()
    return figures


def best_of(start: Tensor, end: Tensor, kind: Tensor, text: Tensor) -> tuple[int, int, int, float]:
    """Return (row, first, last, score) of the best span of a question's rows."""
    rows = zip(start.cpu().numpy(), end.cpu().numpy(), text.cpu().numpy(), strict=True)
    spans = [best_span(s, e, np.flatnonzero(said), _LONGEST_ANSWER) for s, e, said in rows]
    answers = (kind[:, 1:].logsumexp(1) - kind[:, 0]).tolist()
    scores = [margin + odds for (_, _, margin), odds in zip(spans, answers, strict=True)]
    row = int(np.argmax(scores))
    return row, *spans[row][:2], scores[row]


def overlap(first: int, last: int, span: tuple[int, int]) -> float:
    """Return the F1 of the places of two spans, last ones included."""
    common = min(last, span[1]) - max(first, span[0]) + 1
    return max(0.0, 2 * common / (last - first + 1 + span[1] - span[0] + 1))


def train_checker(args: argparse.Namespace, device: torch.device) -> None:
    """Learn all pairs of the lessons and measure."""
    lessons = read(args.lessons)
    held: Any = SimpleNamespace(**lessons["held"])
    encoded = Encoded(args.base)
    model = Checker(args.base, args.start, args.rank, args.dropout).to(device)
    chance = Random(args.seed)
    steps = [b for epoch in lessons["epochs"] for b in cut(epoch, args.rows, chance)]
    steps = steps[: args.max_steps]
    run = Run(args, model, len(steps))
    run.log(settings={k: str(v) for k, v in vars(args).items()}, steps=len(steps))
    run.log(**rounded(measure(model, encoded, held)))

    def made(pairs: list[Pair]) -> tuple[Tensor, Tensor, Tensor]:
        return *encoded.batch(pairs), torch.tensor([pair.label for pair in pairs])

    model.train()
    recent: list[Tensor] = []
    for ids, attention, labels in ahead(steps, made):
        with torch.autocast(device.type, dtype=torch.bfloat16):
            log_p = model(ids.to(device), attention.to(device))
        loss = pair_loss(log_p, labels.to(device))
        recent.append(loss.detach())
        goes_on = run.learn(loss)
        if run.step % 100 == 0:
            run.log(loss=round(float(torch.stack(recent).mean()), 4))
            recent = []
        if not goes_on:
            break
    model.save(args.out, steps=run.step, rank=args.rank, alpha=2 * args.rank)
    run.log(ended=True, **rounded(measure(model, encoded, held)))


def cut(pairs: list[Pair], rows: int, chance: Random) -> Iterator[list[Pair]]:
    """Yield batches of pairs of like length."""
    for start in range(0, len(pairs), rows * _SORTED):
        some = sorted(
            pairs[start : start + rows * _SORTED], key=lambda p: len(p.said) + len(p.text)
        )
        made = [some[n : n + rows] for n in range(0, len(some), rows)]
        chance.shuffle(made)
        yield from made


class Embedding(nn.Module):
    """An encoder whose tokens' mean is a text's vector; its table of words is not taught."""

    def __init__(self, base: Path) -> None:
        """Load a folder of MiniLM's or MPNet's kind, in float32."""
        super().__init__()
        self.encoder = AutoModel.from_pretrained(base, local_files_only=True, dtype=torch.float32)
        self.pooled = Pooled(self.encoder)
        self.pad_id = int(self.encoder.config.pad_token_id or 0)
        self.tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(_EMBEDDED_TOKENS)
        self.encoder.eval()  # without dropout, as on two cores
        for name, parameter in self.encoder.named_parameters():
            parameter.requires_grad_(name.startswith(_LAYERS))
        self.before = {n: p.detach().clone() for n, p in self.taught().items()}

    def taught(self) -> dict[str, nn.Parameter]:
        """Return the parameters that are taught."""
        return {n: p for n, p in self.encoder.named_parameters() if p.requires_grad}

    def encoded(self, texts: list[str]) -> list[list[int]]:
        """Return the tokens of texts."""
        return [made.ids for made in self.tokenizer.encode_batch(texts)]

    def forward(self, rows: list[list[int]]) -> Tensor:
        """Return unit vectors, (n, d), of tokens, embedded with those of like length."""
        order = sorted(range(len(rows)), key=lambda place: len(rows[place]))
        device = next(self.encoder.parameters()).device
        found = []
        for start in range(0, len(order), _EMBEDDED_AT_ONCE):
            some = [torch.tensor(rows[n]) for n in order[start : start + _EMBEDDED_AT_ONCE]]
            ids = nn.utils.rnn.pad_sequence(some, batch_first=True, padding_value=self.pad_id)
            ids, lengths = ids.to(device), torch.tensor([len(row) for row in some]).to(device)
            mask = torch.arange(ids.shape[1], device=device) < lengths[:, None]
            with torch.autocast(device.type, dtype=torch.bfloat16):
                found.append(self.pooled(ids, mask))
        places = torch.tensor(order, device=device).argsort()
        return torch.cat(found)[places]

    def save(self, folder: Path, rank: int) -> None:
        """Write what was changed."""
        taught = self.taught().items()
        save_changes({n: p.detach() - self.before[n] for n, p in taught}, rank, folder)


def train_embedder(args: argparse.Namespace, device: torch.device) -> None:
    """Learn all batches of the lessons; keep what validates best."""
    lessons = read(args.lessons)
    model = Embedding(args.base).to(device)
    model.before = {name: value.to(device) for name, value in model.before.items()}
    steps = lessons["batches"][: args.max_steps]
    run = Run(args, model, len(steps))
    run.log(settings={k: str(v) for k, v in vars(args).items()}, steps=len(steps))
    texts = model.encoded(lessons["texts"])
    found = measure_embedder(model, lessons, texts)
    run.log(**found)
    best = 0.0

    def made(batch: TextBatch) -> tuple[TextBatch, list[list[int]]]:
        return batch, [*(texts[place] for place in batch.places), *model.encoded(list(batch.typed))]

    for batch, rows in ahead(steps, made):
        vectors = model(rows)
        passages, questions = vectors[: len(batch.places)], vectors[len(batch.places) :]
        loss, right = ranking_loss(batch, passages, questions)
        goes_on = run.learn(loss)
        if run.step % args.measure_every == 0 or not goes_on or run.step == len(steps):
            found = measure_embedder(model, lessons, texts)
            run.log(loss=round(loss.item(), 3), right=round(right, 3), **found)
            hit = sum(value for name, value in found.items() if name.endswith("hit@6"))
            if hit >= best:
                best = hit
                model.save(args.out, args.rank)
        if not goes_on:
            break


@torch.inference_mode()
def measure_embedder(
    model: Embedding, lessons: dict[str, Any], texts: list[list[int]]
) -> dict[str, float]:
    """Return how often what answers is among the first k of all passages beside it."""
    figures: dict[str, float] = {}
    for name, held in lessons["held"].items():
        places = places_of([*lessons["beside"][name], *held])
        asked = [question for each in held for question in each.asked]
        vectors = model([texts[place] for place in places])
        cosines = model(model.encoded([question.text for question in asked])) @ vectors.T
        found = hits(cosines.cpu().numpy(), places, asked)
        figures |= {f"{name}_{hit}": share for hit, share in found.items()}
    return figures


def rounded(figures: dict[str, float]) -> dict[str, float]:
    """Return the figures with four digits."""
    return {name: round(float(value), 4) for name, value in figures.items()}


def main() -> None:
    """Train what the command line asks for."""
    parser = argparse.ArgumentParser(description="Train a model on a GPU.")
    parser.add_argument("model", choices=("reader", "checker", "embedder"))
    parser.add_argument("--lessons", type=Path, required=True)
    parser.add_argument("--base", type=Path, required=True, help="folder of all-mpnet-base-v2")
    parser.add_argument("--start", type=Path, help="folder with an adapter to begin with")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rank", type=int, default=64)
    parser.add_argument("--dropout", type=float, default=0.1, help="in the encoder")
    parser.add_argument("--learning-rate", type=float, default=3e-4)
    parser.add_argument("--ramp", type=int, default=100, help="steps of rising rate")
    parser.add_argument("--level", type=float, default=0.1, help="share before the rate falls")
    parser.add_argument("--rows", type=int, default=96, help="pairs a step (checker)")
    parser.add_argument("--measure-every", type=int, default=100, help="steps (embedder)")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--max-steps", type=int, default=1_000_000)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if args.start and args.model == "embedder":
        parser.error("embedder: it begins with the base; expected no --start")
    torch.manual_seed(args.seed)
    train = {
        "reader": train_reader,
        "checker": train_checker,
        "embedder": train_embedder,
    }[args.model]
    train(args, torch.device(args.device))


if __name__ == "__main__":
    main()
