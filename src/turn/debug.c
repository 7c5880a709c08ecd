/* The debug objects of a chat reply. */
#include "turn/debug.h"

#include "memory/render.h"
#include "platform/clock.h"

#include "base/banned.h"

enum { OBJECTS_MAX_BYTES = 16 << 20 };

bool
debug_is_wanted(const struct turn *t)
{
    return t->options.debug && t->kind == TURN_CHAT &&
           t->dialect->id == DIALECT_OPENAI_CHAT && !t->prompt.stream &&
           !t->event_stream;
}

/* _memory */

static void
add_windows(struct buf *b, const struct recall_answer *found)
{
    size_t counts[WINDOW_COUNT] = { 0 };

    for (size_t i = 0; i < found->count; i++)
        counts[found->hits[i].window]++;
    buf_add_byte(b, '{');
    for (size_t w = 0; w < WINDOW_COUNT; w++)
        buf_printf(b, "%s\"%s\":%zu", w ? "," : "",
                   windows_name((enum window)w), counts[w]);
    buf_add_byte(b, '}');
}

static void
add_hit(struct buf *b, const struct hit *hit, bool with_vectors)
{
    buf_printf(b, "{\"id\":%lld,\"role\":\"%s\",\"content\":",
               (long long)hit->row.id, role_name(hit->row.role));
    json_add_string(b, hit->row.text);
    buf_printf(b, ",\"timestamp\":%lld,\"score\":%.4f,\"window\":\"%s\","
               "\"source\":\"%s\"}", (long long)hit->row.occurred_ms,
               rank_share(hit->score), windows_name(hit->window),
               with_vectors ? "hybrid" : "words");
}

/* What an earlier request of a tool loop was given is known by its ids. */
static void
add_kept(struct buf *b, struct str ids)
{
    for (struct str id; ids.len;) {
        (void)str_cut(ids, ',', &id, &ids); /* the last has no comma */
        buf_printf(b, "{\"id\":%.*s}%s", STR_ARG(id), ids.len ? "," : "");
    }
}

static void
add_memories(struct buf *b, const struct turn *t)
{
    buf_add_byte(b, '[');
    if (t->kept)
        add_kept(b, t->memories.ids);
    for (size_t i = 0; i < t->found.count && !t->kept; i++) {
        buf_add(b, i ? STR(",") : STR(""));
        add_hit(b, &t->found.hits[i], t->found.with_vectors);
    }
    buf_add_byte(b, ']');
}

static void
add_memory(struct buf *b, const struct turn *t)
{
    const struct injection *m = &t->memories;

    buf_add(b, STR("\"_memory\":{\"key\":"));
    json_add_string(b, credentials_shown(t->arena, &t->credentials));
    buf_add(b, STR(",\"session_id\":"));
    json_add_or_null(b, t->options.session);
    buf_printf(b, ",\"storage\":\"mariadb\",\"status\":\"%s\","
               "\"tokens_retrieved\":%lld,\"memories_retrieved\":%lld,"
               "\"tokens_injected\":%lld,\"injection_format\":",
               turn_memory_status_name(t->memory_status),
               (long long)m->tokens, (long long)m->memories,
               (long long)m->tokens);
    json_add_or_null(b, m->text.len ? str_from(render_format(t->route.model))
                                    : STR_NONE);
    buf_add(b, STR(",\"window_breakdown\":"));
    add_windows(b, &t->found);
    buf_add(b, STR(",\"memories\":"));
    add_memories(b, t);
    buf_printf(b, ",\"latency_ms\":%lld}",
               (long long)t->stage_ms[STAGE_RECALL]);
}

/* The others. */

/* The compatible service let two stores race; here one searches, and there is
 * no winner. */
static void
add_latency(struct buf *b, const struct turn *t, int64_t provider_ms)
{
    int64_t total_ms = (clock_tick_us() - t->start_us) / 1000;
    int64_t embed_ms = t->found.embed_us / 1000;
    int64_t ours_ms = total_ms - provider_ms;

    buf_printf(b, ",\"_latency\":{\"embedding_ms\":%.3f,\"race_ms\":%.3f,"
               "\"race_winner\":\"\",\"post_process_ms\":%lld,",
               (double)t->found.embed_us / 1000,
               (double)t->found.search_us / 1000,
               (long long)t->stage_ms[STAGE_INJECT]);
    buf_printf(b, "\"mr_processing_ms\":%lld,\"mr_overhead_ms\":%lld,"
               "\"provider_ms\":%lld,\"total_ms\":%lld}",
               (long long)ours_ms, (long long)(ours_ms - embed_ms),
               (long long)provider_ms, (long long)total_ms);
}

/* Messages that say themselves whether they may be remembered. */
static size_t
count_flags(const struct json *messages)
{
    struct json_item item = { .start = NULL };
    size_t           count = 0;

    while (json_next(messages, &item))
        count += json_member(&item.value, "memory").type == JSON_BOOL;
    return count;
}

static void
add_extraction(struct buf *b, const struct turn *t)
{
    buf_printf(b, ",\"_extraction\":{\"memory_mode\":\"%s\","
               "\"provider_detected\":\"%s\",\"messages_with_flags\":%zu}",
               options_mode_name(t->options.mode), t->route.provider->name,
               count_flags(&t->prompt.list));
}

static void
add_truncation(struct buf *b, const struct window_cut *cut)
{
    if (cut->tokens == 0)
        return;
    buf_printf(b, ",\"_truncation\":{\"truncated\":true,"
               "\"tokens_removed\":%zu,\"details\":{\"conv\":0",
               cut->tokens);
    for (size_t w = WINDOW_COUNT; w-- > 0;)
        buf_printf(b, ",\"%s\":%zu", windows_name((enum window)w),
                   cut->memories[w]);
    buf_add(b, STR("}}"));
}

/* The messages as they went up. */
static struct str
messages_up(const struct turn *t)
{
    struct error ignored;
    struct json  root, list;

    if (json_parse(t->body, JSON_DEPTH_MAX, &root, &ignored) != OK)
        return STR("null");
    list = json_member(&root, "messages");
    return list.type == JSON_NONE ? STR("null") : list.raw;
}

static void
add_debug(struct buf *b, const struct turn *t)
{
    buf_add(b, STR(",\"_debug\":{\"original_messages\":"));
    buf_add(b, t->prompt.list.raw);
    buf_add(b, STR(",\"augmented_messages\":"));
    buf_add(b, messages_up(t));
    buf_add(b, STR(",\"model\":"));
    json_add_string(b, t->route.model);
    buf_printf(b, ",\"provider\":\"%s\",\"memory_injection\":",
               t->route.provider->name);
    json_add_or_null(b, t->memories.text);
    buf_add_byte(b, '}');
}

struct str
debug_add(struct turn *t, struct str body, int64_t provider_ms)
{
    struct json_item first = { .start = NULL };
    struct json      root;
    struct error     ignored;
    struct buf      *b;
    size_t           end;

    if (json_parse(body, JSON_DEPTH_MAX, &root, &ignored) != OK ||
        root.type != JSON_OBJECT)
        return body;
    end = (size_t)(root.raw.ptr - body.ptr) + root.raw.len - 1;
    b = buf_new(t->arena, body.len + t->prompt.document.len + t->body.len +
                              OBJECTS_MAX_BYTES);
    buf_add(b, str_slice(body, 0, end));
    buf_add(b, json_next(&root, &first) ? STR(",") : STR(""));
    add_memory(b, t);
    add_latency(b, t, provider_ms);
    add_extraction(b, t);
    add_truncation(b, &t->cut);
    add_debug(b, t);
    buf_add(b, str_slice(body, end, body.len));
    return b->full ? body : buf_str(b);
}
