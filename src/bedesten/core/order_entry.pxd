cimport cython
from bedesten.core cimport codes
from bedesten.core cimport layout
from bedesten.core cimport records
from bedesten.core cimport rows
from bedesten.core.book cimport OrderBook, set_price
from bedesten.core.records cimport NO_ORDER, Order
from bedesten.core.matching cimport Matcher
from bedesten.core.registry cimport Registry
from bedesten.core.request cimport follows, malformed, misplaced, outside_limits, unprotected, unreferenced, unsupported, unsupported_oco
from bedesten.core.triggers cimport Triggers

cdef inline int state_reason(long long state, long long post_only) noexcept

@cython.final
cdef class OrderEntry:
    cdef Registry registry
    cdef Matcher matcher
    cdef Triggers triggers
    cdef void place(self, const long long *row) noexcept
    cdef void place_oco(self, const long long *row) noexcept
    cdef inline int admit(self, const rows.PlaceOcoRow *request) noexcept
    cdef inline int bounded(self, OrderBook book, const rows.PlaceOcoRow *request, int legs) noexcept
    cdef int accept(self, OrderBook book, const rows.PlaceOcoRow *request, long long id) noexcept
    cdef inline Order *draft(self, OrderBook book, const rows.PlaceOcoRow *request, long long id) noexcept
    cdef void impose(self, OrderBook book, const rows.PlaceOcoRow *request, Order *order) noexcept
    cdef inline int enterable(self, OrderBook book, const rows.PlaceOcoRow *request, int is_unsupported) noexcept
    cdef inline int crossing(self, OrderBook book, Order *order) noexcept
    cdef int accept_oco(self, OrderBook book, const rows.PlaceOcoRow *request, long long id) noexcept
    cdef void cancel(self, long long account, long long order_id, long long instrument) noexcept
    cdef void cancel_client_ref(self, long long account, long long client_ref, long long instrument) noexcept
    cdef void cancel_all(self, long long account, long long instrument) noexcept
    cdef int known(self, long long account, long long instrument) noexcept
