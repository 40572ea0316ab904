"""Make the documents of the set that are not written as they stand: Word, Excel, a long CSV.

    python benchmarks/rows/make_documents.py

Knows nothing of questions; those about the long table were answered with a spreadsheet's filter.
"""

import csv
import random
import sys
from datetime import date
from pathlib import Path

from openpyxl import Workbook

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parents[1]))
from benchmarks.everyday.make_documents import make_docx  # noqa: E402

_SHEETS = {"Seeds": "seed-order.tsv", "Depots": "depots.tsv"}
_RUNNERS = 120
_FIRST = "Ada Ben Cora Dov Esme Finn Gwen Hugo Isla Joss Kit Lois Max Nell Owen Pia".split()
_LAST = "Abbot Barr Croft Dunn Ewing Frew Gunn Hale Innes Jardine Kerr Lyle Munn Noble".split()
_CLUBS = "Glen Harriers;Fort Ruan AC;Kyle Striders;no club;Torridon Hill Runners".split(";")
_TOWNS = "Fort Ruan;Kyle;Inverlee;Port Shiel;Dunmore".split(";")


def main() -> None:
    """Write them all."""
    documents = FOLDER / "documents"
    source = (FOLDER / "sources" / "choir-trip.md").read_text("utf-8")
    (documents / "choir-trip.docx").write_bytes(make_docx(source))
    make_workbook(documents / "garden.xlsx")
    make_race(documents / "races.csv")


def make_workbook(path: Path) -> None:
    """Write a sheet for each source, with numbers and dates as such."""
    book = Workbook()
    book.remove(book.active)
    for title, name in _SHEETS.items():
        sheet = book.create_sheet(title)
        for line in (FOLDER / "sources" / name).read_text("utf-8").splitlines():
            sheet.append([_typed(cell) for cell in line.split("\t")])
    book.save(path)


def _typed(cell: str) -> str | float | date:
    for kind in (int, float, date.fromisoformat):
        try:
            return kind(cell)
        except ValueError:
            continue
    return cell


def make_race(path: Path) -> None:
    """Write the results of a race, in the order of start numbers."""
    draw = random.Random(7)
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["Number", "Runner", "Age", "Club", "Town", "Time"])
        names = draw.sample([f"{first} {last}" for first in _FIRST for last in _LAST], _RUNNERS)
        for number, name in enumerate(names, start=1):
            seconds = draw.randint(5_700, 13_400)
            time = f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
            club, town = draw.choice(_CLUBS), draw.choice(_TOWNS)
            rows.writerow([number, name, draw.randint(17, 74), club, town, time])


if __name__ == "__main__":
    main()
