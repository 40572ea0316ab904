"""The engines: which is taken, what they give, and that nothing is told to anybody."""

import os
import subprocess
import sys

import numpy as np
import pytest
from marks import needs_openvino

from rag.errors import SettingsError
from rag.models import engines
from rag.models.engines import choose_engine, compile_model, no_telemetry, run


@pytest.mark.parametrize(
    ("setting", "installed", "engine"),
    [
        ("auto", True, "openvino"),
        ("auto", False, "torch"),
        ("torch", True, "torch"),
        ("openvino", True, "openvino"),
    ],
)
def test_the_engine_is_the_setting_or_what_is_installed(monkeypatch, setting, installed, engine):
    monkeypatch.setattr(
        engines.importlib.util, "find_spec", lambda name: object() if installed else None
    )
    assert choose_engine(setting) == engine


@pytest.mark.parametrize(
    ("setting", "said"), [("fast", "expected auto"), ("openvino", "not installed")]
)
def test_an_engine_that_is_not_there_is_one_line(monkeypatch, setting, said):
    monkeypatch.setattr(engines.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SettingsError, match=said):
        choose_engine(setting)


def test_what_reports_use_cannot_be_imported(monkeypatch):
    monkeypatch.delitem(sys.modules, "openvino_telemetry", raising=False)
    with no_telemetry(), pytest.raises(ImportError):
        import openvino_telemetry  # noqa: F401
    monkeypatch.delitem(sys.modules, "openvino_telemetry")


@pytest.fixture
def tiny_model(tmp_path):
    """A folder with a model that multiplies its input by a matrix, and what it gives for ones."""
    import openvino
    from openvino import opset13 as ops

    weights = np.arange(12, dtype=np.float32).reshape(3, 4)
    given = ops.parameter([-1, 3], np.float32, name="input_ids")
    product = ops.matmul(given, ops.constant(weights), False, False)
    given.output(0).get_tensor().set_names({"input_ids"})
    openvino.save_model(openvino.Model([product], [given], "tiny"), tmp_path / "model.xml")
    return tmp_path, [12.0, 15.0, 18.0, 21.0]  # the sums of the columns


LET_GO_AND_SIGNAL = """
import gc, signal, sys
from pathlib import Path
from rag.models.engines import compile_model

caught = []
signal.signal(signal.SIGTERM, lambda *_: caught.append("told to end"))
first, second = compile_model(Path(sys.argv[1]), 1), compile_model(Path(sys.argv[1]), 1)
del first
gc.collect()
del second
gc.collect()
signal.raise_signal(signal.SIGTERM)
print(*caught)
"""


@needs_openvino
@pytest.mark.skipif(os.name != "posix", reason="raises a signal")
def test_signals_arrive_after_models_were_let_go(tiny_model):
    """Each of OpenVINO's engines brings a stack for signals, and takes away that of another."""
    folder, _ = tiny_model
    done = subprocess.run(
        [sys.executable, "-c", LET_GO_AND_SIGNAL, str(folder)], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "told to end\n")


@needs_openvino
@pytest.mark.parametrize("damage", [None, "cut off", "empty", "in the way"])
def test_what_was_compiled_is_kept_and_made_again_where_it_is_damaged(tiny_model, damage):
    folder, expected = tiny_model
    tokens = {"input_ids": np.ones((1, 3), dtype=np.float32)}
    first = compile_model(folder, 1)
    (kept,) = (folder / "compiled").iterdir()
    assert not first.get_property("LOADED_FROM_CACHE")
    kept.chmod(0o644)
    if damage == "in the way":
        kept.unlink()
        (folder / "compiled").rmdir()
        (folder / "compiled").write_text("a file")
    elif damage is not None:
        os.truncate(kept, 0 if damage == "empty" else kept.stat().st_size * 2 // 3)
    second = compile_model(folder, 1)
    assert bool(second.get_property("LOADED_FROM_CACHE")) is (damage is None)
    for model in (first, second):
        assert run(model, tokens)[0].tolist() == [expected]
