"""Offers the writer in the terminal, once, after set-up: `python -m rag.offer`.

Where nobody can answer, the machine is small, or a writer is there, it says nothing. Installs
nothing that was not agreed to.
"""

import sys

import psutil

from rag.assemble import load_checker
from rag.cli.command import main as footnote
from rag.cli.terminal import say
from rag.models.writers import WRITERS, installed_writer
from rag.settings import home_folder, load_settings


def main() -> int:
    """Ask, install if that is agreed to, and return the exit code, which is 0 for no."""
    settings, model = load_settings(), WRITERS[0]
    if load_checker(settings) is None or settings.generator == "none":
        return 0
    if installed_writer(home_folder(settings)) or not sys.stdin.isatty():
        return 0
    if psutil.virtual_memory().total < model.memory_bytes:
        return 0
    say(
        "Footnote answers with quotes. A language model can also say them in words, each sentence "
        f"checked:\n{model.title}, {model.sizes}; {model.speed}.\n"
        f"It can be installed later, too: {model.install_command}\nInstall it now? [y/N]"
    )
    if sys.stdin.readline().strip().casefold() not in ("y", "yes"):
        return 0
    return footnote(["models", "--install", model.name])


if __name__ == "__main__":
    sys.exit(main())
