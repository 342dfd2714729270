# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""What the elements above lines say of them, found on the way up from each line.

The twins of loops in `model.elements` and `model.mass`; see there for what each column is. The last
element is nobody, the parent of roots.
"""

from libc.stdint cimport int64_t, uint8_t

import numpy as np


def tags_above(
    const int64_t[::1] owners, const int64_t[::1] parents, const int64_t[::1] bits, int most
):
    """Per line the bits of its element and those above it, and how many are above, up to `most`."""
    cdef Py_ssize_t count = owners.shape[0], line
    cdef int64_t element, nobody = parents.shape[0] - 1
    cdef int steps
    bits_ = np.empty(count, dtype=np.int64)
    depths_ = np.empty(count, dtype=np.int64)
    cdef int64_t[::1] found = bits_, depths = depths_
    with nogil:
        for line in range(count):
            element = owners[line]
            found[line] = bits[element]
            steps = 0
            while steps < most and parents[element] < nobody:
                element = parents[element]
                steps += 1
                if steps < most:
                    found[line] |= bits[element]
            depths[line] = steps
    return bits_, depths_


def steps_up(
    const int64_t[::1] owners, const int64_t[::1] parents, const int64_t[::1] ends,
    const int64_t[::1] wanted, const int64_t[::1] wanted_ends, int reach,
):  # fmt: skip
    """How many steps up from each line's element the first one is that holds its wanted element.

    It is `reach` where none of so many is.
    """
    cdef Py_ssize_t count = owners.shape[0], line
    cdef int64_t element
    cdef int steps
    steps_ = np.empty(count, dtype=np.int64)
    cdef int64_t[::1] found = steps_
    with nogil:
        for line in range(count):
            element = owners[line]
            steps = 0
            while steps < reach and not (
                element <= wanted[line] and ends[element] >= wanted_ends[line]
            ):
                element = parents[element]
                steps += 1
            found[line] = steps
    return steps_


def groups_above(
    const int64_t[::1] owners, const int64_t[::1] parents, const int64_t[::1] groups,
    const uint8_t[::1] are_items, const double[::1] means, const double[::1] held,
    const float[::1] guess, int reach, double larger,
):  # fmt: skip
    """The means of the nearest group above each line and of the largest one, else its guess."""
    cdef Py_ssize_t count = owners.shape[0], line
    cdef int64_t element, group
    cdef int steps
    cdef bint is_met
    cdef double most
    found_ = np.empty((2, count), dtype=np.float32)
    cdef float[::1] nearest = found_[0], largest = found_[1]
    with nogil:
        for line in range(count):
            nearest[line] = largest[line] = guess[line]
            is_met, most = False, 0
            element = owners[line]
            for steps in range(reach):
                if are_items[element]:
                    group = groups[element]
                    if not is_met:
                        nearest[line] = <float>means[group]
                        is_met = True
                    if held[group] > most * larger:
                        largest[line] = <float>means[group]
                        most = held[group]
                element = parents[element]
    return found_
