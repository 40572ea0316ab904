"""The house as DESIGN draws it: imports point one way, and nothing heavy happens at import."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted(path for package in ("rag", "ui") for path in (ROOT / package).rglob("*.py"))
HEAVY = {"torch", "transformers", "gradio", "faiss", "sentence_transformers", "huggingface_hub"}


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


NAMES = {name_of(path) for path in SOURCES}
FLOORS = (
    {
        *("rag", "rag.absolute_path", "rag.datatypes", "rag.ending", "rag.errors", "rag.serialize"),
        *("rag.sizes", "rag.sqlite_file", "rag.written"),
    },
    {"rag.offline", "rag.seed", "rag.settings"},
    {"rag.models"},
    {"rag.documents"},
    {"rag.library"},
    {"rag.answering"},
    {"rag.assemble", "rag.sessions"},
    {"rag.conversations", "rag.evaluation"},
    {"rag.cli", "rag.prepare", "rag.python_api", "ui"},
)
"""Folders, and the modules of `rag` itself; each imports what is on its floor and below."""


def place_of(name: str) -> str:
    """Return the folder a module lies in; the module itself where that is `rag`."""
    parts = name.split(".")
    return parts[0] if parts[0] == "ui" else ".".join(parts[:2])


def imported_by(tree: ast.AST) -> Iterator[str]:
    """Yield the modules that run-time code imports, anywhere in it; not those for annotations."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module or ""
        yield from imported_by(node)


def imports_at_start(path: Path) -> set[str]:
    """Return the top-level packages that importing the module itself imports."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            node.body = []
    return {name.split(".")[0] for name in imported_by(tree)}


IMPORTS = {name_of(path): set(imported_by(ast.parse(path.read_text("utf-8")))) for path in SOURCES}
OURS = {
    name: {other for other in imports if other in IMPORTS and other != name}
    for name, imports in IMPORTS.items()
}


def floor_of(name: str) -> int:
    (floor,) = (floor for floor, places in enumerate(FLOORS) if place_of(name) in places)
    return floor


def test_imports_have_no_cycle():
    TopologicalSorter(OURS).prepare()


def test_every_place_has_one_floor_and_every_floor_names_what_is_there():
    places = [place for floor in FLOORS for place in floor]
    assert sorted(places) == sorted({place_of(name) for name in NAMES})


def test_imports_point_down():
    upward = {
        (name, other)
        for name, others in OURS.items()
        for other in others
        if floor_of(other) > floor_of(name)
    }
    assert upward == set()


def test_the_engine_imports_the_page_only_where_the_command_opens_it():
    importers = {
        name
        for name, imports in IMPORTS.items()
        if name.startswith("rag.") and any(other.split(".")[0] == "ui" for other in imports)
    }
    assert importers <= {"rag.cli.chat"}
    assert "ui" not in imports_at_start(ROOT / "rag" / "cli" / "chat.py")


def test_the_page_takes_of_the_command_line_only_its_terminal():
    taken = {other for name, others in OURS.items() if name.startswith("ui.") for other in others}
    assert {name for name in taken if name.startswith("rag.cli")} <= {"rag.cli.terminal"}


def test_the_page_takes_answers_and_knows_no_model():
    stages = ("retrieve", "read", "generate")
    models = {"rag.models.find", "rag.library.library"}
    models |= {f"rag.answering.{stage}" for stage in stages}
    assert {name for name in OURS if name.startswith("ui.") and OURS[name] & models} == set()


def test_gradio_is_known_to_the_page_alone():
    users = {
        name for name, imports in IMPORTS.items() if any("gradio" in other for other in imports)
    }
    assert {name for name in users if not name.startswith("ui.")} == set()


def test_stages_receive_models_and_do_not_load_them():
    loaders = {name for name, others in OURS.items() if "rag.models.find" in others}
    loaders -= {name for name in NAMES if name.startswith("rag.models")}
    assert loaders <= {"rag.assemble"}


def test_metrics_are_pure():
    assert OURS["rag.evaluation.metrics"] == set()
    assert OURS["rag.evaluation.curves"] == {"rag.evaluation.metrics"}
    assert not HEAVY & {name.split(".")[0] for name in IMPORTS["rag.evaluation.metrics"]}


def test_only_the_settings_read_the_environment():
    readers = {
        name_of(path)
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv", "environb"}
    }
    assert readers <= {"rag.settings", "rag.offline"}  # offline: it keeps what NO_PROXY was


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_module_says_what_it_is_and_stays_readable(path):
    text = path.read_text("utf-8")
    assert ast.get_docstring(ast.parse(text))
    assert len(text.splitlines()) <= 400


def test_the_command_imports_nothing_heavy_at_its_start():
    program = (
        "import sys; from rag.cli.command import make_parser; make_parser(); "
        f"print({HEAVY!r} & set(sys.modules))"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "set()"
