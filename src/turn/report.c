/* The headers of memory routes. */
#include "turn/report.h"

#include "platform/clock.h"

#include "base/banned.h"

enum { IDS_MAX_BYTES = 32 << 10 };

struct str
report_ids(struct arena *a, const struct hit *hits, size_t count)
{
    struct buf *b = buf_new(a, IDS_MAX_BYTES);

    for (size_t i = 0; i < count; i++)
        buf_printf(b, "%s%lld", i ? "," : "", (long long)hits[i].row.id);
    return buf_str(b);
}

void
report_status(struct reply *r, enum memory_status status)
{
    reply_header(r, "X-Memory-Status",
                 str_from(turn_memory_status_name(status)));
}

/* The compatible service let two stores race; here one searches, and there is
 * no winner. */
static void
add_times(struct reply *r, const struct report *report)
{
    int64_t total_ms = (clock_tick_us() - report->start_us) / 1000;
    int64_t ours_ms = total_ms - report->provider_ms;
    int64_t embed_ms = report->embed_us / 1000;

    reply_header_int(r, "X-Embedding-Ms", embed_ms);
    reply_header_int(r, "X-Race-Ms", report->search_us / 1000);
    reply_header(r, "X-Race-Winner", STR("none"));
    reply_header_int(r, "X-PostProcess-Ms",
                     report->inject_ms > 0 ? report->inject_ms : 0);
    reply_header_int(r, "X-MR-Processing-Ms", ours_ms);
    reply_header_int(r, "X-MR-Overhead-Ms", ours_ms - embed_ms);
    reply_header_int(r, "X-Provider-Response-Ms", report->provider_ms);
    reply_header_int(r, "X-Total-Ms", total_ms);
}

void
report_add(struct reply *r, const struct report *report)
{
    reply_header(r, "X-Memory-Mode",
                 str_from(options_mode_name(report->mode)));
    reply_header(r, "X-Memory-Ids", report->ids);
    reply_header_int(r, "X-Memory-Chunks-Retrieved", report->memories);
    reply_header_int(r, "X-Memory-Tokens-Retrieved", report->tokens);
    reply_header_int(r, "X-Memory-Tokens-Injected", report->injected);
    reply_header(r, "X-Memory-Injection-Format", str_from(report->format));
    if (report->session.len)
        reply_header(r, "X-Session-ID", report->session);
    add_times(r, report);
}
