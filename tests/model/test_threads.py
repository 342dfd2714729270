import numpy as np
from threadpoolctl import ThreadpoolController

from cleaner.model.threads import one_thread


def _threads():
    np.ones((2, 2)) @ np.ones((2, 2))
    libraries = ThreadpoolController().select(user_api="blas").info()
    return [library["num_threads"] for library in libraries]


def test_calls_that_overlap_leave_the_setting_as_it_was():
    before = _threads()
    first, second = one_thread(), one_thread()
    first.__enter__()
    assert set(_threads()) <= {1}
    second.__enter__()
    first.__exit__(None, None, None)
    assert set(_threads()) <= {1}
    second.__exit__(None, None, None)
    assert _threads() == before
