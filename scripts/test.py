"""Sets up all that is missing, then runs the tests: `python3 scripts/test.py`.

Other arguments are pytest's. Without any, all tests run, in three processes, and the coverage of
`rag` and of `ui` has a floor. With `--check` the tests are only collected.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from setup_environment import ROOT, SetupError, add_setup_arguments, say, set_up

FULL_RUN = [
    "--numprocesses=3",
    "--dist=loadfile",
    "--no-loadscope-reorder",
    "--cov",
    "--cov-report=",
]
IN_MEMORY = Path("/dev/shm")
"""Where Linux keeps files in memory. Most tests write libraries, and a disk makes them wait."""
ROOM_BYTES = 4 * 1024**3
FLOORS = {"rag": 90, "ui": 95}
"""Percent of each package's lines and branches that the tests go through at least."""


def main() -> int:
    """Set up and run pytest; return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="set up, and only collect the tests")
    add_setup_arguments(parser)
    args, pytest_arguments = parser.parse_known_args()
    if args.check:
        pytest_arguments = ["--collect-only", "-q", *pytest_arguments]
    try:
        python = set_up(ROOT / ".venv", "test", args.torch_index)
        if pytest_arguments:
            return run([python, "-m", "pytest", *pytest_arguments])
        with tempfile.TemporaryDirectory(
            prefix="footnote-tests-", dir=in_memory(), ignore_cleanup_errors=True
        ) as folder:
            os.environ["TMPDIR"] = folder
            return run([python, "-m", "pytest", *FULL_RUN]) or run_floors(python)
    except SetupError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("Interrupted. Type the command again and it goes on from here.")
        return 130


def in_memory() -> Path | None:
    """Return where files are kept in memory, if there is room for those of the tests."""
    has_room = IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free >= ROOM_BYTES
    return IN_MEMORY if has_room else None


def run(command: list[Path | str]) -> int:
    """Run a command in the checkout; return its exit code."""
    return subprocess.run([str(part) for part in command], cwd=ROOT, check=False).returncode


def run_floors(python: Path) -> int:
    """Print what the tests went through of each package; return 2 where one is under its floor."""
    report = [python, "-m", "coverage", "report"]
    return max(
        run([*report, f"--include={package}/*", f"--fail-under={floor}"])
        for package, floor in FLOORS.items()
    )


if __name__ == "__main__":
    sys.exit(main())
