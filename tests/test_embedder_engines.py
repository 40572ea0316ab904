"""The built-in embedder in int8 beside float32: vectors nearly alike, the same passages."""

import json

import numpy as np
import pytest
from marks import needs_openvino

from rag.assemble import load_embedder
from rag.models.samples import seed_pieces
from rag.seed import seed_folder
from rag.settings import Settings


@needs_openvino
@pytest.mark.slow
def test_int8_finds_what_float32_finds():
    passages = list(seed_pieces(400))
    lines = (seed_folder() / "questions.jsonl").read_text("utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines]
    found = {}
    for engine in ("openvino", "torch"):
        embedder, name = load_embedder(Settings(engine=engine))
        found[engine] = embedder.embed(passages), embedder.embed(questions), name
    (quick, asked, name), (exact, exactly_asked, exact_name) = found["openvino"], found["torch"]
    assert name == exact_name
    for some, others in ((quick, exact), (asked, exactly_asked)):
        cosines = (some * others).sum(axis=1)
        assert cosines.mean() > 0.99
        assert cosines.min() > 0.97
    nearest = (exactly_asked @ exact.T).argmax(axis=1)
    ten = np.argsort(-asked @ quick.T, axis=1)[:, :10]
    assert np.mean([place in row for place, row in zip(nearest, ten, strict=True)]) > 0.99
