/* Configuration and key as a query. */
#include "turn/query.h"

#include "base/log.h"
#include "platform/clock.h"

#include "base/banned.h"

#define HOUR_MS ((int64_t)3600 * 1000)

struct recall_query
query_of(const struct conf *conf, const struct key_access *access,
         int64_t now_ms)
{
    return (struct recall_query){
        .kept_from_ms = key_kept_from(access, now_ms),
        .vault = {
            .vault_id = access->vault_id,
            .epoch = access->vault_epoch,
            .purge_epoch = access->vault_purge_epoch,
            .model_id = access->vault_model_id,
            .embedded_seq = access->vault_embedded_seq,
            .deadline_us = clock_tick_us() + conf->recall_deadline_ms * 1000,
        },
        .select = {
            .limit = (size_t)conf->recall_limit,
            .token_budget = (size_t)conf->recall_tokens,
            .windows = {
                .now_ms = now_ms,
                .most_ms = { conf->hot_hours * HOUR_MS,
                             conf->working_days * 24 * HOUR_MS,
                             conf->longterm_days * 24 * HOUR_MS },
                .share_percent = conf->window_share,
            },
        },
        .min_share = (double)conf->recall_min_score / 1000,
    };
}

enum status
query_catch_up(const struct service *service, struct arena *a,
               struct key_access *access, struct error *err)
{
    struct vault_state now;
    struct db_conn    *conn;
    enum status        st;

    if (!pending_wait(service->pending, access->vault_id,
                      service->conf->pending_wait_ms))
        return OK;
    if ((st = db_borrow(service->db, &conn, err)) != OK)
        return st;
    st = memory_epoch(conn, a, access->vault_id, &now, err);
    db_return(service->db, conn);
    if (st != OK)
        return st;
    access->vault_epoch = now.epoch;
    access->vault_purge_epoch = now.purge_epoch;
    access->vault_model_id = now.model_id;
    access->vault_embedded_seq = now.embedded_seq;
    return OK;
}

static void
log_loss(struct str request_id, enum log_level level, const char *event,
         const struct error *err)
{
    struct log_line line;

    if (err->status == OK)
        return;
    log_begin(&line, level, event);
    log_str(&line, "request", request_id);
    log_str(&line, "code", str_from(err->code));
    log_str(&line, "text", str_from(err->text));
    log_end(&line);
}

void
query_log(struct str request_id, const struct recall_answer *answer)
{
    log_loss(request_id, LOG_WARN, "segment", &answer->damage);
    /* That the embedder works or does not is logged when it changes. */
    log_loss(request_id, LOG_DEBUG, "words_only", &answer->words_only);
}

enum status
query_find(const struct service *service, struct arena *a,
           struct str request_id, const struct recall_query *q,
           struct recall_answer *found, struct error *err)
{
    struct recall_query asked = *q;
    enum status         st;

    asked.select.name = str_trim(q->question);
    st = recall_find(service->recall, service->db, a, &asked, found, err);
    query_log(request_id, found);
    if (st != ERR_TIMEOUT)
        return st;
    return refused(err, ERR_TIMEOUT, "search_timeout",
                   "Try again in a moment, or ask a shorter question.",
                   "The search took too long");
}
