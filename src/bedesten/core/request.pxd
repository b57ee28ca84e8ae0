cimport cython
from bedesten.core cimport codes
from bedesten.core cimport records
from bedesten.core cimport rows
from bedesten.core cimport wide
from bedesten.core.book cimport OrderBook

cdef int malformed(const rows.PlaceOcoRow *request) noexcept
cdef int unsupported(const rows.PlaceOcoRow *request) noexcept
cdef int unsupported_peg(const rows.PlaceOcoRow *request) noexcept
cdef int unsupported_trigger(const rows.PlaceOcoRow *request) noexcept
cdef int unprotected(const rows.PlaceOcoRow *request, OrderBook book) noexcept
cdef int unsupported_oco(const rows.PlaceOcoRow *request) noexcept
cdef int immediate(const rows.PlaceOcoRow *request) noexcept
cdef int follows(const rows.PlaceOcoRow *request) noexcept
cdef int outside_limits(const rows.PlaceOcoRow *request, OrderBook book, long long price, long long taker_ppb) noexcept
cdef int unreferenced(const rows.PlaceOcoRow *request, OrderBook book) noexcept
cdef int misplaced(const rows.PlaceOcoRow *request, OrderBook book, long long price) noexcept
cdef int quantity_reason(OrderBook book, long long quantity) noexcept
cdef int price_reason(OrderBook book, long long price, int reason) noexcept
cdef int notional_reason(OrderBook book, int side, long long price, long long quantity, long long taker_ppb) noexcept
cdef int trigger_reason(OrderBook book, const rows.PlaceOcoRow *request, long long price) noexcept
cdef int met_reason(OrderBook book, int rising, long long trigger_price, int source) noexcept
cdef int distance_reason(OrderBook book, long long price, long long trigger_price) noexcept
cdef int is_met(int rising, long long trigger_price, long long price) noexcept
