"""Numbers as the lists of office documents show them: 3, 03, c, iii, 3rd."""

_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
    (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_LARGEST_ROMAN = 3_999
_MOST_LETTERS = 4
_LETTERS = 26


def numeral(number: int, form: str) -> str:
    """Return `number` in a `form` as Word calls it; in digits where the form is not known."""
    if form in ("lowerLetter", "upperLetter"):
        text = _letters(number)
    elif form in ("lowerRoman", "upperRoman"):
        text = _roman(number)
    elif form == "decimalZero":
        text = f"{number:02}"
    elif form == "ordinal":
        text = f"{number}{_ordinal_ending(number)}"
    elif form == "none":
        text = ""
    else:
        text = str(number)
    return text.upper() if form.startswith("upper") else text


def _letters(number: int) -> str:
    """Return a to z, aa to zz, as Word goes on: the same letter twice, three times."""
    times, place = divmod(number - 1, _LETTERS)
    return chr(ord("a") + place) * (times + 1) if 0 <= times < _MOST_LETTERS else str(number)


def _roman(number: int) -> str:
    if not 0 < number <= _LARGEST_ROMAN:
        return str(number)
    text = ""
    for value, letters in _ROMAN:
        times, number = divmod(number, value)
        text += letters * times
    return text


def _ordinal_ending(number: int) -> str:
    if 10 < number % 100 < 14:
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
