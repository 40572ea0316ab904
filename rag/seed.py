"""Where the seed article lies. Knows nothing about how documents are read."""

from pathlib import Path


def seed_folder() -> Path:
    """Return the folder of the seed article and its questions, in a checkout or an installation."""
    package = Path(__file__).resolve().parent
    installed = package / "seeds"
    return installed if installed.is_dir() else package.parent / "seeds"


def seed_articles() -> list[Path]:
    """Return the files that are the library where nobody names another."""
    return sorted(seed_folder().glob("*.txt"))
