"""What may stand in the body of a request to Gradio: JSON that is not deep and names no file.

Gradio takes any object with a `path` for a file: it would look up and fetch an address there, and
read or copy a place on the disk. The page never sends one: files come through `ui.uploads`.
"""

import json

_REFERENCES = frozenset({"path", "_type"})
_MOST_LEVELS = 40
"""The page's own requests have less than ten; Gradio walks through a body by recursion."""


def body_refusal(body: bytes) -> tuple[int, str] | None:
    """Return the status and line with which to refuse the body, or None to let it in.

    It is parsed as those behind this do, with the same library: what it means is the same to both.
    """
    if not body:
        return None
    try:
        level = [json.loads(body)]
    except (ValueError, RecursionError):
        return 400, "The body of a request must be JSON."
    for _ in range(_MOST_LEVELS):
        below: list[object] = []
        for value in level:
            if isinstance(value, dict):
                if not _REFERENCES.isdisjoint(value):
                    return 400, "A request must name no file: files are sent to the page alone."
                below.extend(value.values())
            elif isinstance(value, list):
                below.extend(value)
        if not below:
            return None
        level = below
    return 400, f"The body of a request may be at most {_MOST_LEVELS} levels deep."
