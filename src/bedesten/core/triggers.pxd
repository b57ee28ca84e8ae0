cimport cython
from bedesten.core cimport codes
from bedesten.core cimport records
from bedesten.core.book cimport OrderBook, set_price
from bedesten.core.records cimport NO_LEVEL, NO_ORDER, Order, PriceLevel
from bedesten.core.matching cimport Matcher
from bedesten.core.registry cimport Registry

@cython.final
cdef class Triggers:
    cdef Registry registry
    cdef Matcher matcher
    cdef void settle(self, OrderBook book) noexcept
    cdef Order *due(self, OrderBook book) noexcept
    cdef void fire(self, OrderBook book, Order *order) noexcept
    cdef void follow(self, OrderBook book, int source) noexcept
    cdef void follow_index(self, OrderBook book) noexcept
    cdef void renew_age(self, OrderBook book) noexcept
    cdef void reprice(self, OrderBook book, Order *order) noexcept

cdef int is_better(int side, long long price, long long extreme) noexcept
