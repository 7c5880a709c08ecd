/* What every unit test includes, in the order that cmocka needs. */
#ifndef UNIT_CHECK_H
#define UNIT_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/str.h"

/* Fails unless `got` is exactly `want` (a C string). */
static inline void
check_str(struct str got, const char *want)
{
    struct arena a = ARENA_INIT;

    assert_string_equal(arena_copy(&a, got).ptr, want);
    assert_int_equal(got.len, strlen(want));
    arena_release(&a);
}

#endif
