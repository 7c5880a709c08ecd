/* Why memories were found, and why not. */
#include "api/explanation.h"

#include <math.h>

#include "platform/clock.h"

#include "base/banned.h"

/* What each feature was, and what it added. */
static void
add_features(struct buf *b, const struct ranked *r, bool with_vectors)
{
    buf_add(b, STR(",\"features\":{"));
    for (size_t i = 0; i < FEATURE_COUNT; i++)
        buf_printf(b, "%s\"%s\":{\"value\":%.4g,\"adds\":%.4g}",
                   i ? "," : "", rank_feature_name((enum feature)i),
                   (double)r->features[i],
                   (double)r->features[i] *
                       rank_weight((enum feature)i, with_vectors));
    buf_add_byte(b, '}');
    buf_printf(b, ",\"shared\":%.4f", (double)r->shared);
    if (!isnan(r->centred))
        buf_printf(b, ",\"centred\":%.4f", (double)r->centred);
}

static void
add_pick(struct buf *b, const struct pick *p, bool with_vectors)
{
    buf_printf(b, "{\"id\":%lld,\"fate\":\"%s\",\"window\":\"%s\","
               "\"score\":%.4f,\"sum\":%.4f", (long long)p->item.id,
               select_fate_name(p->fate), windows_name(p->window),
               rank_share(p->ranked.score), p->ranked.score);
    if (p->other_id)
        buf_printf(b, ",\"%s\":%lld", p->fate == FATE_REPEATED ? "same_as"
                                                                : "later",
                   (long long)p->other_id);
    if (p->named)
        buf_add(b, STR(",\"named\":true"));
    add_features(b, &p->ranked, with_vectors);
    buf_add_byte(b, '}');
}

void
explanation_add(struct buf *b, struct arena *a,
                const struct recall_answer *found)
{
    buf_printf(b, "{\"vectors\":%s,\"embedding_ms\":%.3f,"
               "\"search_ms\":%.3f,\"periods\":[",
               found->with_vectors ? "true" : "false",
               (double)found->embed_us / 1000,
               (double)found->search_us / 1000);
    for (size_t i = 0; i < found->period_count; i++)
        buf_printf(b, "%s{\"from\":\"%.*s\",\"to\":\"%.*s\"}",
                   i ? "," : "",
                   STR_ARG(clock_iso(a, found->periods[i].from_ms)),
                   STR_ARG(clock_iso(a, found->periods[i].to_ms)));
    buf_add(b, STR("],\"candidates\":["));
    for (size_t i = 0; i < found->pick_count; i++) {
        buf_add(b, i ? STR(",") : STR(""));
        add_pick(b, &found->picks[i], found->with_vectors);
    }
    buf_add(b, STR("]}"));
}
