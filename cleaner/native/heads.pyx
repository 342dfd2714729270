# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""How lines begin, looked up among what known lines begin with."""

from libc.stdint cimport int64_t, uint16_t, uint64_t, uint8_t

import numpy as np


def look_up(
    const uint16_t[::1] units, const uint8_t[::1] known, const uint64_t[::1] factors, int bits
):
    """Where lines end, which lines begin like a known one, and which are to be looked at."""
    cdef Py_ssize_t count = units.shape[0], at, start = 0, place, length, step, lines = 0
    cdef Py_ssize_t width = factors.shape[0]
    cdef uint64_t mixed
    cdef uint16_t unit, before
    cdef bint odd, marker
    for at in range(count):
        lines += units[at] == 10
    ends_ = np.empty(lines, dtype=np.int64)
    hits_ = np.zeros(lines, dtype=np.bool_)
    odds_ = np.zeros(lines, dtype=np.bool_)
    cdef int64_t[::1] ends = ends_
    cdef uint8_t[::1] hits = hits_.view(np.uint8), odds = odds_.view(np.uint8)
    lines = 0
    with nogil:
        for at in range(count):
            if units[at] != 10:
                continue
            length = min(at - start, width)
            mixed = 0
            odd = False
            before = 0
            for step in range(length):
                unit = units[start + step]
                if unit > 0x7F or unit == 9 or (unit == 32 and before == 32):
                    odd = True
                    break
                before = unit
                if 65 <= unit <= 90:
                    unit += 32
                elif unit == 32 and step == width - 1:
                    unit = 0
                mixed += unit * factors[step]
            marker = length > 1 and units[start + 1] == 32 and units[start] in (42, 45)
            ends[lines] = at
            odds[lines] = odd
            hits[lines] = marker or (not odd and known[mixed >> (64 - bits)])
            lines += 1
            start = at + 1
    return ends_, hits_, odds_
