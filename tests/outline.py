"""What tests of the readers of formats compare: blocks, shown as lines of text."""


def outline(extracted):
    """Return a line for each block: its kind, level, label and own words, indented in its parent.

    Fails unless the blocks nest and hold all that is not space.
    """
    check_blocks(extracted.text, extracted.blocks)
    return [line for block in extracted.blocks for line in _lines(extracted.text, block, "")]


def _lines(text, block, indent):
    words = text[block.text_start : block.text_end]
    name = f"{block.kind}{block.level or ''}"
    if block.header or (block.kind == "list" and block.ordered):
        name = f"{'header' if block.header else 'ordered'} {name}"
    if block.lead_in:
        name += f" <{text[slice(*block.lead_in)]}>"
    if block.label:
        name += f" [{block.label}]"
    holder = block.kind in ("list", "table", "row") or (block.kind == "turn" and block.children)
    yield indent + (name if holder else f"{name} {' '.join(words.split())}".rstrip())
    for child in block.children:
        yield from _lines(text, child, indent + "  ")


def check_blocks(text, blocks):
    """Raise `ValueError` unless the blocks nest, never overlap and hold all that is not space."""
    position = 0
    for block in blocks:
        if text[position : block.start].strip():
            raise ValueError(f"{text[position : block.start]!r} at {position} is in no block")
        _check_one(block, position, len(text))
        position = block.end
    if text[position:].strip():
        raise ValueError(f"{text[position:]!r} at {position} is in no block")


def _check_one(block, least, most):
    own = least <= block.start <= block.text_start <= block.text_end <= block.end <= most
    if not own or (block.start == block.end and block.kind != "cell"):
        raise ValueError(f"{block.kind} at {block.start} to {block.end} overlaps, or is empty")
    position = block.start
    for child in block.children:
        _check_one(child, position, block.end)
        position = child.end
