"""Sizes as people write them."""


def readable_bytes(number: int) -> str:
    """Return a size as people write it."""
    if number < 1_000:
        return f"{number} bytes"
    for unit in ("kB", "MB"):
        number_of_unit = number / 1_000
        if number_of_unit < 999.5:
            return (
                f"{number_of_unit:.0f} {unit}"
                if number_of_unit >= 10
                else (f"{number_of_unit:.1f} {unit}")
            )
        number = round(number_of_unit)
    return f"{number / 1_000:.1f} GB"
