cimport cython
from bedesten.core cimport codes
from bedesten.core cimport rows
from bedesten.core cimport layout
from bedesten.core.amending cimport Amender
from bedesten.core.book cimport OrderBook
from bedesten.core.order_entry cimport OrderEntry
from bedesten.core.funds cimport Funds
from bedesten.core.records cimport Account
from bedesten.core.matching cimport Matcher
from bedesten.core.registry cimport Registry
from bedesten.core.snapshot cimport Reader, Writer
from bedesten.core.triggers cimport Triggers
from bedesten.core.queries cimport Queries

@cython.final
cdef class Machine:
    cdef readonly Registry registry
    cdef readonly Matcher matcher
    cdef Triggers triggers
    cdef OrderEntry order_entry
    cdef Funds funds
    cdef Amender amender
    cdef Queries queries
    cdef public long long seq, time_ns
    cdef int stopped
    cpdef apply(self, const long long[::1] commands)
    cdef void dispatch(self, const long long *row) except *
    cdef void set_up(self, const long long *row) except *
    cdef void refuse_surplus(self, const long long *row) noexcept
    cdef void refuse(self, long long reason, long long account, long long instrument) noexcept
    cdef void open_account(self, long long number) noexcept
    cdef void set_account(self, long long number, long long parameter, long long value) noexcept
    cdef void list_asset(self, long long asset) noexcept
    cdef void list_instrument(self, const long long *row) except *
    cdef void set_instrument(self, long long instrument, long long parameter, long long value) noexcept
    cdef void set_fees(self, long long instrument, long long tier, long long maker_ppb, long long taker_ppb) noexcept
    cdef void set_index(self, long long instrument, long long price, long long source) noexcept
    cdef void cancel_all_after(self, long long number, long long deadline_ns) except *

cdef int set_parameter(OrderBook book, long long parameter, long long value) noexcept
cdef int set_distance(OrderBook book, long long parameter, long long value) noexcept
