"""The environment that keeps the libraries off the network."""

import os

import pytest

from rag.offline import allow_downloads, set_offline


@pytest.fixture(autouse=True)
def restored_environment(monkeypatch):
    """Give each test an environment of its own, without what an earlier call has set."""
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "")  # so that monkeypatch puts back what there was
        monkeypatch.delenv(name)
    for name in ("GRADIO_ANALYTICS_ENABLED", "GRADIO_RUN_HISTORY", "HF_HUB_DISABLE_TELEMETRY"):
        monkeypatch.setenv(name, "True")
    monkeypatch.setenv("TOKENIZERS_PARALLELISM", "")


def test_set_offline_forbids_downloads_and_telemetry():
    set_offline()
    assert os.environ["HF_HUB_OFFLINE"] == os.environ["TRANSFORMERS_OFFLINE"] == "1"
    assert os.environ["HF_HUB_DISABLE_TELEMETRY"] == "1"
    assert os.environ["GRADIO_ANALYTICS_ENABLED"] == os.environ["GRADIO_RUN_HISTORY"] == "False"
    assert os.environ["TOKENIZERS_PARALLELISM"] == "false"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "127.0.0.1,localhost,::1"),
        ("example.org", "example.org,127.0.0.1,localhost,::1"),
        ("localhost,example.org", "localhost,example.org,127.0.0.1,::1"),
    ],
)
def test_set_offline_keeps_requests_to_this_machine_from_a_proxy(monkeypatch, before, after):
    monkeypatch.setenv("NO_PROXY", before)
    set_offline()
    assert os.environ["NO_PROXY"] == after
    set_offline()
    assert os.environ["NO_PROXY"] == after


def test_allow_downloads_lifts_the_ban_on_downloads_alone():
    set_offline()
    allow_downloads()
    assert "HF_HUB_OFFLINE" not in os.environ
    assert "TRANSFORMERS_OFFLINE" not in os.environ
    assert os.environ["HF_HUB_DISABLE_TELEMETRY"] == "1"
