cimport cython
from bedesten.core cimport codes
from bedesten.core cimport layout
from bedesten.core cimport wide
from bedesten.core.book cimport OrderBook
from bedesten.core.layout cimport Order

cdef int malformed(const layout.Request *request) noexcept
cdef int unsupported(const layout.Request *request) noexcept
cdef int unsupported_peg(const layout.Request *request) noexcept
cdef int unsupported_trigger(const layout.Request *request) noexcept
cdef int unprotected(const layout.Request *request, OrderBook book) noexcept
cdef int unsupported_oco(const layout.Request *request) noexcept
cdef int immediate(const layout.Request *request) noexcept
cdef int follows(const layout.Request *request) noexcept
cdef int outside_limits(const layout.Request *request, OrderBook book, long long price, long long taker_ppb) noexcept
cdef int unreferenced(const layout.Request *request, OrderBook book) noexcept
cdef int misplaced(const layout.Request *request, OrderBook book, long long price) noexcept
cdef void fill_in(const layout.Request *request, Order *order) noexcept
cdef int quantity_reason(OrderBook book, long long quantity) noexcept
cdef int outside_prices(OrderBook book, long long price) noexcept
cdef int notional_reason(OrderBook book, int side, long long price, long long quantity, long long taker_ppb) noexcept
cdef int trigger_reason(OrderBook book, const layout.Request *request, long long price) noexcept
cdef int too_distant(OrderBook book, long long price, long long trigger_price) noexcept
cdef int is_met(int rising, long long trigger_price, long long price) noexcept
