"""Pictures of text, drawn for the tests of what recognises it."""

from io import BytesIO
from pathlib import Path

import reportlab
from PIL import Image, ImageDraw, ImageFont

FONTS = Path(reportlab.__file__).parent / "fonts"
PAGE = (1240, 1754)
"""A4 at 150 dots an inch."""


def draw_page(*columns, title="", size=28, page=PAGE):
    """Return a page: each column is (left, lines), under a title over all of it."""
    picture = Image.new("RGB", page, "white")
    draw = ImageDraw.Draw(picture)
    if title:
        bold = ImageFont.truetype(str(FONTS / "VeraBd.ttf"), round(1.6 * size))
        draw.text((100, 80), title, font=bold, fill="black")
    font = ImageFont.truetype(str(FONTS / "Vera.ttf"), size)
    for left, lines in columns:
        for number, line in enumerate(lines):
            draw.text((left, 200 + number * 1.5 * size), line, font=font, fill="black")
    return picture


def wrapped(text, width, size=28):
    """Return `text` in lines that are at most `width` pixels wide."""
    font = ImageFont.truetype(str(FONTS / "Vera.ttf"), size)
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def encoded(picture, kind="PNG", **options):
    """Return the bytes of a picture; of several, those of one file that holds them all."""
    first, *others = picture if isinstance(picture, list) else [picture]
    if others:
        options.update(save_all=True, append_images=others)
    data = BytesIO()
    first.save(data, kind, **options)
    return data.getvalue()
