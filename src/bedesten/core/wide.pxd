cdef extern from *:
    """
    #define BEDESTEN_MOST (((__int128)1) << 62)
    /* each has a short way for what fits 64 bits, which is nearly everything */
    static inline long long bedesten_scale(long long a, long long b, long long c) {
        long long s;
        if (!__builtin_mul_overflow(a, b, &s) && s <= (long long)BEDESTEN_MOST) return s / c;
        __int128 r = (__int128)a * b / c;
        return r > BEDESTEN_MOST ? (long long)BEDESTEN_MOST : (long long)r; }
    static inline long long bedesten_scale_up(long long a, long long b, long long c) {
        __int128 r = ((__int128)a * b + c - 1) / c;
        return r > BEDESTEN_MOST ? (long long)BEDESTEN_MOST : (long long)r; }
    static inline long long bedesten_value(long long p, long long q, long long n, long long d) {
        __int128 r;
        long long s;
        if (d == 1 && !__builtin_mul_overflow(p, q, &s) && !__builtin_mul_overflow(s, n, &s))
            return s > (long long)BEDESTEN_MOST ? (long long)BEDESTEN_MOST : s;
        if (__builtin_mul_overflow((__int128)p * q, (__int128)n, &r)) return (long long)BEDESTEN_MOST;
        r /= d;
        return r > BEDESTEN_MOST ? (long long)BEDESTEN_MOST : (long long)r; }
    static inline long long bedesten_value_up(long long p, long long q, long long n, long long d) {
        __int128 r;
        if (__builtin_mul_overflow((__int128)p * q, (__int128)n, &r) || __builtin_add_overflow(r, (__int128)(d - 1), &r))
            return (long long)BEDESTEN_MOST;
        r /= d;
        return r > BEDESTEN_MOST ? (long long)BEDESTEN_MOST : (long long)r; }
    static inline long long bedesten_charge(long long basis, long long rate, long long carry) {
        long long s;
        if (!__builtin_mul_overflow(basis, rate, &s) && !__builtin_sub_overflow(s, carry, &s) && s <= (long long)BEDESTEN_MOST)
            return s <= 0 ? 0 : (s + 999999999) / 1000000000;
        __int128 due = (__int128)basis * rate - carry;
        return due <= 0 ? 0 : (long long)((due + 999999999) / 1000000000); }
    static inline long long bedesten_carried(long long basis, long long rate, long long carry, long long charged) {
        return (long long)((__int128)charged * 1000000000 + carry - (__int128)basis * rate); }
    """
    long long scale "bedesten_scale"(long long a, long long b, long long c) noexcept nogil
    long long scale_up "bedesten_scale_up"(long long a, long long b, long long c) noexcept nogil
    long long value "bedesten_value"(long long price, long long quantity, long long numerator, long long denominator) noexcept nogil
    long long value_up "bedesten_value_up"(long long price, long long quantity, long long numerator, long long denominator) noexcept nogil
    long long charge "bedesten_charge"(long long basis, long long rate_ppb, long long carry) noexcept nogil
    long long carried "bedesten_carried"(long long basis, long long rate_ppb, long long carry, long long charged) noexcept nogil
