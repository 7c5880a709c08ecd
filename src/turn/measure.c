/* Counting. */
#include "turn/measure.h"

#include <assert.h>
#include <stdio.h>

#include "base/banned.h"

enum { METER_NAME_BYTES = 120, LABEL_BYTES = 32 };

/* The name of a meter; buffer of METER_NAME_BYTES. */
#define METER(buffer, ...) \
    meter_name((buffer), snprintf((buffer), METER_NAME_BYTES, __VA_ARGS__))

/* A name that does not fit is none: then it is not counted. */
static struct str
meter_name(const char *buffer, int len)
{
    return (struct str){ buffer, (size_t)len };
}

/* Safe inside a label's quotes: a vendor's name may come from a file. */
static const char *
label(char out[LABEL_BYTES], const char *text)
{
    size_t len = 0;

    for (; text[len] && len < LABEL_BYTES - 1; len++)
        out[len] = text[len] == '"' || text[len] == '\\' ||
                   (unsigned char)text[len] < ' ' ? '_' : text[len];
    out[len] = '\0';
    return out;
}

void
measure_request(const struct service *s, int by)
{
    meters_move(s->meters, STR("memoryrouter_requests_running"), by);
}

void
measure_answer(const struct service *s, int status)
{
    char name[METER_NAME_BYTES];

    meters_add(s->meters,
               METER(name, "memoryrouter_http_requests_total{status=\"%d\"}",
                     status), 1);
}

static void
count_refusals(const struct service *s, enum limit_kind kind, int64_t by)
{
    static const char *const kinds[] = {
        [LIMIT_KEY_10S] = "key_10s",
        [LIMIT_KEY_60S] = "key_60s",
        [LIMIT_ADDRESS] = "address",
        [LIMIT_CONCURRENCY] = "concurrency",
        [LIMIT_KEY_TOKENS] = "key_tokens",
        [LIMIT_ACCOUNT_TOKENS] = "account_tokens",
        [LIMIT_MEMORIES] = "memories",
    };
    char name[METER_NAME_BYTES];

    static_assert(COUNT(kinds) == LIMIT_KINDS, "each has a name");
    meters_add(s->meters,
               METER(name, "memoryrouter_refused_total{limit=\"%s\"}",
                     kinds[kind]), by);
}

void
measure_refusal(const struct service *s, enum limit_kind kind)
{
    count_refusals(s, kind, 1);
}

void
measure_limits(const struct service *s)
{
    for (int kind = 0; kind < LIMIT_KINDS; kind++)
        count_refusals(s, (enum limit_kind)kind, 0);
    measure_place(s, 0);
}

void
measure_place(const struct service *s, int by)
{
    meters_move(s->meters, STR("memoryrouter_places_held"), by);
}

void
measure_stream(const struct turn *t, int by)
{
    meters_move(t->service->meters, STR("memoryrouter_streams_open"), by);
    if (by > 0)
        meters_add(t->service->meters, STR("memoryrouter_streams_total"), by);
}

static void
measure_stages(const struct turn *t)
{
    char name[METER_NAME_BYTES];

    for (size_t i = 0; i < TURN_STAGES; i++)
        if (t->stage_us[i] >= 0)
            meters_time(t->service->meters,
                        METER(name, "memoryrouter_stage_seconds{stage=\"%s\"}",
                              turn_stage_name((enum turn_stage)i)),
                        t->stage_us[i]);
}

static void
measure_recall(const struct turn *t)
{
    struct meters *m = t->service->meters;
    char           name[METER_NAME_BYTES];

    meters_add(m, METER(name, "memoryrouter_recall_total{outcome=\"%s\"}",
                        turn_memory_status_name(t->memory_status)), 1);
    meters_add(m, STR("memoryrouter_memories_injected_total"),
               t->memories.memories);
    meters_add(m, STR("memoryrouter_memories_stored_total"),
               (int64_t)t->exchange.piece_count);
    if (t->found.search_us == 0)
        return;
    meters_add(m, METER(name, "memoryrouter_searches_total{by=\"%s\"}",
                        t->found.with_vectors ? "hybrid" : "words"), 1);
    meters_time(m, STR("memoryrouter_search_seconds"), t->found.search_us);
    meters_time(m, STR("memoryrouter_embedding_seconds"), t->found.embed_us);
}

static void
measure_tokens(const struct turn *t)
{
    struct meters *m = t->service->meters;

    meters_add(m, STR("memoryrouter_tokens_total{direction=\"in\"}"),
               t->exchange.usage.input_tokens);
    meters_add(m, STR("memoryrouter_tokens_total{direction=\"out\"}"),
               t->exchange.usage.output_tokens);
}

void
measure_turn(const struct turn *t)
{
    const char *provider = t->route.provider ? t->route.provider->name
                                             : "none";
    char        name[METER_NAME_BYTES], vendor[LABEL_BYTES];

    if (!t->service->meters)
        return;
    meters_add(t->service->meters,
               METER(name, "memoryrouter_turns_total{dialect=\"%s\","
                     "provider=\"%s\",status=\"%d\"}", t->dialect->name,
                     label(vendor, provider),
                     t->reply->committed ? t->reply->status : 499), 1);
    measure_stages(t);
    measure_recall(t);
    measure_tokens(t);
}

void
measure_process(const struct service *s)
{
    size_t made, idle;

    if (!s->meters)
        return;
    db_count(s->db, &made, &idle);
    meters_set(s->meters,
               STR("memoryrouter_db_connections{state=\"busy\"}"),
               (int64_t)(made - idle));
    meters_set(s->meters,
               STR("memoryrouter_db_connections{state=\"idle\"}"),
               (int64_t)idle);
    meters_set(s->meters, STR("memoryrouter_tail_bytes"),
               (int64_t)recall_tail_bytes(s->recall));
}
