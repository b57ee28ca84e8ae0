cimport cython
from bedesten.core cimport codes
from bedesten.core cimport layout
from bedesten.core cimport records
from bedesten.core cimport rows
from bedesten.core.int_buffer cimport IntBuffer
from bedesten.core.refusal cimport Refusal
from bedesten.core.records cimport Order

@cython.final
cdef class EventLog:
    cdef readonly IntBuffer events, closed
    cdef readonly Refusal refusal
    cdef public long long seq, time_ns
    cdef inline long long *event(self, long long kind) noexcept
    cdef inline long long *about(self, long long kind, Order *order) noexcept
    cdef void rejected(self, long long reason, long long account, long long instrument, long long order_id) noexcept
    cdef void placed(self, Order *order) noexcept
    cdef void repriced(self, Order *order) noexcept
    cdef void amended(self, Order *order, int kept_priority) noexcept
    cdef void ended(self, Order *order, long long reason) noexcept
    cdef void said(self, long long kind, long long first, long long second, long long third, long long fourth) noexcept
