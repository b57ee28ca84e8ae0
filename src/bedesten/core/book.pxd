cimport cython
from bedesten.core cimport codes
from bedesten.core cimport layout
from bedesten.core cimport records
from bedesten.core cimport wide
from bedesten.core.ladder cimport Ladder
from bedesten.core.records cimport NO_LEVEL, NO_ORDER, Order, PriceLevel
from bedesten.core.memory cimport Memory
from bedesten.core.refusal cimport Refusal

cdef long long shown(Order *order) noexcept
cdef long long shown_of(Order *order, long long remaining) noexcept
cdef void set_price(Order *order, long long price) noexcept

@cython.final
cdef class OrderBook:
    cdef readonly Ladder bids, asks, last_rising, last_falling, index_rising, index_falling
    cdef readonly long long instrument
    cdef readonly Refusal refusal
    cdef public int is_listed
    cdef public long long base, quote, lot_value, lots_max, numerator, denominator
    cdef public long long state, fee_rule, tax_ppb, min_quantity, max_quantity, min_notional, min_price, max_price
    cdef public long long buy_band_ppm, sell_band_ppm, price_floor_ppm, price_ceiling_ppm
    cdef public long long market_protection_ppm, trigger_distance_ppm, open_orders_max, refuse_met_triggers, reissue_at_trigger, rules
    cdef public int rounds, has_bands
    cdef public long long last, index, open_lots, waiting, followers, followed
    cdef public long long index_source, index_ns, index_aged, index_alarm_ns, index_age_max_ns, source_index_age_max_ns
    cdef Order *first_follower
    cdef Order *last_follower
    cdef Order *cursor
    cdef long long *maker_ppb
    cdef long long *taker_ppb
    cdef Ladder side(self, int side)
    cdef Ladder opposite(self, int side)
    cdef PriceLevel *best_opposite(self, int side) noexcept
    cdef Ladder ladder(self, int kind)
    cdef long long pays(self, int side) noexcept
    cdef void go_by(self, long long rules) noexcept
    cdef void note_bands(self) noexcept
    cdef long long notional(self, long long price, long long quantity) noexcept
    cdef long long paid(self, int side, long long price, long long quantity) noexcept
    cdef long long need(self, int side, long long price, long long quantity, long long taker_ppb) noexcept
    cdef long long cost(self, long long notional, long long taker_ppb) noexcept
    cdef long long reference(self) noexcept
    cdef int band_reason(self, int side, long long price) noexcept
    cdef long long protected(self, int side, long long price) noexcept
    cdef long long worst_after(self, long long trigger_price) noexcept
    cdef long long pegged(self, int side, long long bound, long long deviation_ppm) noexcept
    cdef long long source(self, int source) noexcept
    cdef long long index_due(self) noexcept
    cdef Ladder waits_in(self, Order *order)
    cdef long long trailed(self, Order *order) noexcept
    cdef void wait(self, Order *order) noexcept
    cdef void rest(self, Order *order) noexcept
    cdef void drop(self, Order *order) noexcept
    cdef void follow(self, Order *order) noexcept
    cdef void unfollow(self, Order *order) noexcept
