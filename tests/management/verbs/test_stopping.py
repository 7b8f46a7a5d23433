from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor

from django_universal_ai.management.verbs.stopping import until_stopped


def test_the_first_ctrl_c_is_a_wish_and_the_second_is_meant() -> None:
    before = signal.getsignal(signal.SIGINT)
    with until_stopped() as stopped:
        assert not stopped.is_set()
        signal.raise_signal(signal.SIGINT)
        assert stopped.is_set()
        assert signal.getsignal(signal.SIGINT) is before
    assert signal.getsignal(signal.SIGINT) is before


def test_a_thread_leaves_signals_to_the_main_one() -> None:
    def in_a_thread() -> bool:
        with until_stopped() as stopped:
            return stopped.is_set() or signal.getsignal(signal.SIGINT) is not before

    before = signal.getsignal(signal.SIGINT)
    with ThreadPoolExecutor(1) as pool:
        assert not pool.submit(in_a_thread).result()
