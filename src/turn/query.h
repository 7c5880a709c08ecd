/*
 * What a vault is asked, as this installation is configured; the same for
 * turns and for the search endpoint.
 */
#ifndef TURN_QUERY_H
#define TURN_QUERY_H

#include "turn/service.h"

/* A query without a question; its deadline runs from now. */
struct recall_query query_of(const struct conf *conf,
                             const struct key_access *access, int64_t now_ms);

/*
 * A turn of this vault that was answered a moment ago is waited for; the
 * access is then as new as the vault.
 * Errors   ERR_STORE
 */
enum status query_catch_up(const struct service *service, struct arena *a,
                           struct key_access *access,
                           struct error *err) MUST_CHECK;

/*
 * recall_find() for somebody who asked for just that, and logged.
 * Errors   the same; ERR_TIMEOUT is for the caller
 */
enum status query_find(const struct service *service, struct arena *a,
                       struct str request_id, const struct recall_query *q,
                       struct recall_answer *found,
                       struct error *err) MUST_CHECK;

/* Logs what recall did without. */
void query_log(struct str request_id, const struct recall_answer *answer);

#endif
