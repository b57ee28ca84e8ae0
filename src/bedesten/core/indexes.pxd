cimport cython
from bedesten.core cimport layout
from bedesten.core cimport records
from bedesten.core.records cimport Order

@cython.final
cdef class OrderIndex:
    cdef Order **buckets
    cdef readonly long long count, room
    cdef Order *find(self, long long id) noexcept
    cdef void add(self, Order *order) noexcept
    cdef void remove(self, Order *order) noexcept
    cdef void grow(self) noexcept

@cython.final
cdef class ClientIndex:
    cdef Order **heads
    cdef Order **tails
    cdef readonly long long count, room
    cdef Order *find(self, long long account, long long client_ref, long long instrument) noexcept
    cdef void add(self, Order *order) noexcept
    cdef void append(self, Order *order) noexcept
    cdef void remove(self, Order *order) noexcept
    cdef void grow(self) noexcept
