cimport cython
from bedesten.core cimport codes
from bedesten.core cimport records
from bedesten.core.book cimport OrderBook, shown
from bedesten.core.int_buffer cimport IntBuffer
from bedesten.core.ladder cimport Ladder
from bedesten.core.records cimport NO_LEVEL, NO_ORDER, Order, PriceLevel
from bedesten.core.registry cimport Registry

@cython.final
cdef class Queries:
    cdef Registry registry
    cdef IntBuffer buffer
    cdef OrderBook book(self, Py_ssize_t instrument)
    cdef void write(self, Order *order) noexcept
    cpdef bytes order(self, long long order_id)
    cpdef bytes open_orders(self, long long account, long long instrument)
    cpdef tuple balance(self, long long account, long long asset)
    cpdef list balances(self, long long account)
    cpdef list depth(self, Py_ssize_t instrument, int side, Py_ssize_t limit, long long group)
    cpdef tuple bbo(self, Py_ssize_t instrument)
    cpdef tuple fee_rates(self, long long account, Py_ssize_t instrument)
    cpdef tuple order_fee_rates(self, long long order_id)
    cpdef int is_suspended(self, long long account)
    cpdef dict reserved(self)
    cpdef add_orders(self, long long account, dict held)
    cpdef audit(self)
    cpdef audit_book(self, Py_ssize_t instrument)
    @cython.locals(lots=cython.longlong, displayed=cython.longlong)
    cdef Py_ssize_t audit_ladder(self, Ladder ladder) except? -7777
