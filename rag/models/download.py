"""Fetches a model into the local cache: the one module that uses the network, when it is asked to.

Knows nothing of what the model is for.
"""

import re
from pathlib import Path

from rag.errors import ModelNotFound
from rag.offline import allow_downloads

_WANTED = ("*.json", "*.txt", "*.jinja", "*.model", "README.md", "LICENSE*")
_TIMEOUT_SECONDS = 20


def download_model(model_id: str) -> Path:
    """Return the local folder of a hub model, after fetching what is missing of it.

    Weights are fetched as safetensors, or else as the repository's one GGUF file; never as pickles.
    Call it before the hub's library is imported: that reads the ban on downloads only once. Raises
    `ModelNotFound` where there is no network or no such model.
    """
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", model_id):
        raise ModelNotFound(f"{model_id!r} is not a hub id: expected OWNER/NAME")
    allow_downloads()
    from huggingface_hub import HfApi, snapshot_download

    try:
        siblings = HfApi().model_info(model_id, timeout=_TIMEOUT_SECONDS).siblings or []
        weights = _weights(model_id, [file.rfilename for file in siblings])
        return Path(snapshot_download(model_id, allow_patterns=[*_WANTED, weights]))
    except ModelNotFound:
        raise
    except Exception as error:  # the hub's errors have no base of their own
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ModelNotFound(f"{model_id}: cannot be downloaded ({reason})") from error


def _weights(model_id: str, files: list[str]) -> str:
    """Return the pattern of the weights to fetch."""
    if any(file.endswith(".safetensors") for file in files):
        return "*.safetensors"
    gguf = [file for file in files if file.endswith(".gguf")]
    if len(gguf) == 1:
        return gguf[0]
    found = f"several GGUF files ({', '.join(gguf)})" if gguf else "neither safetensors nor GGUF"
    raise ModelNotFound(f"{model_id}: expected safetensors or one GGUF file, found {found}")
