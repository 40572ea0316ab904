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
LAYERS = (
    {"rag", "rag.datatypes", "rag.ending", "rag.errors", "rag.paths", "rag.written"},
    {"rag.settings", "rag.offline", "rag.seed", "rag.models.files"},
    {name for name in NAMES if name.startswith("rag.models") and name != "rag.models.files"},
    set(),  # the stages: every module that is not named here
    {"rag.answering.pipeline"},
    {"rag.assemble", "rag.shelf"}
    | {
        f"rag.evaluation.{name}"
        for name in (
            *(
                "rows",
                "kept_rows",
                "verdict",
                "summary",
                "figures",
                "diagrams",
                "excerpts",
                "charts",
                "page",
            ),
            *("report", "evaluate", "compare", "calibrate"),
        )
    },
    {"rag.prepare", "rag.python_api"}
    | {
        f"rag.cli{name}"
        for name in ("", "_arguments", "_calibrate", "_evaluate", "_feedback", "_libraries")
    },
)
STAGES = 3


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


def layer_of(name: str) -> int:
    return next((i for i, layer in enumerate(LAYERS) if name in layer), STAGES)


def test_imports_have_no_cycle():
    TopologicalSorter(OURS).prepare()


@pytest.mark.parametrize("name", sorted(name for name in OURS if name.startswith("rag.")))
def test_imports_of_the_engine_point_one_way(name):
    upward = {
        other
        for other in OURS[name]
        if other.startswith("rag.") and layer_of(other) > layer_of(name)
    }
    assert upward == set()


def test_every_module_named_in_a_layer_exists():
    assert set().union(*LAYERS) <= set(IMPORTS)


def test_the_engine_imports_the_page_only_where_the_command_opens_it():
    importers = {
        name
        for name, imports in IMPORTS.items()
        if name.startswith("rag.") and any(other.split(".")[0] == "ui" for other in imports)
    }
    assert importers <= {"rag.cli"}
    assert "ui" not in imports_at_start(ROOT / "rag" / "cli.py")


def test_the_page_takes_answers_and_knows_no_model():
    stages = ("retrieve", "read", "generate")
    models = {"rag.models.find", "rag.documents.library"}
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
    assert loaders <= {"rag.assemble", "rag.cli"}


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
    assert not HEAVY & imports_at_start(ROOT / "rag" / "cli.py")
    program = f"import rag.cli, sys; rag.cli.make_parser(); print({HEAVY!r} & set(sys.modules))"
    found = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "set()"
