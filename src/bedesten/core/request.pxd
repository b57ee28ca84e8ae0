cimport cython
from bedesten.core cimport codes
from bedesten.core cimport records
from bedesten.core cimport rows
from bedesten.core cimport wide
from bedesten.core.book cimport OrderBook

cdef inline int malformed(const rows.PlaceOcoRow *request) noexcept
cdef inline int is_plain(const rows.PlaceOcoRow *request) noexcept
cdef inline int unsupported(const rows.PlaceOcoRow *request) noexcept
cdef int unsupported_peg(const rows.PlaceOcoRow *request) noexcept
cdef int unsupported_trigger(const rows.PlaceOcoRow *request) noexcept
cdef inline int unprotected(const rows.PlaceOcoRow *request, OrderBook book) noexcept
cdef int unsupported_oco(const rows.PlaceOcoRow *request) noexcept
cdef inline int immediate(const rows.PlaceOcoRow *request) noexcept
cdef inline int follows(const rows.PlaceOcoRow *request) noexcept
cdef inline int outside_limits(const rows.PlaceOcoRow *request, OrderBook book, long long price, long long need) noexcept
cdef inline int unreferenced(const rows.PlaceOcoRow *request, OrderBook book) noexcept
cdef inline int misplaced(const rows.PlaceOcoRow *request, OrderBook book, long long price) noexcept
cdef inline int quantity_reason(OrderBook book, long long quantity) noexcept
cdef inline int price_reason(OrderBook book, long long price, int reason) noexcept
cdef inline int notional_reason(OrderBook book, long long price, long long quantity, long long need) noexcept
cdef int trigger_reason(OrderBook book, const rows.PlaceOcoRow *request, long long price) noexcept
cdef int met_reason(OrderBook book, int rising, long long trigger_price, int source) noexcept
cdef int distance_reason(OrderBook book, long long price, long long trigger_price) noexcept
cdef int is_met(int rising, long long trigger_price, long long price) noexcept
