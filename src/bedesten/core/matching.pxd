cimport cython
from bedesten.core cimport codes
from bedesten.core cimport records
from bedesten.core cimport rows
from bedesten.core cimport wide
from bedesten.core.book cimport OrderBook, shown, shown_of
from bedesten.core.records cimport NO_LEVEL, NO_ORDER, Order, PriceLevel
from bedesten.core.registry cimport Registry

@cython.final
cdef class Matcher:
    cdef Registry registry
    cdef public long long next_trade_id
    cdef long long fee, tax, walked, walked_notional, short_price
    cdef int met
    cdef void enter(self, OrderBook book, Order *order) noexcept
    cdef int match(self, OrderBook book, Order *taker, long long limit_key) noexcept
    cdef int barred(self, OrderBook book, Order *taker, Order *maker, long long quantity) noexcept
    cdef int covered(self, OrderBook book, Order *order) noexcept
    cdef int spend(self, OrderBook book, Order *taker, Order *maker) noexcept
    @cython.locals(low=cython.longlong, high=cython.longlong, middle=cython.longlong)
    cdef long long affordable(self, OrderBook book, Order *order, long long price, long long most, long long budget) noexcept
    cdef long long outlay(self, OrderBook book, Order *order, long long notional) noexcept
    cdef long long limit_key(self, OrderBook book, Order *order) noexcept
    cdef void trade(self, OrderBook book, Order *taker, Order *maker, long long quantity) noexcept
    cdef void settle(self, OrderBook book, Order *order, long long rate_ppb, long long quantity, long long notional) noexcept
    cdef long long charge(self, OrderBook book, Order *order, long long rate_ppb, long long basis, long long most) noexcept
    cdef int meet_own(self, OrderBook book, Order *taker, Order *maker) noexcept
    cdef int decrement(self, OrderBook book, Order *taker, Order *maker) noexcept
    cdef void shrink(self, OrderBook book, Order *order, long long quantity) noexcept
    cdef void walk(self, OrderBook book, Order *order, long long limit_key) noexcept
    cdef int crosses(self, OrderBook book, Order *order) noexcept
