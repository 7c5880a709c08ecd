/*
 * READ THIS FIRST.  A turn is a table of stages: this file is the path of a
 * request, its trace and its failure policy.
 */
#include "turn/turn.h"

#include <assert.h>

#include "platform/clock.h"
#include "turn/capture.h"
#include "turn/forward.h"
#include "turn/measure.h"
#include "turn/plan.h"
#include "turn/recollect.h"

#include "base/banned.h"

enum on_error { STOP, GO_ON };

typedef enum status stage_fn(struct turn *t, struct error *err);

static stage_fn authenticate, plan, recall, inject, forward, capture, remember;

/* Memory is a help, not a condition: a request goes on without it. */
static const struct stage {
    const char   *name;
    stage_fn     *run;
    enum on_error on_error;
} path[] = {
    [STAGE_AUTHENTICATE] = { "authenticate", authenticate, STOP  },
    [STAGE_PLAN]         = { "plan",         plan,         STOP  },
    [STAGE_RECALL]       = { "recall",       recall,       GO_ON },
    [STAGE_INJECT]       = { "inject",       inject,       GO_ON },
    [STAGE_FORWARD]      = { "forward",      forward,      STOP  },
    [STAGE_CAPTURE]      = { "capture",      capture,      GO_ON },
    [STAGE_REMEMBER]     = { "remember",     remember,     GO_ON },
};

static_assert(COUNT(path) == TURN_STAGES, "the trace has a place for each");

/* The stages. */

/* Who calls, which vault that opens, and whether it may. */
static enum status
authenticate(struct turn *t, struct error *err)
{
    enum status st = admission_key(t->admission, &t->credentials, &t->access,
                                   &t->graced, err);

    t->authenticated = st == OK;
    return st;
}

/* What is asked of whom, and how. */
static enum status
plan(struct turn *t, struct error *err)
{
    return t->kind == TURN_PASS ? plan_pass(t, err) : plan_chat(t, err);
}

/* What the vault remembers about the question. */
static enum status
recall(struct turn *t, struct error *err)
{
    return recollect_find(t, err);
}

/* Puts it into the caller's own JSON. */
static enum status
inject(struct turn *t, struct error *err)
{
    return recollect_inject(t, err);
}

/* Sends it up, and the reply down as it comes. */
static enum status
forward(struct turn *t, struct error *err)
{
    return forward_run(t, err);
}

/* What of it will be remembered. */
static enum status
capture(struct turn *t, struct error *err)
{
    (void)err;
    capture_exchange(t);
    return OK;
}

/* Stores it: in the database, else in the spool. */
static enum status
remember(struct turn *t, struct error *err)
{
    return capture_save(t, err);
}

/* Running them. */

const char *
turn_stage_name(enum turn_stage stage)
{
    return path[stage].name;
}

const char *
turn_memory_status_name(enum memory_status status)
{
    static const char *const names[] = {
        [MEMORY_HIT] = "hit",         [MEMORY_EMPTY] = "empty",
        [MEMORY_OFF] = "off",         [MEMORY_SKIPPED] = "skipped",
        [MEMORY_TIMEOUT] = "timeout", [MEMORY_ERROR] = "error",
    };

    return names[status];
}

/* A stage that failed although the turn goes on says so in the log. */
static void
note(const struct turn *t, const struct stage *stage, const struct error *err)
{
    struct log_line line;

    log_begin(&line, LOG_WARN, stage->name);
    log_str(&line, "request", t->request_id);
    log_str(&line, "code", str_from(err->code));
    log_str(&line, "text", str_from(err->text));
    log_end(&line);
}

static enum status
run_stages(struct turn *t, struct error *err)
{
    for (size_t i = 0; i < COUNT(path); i++) {
        int64_t     start_us = clock_tick_us();
        enum status st = path[i].run(t, err);

        t->stage_us[i] = clock_tick_us() - start_us;
        t->stage_ms[i] = t->stage_us[i] / 1000;
        if (st == OK)
            continue;
        if (path[i].on_error == STOP)
            return st;
        note(t, &path[i], err);
    }
    return OK;
}

static void
trace(const struct turn *t, struct log_line *access)
{
    static const char *const ms_names[] = {
        "authenticate_ms", "plan_ms",    "recall_ms",   "inject_ms",
        "forward_ms",      "capture_ms", "remember_ms",
    };

    static_assert(COUNT(ms_names) == TURN_STAGES, "a name for each stage");
    if (t->authenticated) {
        log_int(access, "key", t->access.key_id);
        log_int(access, "vault", t->access.vault_id);
    }
    if (t->route.provider)
        log_str(access, "provider", str_from(t->route.provider->name));
    log_str(access, "memory",
            str_from(turn_memory_status_name(t->memory_status)));
    log_int(access, "memories", (long long)t->memories.memories);
    log_int(access, "stored", (long long)t->exchange.piece_count);
    for (size_t i = 0; i < TURN_STAGES; i++)
        if (t->stage_ms[i] >= 0)
            log_int(access, ms_names[i], t->stage_ms[i]);
}

void
turn_run(struct turn *t, struct log_line *access)
{
    struct error err;

    for (size_t i = 0; i < TURN_STAGES; i++)
        t->stage_ms[i] = t->stage_us[i] = -1;
    t->memory_status = MEMORY_SKIPPED;
    reading_init(&t->reading);
    if (run_stages(t, &err) != OK) {
        forward_answer_error(t, &err);
        log_str(access, "error", str_from(err.code));
    }
    trace(t, access);
    measure_turn(t);
    reading_release(&t->reading);
}
