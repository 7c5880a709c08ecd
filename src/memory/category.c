/* Categories of Unicode 8.0. */
#include "memory/category.h"

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#include "base/banned.h"

struct range {
    uint32_t first;
    uint32_t last;
};

/*
 * Marks, punctuation and format characters newer than Unicode 8.0, and what
 * lies between them where it was not assigned then or is a letter anyway.  In
 * order.  Source: every code point, utf8proc 2.8 (Unicode 14) beside Hugging
 * Face's tokenizers 0.23.
 */
static const struct range newer[] = {
    { 0x061D, 0x061D },   { 0x07FD, 0x07FD },   { 0x0890, 0x08E2 },
    { 0x09FD, 0x09FE },   { 0x0A76, 0x0A76 },   { 0x0AFA, 0x0AFF },
    { 0x0B55, 0x0B55 },   { 0x0C04, 0x0C3C },   { 0x0C77, 0x0C77 },
    { 0x0C84, 0x0C84 },   { 0x0D00, 0x0D00 },   { 0x0D3B, 0x0D3C },
    { 0x0D81, 0x0D81 },   { 0x0EBA, 0x0EBA },   { 0x0ECE, 0x0ECE },
    { 0x180F, 0x1886 },   { 0x1ABF, 0x1ACE },   { 0x1B7D, 0x1B7E },
    { 0x1DF6, 0x1DFB },   { 0x2E43, 0x2E5D },   { 0xA82C, 0xA82C },
    { 0xA8C5, 0xA8C5 },   { 0xA8FF, 0xA8FF },   { 0xA9BD, 0xA9BD },
    { 0x10D24, 0x10F89 }, { 0x11070, 0x11074 }, { 0x110C2, 0x110CD },
    { 0x111CF, 0x111CF }, { 0x1123E, 0x11241 },
    { 0x1133B, 0x1133B }, { 0x11438, 0x1145E }, { 0x11660, 0x1166C },
    { 0x116B9, 0x116B9 }, { 0x1182F, 0x11FFF }, { 0x12FF1, 0x13455 },
    { 0x16E97, 0x16F4F }, { 0x16FE2, 0x16FE4 }, { 0x1CF00, 0x1CF46 },
    { 0x1E000, 0x1E4EF }, { 0x1E944, 0x1E95F },
};

static bool
is_newer(uint32_t point)
{
    size_t low = 0, high = COUNT(newer);

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (newer[middle].last < point)
            low = middle + 1;
        else
            high = middle;
    }
    return low < COUNT(newer) && newer[low].first <= point;
}

utf8proc_category_t
category_of(uint32_t point)
{
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)point);

    /* These three have changed since. */
    if (point == 0x166D || point == 0x111C9)
        return UTF8PROC_CATEGORY_PO;
    if (point == 0x1734)
        return UTF8PROC_CATEGORY_MN;
    return is_newer(point) ? UTF8PROC_CATEGORY_LO : category;
}
