cimport cython
from bedesten.core cimport codes

@cython.final
cdef class PackedReader:
    cdef const unsigned char[::1] packed
    cdef Py_ssize_t at
    cdef int failed
    @cython.locals(value=cython.longlong, bits=cython.longlong, byte=cython.int, sign=cython.int, shift=cython.int)
    cdef long long number(self) noexcept
    cdef int byte(self) noexcept

@cython.locals(first=cython.int)
cdef Py_ssize_t write_number(unsigned char[::1] packed, Py_ssize_t at, long long value) noexcept
@cython.locals(present=cython.longlong, column=cython.int, row=cython.Py_ssize_t, end=cython.Py_ssize_t, seq=cython.longlong)
cdef Py_ssize_t write_rows(const long long[::1] rows, long long first_seq, long long time_ns, unsigned char[::1] packed) noexcept
@cython.locals(present=cython.longlong, column=cython.int, row=cython.Py_ssize_t, seq=cython.longlong)
cdef void read_rows(PackedReader reader, long long first_seq, long long time_ns, long long[::1] rows) noexcept
