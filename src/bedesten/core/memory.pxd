cimport cython
from bedesten.core cimport layout

@cython.final
cdef class Memory:
    cdef layout.Pools *pools
    cdef public int exhausted
    cdef int reserve(self, long long orders, long long levels) noexcept
    cdef int must_reserve(self, long long orders, long long levels) noexcept
