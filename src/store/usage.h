/*
 * What was used: usage_event has a row for each request, usage_daily the sums
 * of whole days.
 *
 * Each day is read from one of the two, never from both: days before the mark
 * (usage_mark) from the sums, the others from the events.  The roll-up writes
 * a day anew and moves the mark in one transaction; a turn that was spooled
 * and comes late moves the mark back to its day.  A second mark, never behind
 * the first, says which days have lost events that were too old: their sums
 * are final, and a turn of such a day is added to them.  So nothing is counted
 * twice, whoever dies when.  Days are those of UTC, counted from 1970.
 */
#ifndef STORE_USAGE_H
#define STORE_USAGE_H

#include "store/db.h"

/* A model on a day. */
struct usage_row {
    int64_t    day;
    struct str provider;
    struct str model;
    int64_t    requests;
    int64_t    errors;         /* status 400 and above */
    int64_t    input_tokens;
    int64_t    output_tokens;
    int64_t    memories;       /* injected */
    int64_t    memory_tokens;
    int64_t    stored;         /* rows of memory */
    int64_t    router_ms;      /* sum of what was not the provider's */
    int64_t    input_price;    /* millionths of USD a million tokens; -1: not
                                  known */
    int64_t    output_price;
};

/*
 * Usage from one day to another (both included), in order of day, provider and
 * model; owned by `a`.
 *
 * key_id   0: all keys of the account
 */
enum status usage_days(struct db_conn *conn, struct arena *a,
                       int64_t account_id, int64_t key_id, int64_t from_day,
                       int64_t to_day, struct usage_row **list, size_t *count,
                       struct error *err) MUST_CHECK;

/* Tokens, in and out, of a key (0: of the account) since the month began. */
enum status usage_month_tokens(struct db_conn *conn, struct arena *a,
                               int64_t account_id, int64_t key_id,
                               int64_t now_ms, int64_t *tokens,
                               struct error *err) MUST_CHECK;

/*
 * Sums up the oldest day that is over and not summed yet.  The last two days
 * stay as they are, because turns come late.
 *
 * rolled   whether there was one
 */
enum status usage_roll(struct db_conn *conn, struct arena *a, int64_t now_ms,
                       bool *rolled, struct error *err) MUST_CHECK;

/* Inside the transaction that adds an event of a time that is past: its day
 * has to be summed again, or is added to.
 *
 * request_id   32 hex digits */
enum status usage_reopen(struct db_conn *conn, struct arena *a,
                         struct str request_id, int64_t event_ms,
                         struct error *err) MUST_CHECK;

/*
 * Deletes a batch of events of days before `day`, as far as they are summed.
 *
 * deleted   events; 0: none are left
 */
enum status usage_sweep(struct db_conn *conn, struct arena *a, int64_t day,
                        size_t *deleted, struct error *err) MUST_CHECK;

#endif
