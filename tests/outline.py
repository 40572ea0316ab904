"""What tests of the readers of formats compare: blocks, shown as lines of text."""

from rag.documents.structure import check_blocks


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
