/* Classes and folded forms of code points. */
#include "memory/fold.h"

#include <stdbool.h>

#include <utf8proc.h>

#include "base/error.h"

#include "base/banned.h"

struct range {
    uint32_t first;
    uint32_t last;
};

/* Scripts without spaces between words, and Hangul, whose words carry their
 * particles.  In order.  Source: Unicode 14, Blocks.txt. */
static const struct range dense[] = {
    { 0x0E00, 0x0EFF },    /* Thai, Lao                             */
    { 0x1000, 0x109F },    /* Myanmar                               */
    { 0x1780, 0x17FF },    /* Khmer                                 */
    { 0x3040, 0x312F },    /* Hiragana, Katakana, Bopomofo          */
    { 0x31A0, 0x31BF },    /* Bopomofo extended                     */
    { 0x31F0, 0x31FF },    /* Katakana extended                     */
    { 0x3400, 0x4DBF },    /* Han extension A                       */
    { 0x4E00, 0x9FFF },    /* Han                                   */
    { 0xAC00, 0xD7A3 },    /* Hangul                                */
    { 0xF900, 0xFAFF },    /* Han, compatibility                    */
    { 0xFF66, 0xFF9F },    /* Katakana, half width                  */
    { 0x20000, 0x3FFFF },  /* Han, later extensions                 */
};

static bool
is_dense(uint32_t cp)
{
    if (cp < dense[0].first)
        return false;
    for (size_t i = 0; i < COUNT(dense) && dense[i].first <= cp; i++)
        if (cp <= dense[i].last)
            return true;
    return false;
}

static enum fold_class
class_of(uint32_t cp)
{
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)cp);

    /* Letters, marks and numbers stand together in that enumeration. */
    if (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO)
        return is_dense(cp) ? FOLD_DENSE : FOLD_LETTER;
    /* Soft hyphen and the joiners stand inside words. */
    return cp == 0xAD || cp == 0x200C || cp == 0x200D ? FOLD_LETTER
                                                      : FOLD_BREAK;
}

static bool
is_ascii_letter(uint32_t cp)
{
    return (cp >= 'a' && cp <= 'z') || (cp >= 'A' && cp <= 'Z');
}

enum fold_class
fold_class(uint32_t cp)
{
    if (cp >= 0x80)
        return class_of(cp);
    return is_ascii_letter(cp) || (cp >= '0' && cp <= '9') ? FOLD_LETTER
                                                           : FOLD_BREAK;
}

/* Accents that Unicode takes off Latin and Greek letters. */
static bool
is_accent(uint32_t cp)
{
    return cp >= 0x0300 && cp <= 0x036F;
}

static size_t
decompose(uint32_t cp, uint32_t *points)
{
    utf8proc_int32_t  parts[FOLD_POINTS_MAX];
    utf8proc_ssize_t  count;
    utf8proc_option_t how = UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT |
                            UTF8PROC_CASEFOLD | UTF8PROC_IGNORE;
    int               last_class = 0;
    size_t            kept = 0;

    count = utf8proc_decompose_char((utf8proc_int32_t)cp, parts,
                                    FOLD_POINTS_MAX, how, &last_class);
    for (utf8proc_ssize_t i = 0; i < count && i < FOLD_POINTS_MAX; i++)
        if (!is_accent((uint32_t)parts[i]))
            points[kept++] = (uint32_t)parts[i];
    return kept;
}

size_t
fold_point(uint32_t cp, uint32_t *points)
{
    bool cyrillic = cp >= 0x0400 && cp <= 0x052F;
    bool keep = cp < 0xF900 && is_dense(cp);

    if (cp >= 0x80 && !cyrillic && !keep)
        return decompose(cp, points);
    points[0] = keep ? cp : (uint32_t)utf8proc_tolower((utf8proc_int32_t)cp);
    /* Cyrillic keeps its breve, which the stemmer needs, not its dots. */
    if (points[0] == 0x0451)
        points[0] = 0x0435;
    return 1;
}
