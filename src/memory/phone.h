/*
 * Telephone numbers, which everybody groups in another way.  Pure functions.
 */
#ifndef MEMORY_PHONE_H
#define MEMORY_PHONE_H

#include <stddef.h>

#include "base/str.h"

enum {
    PHONE_DIGITS_MAX = 15, /* ITU-T E.164 */
    PHONE_OWN_DIGITS = 7,  /* the last ones, without country and area */
};

/*
 * The digits of the telephone number that `text` starts with: 7 to 15 in two
 * groups or more, set apart by a few marks, that begin with "+", "(" or "0" or
 * are groups of 3 and 4.
 *
 * bytes    what it takes of the text; for a longer row of digits, which is
 *          none, what that takes; else 0
 * Returns  how many digits, 0: there is none
 */
size_t phone_digits(struct str text, char digits[PHONE_DIGITS_MAX],
                    size_t *bytes);

#endif
