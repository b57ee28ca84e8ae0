cimport cython
from bedesten.core cimport layout
from bedesten.core cimport records
from bedesten.core.records cimport NO_LEVEL, NO_ORDER, Order, PriceLevel
from bedesten.core.memory cimport Memory

@cython.final
cdef class Ladder:
    cdef readonly int instrument, kind, sign
    cdef readonly Py_ssize_t depth, room, count
    cdef Memory memory
    cdef PriceLevel *best
    cdef long long *floors
    cdef layout.Shelf **shelves
    cdef void push(self, Order *order, long long price, long long displayed) noexcept
    cdef void drop(self, Order *order, long long displayed) noexcept
    cdef PriceLevel *level_at(self, long long price) noexcept
    cdef Py_ssize_t row_of(self, long long key) noexcept
    cdef Py_ssize_t search(self, layout.Shelf *shelf, long long key) noexcept
    cdef void insert(self, Py_ssize_t row, Py_ssize_t at, PriceLevel *level) noexcept
    cdef void remove(self, PriceLevel *level) noexcept
    cdef int split(self, Py_ssize_t row) noexcept
    cdef void discard(self, Py_ssize_t row) noexcept
    cdef int grow(self) noexcept
