cimport cython
from bedesten.core cimport codes

@cython.final
cdef class Refusal:
    cdef readonly int reason
    cdef readonly long long value, bound, reference, asset, needed, available
    cdef int because(self, int reason, long long value, long long bound, long long reference) noexcept
    cdef int lacking(self, long long asset, long long needed, long long available) noexcept
    cdef void forget(self) noexcept
