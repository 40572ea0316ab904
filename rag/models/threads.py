"""How many threads the models may use. Knows nothing of what runs on them."""

import os

import psutil


def set_index_threads() -> None:
    """Let FAISS use one thread: an index of thousands of passages needs no more."""
    import faiss

    faiss.omp_set_num_threads(1)


def set_torch_threads(threads: int) -> None:
    """Let torch use `threads` threads; 0: one for each physical core that this process may use.

    FAISS is set first: on macOS its OpenMP and torch's are two, which can clash. On Linux the two
    can share one OpenMP, where the later call counts for both.
    """
    import torch

    set_index_threads()
    torch.set_num_threads(threads_of(threads))


def threads_of(setting: int) -> int:
    """Return how many threads a setting means; 0: one for each core, as `available_cores` says."""
    return setting if setting > 0 else available_cores()


def available_cores() -> int:
    """Return the number of physical cores, or of those that this process may use if fewer."""
    if hasattr(os, "sched_getaffinity"):
        allowed = len(os.sched_getaffinity(0))
    else:
        allowed = os.cpu_count() or 1
    return max(1, min(psutil.cpu_count(logical=False) or allowed, allowed))
