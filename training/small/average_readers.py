"""Average the weights of several readers that were trained from one another into one reader.

Models that share a start lie in one basin, and their average often answers better than each of
them, at no cost when reading (Wortsman et al. 2022, "Model soups").

    python training/small/average_readers.py runs/first/export runs/second/export --out runs/average
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

WEIGHTS = "model.safetensors"


def average(folders: list[Path], out: Path) -> None:
    """Write the reader whose every weight is the mean of the folders', in float16.

    Everything else is copied from the first. Raises ValueError where the models differ in shape.
    """
    models = [load_file(folder / WEIGHTS) for folder in folders]
    shapes = [{name: tensor.shape for name, tensor in model.items()} for model in models]
    for folder, shape in zip(folders, shapes, strict=True):
        if shape != shapes[0]:
            raise ValueError(f"{folder}: other weights than {folders[0]}; average runs of one base")
    mean = {
        name: torch.stack([model[name].float() for model in models]).mean(dim=0).to(torch.float16)
        for name in models[0]
    }
    shutil.copytree(folders[0], out)
    save_file(mean, out / WEIGHTS, metadata={"format": "pt"})


def main() -> None:
    """Average the readers that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("readers", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--out", required=True, type=Path, help="a folder that is not there yet")
    args = parser.parse_args()
    average(args.readers, args.out)


if __name__ == "__main__":
    main()
