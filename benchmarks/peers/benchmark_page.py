"""The results of a benchmark as a Markdown page and as charts for a dark and a light page.

Knows the figures' names and what they mean, not how they are made.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmark_sets import SETS

from rag.evaluation.report import number, write_whole

Results = Mapping[str, Any]
ROWS = {
    "contains": "an accepted answer stands in the text",
    "short_f1": "F1 of the short answer (baselines: of the whole text)",
    "exact_match": "exact match, likewise",
    "text_f1": "F1 of the whole text, for all alike",
    "refused_when_unanswerable": "questions without an answer refused",
    "refused_when_answerable": "answerable questions refused",
    "sentences": "sentences shown",
    "sentences_rightly_cited": "… with a right citation",
    "cited_characters": "characters cited for an answer (to be read to check it)",
    "sentences_with_new_word": "sentences with a word or number that no text they cite has",
    "new_words": "words that no cited text has",
    "first_seconds_p50": "seconds to the first text, median",
    "seconds_p50": "seconds to the end, median",
    "seconds_p95": "seconds to the end, 95th percentile",
    "questions_per_second": "questions a second",
    "errors": "questions that failed",
}
ENGINE_ROWS = {
    "first_seconds_p50": "seconds to the first text, median",
    "seconds_p50": "seconds to the end, median",
    "prompt_tokens_per_second": "tokens read a second",
    "tokens_per_second": "tokens written a second",
    "tokens": "tokens written, mean",
    "same_text": "the same text as the first column",
}
PANELS = (
    ("contains", "Right answers shown", ("seed", "closed", "open")),
    (
        "refused_when_unanswerable",
        "Refused where there is no answer",
        ("seed", "out_of_corpus", "adversarial"),
    ),
    ("sentences_rightly_cited", "Sentences with a right citation", ("seed", "closed", "open")),
    (
        "sentences_with_new_word",
        "Sentences with a word\nthat no cited text has",
        ("seed", "closed", "open"),
    ),
)
COLOURS = ("#2f7ed8", "#d98324", "#5a9e6f", "#a05fb4")
INKS = {"light": "#1f2328", "dark": "#e6edf3"}
_NOTES = """\
A baseline shows free text, with the chunks that the model was given as its sources: every sentence
of it cites all of them. Its whole text counts as its short answer. It has refused if its first
sentence says so (`REFUSALS` in baseline_answer.py). Shares of sentences are over all that
were shown, also on questions without an answer, where no citation is right. Words are compared by
their stems.
"""


def write_page(results: Results, path: Path) -> None:
    """Write the results as Markdown."""
    memory = results["machine"]["memory_bytes"] / 1e9
    load = number(results["machine"]["load_at_end"])
    lines = [
        f"# Benchmark of {results['date']}",
        "",
        f"{results['machine']['processor']}, {results['machine']['cores']} cores, "
        f"{memory:.0f} GB, {results['machine']['system']}; load at the end {load}.",
        "",
        f"    {results['command']}",
        "",
        ", ".join(f"{name} {version}" for name, version in results["versions"].items()),
        "",
        _NOTES,
    ]
    for name, systems in results["sets"].items():
        asked = max(figures["questions"] for figures in systems.values())
        lines += [f"## {SETS[name]}", "", f"{asked} questions.", "", *table(systems, ROWS), ""]
    if results["engines"]:
        lines += ["## Generation alone, on the naive baseline's prompts", ""]
        lines += [*table(results["engines"], ENGINE_ROWS), ""]
    lines += ["## What each needs", "", *table(_needs(results), dict.fromkeys(_NEEDS)), ""]
    write_whole(path, "\n".join(lines))


def table(columns: Mapping[str, Mapping[str, Any]], rows: Mapping[str, str | None]) -> list[str]:
    """Return a Markdown table; a row without any figure is left out."""
    lines = [f"| | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for name, label in rows.items():
        cells = [figures.get(name) for figures in columns.values()]
        if any(cell is not None for cell in cells):
            shown = [cell if isinstance(cell, str) else _shown(name, cell) for cell in cells]
            lines.append(f"| {label or name} | {' | '.join(shown)} |")
    return lines


def write_charts(results: Results, folder: Path) -> None:
    """Write benchmark-light.svg and benchmark-dark.svg; nothing without matplotlib."""
    try:
        import matplotlib
    except ImportError:
        return
    matplotlib.use("svg")
    for name, ink in INKS.items():
        # Without a date, and with the same names inside, equal results make equal files.
        with matplotlib.rc_context({"svg.hashsalt": "footnote", "font.size": 10}):
            figure = _draw(results, ink)
            figure.savefig(
                folder / f"benchmark-{name}.svg", transparent=True, metadata={"Date": None}
            )


def _draw(results: Results, ink: str) -> Any:
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    figure = Figure(figsize=(9, 5.6), layout="constrained")
    axes = figure.subplots(2, 2)
    systems = list(dict.fromkeys(s for figures in results["sets"].values() for s in figures))
    for panel, (figure_name, title, wanted) in zip(axes.flat, PANELS, strict=True):
        sets = [name for name in wanted if name in results["sets"]]
        _bars(panel, results, figure_name, sets, systems, ink)
        panel.set_title(title, color=ink, fontsize=11)
    keys = [Patch(color=COLOURS[number_], label=name) for number_, name in enumerate(systems)]
    figure.legend(handles=keys, loc="outside lower center", ncols=4, frameon=False, labelcolor=ink)
    return figure


def _bars(
    panel: Any,
    results: Results,
    figure_name: str,
    sets: Sequence[str],
    systems: Sequence[str],
    ink: str,
) -> None:
    width = 0.8 / max(1, len(systems))
    for number_, system in enumerate(systems):
        shares = [results["sets"][name].get(system, {}).get(figure_name) for name in sets]
        places = [at + (number_ - (len(systems) - 1) / 2) * width for at in range(len(sets))]
        heights = [share or 0.0 for share in shares]
        bars = panel.bar(places, heights, width * 0.92, color=COLOURS[number_])
        texts = ["–" if share is None else f"{100 * share:.0f}" for share in shares]
        panel.bar_label(bars, texts, color=ink, fontsize=8, padding=1)
    panel.set_xticks(range(len(sets)), [name.replace("_", " ") for name in sets], color=ink)
    panel.set_ylim(0, 1.12)
    panel.set_yticks([0, 0.5, 1], ["0 %", "50 %", "100 %"], color=ink)
    panel.tick_params(colors=ink, length=0)
    panel.spines[["top", "right", "left"]].set_visible(False)
    panel.spines["bottom"].set_color(ink)


_NEEDS = ("seconds from start to ready", "peak memory, MB", "installed, GB", "seconds to install")


def _needs(results: Results) -> dict[str, dict[str, str]]:
    needs: dict[str, dict[str, str]] = {}
    for name, process in results["processes"].items():
        needs[name] = {"peak memory, MB": f"{process['peak_bytes'] / 1e6:.0f}"}
        if process["setup_seconds"] is not None:
            needs[name]["seconds from start to ready"] = f"{process['setup_seconds']:.1f}"
    for name, installed in results["installed"].items():
        needs.setdefault(name, {})["installed, GB"] = f"{installed['bytes'] / 1e9:.2f}"
        needs[name]["seconds to install"] = f"{installed['seconds']:.0f}"
    return needs


def _shown(name: str, value: float | None) -> str:
    if name == "cited_characters" and value is not None:
        return f"{value:.0f}"
    return number(value)
