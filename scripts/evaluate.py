"""Evaluate a question set over documents: the same as `footnote evaluate`, without installing.

.venv/bin/python scripts/evaluate.py QUESTIONS.jsonl --docs PATH… --report DIR
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rag.cli.command import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main(["evaluate", *sys.argv[1:]]))
