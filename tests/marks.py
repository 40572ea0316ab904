"""Marks of tests that more than one module has."""

import importlib.util

import pytest

needs_openvino = pytest.mark.skipif(
    importlib.util.find_spec("openvino") is None or importlib.util.find_spec("nncf") is None,
    reason="OpenVINO has no wheel for this machine",
)
