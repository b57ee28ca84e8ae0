cimport cython
from bedesten.core cimport layout

@cython.final
cdef class Timers:
    cdef long long *deadlines
    cdef long long *keys
    cdef public long long count
    cdef readonly long long room
    cdef public long long stale
    cdef public int failed
    cdef void add(self, long long deadline, long long key) noexcept
    cdef void pop(self) noexcept
    cdef int before(self, long long one, long long other) noexcept
    cdef void swap(self, long long one, long long other) noexcept
    cdef void rise(self, long long at) noexcept
    cdef void sink(self, long long at) noexcept
    cdef void heapify(self) noexcept
    cdef int grow(self) noexcept
