"""Makes ready what the models need to be made ready once: the last step of set-up.

Whatever cannot be had is one line on standard error, and not an error: the small models and torch
serve instead.
"""

import sys

from rag.cli.terminal import say
from rag.offline import set_offline
from rag.settings import load_settings


def main() -> int:
    """Load the models once; return the exit code."""
    set_offline()
    from rag.assemble import load_models
    from rag.errors import RagError

    try:
        models = load_models(load_settings(), say)
        if models.checker is not None:
            models.checker.make_ready()
    except RagError as error:
        say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
