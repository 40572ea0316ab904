"""Trains a reader in sittings that end by themselves at a time, with a low rate.

    python -m training.train_reader --base all-mpnet-base-v2 --data QA_FOLDER --out runs/mpnet
        --minutes 90
    python -m training.train_reader --small --base rag/reader --data QA_FOLDER --out runs/small

Started again after a break with the same folder it goes on from the last save, in the same
sitting if its end is still to come, otherwise in a new one: the rate rises, and falls linearly
until the end. What a sitting leaves: `adapter.safetensors` (of the small reader, which is trained
whole, `model.safetensors`; float16), `state.pt` (the optimizer's state, the same in float32),
`log.jsonl`.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import sys
import time
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # parallel by halves of a batch, see Trainer.step

import torch
from torch import Tensor

from training.documents import OWN, Document, own_documents, read_squad, split_natural
from training.everyday import everyday_documents
from training.mixture import Embed, Group, Source, batches
from training.pair_lessons import pair_documents, read_settling
from training.pair_texts import pair_texts
from training.reader_loss import pad_rows, reader_loss
from training.run_log import append_line
from training.windows import WindowMaker, load_tokenizer

if TYPE_CHECKING:
    from training.reader_model import ReaderModel
    from training.small_reader_model import SmallReaderModel

LOSS_WEIGHTS = {"span": 1.0, "shared": 0.5, "kind": 0.5, "tags": 1.5}
TRAINED_ARTICLES = 24
"""Of squad.json; the other twelve tune and measure."""


def load_sources(
    data: Path,
    tokenizer_folder: Path,
    embed: Embed | None = None,
    newest: Collection[str] = (),
) -> list[Source]:
    """Return the sources with their shares of the rows; held-out documents are left out.

    With `embed` wrong windows are found by meaning, too. The everyday documents of the folders
    `newest` get a share of their own, for a short sitting on what was written since the last one.
    """
    tokenizer = load_tokenizer(tokenizer_folder)
    own, _ = own_documents(OWN)
    natural, _ = split_natural(read_squad(data / "natural.json"))
    squad = read_squad(data / "squad.json", 0, TRAINED_ARTICLES)
    wikipedia = read_squad(data / "squadshifts-wikipedia.json")
    reddit = read_squad(data / "squadshifts-reddit.json", titled=False)[::4]
    amazon = read_squad(data / "squadshifts-amazon.json", titled=False)[::4]
    qamr = read_squad(data / "qamr.json", titled=False)[::4]
    pairs = pair_documents(pair_texts(OWN / "pairs")[0], read_settling(OWN / "settling.jsonl"))
    rare = {"yes": 2, "no": 2, "list": 2}
    lists = {"list": 2}

    def source(
        name: str,
        documents: list[Document],
        share: float,
        repeats: dict[str, int] | None = None,
        wrong: int = 1,
    ) -> Source:
        near = embed if wrong > 1 else None
        maker = WindowMaker(tokenizer, documents)
        return Source(name, maker, share, repeats, wrong=wrong, embed=near)

    everyday = everyday_documents()
    new = [document for document in everyday if Path(document.source).name in newest]
    old = [document for document in everyday if Path(document.source).name not in newest]
    both = rare | {"none": 2}
    return [
        *([source("newest", new, 0.7, both, wrong=3)] if new else []),  # beside 1.0 of the others
        source("own", own, 0.21, rare, wrong=3),
        source("everyday", old, 0.36, both, wrong=3),
        source("pairs", pairs, 0.2, wrong=2),
        source("natural", natural, 0.09, lists),
        source("squad", squad, 0.09, lists),
        source("wikipedia", wikipedia, 0.02, lists),
        source("reddit", reddit, 0.01),
        source("amazon", amazon, 0.01),
        source("qamr", qamr, 0.01),
    ]


def rate_at(
    sitting_step: int, seconds_left: float, length: float, ramp: int, level: float
) -> float:
    """Return the factor on the rate: linear up, level, and linear down to 0 at the sitting's end.

    `level` is the share of the sitting's `length` (seconds) after which the rate falls.
    """
    falling = seconds_left / (length * (1 - level))
    return max(0.0, min((sitting_step + 1) / ramp, falling, 1.0))


class Trainer:
    """A run in a folder: model, optimizer, step, and the sitting that is under way."""

    def __init__(self, args: argparse.Namespace, model: ReaderModel | SmallReaderModel) -> None:
        """Start a run with `model`, or take up the one in the folder."""
        self.args, self.folder, self.model = args, args.out, model
        self.folder.mkdir(parents=True, exist_ok=True)
        heads = list(self.model.heads.parameters())
        adapters = [p for p in self.model.encoder.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(
            [
                {"params": adapters, "weight_decay": 0.01, "factor": 1.0},
                {"params": heads, "weight_decay": 0.01, "factor": args.head_rate},
            ],
            lr=args.learning_rate,
            fused=True,
        )
        self.step_number, self.sitting_step = 0, 0
        self.begun, self.ends = time.time(), time.time() + args.minutes * 60
        if args.start:
            self.model.load(args.start)
        state_file = self.folder / "state.pt"
        if state_file.exists():
            state = torch.load(state_file, weights_only=True)
            self.step_number = state["step"]
            if state["ends"] > time.time():
                self.begun, self.ends = state["begun"], state["ends"]
                self.sitting_step = state["sitting_step"]
            for parameter, value in zip(self.model.trained(), state["trained"], strict=True):
                parameter.data.copy_(value)
            self.optimizer.load_state_dict(state["optimizer"])
        self.pool = ThreadPoolExecutor(2)

    def save(self) -> None:
        """Write the adapter and all that resuming needs."""
        state = {
            "step": self.step_number,
            "sitting_step": self.sitting_step,
            "begun": self.begun,
            "ends": self.ends,
            "trained": [p.detach() for p in self.model.trained()],
            "optimizer": self.optimizer.state_dict(),
        }
        torch.save(state, self.folder / "state.new")
        (self.folder / "state.new").replace(self.folder / "state.pt")
        self.model.save(self.folder, steps=self.step_number)

    def step(self, groups: list[Group]) -> dict[str, float]:
        """Learn one batch; its halves side by side, one thread each. Returns the parts of the loss.

        They wait for each other once a step and not at every operation, which on a busy machine is
        faster (see TRAINING.md).
        """
        args = self.args
        factor = rate_at(
            self.sitting_step,
            self.ends - time.time(),
            self.ends - self.begun,
            args.ramp,
            args.level,
        )
        for group in self.optimizer.param_groups:
            group["lr"] = args.learning_rate * group["factor"] * factor
        halves = split_batch(groups)
        results = list(self.pool.map(self._gradients, halves))
        counts = [sum(len(group.rows) for group in half) for half in halves]
        shares = [count / sum(counts) for count in counts]
        trained = self.model.trained()
        for parameter, *gradients in zip(trained, *(g for _, g in results), strict=True):
            parameter.grad = sum(s * g for s, g in zip(shares, gradients, strict=True))
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step_number += 1
        self.sitting_step += 1
        parts = {
            name: sum(s * losses[name] for s, (losses, _) in zip(shares, results, strict=True))
            for name in LOSS_WEIGHTS
        }
        return parts | {"rate": factor}

    def _gradients(self, groups: list[Group]) -> tuple[dict[str, float], tuple[Tensor, ...]]:
        torch.set_num_threads(1)
        batch = pad_rows([row for group in groups for row in group.rows])
        with torch.autocast("cpu", dtype=torch.bfloat16):
            out = self.model(batch)
        parts = reader_loss(out, groups, batch.text)
        loss = sum(weight * parts[name] for name, weight in LOSS_WEIGHTS.items())
        gradients = torch.autograd.grad(loss, self.model.trained())
        return {name: float(part.detach()) for name, part in parts.items()}, gradients

    def log(self, **figures: object) -> None:
        """Append one JSON line to the log and show it."""
        append_line(self.folder, step=self.step_number, time=round(time.time()), **figures)


def split_batch(groups: list[Group]) -> list[list[Group]]:
    """Return a batch in two halves of about as many rows; one where there is a single group."""
    total = sum(len(group.rows) for group in groups)
    count = 0
    for number, group in enumerate(groups):
        if count and 2 * count + len(group.rows) >= total:
            return [groups[:number], groups[number:]]
        count += len(group.rows)
    return [groups]


def train(trainer: Trainer, sources: list[Source]) -> None:
    """Train until the sitting's end, saving and logging on the way."""
    args = trainer.args
    stream = islice(batches(sources, args.batch_tokens, args.seed), trainer.step_number, None)
    recent: list[dict[str, float]] = []
    rows = 0
    trainer.model.train()
    while time.time() < trainer.ends and trainer.step_number < args.max_steps:
        groups = next(stream)
        recent.append(trainer.step(groups))
        rows += sum(len(group.rows) for group in groups)
        if trainer.step_number % 20 == 0 or trainer.step_number <= 2:
            means = {k: round(sum(r[k] for r in recent) / len(recent), 4) for k in recent[0]}
            left = round((trainer.ends - time.time()) / 60, 1)
            trainer.log(**means, rows=rows, minutes_left=left)
            recent = []
        if trainer.step_number % args.save_every == 0:
            trainer.save()
    trainer.save()
    trainer.log(ended=True, rows=rows)


def make_model(args: argparse.Namespace) -> ReaderModel | SmallReaderModel:
    """Return the model that the command line asks for, as yet untaught or as its base has it."""
    torch.manual_seed(args.seed)
    if args.small:
        from training.small_reader_model import SmallReaderModel

        return SmallReaderModel(args.base)
    from training.reader_model import ReaderModel

    return ReaderModel(args.base, args.rank)


def keep_memory() -> None:
    """Tell glibc to keep freed memory, since a step's large tensors are soon wanted again."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        if hasattr(libc, "mallopt"):
            for option, value in ((-3, 1 << 30), (-1, 2_000_000_000)):
                libc.mallopt(option, value)


def main(arguments: list[str] | None = None) -> None:
    """Train for one sitting, as the command line says."""
    parser = argparse.ArgumentParser(description="Train a reader for one sitting.")
    parser.add_argument(
        "--base", type=Path, required=True, help="folder of all-mpnet-base-v2, or of MiniLM"
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the question files")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    parser.add_argument("--start", type=Path, help="folder with an adapter to begin with")
    parser.add_argument("--minutes", type=float, default=90, help="length of the sitting")
    parser.add_argument("--rank", type=int, default=64)
    parser.add_argument("--learning-rate", type=float, default=4e-4)
    parser.add_argument("--head-rate", type=float, default=3.0, help="factor for the heads")
    parser.add_argument("--ramp", type=int, default=40, help="steps of rising rate")
    parser.add_argument("--level", type=float, default=0.15, help="share before the rate falls")
    parser.add_argument("--batch-tokens", type=int, default=2400)
    parser.add_argument("--max-steps", type=int, default=1_000_000)
    parser.add_argument("--save-every", type=int, default=60, metavar="STEPS")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--small", action="store_true", help="train the small reader; --base is its folder"
    )
    args = parser.parse_args(arguments)
    keep_memory()
    sources = load_sources(args.data, args.base)
    trainer = Trainer(args, make_model(args))
    count = sum(p.numel() for p in trainer.model.trained())
    settings = {k: str(v) if isinstance(v, Path) else v for k, v in vars(args).items()}
    trainer.log(settings=settings, trained_parameters=count)
    train(trainer, sources)


if __name__ == "__main__":
    main()
