"""Trains the checker: does a text bear out what is said, contradict it, or leave it open?

    python -m training.train_checker --base all-mpnet-base-v2 --start rag/reader_mpnet
        --data QA_FOLDER --claims CLAIMS_FOLDER --out runs/checker --minutes 60

MPNet with the reader's low-rank adapters to begin with, and a head of its own on the first token.
Saves and resumes; logs the AUROC on the held-out documents.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from peft import set_peft_model_state_dict
from peft.utils import get_peft_model_state_dict
from safetensors.torch import load_file, save_file
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn

from rag.models.checker_network import LABELS, CheckerHead
from training.checker_data import HeldOut, Mixture, Shares
from training.pairs import CONTRADICTED, SUPPORTED, UNSETTLED, UNSUPPORTED, Pair
from training.reader_model import ReaderModel, widened
from training.run_log import append_line
from training.train_reader import keep_memory, rate_at
from training.windows import PAD, load_tokenizer

MAX_TOKENS = 208


class Checker(nn.Module):
    """The encoder with adapters, and a head of three classes on the first token."""

    def __init__(self, base: Path, start: Path, rank: int, dropout: float = 0.0) -> None:
        """Begin with the adapter of the folder `start`: a checker's, or the reader's."""
        super().__init__()
        reader = ReaderModel(base, rank, dropout=dropout)
        weights = {k: v.float() for k, v in load_file(start / "adapter.safetensors").items()}
        adapter = {k[8:]: v for k, v in weights.items() if k.startswith("encoder.")}
        set_peft_model_state_dict(reader.encoder, widened(adapter, rank))
        self.encoder = reader.encoder
        self.head = CheckerHead(reader.heads.kind.in_features)
        own = {k[5:]: v for k, v in weights.items() if k.startswith("head.")}
        if own:
            self.head.load_state_dict(own)
        else:
            pool = {k[11:]: v for k, v in weights.items() if k.startswith("heads.pool.")}
            self.head.pool.load_state_dict(pool)

    def forward(self, ids: Tensor, attention: Tensor) -> Tensor:
        """Return log probabilities (rows, LABELS), float32."""
        hidden = self.encoder(input_ids=ids, attention_mask=attention).last_hidden_state
        log_p: Tensor = self.head(hidden).log_softmax(-1)
        return log_p

    def save(self, folder: Path, **facts: object) -> None:
        """Write adapter and head in float16, beside the place and then renamed."""
        state = {f"encoder.{k}": v for k, v in get_peft_model_state_dict(self.encoder).items()}
        state |= {f"head.{k}": v for k, v in self.head.state_dict().items()}
        state = {k: v.detach().to(torch.float16).contiguous() for k, v in state.items()}
        save_file(state, folder / "adapter.new", metadata={"format": "pt"})
        (folder / "adapter.new").replace(folder / "adapter.safetensors")
        (folder / "adapter.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def pair_loss(log_p: Tensor, labels: Tensor) -> Tensor:
    """Return the mean loss; of an unsupported pair both other classes are right."""
    open_ = labels == UNSUPPORTED
    known = log_p.gather(1, labels.clamp(max=len(LABELS) - 1)[:, None])[:, 0]
    either = torch.logsumexp(log_p[:, 1:], 1)
    return -torch.where(open_, either, known).mean()


class Encoded:
    """Turns pairs into padded token ids."""

    def __init__(self, folder: Path) -> None:
        """Load the tokenizer of the folder."""
        self._tokenizer = load_tokenizer(folder)
        self._tokenizer.enable_truncation(MAX_TOKENS, strategy="only_second")

    def batch(self, pairs: list[Pair]) -> tuple[Tensor, Tensor]:
        """Return ids and attention (rows, longest), at most MAX_TOKENS wide."""
        found = self._tokenizer.encode_batch([(pair.said, pair.text) for pair in pairs])
        rows = [encoding.ids for encoding in found]
        width = max(map(len, rows))
        ids = torch.full((len(rows), width), PAD, dtype=torch.long)
        attention = torch.zeros(len(rows), width, dtype=torch.long)
        for number, row in enumerate(rows):
            ids[number, : len(row)] = torch.tensor(row)
            attention[number, : len(row)] = 1
        return ids, attention


@torch.inference_mode()
def probabilities(model: Checker, encoded: Encoded, pairs: list[Pair]) -> Tensor:
    """Return probabilities (pairs, LABELS)."""
    model.eval()
    device = next(model.parameters()).device
    found = []
    for start in range(0, len(pairs), 32):
        ids, attention = encoded.batch(pairs[start : start + 32])
        with torch.autocast(device.type, dtype=torch.bfloat16):
            found.append(model(ids.to(device), attention.to(device)).exp().cpu())
    model.train()
    return torch.cat(found)


def measure(model: Checker, encoded: Encoded, mixture: HeldOut) -> dict[str, float]:
    """Return the figures on the held-out documents."""
    torch.set_num_threads(2)
    asked = probabilities(model, encoded, mixture.held_yes_or_no)
    is_yes = [p.label == SUPPORTED for p in mixture.held_yes_or_no]
    odds = (asked[:, SUPPORTED].log() - asked[:, CONTRADICTED].log()).tolist()
    right = sum((o > 0) == y for o, y in zip(odds, is_yes, strict=True)) / len(odds)
    far = probabilities(model, encoded, mixture.held_unsettled)[:, 2].tolist()
    near = asked[:, 2].tolist()
    claims = probabilities(model, encoded, mixture.held_claims)[:, SUPPORTED].tolist()
    answers = probabilities(model, encoded, mixture.held_answers)[:, SUPPORTED].tolist()
    tables = probabilities(model, encoded, mixture.held_tables)
    asked_for = probabilities(model, encoded, mixture.held_asked)[:, SUPPORTED].tolist()
    return {
        **pair_figures(probabilities(model, encoded, mixture.held_pairs), mixture.held_pairs),
        **table_figures(tables, mixture.held_tables),
        "yesno_auroc": roc_auc_score(is_yes, odds),
        "yesno_right": right,
        "unsettled_auroc": roc_auc_score([0] * len(near) + [1] * len(far), near + far),
        "claims_auroc": roc_auc_score([p.label == SUPPORTED for p in mixture.held_claims], claims),
        "asked_auroc": roc_auc_score([p.label == SUPPORTED for p in mixture.held_asked], asked_for),
        "answers_auroc": roc_auc_score(
            [p.label == SUPPORTED for p in mixture.held_answers], answers
        ),
    }


def pair_figures(found: Tensor, pairs: list[Pair]) -> dict[str, float]:
    """Return the figures on held-out pairs; `found` are their probabilities (pairs, LABELS)."""
    odds = found[:, SUPPORTED].log() - found[:, CONTRADICTED].log()
    figures = {}
    for name, sources, score, right in (
        ("denied", ("asked",), found[:, 1], {SUPPORTED: 0, UNSETTLED: 0, CONTRADICTED: 1}),
        ("asked", ("asked",), found[:, 0], {SUPPORTED: 1, UNSETTLED: 0, UNSUPPORTED: 0}),
        ("yesno", ("yesno",), odds, {SUPPORTED: 1, CONTRADICTED: 0}),
        ("open", ("yesno",), found[:, 2], {SUPPORTED: 0, CONTRADICTED: 0, UNSETTLED: 1}),
        ("claims", ("claim",), found[:, 0], {SUPPORTED: 1, CONTRADICTED: 0, UNSUPPORTED: 0}),
        ("close", ("answer", "close"), found[:, 0], {SUPPORTED: 1, UNSUPPORTED: 0}),
    ):
        chosen = [n for n, p in enumerate(pairs) if p.source in sources and p.label in right]
        if chosen:
            truth = [right[pairs[n].label] for n in chosen]
            figures[f"pairs_{name}_auroc"] = roc_auc_score(truth, score[chosen].tolist())
    return figures


def table_figures(found: Tensor, pairs: list[Pair]) -> dict[str, float]:
    """Return the figures on held-out columns and rows; `found` as for `pair_figures`."""
    figures = {}
    for name in ("column", "row"):
        chosen = [n for n, pair in enumerate(pairs) if pair.source == name]
        truth = [pairs[n].label == SUPPORTED for n in chosen]
        score = found[chosen, SUPPORTED].tolist()
        figures[f"{name}_auroc"] = roc_auc_score(truth, score)
        right = [(s >= 0.5) == t for s, t in zip(score, truth, strict=True)]
        figures[f"{name}_right"] = sum(right) / len(right)
    return figures


def main() -> None:
    """Train until the minutes are over."""
    parser = argparse.ArgumentParser(description="Train the checker.")
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--start", type=Path, required=True, help="folder of the reader's adapter")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--claims", type=Path, required=True)
    parser.add_argument("--mined", type=Path, help="file that training.mine_answers wrote")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--texts", type=float, default=1.0, help="share of the short texts")
    parser.add_argument("--newest", default="*.jsonl", help="names of the newest of their files")
    parser.add_argument("--newest-times", type=int, default=0, help="that these are drawn, too")
    parser.add_argument("--others", type=float, default=1.0, help="share of all else")
    parser.add_argument("--written", type=int, default=0, help="times that writers' sentences are")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rank", type=int, default=64)
    parser.add_argument("--learning-rate", type=float, default=3e-4)
    parser.add_argument("--rows", type=int, default=24)
    parser.add_argument("--measure-every", type=int, default=60, metavar="STEPS")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    keep_memory()
    args.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(args.seed)
    mixture = Mixture(args.data, args.claims, args.mined, args.seed, newest=args.newest)
    encoded = Encoded(args.base)
    shares = Shares(
        texts=args.texts, newest=args.newest_times, others=args.others, written=args.written
    )
    model = Checker(args.base, args.start, args.rank)
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=args.learning_rate, weight_decay=0.01)
    begun, step, losses = time.time(), 0, []
    ends = begun + args.minutes * 60
    pool = ThreadPoolExecutor(2)
    pairs: list[Pair] = []

    def gradients(half: list[Pair]) -> tuple[float, tuple[Tensor, ...]]:
        torch.set_num_threads(1)
        ids, attention = encoded.batch(half)
        labels = torch.tensor([p.label for p in half])
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = pair_loss(model(ids, attention), labels)
        return float(loss.detach()), torch.autograd.grad(loss, trained)

    def log(**figures: object) -> None:
        append_line(args.out, step=step, seconds=round(time.time() - begun), **figures)

    log(
        claims=len(mixture.held_claims),
        yesno=len(mixture.held_yes_or_no),
        epoch=len(mixture.epoch(shares)),
    )
    model.train()
    while time.time() < ends:
        if len(pairs) < 8 * args.rows:
            pairs += mixture.epoch(shares)
        # Rows of like length together, in random order of batches: less padding.
        chunk = sorted(pairs[: 2 * args.rows], key=lambda p: len(p.said) + len(p.text))
        pairs = pairs[2 * args.rows :]
        for batch in (chunk[: args.rows], chunk[args.rows :]):
            factor = rate_at(step, ends - time.time(), ends - begun, 30, 0.3)
            for group in optimizer.param_groups:
                group["lr"] = args.learning_rate * factor
            halves = [batch[0::2], batch[1::2]]
            results = list(pool.map(gradients, halves))
            for parameter, *parts in zip(trained, *(g for _, g in results), strict=True):
                parameter.grad = sum(parts) / len(parts)
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            optimizer.zero_grad()
            losses.append(sum(loss for loss, _ in results) / 2)
            step += 1
            if step % 20 == 0:
                log(loss=round(sum(losses) / len(losses), 4), rate=round(factor, 3))
                losses = []
            if step % args.measure_every == 0:
                log(**{k: round(v, 3) for k, v in measure(model, encoded, mixture).items()})
                model.save(args.out, steps=step, rank=args.rank, alpha=2 * args.rank)
    model.save(args.out, steps=step, rank=args.rank, alpha=2 * args.rank)
    log(ended=True, **{k: round(v, 3) for k, v in measure(model, encoded, mixture).items()})


if __name__ == "__main__":
    main()
