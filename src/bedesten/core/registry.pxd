cimport cython
from bedesten.core cimport codes
from bedesten.core cimport rows
from bedesten.core cimport layout
from bedesten.core cimport records
from bedesten.core.book cimport OrderBook
from bedesten.core.indexes cimport ClientIndex, OrderIndex
from bedesten.core.records cimport NO_ORDER, Order
from bedesten.core.ledger cimport Ledger
from bedesten.core.memory cimport Memory
from bedesten.core.event_log cimport EventLog
from bedesten.core.timers cimport Timers

@cython.final
cdef class Registry:
    cdef readonly Memory memory
    cdef readonly Ledger ledger
    cdef readonly EventLog event_log
    cdef readonly Timers timers
    cdef readonly OrderIndex ids
    cdef readonly ClientIndex clients
    cdef readonly list books
    cdef public dict holds
    cdef readonly dict hold_alarms
    cdef public long long next_order_id, next_hold_id, listed
    cdef int is_listed(self, long long instrument) noexcept
    cdef inline OrderBook book(self, Py_ssize_t instrument)
    cdef inline int prepare(self, long long account, OrderBook book) noexcept
    cdef inline Order *new_order(self, long long id) noexcept
    cdef inline void add(self, OrderBook book, Order *order) noexcept
    cdef inline void index(self, OrderBook book, Order *order) noexcept
    cdef void close(self, OrderBook book, Order *order, int reason) noexcept
    cdef void end_sibling(self, OrderBook book, Order *order) noexcept
    cdef Order *reissue(self, OrderBook book, Order *order) noexcept
    cdef void reissue_conditions(self, records.Conditions *conditions, Order *new) noexcept
    cdef void release_surplus(self, OrderBook book, Order *order) noexcept
    cdef int draw(self, OrderBook book, Order *order, long long amount) noexcept
    cdef void prefetch(self, const long long *row) noexcept
    cdef void prefetch_order(self, const long long *row) noexcept
    cdef Order *owned(self, long long account, long long order_id, long long instrument) noexcept
    cdef void close_all(self, long long account, long long instrument, int reason) noexcept
    cdef void arm(self, long long number, long long deadline_ns) noexcept
    cdef void ring(self, long long number, long long alarm_ns) noexcept
    cdef void watch_index(self, OrderBook book) noexcept
    cdef void ring_index(self, OrderBook book, long long alarm_ns) noexcept
    cdef void age_out(self, OrderBook book) noexcept
    cdef void watch_hold(self, long long hold_id) except *
    cdef void ring_hold(self, long long hold_id, long long alarm_ns) except *
    cdef void drop_hold(self, long long hold_id) except *
    cdef void give_back(self, long long hold_id, long long cause) except *
    cdef void expire(self, long long now) except *
    cdef int is_stale(self, long long at) except -1
    cdef void sweep_timers(self) except *
    cdef Py_ssize_t next_deadline(self) except -1
    cdef Py_ssize_t put_off(self, Py_ssize_t key, Py_ssize_t alarm_ns) except -1
