/*
 * What is known of chat models: the catalogue behind the lists of models, and
 * the size of their context windows.
 *
 * Rows come from sql/ and from the providers' own lists.  Functions take a
 * connection; any thread may call.
 */
#ifndef STORE_MODEL_H
#define STORE_MODEL_H

#include "store/db.h"

struct model_row {
    struct str provider;        /* row name of provider/providers.c     */
    struct str name;            /* as the provider knows it             */
    int64_t    context_tokens;  /* most input tokens; 0: not known      */
    int64_t    input_price;     /* millionths of USD a million tokens;  */
    int64_t    output_price;    /* -1: not known                        */
    int64_t    fetched_ms;      /* when it came or last changed         */
};

/*
 * The chat models of one provider, or of all (an empty name), in the order in
 * which they became known.  Rows of providers that the configuration no longer
 * has are among them.  Errors: ERR_STORE.
 */
enum status model_list(struct db_conn *conn, struct arena *a,
                       struct str provider, struct model_row **list,
                       size_t *count, struct error *err) MUST_CHECK;

/*
 * Adds a chat model, or writes what is new of one; a window or price that is
 * not known leaves the one that is.
 * Errors: ERR_STORE; ERR_INTERNAL for a name that is too long.
 */
enum status model_save(struct db_conn *conn, const struct model_row *row,
                       struct error *err) MUST_CHECK;

/*
 * The context window of a model as the provider knows it; a snapshot with a
 * date has the window of the name without one.  One statement by unique key.
 *
 * tokens   most input tokens; 0: not known
 * Errors   ERR_STORE
 */
enum status model_context_tokens(struct db_conn *conn, struct arena *a,
                                 struct str provider, struct str name,
                                 int64_t *tokens,
                                 struct error *err) MUST_CHECK;

/* The name without a date at its end ("-2026-04-23", "-20260423", "@" for the
 * first "-" too); all of it when there is none.  Pure. */
struct str model_undated(struct str name);

#endif
