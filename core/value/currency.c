/*
 * currency.c - the currencies, one list.
 *
 * The list is written once and made into an array of rows and a perfect hash of 2,048 bytes, by the compiler: the
 * three letters, folded to lower case, times a factor; the upper 11 bits say where the row's number stands.
 * Example: "eur" and "EUR" are 0x727565, and places[0x727565 * 0x371080f3 >> 21] is the number of the row EUR.
 */
#include "core/value/currency.h"

#include "core/value/letters.h"

/* Three letters of the code, exponent, withdrawn. */
// clang-format off
#define CURRENCIES(X) \
    X(A, E, D, 2, 0) X(A, F, N, 2, 0) X(A, L, L, 2, 0) X(A, M, D, 2, 0) X(A, N, G, 2, 1) X(A, O, A, 2, 0) \
    X(A, R, S, 2, 0) X(A, U, D, 2, 0) X(A, W, G, 2, 0) X(A, Z, N, 2, 0) X(B, A, M, 2, 0) X(B, B, D, 2, 0) \
    X(B, D, T, 2, 0) X(B, G, N, 2, 0) X(B, H, D, 3, 0) X(B, I, F, 0, 0) X(B, M, D, 2, 0) X(B, N, D, 2, 0) \
    X(B, O, B, 2, 0) X(B, O, V, 2, 0) X(B, R, L, 2, 0) X(B, S, D, 2, 0) X(B, T, N, 2, 0) X(B, W, P, 2, 0) \
    X(B, Y, N, 2, 0) X(B, Y, R, 0, 1) X(B, Z, D, 2, 0) X(C, A, D, 2, 0) X(C, D, F, 2, 0) X(C, H, E, 2, 0) \
    X(C, H, F, 2, 0) X(C, H, W, 2, 0) X(C, L, F, 4, 0) X(C, L, P, 0, 0) X(C, N, Y, 2, 0) X(C, O, P, 2, 0) \
    X(C, O, U, 2, 0) X(C, R, C, 2, 0) X(C, U, C, 2, 1) X(C, U, P, 2, 0) X(C, V, E, 2, 0) X(C, Z, K, 2, 0) \
    X(D, J, F, 0, 0) X(D, K, K, 2, 0) X(D, O, P, 2, 0) X(D, Z, D, 2, 0) X(E, E, K, 2, 1) X(E, G, P, 2, 0) \
    X(E, R, N, 2, 0) X(E, T, B, 2, 0) X(E, U, R, 2, 0) X(F, J, D, 2, 0) X(F, K, P, 2, 0) X(G, B, P, 2, 0) \
    X(G, E, L, 2, 0) X(G, H, S, 2, 0) X(G, I, P, 2, 0) X(G, M, D, 2, 0) X(G, N, F, 0, 0) X(G, T, Q, 2, 0) \
    X(G, Y, D, 2, 0) X(H, K, D, 2, 0) X(H, N, L, 2, 0) X(H, R, K, 2, 1) X(H, T, G, 2, 0) X(H, U, F, 2, 0) \
    X(I, D, R, 2, 0) X(I, L, S, 2, 0) X(I, N, R, 2, 0) X(I, Q, D, 3, 0) X(I, R, R, 2, 0) X(I, S, K, 0, 0) \
    X(J, M, D, 2, 0) X(J, O, D, 3, 0) X(J, P, Y, 0, 0) X(K, E, S, 2, 0) X(K, G, S, 2, 0) X(K, H, R, 2, 0) \
    X(K, M, F, 0, 0) X(K, P, W, 2, 0) X(K, R, W, 0, 0) X(K, W, D, 3, 0) X(K, Y, D, 2, 0) X(K, Z, T, 2, 0) \
    X(L, A, K, 2, 0) X(L, B, P, 2, 0) X(L, K, R, 2, 0) X(L, R, D, 2, 0) X(L, S, L, 2, 0) X(L, T, L, 2, 1) \
    X(L, V, L, 2, 1) X(L, Y, D, 3, 0) X(M, A, D, 2, 0) X(M, D, L, 2, 0) X(M, G, A, 2, 0) X(M, K, D, 2, 0) \
    X(M, M, K, 2, 0) X(M, N, T, 2, 0) X(M, O, P, 2, 0) X(M, R, O, 2, 1) X(M, R, U, 2, 0) X(M, U, R, 2, 0) \
    X(M, V, R, 2, 0) X(M, W, K, 2, 0) X(M, X, N, 2, 0) X(M, X, V, 2, 0) X(M, Y, R, 2, 0) X(M, Z, N, 2, 0) \
    X(N, A, D, 2, 0) X(N, G, N, 2, 0) X(N, I, O, 2, 0) X(N, O, K, 2, 0) X(N, P, R, 2, 0) X(N, Z, D, 2, 0) \
    X(O, M, R, 3, 0) X(P, A, B, 2, 0) X(P, E, N, 2, 0) X(P, G, K, 2, 0) X(P, H, P, 2, 0) X(P, K, R, 2, 0) \
    X(P, L, N, 2, 0) X(P, Y, G, 0, 0) X(Q, A, R, 2, 0) X(R, O, N, 2, 0) X(R, S, D, 2, 0) X(R, U, B, 2, 0) \
    X(R, W, F, 0, 0) X(S, A, R, 2, 0) X(S, B, D, 2, 0) X(S, C, R, 2, 0) X(S, D, G, 2, 0) X(S, E, K, 2, 0) \
    X(S, G, D, 2, 0) X(S, H, P, 2, 0) X(S, L, E, 2, 0) X(S, L, L, 2, 1) X(S, O, S, 2, 0) X(S, R, D, 2, 0) \
    X(S, S, P, 2, 0) X(S, T, D, 2, 1) X(S, T, N, 2, 0) X(S, V, C, 2, 0) X(S, Y, P, 2, 0) X(S, Z, L, 2, 0) \
    X(T, H, B, 2, 0) X(T, J, S, 2, 0) X(T, M, T, 2, 0) X(T, N, D, 3, 0) X(T, O, P, 2, 0) X(T, R, Y, 2, 0) \
    X(T, T, D, 2, 0) X(T, W, D, 2, 0) X(T, Z, S, 2, 0) X(U, A, H, 2, 0) X(U, G, X, 0, 0) X(U, S, D, 2, 0) \
    X(U, S, N, 2, 0) X(U, Y, I, 0, 0) X(U, Y, U, 2, 0) X(U, Y, W, 4, 0) X(U, Z, S, 2, 0) X(V, E, D, 2, 0) \
    X(V, E, F, 2, 1) X(V, E, S, 2, 0) X(V, N, D, 0, 0) X(V, U, V, 0, 0) X(W, S, T, 2, 0) X(X, A, F, 0, 0) \
    X(X, C, D, 2, 0) X(X, C, G, 2, 0) X(X, O, F, 0, 0) X(X, P, F, 0, 0) X(Y, E, R, 2, 0) X(Z, A, R, 2, 0) \
    X(Z, M, K, 2, 1) X(Z, M, W, 2, 0) X(Z, W, G, 2, 0) X(Z, W, L, 2, 1)
// clang-format on

/* The three letters in lower case, as they lie in memory.  Only a letter folds to a letter. */
#define FOLDED(a, b, c) ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | 0x202020u)
/* No two codes of the list have the same place.  The factor was found by trying; where a new code makes the compiler
 * say that a place is initialised twice, try others. */
#define PLACE(folded) (((folded)*0x371080f3u) >> (32 - 11))

enum {
    ROW_NONE,
#define X(a, b, c, exponent, withdrawn) ROW_##a##b##c,
    CURRENCIES(X)
#undef X
        ROWS
};
_Static_assert(ROWS <= 256, "a row's place fits into a byte of the index");

static const struct currency rows[ROWS] = {
#define X(a, b, c, exponent, withdrawn) [ROW_##a##b##c] = { #a #b #c, exponent, withdrawn },
    CURRENCIES(X)
#undef X
};

static const uint8_t places[1 << 11] = {
#define X(a, b, c, exponent, withdrawn) [PLACE(FOLDED(LETTER_##a, LETTER_##b, LETTER_##c))] = ROW_##a##b##c,
    CURRENCIES(X)
#undef X
};

const struct currency *currency_find(struct span code)
{
    if (code.n != 3)
        return NULL;
    const unsigned char *p = (const unsigned char *)code.p;
    uint32_t folded = FOLDED(p[0], p[1], p[2]);
    unsigned row = places[PLACE(folded)];
    const unsigned char *known = (const unsigned char *)rows[row].code;
    return row && FOLDED(known[0], known[1], known[2]) == folded ? &rows[row] : NULL;
}
