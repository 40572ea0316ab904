"""What commands that ask have in common: a pipeline over what was chosen, and how reading goes."""

import argparse
from typing import TYPE_CHECKING

from rag.cli.terminal import say, show_progress
from rag.settings import load_settings

if TYPE_CHECKING:
    from rag.answering.pipeline import Pipeline
    from rag.library.changes import Progress


def open_pipeline(args: argparse.Namespace) -> "Pipeline":
    """Return a pipeline over the documents, and with the options, of `args`."""
    settings = load_settings(generator=args.generator)
    from rag import assemble

    return assemble.open_pipeline(
        settings,
        docs=args.docs,
        name=args.library,
        say=say,
        progress=show_reading,
        min_confidence=args.min_confidence,
    )


def show_reading(progress: "Progress") -> None:
    """Show how far indexing is; the line goes when its document is done."""
    done = ""
    if progress.recognised < progress.pages:
        done = f"{progress.recognised} of {progress.pages} pages recognised"
    elif progress.embedded < progress.passages:
        done = f"{progress.embedded} of {progress.passages} passages"
    where = f"reading {progress.number} of {progress.documents}"
    show_progress(f"{where}: {done}, {progress.name}" if done else "")
