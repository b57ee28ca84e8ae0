from bedesten.core.records cimport Account, Balance, Conditions, Order, PriceLevel

cdef extern from *:
    """
    #include <stdlib.h>
    #include <string.h>
    #include <stdint.h>
    #ifdef __linux__
    #include <sys/mman.h>
    #endif
    #ifdef __SANITIZE_ADDRESS__  /* a record given back to its pool is out of bounds until it is taken again */
    #include <sanitizer/asan_interface.h>
    #else
    #define ASAN_POISON_MEMORY_REGION(at, size) ((void)0)
    #define ASAN_UNPOISON_MEMORY_REGION(at, size) ((void)0)
    #endif
    typedef struct Shelf Shelf; typedef struct Pools Pools;
    enum { SHELF = 128, BEDESTEN_FIRST = 1 << 18, BEDESTEN_CHUNK = 1 << 21 };
    struct Shelf { long long count; Shelf *next; long long keys[SHELF]; PriceLevel *levels[SHELF]; };
    typedef struct BedestenChunk { struct BedestenChunk *next; size_t size; } BedestenChunk;
    struct Pools { Order *orders; Conditions *conditions; PriceLevel *levels; Shelf *shelves; BedestenChunk *chunks;
        long long spare_orders, spare_conditions, spare_levels, spare_shelves, most, out;
        long long orders_chunks, conditions_chunks, levels_chunks, shelves_chunks; };
    static inline Pools *bedesten_new_pools(long long most) {
        Pools *p = calloc(1, sizeof *p); if (p) p->most = most; return p; }
    static inline void bedesten_free_pools(Pools *p) {
        if (!p) return;
        for (BedestenChunk *c = p->chunks, *next; c; c = next) { next = c->next; ASAN_UNPOISON_MEMORY_REGION(c, c->size); free(c); }
        free(p); }
    /* zeros written out: of a memset this long compilers make a call, or a slow rep stos */
    typedef long long BedestenPair __attribute__((vector_size(16), aligned(8), may_alias));
    #define BEDESTEN_ZERO5(p, i) p[i] = none; p[i + 1] = none; p[i + 2] = none; p[i + 3] = none; p[i + 4] = none;
    static inline void bedesten_blank_event(long long *row) {  /* EVENT_WIDTH integers */
        BedestenPair *p = (BedestenPair *)row, none = {0, 0};
        BEDESTEN_ZERO5(p, 0) BEDESTEN_ZERO5(p, 5) }
    static inline void bedesten_blank_order(Order *x) {
        BedestenPair *p = (BedestenPair *)x, none = {0, 0};
        _Static_assert(sizeof *x == 12 * sizeof *p, "an order is three cache lines");
        BEDESTEN_ZERO5(p, 0) BEDESTEN_ZERO5(p, 5) p[10] = none; p[11] = none;
        x->conditions = (Conditions *)&bedesten_no_conditions; }
    static char *bedesten_chunk(Pools *p, long long nth, size_t *size) {  /* small at first, then huge pages where there are any */
        *size = nth ? BEDESTEN_CHUNK : BEDESTEN_FIRST;
        BedestenChunk *c = aligned_alloc(*size, *size);
        if (!c) return 0;
    #ifdef MADV_HUGEPAGE
        if (nth) madvise(c, *size, MADV_HUGEPAGE);
    #endif
        c->next = p->chunks; c->size = *size; p->chunks = c;
        return (char *)c; }
    /* what is in no use is linked by its first eight bytes */
    #define BEDESTEN_POOL(T, name, names) \
        static inline void bedesten_put_##name(Pools *p, T *x) { \
            memcpy(x, &p->names, sizeof x); p->names = x; p->spare_##names++; ASAN_POISON_MEMORY_REGION(x, sizeof *x); } \
        static inline T *bedesten_take_##name(Pools *p) { T *x = p->names; ASAN_UNPOISON_MEMORY_REGION(x, sizeof *x); \
            memcpy(&p->names, x, sizeof x); p->spare_##names--; return x; } \
        static int bedesten_more_##names(Pools *p) { \
            size_t size; char *c = bedesten_chunk(p, p->names##_chunks++, &size); if (!c) return 0; \
            for (size_t n = (size - 64) / sizeof(T); n-- > 0;) bedesten_put_##name(p, (T *)(c + 64) + n); \
            return 1; }
    BEDESTEN_POOL(Order, order, orders)
    BEDESTEN_POOL(Conditions, condition, conditions)
    BEDESTEN_POOL(PriceLevel, level, levels)
    BEDESTEN_POOL(Shelf, shelf, shelves)
    static int bedesten_refill(Pools *p, long long orders, long long levels);
    static inline int bedesten_reserve(Pools *p, long long orders, long long levels) {
        if (p->most && p->out + orders + levels > p->most) return 0;
        if (__builtin_expect(p->spare_orders >= orders && p->spare_conditions >= 2 && p->spare_levels >= levels
            && p->spare_shelves >= levels, 1)) return 1;
        return bedesten_refill(p, orders, levels); }
    static int bedesten_refill(Pools *p, long long orders, long long levels) {
        while (p->spare_orders < orders) if (!bedesten_more_orders(p)) return 0;
        while (p->spare_conditions < 2) if (!bedesten_more_conditions(p)) return 0;
        while (p->spare_levels < levels) if (!bedesten_more_levels(p)) return 0;
        while (p->spare_shelves < levels) if (!bedesten_more_shelves(p)) return 0;
        return 1; }
    static inline Order *bedesten_new_order(Pools *p) {
        Order *x = bedesten_take_order(p); bedesten_blank_order(x); p->out++; return x; }
    static inline Conditions *bedesten_add_conditions(Pools *p, Order *x) {
        if (x->conditions == &bedesten_no_conditions) {
            x->conditions = bedesten_take_condition(p); memset(x->conditions, 0, sizeof *x->conditions); }
        return x->conditions; }
    static inline void bedesten_drop_conditions(Pools *p, Order *x) {
        if (x->conditions == &bedesten_no_conditions) return;
        bedesten_put_condition(p, x->conditions); x->conditions = (Conditions *)&bedesten_no_conditions; }
    static inline void bedesten_free_order(Pools *p, Order *x) {
        bedesten_drop_conditions(p, x); p->out--; bedesten_put_order(p, x); }
    static inline PriceLevel *bedesten_new_level(Pools *p) {
        PriceLevel *x = bedesten_take_level(p); p->out++; return x; }
    static inline void bedesten_free_level(Pools *p, PriceLevel *x) { p->out--; bedesten_put_level(p, x); }
    static inline Shelf *bedesten_new_shelf(Pools *p) { Shelf *s = bedesten_take_shelf(p); s->count = 0; return s; }
    static inline void bedesten_free_shelf(Pools *p, Shelf *x) { bedesten_put_shelf(p, x); }
    static inline void *bedesten_grow(void *table, size_t old, size_t new_, size_t size) {
        char *t = realloc(table, new_ * size); if (t) memset(t + old * size, 0, (new_ - old) * size); return t; }
    static inline void *bedesten_copy(void *table, size_t old, size_t new_, size_t size) {
        char *t = calloc(new_, size); if (t && old) memcpy(t, table, old * size); return t; }
    static inline Order **bedesten_grow_orders(Order **t, size_t a, size_t b) { return bedesten_copy(t, a, b, sizeof *t); }
    static inline Shelf **bedesten_grow_shelves(Shelf **t, size_t a, size_t b) { return bedesten_grow(t, a, b, sizeof *t); }
    static inline long long *bedesten_grow_keys(long long *t, size_t a, size_t b) { return bedesten_grow(t, a, b, sizeof *t); }
    static inline Account *bedesten_grow_accounts(Account *t, size_t a, size_t b) { return bedesten_grow(t, a, b, sizeof *t); }
    static inline void bedesten_free_accounts(Account *t, size_t n) {
        for (size_t i = 0; i < n; i++) { free(t[i].balances); free(t[i].counts); }
        free(t); }
    static inline void bedesten_prefetch_bucket(Order **buckets, size_t at) { __builtin_prefetch(buckets + at); }
    static inline void bedesten_prefetch_order(Order *x) {
        for (size_t line = 0; line < sizeof *x; line += 64) __builtin_prefetch((char *)x + line, 1); }
    static inline void bedesten_prefetch_account(Account *a) { __builtin_prefetch(a, 1); }
    static inline Account *bedesten_account_at(Account *t, size_t at) { return t + at; }
    static inline Balance *bedesten_balance_at(Account *a, size_t asset) { return a->balances + asset; }
    static inline int bedesten_widen_balances(Account *a, size_t new_) {
        Balance *t = bedesten_grow(a->balances, a->assets, new_, sizeof *t);
        if (!t) return 0;
        a->balances = t; a->assets = new_; return 1; }
    static inline int bedesten_widen_counts(Account *a, size_t new_) {
        int *t = bedesten_grow(a->counts, a->instruments, new_, sizeof *t);
        if (!t) return 0;
        a->counts = t; a->instruments = new_; return 1; }
    static inline long long *bedesten_ints_at(long long *t, size_t at) { return t + at; }
    static inline PyObject *bedesten_ints_bytes(long long *t, size_t count) {
        return PyBytes_FromStringAndSize((char *)t, count * sizeof *t); }
    """
    enum: SHELF
    ctypedef struct Shelf:
        long long count
        long long keys[128]
        PriceLevel *levels[128]
    ctypedef struct Pools:
        pass
    Order **NO_ORDERS "NULL"
    Shelf **NO_SHELVES "NULL"
    long long *NO_KEYS "NULL"
    long long *NO_INTS "NULL"
    Account *NO_ACCOUNTS "NULL"
    Pools *NO_POOLS "NULL"
    void prefetch_bucket "bedesten_prefetch_bucket"(Order **buckets, size_t at) noexcept
    void prefetch_order "bedesten_prefetch_order"(Order *order) noexcept
    void prefetch_account "bedesten_prefetch_account"(Account *account) noexcept
    Pools *new_pools "bedesten_new_pools"(long long most) noexcept
    void free_pools "bedesten_free_pools"(Pools *pools) noexcept
    int reserve "bedesten_reserve"(Pools *pools, long long orders, long long levels) noexcept
    Order *new_order "bedesten_new_order"(Pools *pools) noexcept
    void free_order "bedesten_free_order"(Pools *pools, Order *order) noexcept
    Conditions *add_conditions "bedesten_add_conditions"(Pools *pools, Order *order) noexcept
    void drop_conditions "bedesten_drop_conditions"(Pools *pools, Order *order) noexcept
    PriceLevel *new_level "bedesten_new_level"(Pools *pools) noexcept
    void free_level "bedesten_free_level"(Pools *pools, PriceLevel *level) noexcept
    Shelf *new_shelf "bedesten_new_shelf"(Pools *pools) noexcept
    void free_shelf "bedesten_free_shelf"(Pools *pools, Shelf *shelf) noexcept
    Order **grow_orders "bedesten_grow_orders"(Order **table, size_t old, size_t new) noexcept
    void free_orders "free"(Order **table) noexcept
    Shelf **grow_shelves "bedesten_grow_shelves"(Shelf **table, size_t old, size_t new) noexcept
    void free_shelves "free"(Shelf **table) noexcept
    long long *grow_keys "bedesten_grow_keys"(long long *table, size_t old, size_t new) noexcept
    void free_keys "free"(long long *table) noexcept
    long long *grow_ints "bedesten_grow_keys"(long long *table, size_t old, size_t new) noexcept
    void free_ints "free"(long long *table) noexcept
    long long *ints_at "bedesten_ints_at"(long long *table, size_t at) noexcept
    void blank_event "bedesten_blank_event"(long long *row) noexcept
    object ints_bytes "bedesten_ints_bytes"(long long *table, size_t count)
    Account *grow_accounts "bedesten_grow_accounts"(Account *table, size_t old, size_t new) noexcept
    void free_accounts "bedesten_free_accounts"(Account *table, size_t count) noexcept
    Account *account_at "bedesten_account_at"(Account *table, size_t at) noexcept
    Balance *balance_at "bedesten_balance_at"(Account *account, size_t asset) noexcept
    int widen_balances "bedesten_widen_balances"(Account *account, size_t new) noexcept
    int widen_counts "bedesten_widen_counts"(Account *account, size_t new) noexcept

cdef inline const long long *row_at(const long long[::1] values, Py_ssize_t at) noexcept:
    return &values[at]
