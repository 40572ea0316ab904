"""Old spreadsheets (.xls) made from records: a compound file with one stream of BIFF8."""

from struct import pack

SECTOR = 512
END, FREE, TABLE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def record(kind, body=b""):
    return pack("<HH", kind, len(body)) + body


def text(string):
    return pack("<HB", len(string), 0) + string.encode("latin-1")


def text_cell(row, column, index):
    return record(0x00FD, pack("<HHHI", row, column, 0, index))


def number_cell(row, column, value, style=0):
    return record(0x0203, pack("<HHHd", row, column, style, value))


def whole_cells(row, column, *cells):
    """Return a record of several whole numbers, each as (value, style)."""
    packed = b"".join(pack("<HI", style, value << 2 | 2) for value, style in cells)
    return record(0x00BD, pack("<HH", row, column) + packed + pack("<H", column + len(cells) - 1))


def formula_cell(row, column, value, style=0):
    """Return a formula that came to `value`, a number, or to a text."""
    is_text = isinstance(value, str)
    shown = bytes(6) + b"\xff\xff" if is_text else pack("<d", value)
    after = record(0x0207, text(value)[:2] + b"\0" + text(value)[3:]) if is_text else b""
    return record(0x0006, pack("<HHH", row, column, style) + shown + bytes(8)) + after


def styles_of(*codes):
    """Return the records of formats, and of a style of cells for each, in this order."""
    formats = b"".join(
        record(0x041E, pack("<HHB", 164 + place, len(code), 1) + code.encode("utf-16-le"))
        for place, code in enumerate(codes)
    )
    return formats + b"".join(
        record(0x00E0, pack("<HH", 0, 164 + n) + bytes(16)) for n in range(len(codes))
    )


def make_book(texts, *sheets, styles=b""):
    """Return the stream of a workbook; a sheet is (name, is hidden, records of its cells)."""
    start = record(0x0809, pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0)) + styles
    shared = record(
        0x00FC, pack("<II", len(texts), len(texts)) + b"".join(text(each) for each in texts)
    )
    bodies = [
        record(0x0809, pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0)) + cells + record(0x000A)
        for _, _, cells in sheets
    ]
    entry_size = sum(4 + 8 + len(name) for name, _, _ in sheets)
    place = len(start) + len(shared) + entry_size + 4
    entries = b""
    for (name, hidden, _), body in zip(sheets, bodies, strict=True):
        title = pack("<BB", len(name), 0) + name.encode("latin-1")
        entries += record(0x0085, pack("<IBB", place, int(hidden), 0) + title)
        place += len(body)
    return start + entries + shared + record(0x000A) + b"".join(bodies)


def make_xls(book, name="Workbook"):
    """Return a compound file with `book` as its stream."""
    book = book.ljust(4096, b"\0")
    count = -(-len(book) // SECTOR)
    chain = [*range(1, count), END]
    directory, table = count, count + 1
    chain += [END, TABLE]
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += pack("<IIIIIIIIII", 0, 1, directory, 0, 4096, END, 0, END, 0, table)
    header = header.ljust(SECTOR, b"\xff")
    entries = _entry("Root Entry", 5, END, 0, child=1) + _entry(name, 2, 0, len(book))
    numbers = pack(f"<{len(chain)}I", *chain).ljust(SECTOR, b"\xff")
    return header + book.ljust(count * SECTOR, b"\0") + entries.ljust(SECTOR, b"\0") + numbers


def _entry(name, kind, start, size, child=FREE):
    encoded = (name + "\0").encode("utf-16-le")
    return (
        encoded.ljust(64, b"\0")
        + pack("<HBB", len(encoded), kind, 1)
        + pack("<III", FREE, FREE, child)
        + bytes(36)
        + pack("<III", start, size, 0)
    )
