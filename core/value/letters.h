/*
 * letters.h - letters that macros paste together, for tables whose places are made of a code's letters.
 *
 *     #define X(a, b) [place(LETTER_##a, LETTER_##b)] = ...      X(N, L)
 */
#ifndef CARTWAY_VALUE_LETTERS_H
#define CARTWAY_VALUE_LETTERS_H

enum {
    LETTER_A = 'a',
    LETTER_B,
    LETTER_C,
    LETTER_D,
    LETTER_E,
    LETTER_F,
    LETTER_G,
    LETTER_H,
    LETTER_I,
    LETTER_J,
    LETTER_K,
    LETTER_L,
    LETTER_M,
    LETTER_N,
    LETTER_O,
    LETTER_P,
    LETTER_Q,
    LETTER_R,
    LETTER_S,
    LETTER_T,
    LETTER_U,
    LETTER_V,
    LETTER_W,
    LETTER_X,
    LETTER_Y,
    LETTER_Z,
    LETTERS = 26,
};

#endif
