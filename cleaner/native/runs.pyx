# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Runs of texts between tags that end lines: the twin of the numpy in `split.runs`."""

from libc.stdint cimport int64_t, uint8_t, uint16_t

import numpy as np

cdef enum:
    LINE = 3  # gaps
    PARAGRAPH = 4
    NO_STEP = 255

cdef enum:  # what stands between a text and the next
    JOINED
    SPACED
    ENDED

cdef enum:  # flags of tags
    IS_BOX = 4
    IS_HEADING = 8
    IS_APART = 64
    IS_BLANKED = 128


def find_runs(
    const uint8_t[::1] flags, const uint8_t[::1] names, const uint8_t[::1] opens,
    const uint8_t[::1] closes, const uint8_t[::1] steps, const uint8_t[::1] breaks,
    const int64_t[::1] of, const int64_t[::1] current, const int64_t[::1] depth,
    const uint8_t[::1] is_named, const int64_t[::1] page_first,
    const int64_t[::1] tag_of, const uint8_t[::1] has_words, const int64_t[::1] starts,
    const int64_t[::1] sizes, const uint16_t[::1] units, const uint8_t[::1] is_alnum,
    int link, int item,
):  # fmt: skip
    """The columns of `runs.Runs`; `link` and `item` are the numbers of these tags' names.

    Texts are `lines.Texts`, each behind the tag `tag_of`, and `page_first` the pages' first tags.
    """
    cdef Py_ssize_t tags = flags.shape[0], texts = tag_of.shape[0], pages = page_first.shape[0]
    cdef Py_ssize_t tag, text = 0, page = 0, run = -1, other
    cdef int64_t bounds = 0, walls = 0, links = 0, outer = 0, page_links = 0, end_links = 0
    cdef int64_t link_depth = 0, key, least = 0
    cdef int gap = 0, lines = 0
    cdef bint marks = False, is_open = False, is_inline, any_stop, any_start, any_named
    of_runs_ = np.zeros((5, texts), dtype=np.int64)
    gaps_ = np.empty(texts, dtype=np.uint8)
    marked_ = np.empty(texts, dtype=np.bool_)
    of_texts_ = np.empty((5, texts), dtype=np.int64)
    joints_ = np.empty(texts, dtype=np.uint8)
    cdef int64_t[:, ::1] of_runs = of_runs_, of_texts = of_texts_
    cdef int64_t[::1] firsts = of_runs_[0], owners = of_runs_[1], run_links = of_runs_[2]
    cdef int64_t[::1] link_chars = of_runs_[3], seen = of_runs_[4]
    cdef int64_t[::1] number = of_texts_[0]
    cdef uint8_t[::1] gaps = gaps_, marked = marked_.view(np.uint8), joints = joints_
    with nogil:
        for tag in range(tags):
            while page < pages and page_first[page] <= tag:
                page_links = links
                page += 1
            is_inline = steps[tag] == NO_STEP
            if not is_inline or breaks[tag]:
                if is_open:
                    seen[run] = max(end_links, page_links)
                    run_links[run] = links - seen[run]
                    end_links = links
                    gap = lines = 0
                    is_open = marks = False
                bounds += 1
                if breaks[tag]:
                    lines += 1
                else:
                    gap = max(gap, steps[tag])
                if names[tag] == item:
                    marks = opens[tag]
                elif flags[tag] & IS_HEADING and opens[tag]:
                    marks = False  # a card with a heading is no item of a list
            if is_inline and names[tag] == link:
                link_depth += <int>opens[tag] - <int>closes[tag]
                links += opens[tag]
                if opens[tag] and link_depth == 1:
                    outer += 1
            if flags[tag] & IS_APART or (flags[tag] & IS_BOX and not closes[tag]):
                walls += 1
            key = (depth[tag] << 40) + current[tag]
            least = min(least, key)
            if text == texts or tag_of[text] != tag:
                continue
            if has_words[text]:
                if not is_open:
                    is_open = True
                    run += 1
                    firsts[run] = text
                    gaps[run] = max(gap, 0 if not lines else LINE if lines == 1 else PARAGRAPH)
                    marked[run] = marks
                    least = key
                owners[run] = least & ((<int64_t>1 << 40) - 1)
                if link_depth > 0:
                    link_chars[run] += sizes[text]
            number[text] = max(run, 0)
            of_texts[1, text] = bounds
            of_texts[2, text] = walls
            of_texts[3, text] = outer
            of_texts[4, text] = links
            text += 1

        for text in range(texts - 1):
            other = text + 1
            if of_texts[1, text] != of_texts[1, other]:
                joints[text] = ENDED
                continue
            joints[text] = SPACED
            if of_texts[2, text] != of_texts[2, other] or (
                of_texts[3, text] != of_texts[3, other]
                and of_texts[4, other] - 1 > seen[number[text]]
            ):
                continue
            joints[text] = JOINED
            if not (
                has_words[text] and has_words[other]
                and is_alnum[units[starts[text] + sizes[text] - 1]]
                and is_alnum[units[starts[other]]]
            ):
                continue
            any_stop = any_start = any_named = False
            for tag in range(tag_of[text] + 1, tag_of[other] + 1):
                if flags[tag] & IS_BLANKED:
                    joints[text] = SPACED
                if steps[tag] != NO_STEP or of[tag] < 0:
                    continue
                if any_stop and not closes[tag]:
                    any_start = True
                    any_named |= is_named[of[tag]]
                if not opens[tag]:
                    any_stop = True
                    any_named |= is_named[of[tag]]
            if any_start and any_named and sizes[text] > 1 and sizes[other] > 1:
                joints[text] = SPACED
        if texts:
            joints[texts - 1] = ENDED
    if is_open:
        raise IndexError("a text that no tag follows")
    run += 1
    return (*of_runs_[:4, :run], gaps_[:run], marked_[:run], of_texts_[0], joints_)
