cimport cython
from bedesten.core cimport codes
from bedesten.core cimport layout
from bedesten.core cimport records
from bedesten.core.records cimport NO_ORDER, Account, Balance, Order

@cython.final
cdef class Ledger:
    cdef Account *accounts
    cdef readonly long long room
    cdef public long long assets
    cdef public int broken, exhausted
    cdef int open(self, long long number) noexcept
    cdef int is_open(self, long long number) noexcept
    cdef int is_asset(self, long long asset) noexcept
    cdef Account *account(self, long long number) noexcept
    cdef int ready(self, long long number, long long asset) noexcept
    cdef Balance *balance(self, long long number, long long asset) noexcept
    cdef long long available(self, long long number, long long asset) noexcept
    cdef void hold(self, long long number, long long asset, long long amount) noexcept
    cdef void release(self, long long number, long long asset, long long amount) noexcept
    cdef void capture(self, long long number, long long asset, long long amount) noexcept
    cdef void credit(self, long long number, long long asset, long long amount) noexcept
    cdef void move(self, long long number, long long to, long long asset, long long amount) noexcept
    cdef long long count(self, long long number, long long instrument) noexcept
    cdef void link(self, Order *order) noexcept
    cdef void unlink(self, Order *order) noexcept
    cdef int ready_count(self, long long number, long long instrument) noexcept
