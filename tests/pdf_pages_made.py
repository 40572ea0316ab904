"""Pages of PDFs drawn with reportlab: what the tests of a PDF's structure read."""

from io import BytesIO

from reportlab.lib.utils import ImageReader
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

FONT, SIZE, LEAD = "Helvetica", 10, 12


class Drawn:
    """A PDF that is drawn piece by piece; places are in points from the left and from below."""

    def __init__(self, size=(595, 842), **options):
        self._data = BytesIO()
        self.canvas = Canvas(self._data, pagesize=size, **options)

    def text(self, left, baseline, text, size=SIZE, font=FONT):
        self.canvas.setFont(font, size)
        self.canvas.drawString(left, baseline, text)
        return left + stringWidth(text, font, size)

    def lines(self, left, top, lines, size=SIZE, font=FONT, lead=LEAD):
        for number, line in enumerate(lines):
            self.text(left, top - number * lead, line, size, font)

    def rows(self, lefts, top, rows, lead=18, font=FONT):
        for number, cells in enumerate(rows):
            for left, cell in zip(lefts, cells, strict=True):
                self.text(left, top - number * lead, cell, font=font)

    def page(self):
        self.canvas.showPage()
        return self

    def data(self):
        self.canvas.save()
        return self._data.getvalue()


def grey_picture():
    """Return a picture of one grey dot."""
    pixel = b"P5 1 1 255\n\x80"
    return ImageReader(BytesIO(pixel))
