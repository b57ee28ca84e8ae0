cimport cython
from bedesten.core cimport codes
from bedesten.core cimport layout
from bedesten.core cimport wide
from bedesten.core.book cimport OrderBook
from bedesten.core.layout cimport Order

@cython.final
cdef class Request:
    cdef long long account, instrument, side, order_type, time_in_force, expires_ns, post_only, price, quantity, budget
    cdef long long trigger, trigger_price, trigger_source, trail, display_ppm, deviation_ppm, self_trade, client_ref
    cdef long long stop_price
    cdef void read(self, const long long *row) noexcept
    cdef int malformed(self) noexcept
    cdef int unsupported(self) noexcept
    cdef int unsupported_peg(self) noexcept
    cdef int unsupported_trigger(self) noexcept
    cdef int unsupported_oco(self) noexcept
    cdef int immediate(self) noexcept
    cdef int follows(self) noexcept
    cdef int outside_limits(self, OrderBook book, long long price, long long taker_ppb) noexcept
    cdef int misplaced(self, OrderBook book, long long price) noexcept
    cdef void fill_in(self, Order *order) noexcept

cdef int quantity_reason(OrderBook book, long long quantity) noexcept
cdef int outside_prices(OrderBook book, long long price) noexcept
cdef int notional_reason(OrderBook book, int side, long long price, long long quantity, long long taker_ppb) noexcept
cdef int trigger_reason(OrderBook book, Request request, long long price) noexcept
cdef int too_distant(OrderBook book, long long price, long long trigger_price) noexcept
cdef int is_met(int rising, long long trigger_price, long long price) noexcept
