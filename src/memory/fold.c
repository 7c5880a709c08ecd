/* Classes and folded forms of code points. */
#include "memory/fold.h"

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
    /* Soft hyphen, the joiners and three marks of Armenian stand inside
     * words. */
    return cp == 0xAD || cp == 0x200C || cp == 0x200D || cp == 0x055B ||
           cp == 0x055C || cp == 0x055E ? FOLD_LETTER : FOLD_BREAK;
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

/* Accents that Unicode takes off Latin and Greek letters, vowels and other
 * signs of Hebrew and Arabic that most writers leave out. */
static const struct range accents[] = {
    { 0x0300, 0x036F }, { 0x055B, 0x055E }, { 0x0591, 0x05C7 },
    { 0x0610, 0x061A }, { 0x0640, 0x0640 }, { 0x064B, 0x065F },
    { 0x0670, 0x0670 },
};

static bool
is_accent(uint32_t cp)
{
    for (size_t i = 0; i < COUNT(accents) && accents[i].first <= cp; i++)
        if (cp <= accents[i].last)
            return true;
    return false;
}

/* Letters that Arabic, Persian and Urdu write one for another, and digits of
 * other scripts. */
static uint32_t
replaced(uint32_t cp)
{
    static const uint32_t zeros[] = { 0x0660, 0x06F0, 0x0966, 0x09E6, 0x0BE6 };

    for (size_t i = 0; i < COUNT(zeros); i++)
        if (cp >= zeros[i] && cp <= zeros[i] + 9)
            return '0' + cp - zeros[i];
    if (cp == 0x06A9)
        return 0x0643;
    return cp == 0x06CC || cp == 0x0649 ? 0x064A : cp;
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
            points[kept++] = replaced((uint32_t)parts[i]);
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

bool
fold_is_mark(uint32_t cp)
{
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)cp);

    return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC;
}
