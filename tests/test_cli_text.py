"""`footnote text FILE --structure`: what was understood of a document."""

from dataclasses import replace

from rag.cli.command import main
from rag.documents import load

GUIDE = """# Guide

What it is for. This sentence is much longer than what one line of the outline shows of it.

Bring these:

- a map
  - of paper
- 3. water

## Prices

| Ticket | Price |
|---|---|
| day | 4 |
| week | 20 |

```
x = 1
```
"""


def test_structure_is_an_outline_below_the_headings(tmp_path, capsys):
    path = tmp_path / "guide.md"
    path.write_text(GUIDE, encoding="utf-8")
    assert main(["text", "--structure", str(path)]) == 0
    assert capsys.readouterr() == (
        "title  Guide\n"
        "heading 1  Guide\n"
        "  paragraph  What it is for. This sentence is much longer than what one…\n"
        "  paragraph  Bring these:\n"
        "  list\n"
        "    item -  a map\n"
        "      list\n"
        "        item -  of paper\n"
        "    item -\n"
        "      list in order\n"
        "        item 3.  water\n"
        "  heading 2  Prices\n"
        "    table  2 rows  columns: Ticket, Price\n"
        "    code  x = 1\n",
        "",
    )


def test_columns_of_records_are_named(tmp_path, capsys):
    path = tmp_path / "pay.csv"
    path.write_text("Name,Salary\nAnna,10\n", encoding="utf-8")
    assert main(["text", "--structure", str(path)]) == 0
    assert capsys.readouterr().out == "table  1 row  columns: Name, Salary\n"


def test_pages_are_said_and_what_could_not_be_read(tmp_path, monkeypatch, capsys):
    path = tmp_path / "a.txt"
    path.write_text("One page.\n\fAnother page.\n", encoding="utf-8")
    read = load.read_document

    def read_with_warning(source, *, max_bytes):
        return replace(read(source, max_bytes=max_bytes), warnings=("page 3 is a picture",))

    monkeypatch.setattr(load, "read_document", read_with_warning)
    assert main(["text", "--structure", str(path)]) == 0
    out, err = capsys.readouterr()
    assert out == "paragraph  page 1  One page.\nparagraph  page 2  Another page.\n"
    assert err == "a.txt: page 3 is a picture\n"
    assert main(["text", str(path)]) == 0
    assert capsys.readouterr() == ("One page.\n\fAnother page.\n", err)
