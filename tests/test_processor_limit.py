"""That the limit breaks off what does not end, and nothing else."""

import hashlib
import os
import re
import threading

import pytest
from processor_limit import processor_limit

pytestmark = pytest.mark.skipif(os.name != "posix", reason="there are no timers for a processor")


def test_work_that_ends_passes():
    with processor_limit(0.5):
        sum(range(1_000))


def test_what_other_threads_do_is_not_counted():
    def work():
        for _ in range(20):  # outside of Python's lock
            hashlib.pbkdf2_hmac("sha256", b"a", b"b", 30_000)

    with processor_limit(0.05):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()


def test_a_pattern_that_goes_back_for_ever_is_broken_off():
    with pytest.raises(TimeoutError, match="still at work"), processor_limit(0.1):
        re.search("(a|a)*b", "a" * 60)


def test_work_that_takes_the_error_for_its_own_fails_too():
    with pytest.raises(AssertionError), processor_limit(0.1):
        try:
            re.search("(a|a)*b", "a" * 60)
        except Exception:
            pass
