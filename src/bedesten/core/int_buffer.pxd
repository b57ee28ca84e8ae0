cimport cython
from bedesten.core cimport layout

@cython.final
cdef class IntBuffer:
    cdef long long *values
    cdef readonly long long count, room
    cdef public int failed
    cdef inline long long *next(self, long long width) noexcept
    cdef void put(self, long long value) noexcept
    cdef void grow(self) noexcept
    cdef void rewind(self) noexcept
    cdef to_bytes(self)
