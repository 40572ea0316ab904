"""What is written to a terminal: as UTF-8, and without anything that the terminal would obey.

Documents, names and models may hold escape sequences, which would move the cursor, retitle the
window or hide what stands there. Everything that a command prints passes through here.
"""

import os
import re
import sys
import traceback

# All controls but tab and line break, and what changes the order of letters or breaks lines.
_OBEYED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069"
    "\U000e0000-\U000e007f]|\r(?!\n)"
)
_OBEYED_IN_JSON = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_COLUMNS = 79
"""Of the line of progress: one that wraps could not be taken back."""


def harmless(text: str) -> str:
    """Return `text` with the characters that a terminal would obey named instead, `⟨U+001B⟩`."""
    return _OBEYED.sub(lambda match: f"⟨U+{ord(match.group()):04X}⟩", text)


def print_line(text: str) -> None:
    """Write lines to standard output, whatever the terminal's encoding is."""
    _write(f"{harmless(text)}\n")


def print_json(text: str) -> None:
    """Write JSON to standard output, the same value with what a terminal would obey escaped."""
    _write(_OBEYED_IN_JSON.sub(lambda match: f"\\u{ord(match.group()):04x}", text) + "\n")


def print_exactly(text: str) -> None:
    """Write `text` to standard output as it is; to a terminal without what it would obey."""
    _write(harmless(text) if sys.stdout.isatty() else text)


def say(line: str) -> None:
    """Write a line to standard error."""
    sys.stderr.write(f"{harmless(line)}\n")
    sys.stderr.flush()


def say_problem() -> None:
    """Write the exception that is being handled to standard error, with where it came from."""
    say(traceback.format_exc().rstrip())


def show_progress(line: str) -> None:
    """Show a line in place of the one before, on a terminal only; an empty one takes it away."""
    if sys.stderr.isatty():
        line = " ".join(harmless(line).split())
        sys.stderr.write(f"\r\x1b[K{line[:_COLUMNS]}")
        sys.stderr.flush()


def discard_output() -> None:
    """Point standard output nowhere, so that Python does not try once more when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _write(text: str) -> None:
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    sys.stdout.buffer.flush()
