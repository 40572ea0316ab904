"""Sets up all that is missing, then runs the tests: `python3 scripts/test.py`.

Other arguments are pytest's. Without any, all tests run and the coverage of `rag` has a floor.
With `--check` the tests are only collected.
"""

import argparse
import subprocess
import sys

from setup_environment import ROOT, SetupError, add_setup_arguments, say, set_up

FULL_RUN = ["--cov=rag", "--cov-report=term", "--cov-fail-under=90"]


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
        command = [str(python), "-m", "pytest", *(pytest_arguments or FULL_RUN)]
        return subprocess.run(command, cwd=ROOT, check=False).returncode
    except SetupError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("Interrupted. Type the command again and it goes on from here.")
        return 130


if __name__ == "__main__":
    sys.exit(main())
