cimport cython
from bedesten.core cimport codes
from bedesten.core cimport records
from bedesten.core.book cimport OrderBook
from bedesten.core.int_buffer cimport IntBuffer
from bedesten.core.ladder cimport Ladder
from bedesten.core.records cimport NO_LEVEL, NO_ORDER, Order, PriceLevel
from bedesten.core.registry cimport Registry

@cython.final
cdef class Writer:
    cdef Registry registry
    cdef readonly IntBuffer buffer
    cdef readonly long long version
    cpdef write(self)
    cdef void write_holds(self) except *
    cdef void write_book(self, OrderBook book) noexcept
    cdef void write_account(self, long long number) noexcept
    cdef void write_order(self, Order *order) noexcept
    cdef void write_queues(self, OrderBook book) noexcept
    cdef void write_queue(self, Ladder ladder) noexcept

@cython.final
cdef class Reader:
    cdef Registry registry
    cdef const long long[::1] values
    cdef readonly Py_ssize_t at
    cdef readonly long long version
    cdef Py_ssize_t next(self) except? -7777
    cdef const long long *take(self, long long width) except NULL
    cdef Py_ssize_t read_former_order(self, Order *order) except -1
    cpdef read(self)
    cdef void read_holds(self) except *
    cdef void read_book(self, OrderBook book) except *
    cdef void read_account(self, long long number) except *
    cdef void read_order(self, long long account) except *
    cdef void read_queues(self, OrderBook book) except *
    cdef void queue(self, OrderBook book, int kind, Order *order) except *
    cdef Order *found(self, long long id) except? NULL
