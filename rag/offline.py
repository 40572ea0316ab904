"""Keeps the libraries off the network. Imported, and called, before anything heavy.

The libraries read these variables once, when they are imported: a later change is ignored. Knows
nothing about models.
"""

import os

_OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
}
_QUIET = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_RUN_HISTORY": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
_LOCAL_HOSTS = ("127.0.0.1", "localhost", "::1")


def set_offline() -> None:
    """Forbid downloads and telemetry to the libraries that are imported after this call.

    Hosts of this machine are added to NO_PROXY: a page's request to its own server must not go to
    a proxy.
    """
    os.environ.update(_OFFLINE)
    os.environ.update(_QUIET)
    for name in ("NO_PROXY", "no_proxy"):
        hosts = [host for host in os.environ.get(name, "").split(",") if host.strip()]
        os.environ[name] = ",".join(hosts + [host for host in _LOCAL_HOSTS if host not in hosts])


def allow_downloads() -> None:
    """Undo the ban on downloads (not that on telemetry), for the one command that downloads."""
    for name in _OFFLINE:
        os.environ.pop(name, None)
    os.environ.update(_QUIET)
