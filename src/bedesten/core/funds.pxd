cimport cython
from bedesten.core cimport codes
from bedesten.core cimport rows
from bedesten.core.registry cimport Registry

@cython.final
cdef class Funds:
    cdef Registry registry
    cdef void refuse(self, long long reason, long long account) noexcept
    cdef void refuse_hold(self, long long account, long long hold_id) noexcept
    cdef int amount_reason(self, long long amount) noexcept
    cdef int available_reason(self, long long account, long long asset, long long amount) noexcept
    cdef void transfer(self, const long long *row) noexcept
    cdef long long transfer_reason(self, long long account, long long to_account, long long asset, long long amount, long long reason) noexcept
    cdef void exchange(self, const long long *row) noexcept
    cdef long long exchange_reason(self, long long account, long long to_account, long long asset, long long to_asset) noexcept
    cdef long long leg_reason(self, long long account, long long to_account, long long asset, long long amount) noexcept
    cdef void hold(self, const long long *row) except *
    cdef long long hold_reason(self, long long account, long long asset, long long amount, long long reason, long long expires_ns) noexcept
    cdef int is_held(self, long long account, long long hold_id) except -1
    cdef void release(self, const long long *row) except *
    cdef void set_hold(self, const long long *row) except *
    cdef void capture(self, const long long *row) except *
    cdef void move_held(self, long long account, long long hold_id, long long to_account, long long amount) except *
