"""Measure Footnote beside what a user would otherwise do: same machine, models and questions.

Every system runs in a process of its own and they take turns question by question, so that what
else the machine does hits all alike. Broken off, the same command goes on.
"""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]  # whose set-up installs what is compared

from rag.offline import set_offline  # noqa: E402

set_offline()

from benchmark_measure import measure, prepare_generator, say  # noqa: E402
from benchmark_progress import Progress  # noqa: E402
from benchmark_results import origin, write_results  # noqa: E402
from benchmark_sets import SETS, Task, seed_tasks, squad_tasks  # noqa: E402
from benchmark_sizes import SIZED  # noqa: E402

from rag.errors import RagError  # noqa: E402

SYSTEMS = ("footnote", "naive", "txtai", "naive+llama.cpp")
HELP = """\
systems
  footnote         as `footnote ask` answers
  naive            chunks of 500 characters, the four nearest by FAISS, one prompt, transformers
  txtai            the same chunks and models through txtai's RAG pipeline
  naive+llama.cpp  naive, written by llama.cpp from the quantised weights

The other systems' packages: pip install txtai llama-cpp-python matplotlib -c constraints.txt (the
groups `benchmark` and `benchmark-llama-cpp` of pyproject.toml). A system whose package is missing
is left out.

Writes into OUTPUT: benchmark.json, benchmark.md, benchmark-light.svg, benchmark-dark.svg,
SET/SYSTEM/report.json (what `footnote compare` reads), and measured.jsonl, from which a run that
was broken off goes on.
"""


def main(arguments: list[str] | None = None) -> int:
    """Measure what is not measured yet, write the results; return the exit code."""
    args = parse(arguments)
    try:
        tasks = make_tasks(args)
        progress = Progress(args.output / "measured.jsonl", origin())
        try:
            prepare_generator(args.output / "home")
            measure(args, tasks, progress)
            write_results(args, tasks, progress)
        finally:
            progress.close()
    except (RagError, OSError, ValueError) as error:
        say(f"benchmark: {error}")
        return 1
    except KeyboardInterrupt:
        say("interrupted; the same command goes on where this one stopped")
        return 130
    return 0


def make_tasks(args: argparse.Namespace) -> list[Task]:
    """Return what is to be asked, in order."""
    tasks = seed_tasks(args.seed_questions, args.seed) if "seed" in args.sets else []
    if args.qa is None:
        return tasks
    names = [name for name in args.sets if name != "seed"]
    folder = args.output / "documents"
    return tasks + squad_tasks(args.qa / "squad.json", folder, names, args.questions, args.seed)


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Return the arguments."""
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").splitlines()[0],
        epilog=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--output", type=Path, required=True, metavar="DIR")
    parser.add_argument("--qa", type=Path, metavar="FOLDER", help="folder with squad.json")
    parser.add_argument("--sets", nargs="+", choices=list(SETS), default=list(SETS))
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=list(SYSTEMS))
    parser.add_argument(
        "--questions", type=int, default=60, metavar="N", help="of each set of --qa (default: 60)"
    )
    parser.add_argument(
        "--seed-questions", type=int, metavar="N", help="of the seed's (default: all)"
    )
    parser.add_argument(
        "--prompts", type=int, default=20, metavar="N", help="for generation alone (default: 20)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of the draw (default: 0)")
    parser.add_argument(
        "--installed-size",
        nargs="*",
        choices=list(SIZED),
        default=[],
        metavar="SYSTEM",
        help="also install these anew, each into a folder of its own (gigabytes), and measure it",
    )
    parser.add_argument("--torch-index", metavar="URL", help="as for scripts/start.py")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
