/* Ranges are ranges, begin in the past, and do not depend on what was asked
 * before; the first bytes are the time. */
#include <assert.h>

#include "base/str.h"
#include "fuzz/fuzz.h"
#include "memory/when.h"

#include "base/banned.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct when_now   now = { 0 };
    struct when_range ranges[WHEN_RANGES_MAX], again[WHEN_RANGES_MAX];
    struct str        text;
    size_t            count;

    if (len < sizeof(now.ms) + sizeof(now.offset_minutes))
        return 0;
    memcpy(&now.ms, bytes, sizeof(now.ms));
    memcpy(&now.offset_minutes, bytes + sizeof(now.ms),
           sizeof(now.offset_minutes));
    len -= sizeof(now.ms) + sizeof(now.offset_minutes);
    text = (struct str){ (const char *)bytes + sizeof(now.ms) +
                             sizeof(now.offset_minutes), len };
    count = when_asked(text, &now, ranges);
    assert(count <= WHEN_RANGES_MAX);
    for (size_t i = 0; i < count; i++) {
        assert(ranges[i].from_ms < ranges[i].to_ms);
        assert(ranges[i].from_ms <= now.ms);
    }
    assert(when_asked(text, &now, again) == count);
    for (size_t i = 0; i < count; i++)
        assert(again[i].from_ms == ranges[i].from_ms &&
               again[i].to_ms == ranges[i].to_ms &&
               again[i].strength == ranges[i].strength);
    (void)when_is_asked_for(text);
    return 0;
}
