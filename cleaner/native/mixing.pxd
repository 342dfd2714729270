"""The hash of `model.tokens.mix`, for all compiled loops."""

from libc.stdint cimport uint64_t


cdef inline uint64_t mix(uint64_t value, uint64_t salt) noexcept nogil:
    """See `model.tokens.mix`."""
    value = (value ^ (salt * <uint64_t>0x9E3779B97F4A7C15)) * <uint64_t>0xD6E8FEB86659FD93
    value ^= value >> 32
    value *= <uint64_t>0xD6E8FEB86659FD93
    return value ^ (value >> 29)
