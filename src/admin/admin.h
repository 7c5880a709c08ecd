/*
 * What the verbs of memoryrouter-admin share: their table's row, the words of
 * the command line, the database.  One command a process; everything lives in
 * its arena.
 *
 * A verb returns its error; main() writes it once.  A mistake in the command
 * line is made by admin_usage() and ends with exit code 2, any other error
 * with 1.
 */
#ifndef ADMIN_ADMIN_H
#define ADMIN_ADMIN_H

#include "platform/conf.h"
#include "platform/crypto.h"
#include "platform/http.h"
#include "provider/providers.h"
#include "store/audit.h"

enum { ADMIN_OPTIONS_MAX = 6, ADMIN_WORDS_MAX = 4 };

struct admin;

/* An option of a verb, written --name. */
struct admin_option {
    const char *name;    /* NULL ends the list */
    const char *value;   /* what its value is called, NULL: it has none */
};

/* A row of the table in admin.c. */
struct verb {
    const char         *name;       /* "key add" */
    const char         *words;      /* what follows: "ID", "", or "[ID]"
                                       when it may be missing */
    size_t              word_count;
    struct admin_option options[ADMIN_OPTIONS_MAX];
    enum status       (*run)(struct admin *m, struct error *err);
    const char         *meaning;
};

struct admin {
    struct arena       *arena;
    struct conf         conf;
    bool                json;
    const char         *config;     /* file, or NULL: none is there */
    const struct verb  *verb;
    struct str          words[ADMIN_WORDS_MAX];
    size_t              word_count;
    const char         *values[ADMIN_OPTIONS_MAX]; /* of verb->options */
    int64_t             now_ms;
    struct audit_actor  by;         /* the command line, now */
    struct db_conn     *conn;       /* after admin_connect() */
};

/* The value of an option of the verb ("" for one without value), NULL when it
 * was not given. */
const char *admin_given(const struct admin *m, const char *name);

/* The same as text; empty when it was not given. */
struct str admin_text(const struct admin *m, const char *name);

/* The value, or a usage error that names the option. */
enum status admin_need(const struct admin *m, const char *name,
                       struct str *value, struct error *err) MUST_CHECK;

/* A connection as the migrating user, in m->conn.  Errors: ERR_STORE. */
enum status admin_connect(struct admin *m, struct error *err) MUST_CHECK;

/* The id of the account with the e-mail of option --account, on m->conn. */
enum status admin_account(struct admin *m, int64_t *id,
                          struct error *err) MUST_CHECK;

/* Loads the key ring; wiped with the arena. */
enum status admin_ring(struct admin *m, struct key_ring **ring,
                       struct error *err) MUST_CHECK;

/* For calls to providers; closed with the arena. */
enum status admin_http(struct admin *m, struct http **http,
                       struct error *err) MUST_CHECK;

/* The provider that the verb's first word names.  Errors: ERR_INPUT with the
 * names that there are. */
enum status admin_provider(struct admin *m, const struct providers *providers,
                           const struct provider **row,
                           struct error *err) MUST_CHECK;

/*
 * A secret from a file, or from standard input ("-" or NULL), without the
 * line break at its end; wiped with the arena.
 * Errors   ERR_CONFIG
 */
enum status admin_read_secret(struct admin *m, const char *path,
                              struct str *secret,
                              struct error *err) MUST_CHECK;

/* A mistake in the command line. */
#define admin_usage(err, ...) \
    refused((err), ERR_INPUT, "usage", NULL, __VA_ARGS__)

#endif
