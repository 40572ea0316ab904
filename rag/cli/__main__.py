"""`python -m rag.cli`: the command `footnote`, installed or not."""

import sys

from rag.cli.command import main

sys.exit(main())
