cimport cython
from bedesten.core cimport codes
from bedesten.core cimport records
from bedesten.core cimport rows
from bedesten.core.book cimport OrderBook, set_price, shown, shown_of
from bedesten.core.order_entry cimport state_reason
from bedesten.core.records cimport NO_LEVEL, NO_ORDER, Order
from bedesten.core.matching cimport Matcher
from bedesten.core.registry cimport Registry
from bedesten.core.request cimport distance_reason, met_reason, notional_reason, price_reason, quantity_reason
from bedesten.core.triggers cimport Triggers

@cython.final
cdef class Amender:
    cdef Registry registry
    cdef Matcher matcher
    cdef Triggers triggers
    cdef long long price, quantity, trigger_price
    cdef void amend(self, const long long *row) noexcept
    cdef int malformed(self, long long account, long long instrument, long long remaining_meant) noexcept
    cdef int refusal(self, OrderBook book, Order *order) noexcept
    cdef int standing(self, OrderBook book, Order *order) noexcept
    cdef int terms(self, OrderBook book, Order *order) noexcept
    cdef int trigger_terms(self, OrderBook book, Order *order) noexcept
    cdef long long hold_price(self, OrderBook book, Order *order) noexcept
    cdef long long need(self, OrderBook book, Order *order) noexcept
    cdef int keeps_priority(self, Order *order) noexcept
    cdef void apply(self, OrderBook book, Order *order) noexcept
    cdef void set_terms(self, OrderBook book, Order *order, long long remaining) noexcept

cdef int is_waiting(Order *order) noexcept
