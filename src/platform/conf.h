/*
 * The configuration: one file of `name = value` lines and `provider` lines.
 *
 * One table in conf.c is the whole truth about every option: its type, range,
 * default and meaning.  From it come parsing, the documented default file
 * (`memoryrouter --options`), and the environment overrides
 * (MEMORYROUTER_NAME).  Unknown names, repeated names and values out of range
 * are errors that name file and line.  After conf_load() the struct is
 * read-only, so all threads may read it.
 */
#ifndef PLATFORM_CONF_H
#define PLATFORM_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/sink.h"

/* Limits that no option changes. */
enum {
    CONF_FILE_MAX_BYTES    = 1 << 20,
    CONF_SECRET_MAX_BYTES  = 4096,
    CONF_PROVIDERS_MAX     = 64,     /* `provider` lines                     */
    PARAM_VALUE_MAX_BYTES  = 16384,  /* one request header                   */
    MODEL_NAME_MAX_BYTES   = 256,
    SESSION_NAME_MAX_BYTES = 255,
    AUTHOR_MAX_BYTES       = 64,
    SSE_EVENT_MAX_BYTES    = 4 << 20,  /* longer ones are relayed, not read  */
    CAPTURE_MAX_BYTES      = 4 << 20,  /* of a reply's text                  */
    UPSTREAM_HEAD_MAX_BYTES = 256 << 10,
    QUERY_MAX_BYTES        = 8 << 10,  /* text that recall searches for      */
    CONF_STRING_MAX_BYTES  = 1024,
};

enum conf_embedding { EMBED_LOCAL, EMBED_HTTP, EMBED_NONE };
enum conf_placement { PLACE_TAIL, PLACE_SYSTEM };
enum conf_scope     { SCOPE_MERGED, SCOPE_EXCLUSIVE, SCOPE_ALL };
enum conf_metrics   { METRICS_OFF, METRICS_LOOPBACK, METRICS_OPEN };
enum conf_mode      { MODE_ON, MODE_READ, MODE_WRITE, MODE_OFF };

/* One `provider NAME key=value ...` line; absent words are empty strings. */
struct conf_provider {
    const char *name;
    const char *url;       /* origin or base, without the dialect's path    */
    const char *auth;      /* "bearer", "x-api-key", "none" ...             */
    const char *dialects;  /* comma-separated                               */
    const char *key;       /* default provider key, from key_env or key_file */
    int         line;
};

struct conf {
    const char *path;              /* the file it came from, or NULL        */
    /* server */
    const char *socket;
    const char *socket_group;
    int64_t     socket_mode;
    const char *user;
    int64_t     workers;
    int64_t     threads;
    const char *state_dir;
    const char *key_ring;          /* file; empty: STATE_DIR/key-ring       */
    int64_t     log_level;
    int64_t     queue_seconds;
    int64_t     drain_seconds;
    int64_t     client_seconds;    /* a silent web server or client         */
    const char *cors_origins;
    const char *admin_secret;      /* SHA-256 of it in hex; "": none       */
    /* use */
    bool        rate_limit;
    int64_t     key_requests_10s;      /* 0: no limit, like all of these    */
    int64_t     key_requests_60s;
    int64_t     address_requests_60s;
    int64_t     key_concurrency;
    int64_t     key_tokens_per_month;
    int64_t     account_tokens_per_month;
    int64_t     memories_most;         /* of a vault                        */
    int64_t     metrics;           /* enum conf_metrics                     */
    /* limits */
    int64_t     body_bytes;
    int64_t     upload_bytes;
    int64_t     upload_lines;
    int64_t     json_depth;
    int64_t     reply_bytes;
    /* database */
    const char *db_host;
    int64_t     db_port;
    const char *db_socket;
    const char *db_name;
    const char *db_user;
    const char *db_password;
    const char *db_admin_user;
    const char *db_admin_password;
    int64_t     db_connections;
    int64_t     db_timeout_ms;
    int64_t     auth_grace_seconds;
    /* providers */
    int64_t     upstream_connect_ms;
    int64_t     upstream_silence_seconds;
    int64_t     keep_alive_seconds;
    bool        demo;
    const char *fallback;
    bool        grok_aliases;
    /* memory */
    int64_t     memory_mode;       /* enum conf_mode                        */
    int64_t     recall_limit;
    int64_t     recall_tokens;
    int64_t     recall_deadline_ms;
    int64_t     recall_min_score;  /* thousandths                           */
    int64_t     placement;         /* enum conf_placement                   */
    int64_t     session_scope;     /* enum conf_scope                       */
    int64_t     pending_wait_ms;
    int64_t     piece_tokens;
    int64_t     receipt_days;      /* 0: none                               */
    int64_t     usage_days;        /* events; 0: for ever                   */
    int64_t     audit_days;        /* 0: for ever                           */
    int64_t     hot_hours;
    int64_t     working_days;
    int64_t     longterm_days;
    int64_t     window_share;      /* percent                               */
    int64_t     searches;          /* 0: one a core                         */
    int64_t     tail_cache_bytes;  /* of one worker process                 */
    int64_t     open_vaults;       /* likewise                              */
    /* embeddings */
    int64_t     embedding;         /* enum conf_embedding                   */
    const char *embedding_model;
    const char *embedding_url;
    const char *embedding_key;
    int64_t     embedding_dimensions;   /* 0: what the model gives          */
    int64_t     embedding_timeout_ms;
    const char *embedding_query_prefix;
    const char *embedding_passage_prefix;
    int64_t     embedding_batch;
    int64_t     encode_threads;    /* of one worker process; 0: cores       */
    int64_t     learner_threads;   /* 0: cores                              */
    const char *model_dir;         /* empty: STATE_DIR/models               */
    const char *model_url;

    struct conf_provider providers[CONF_PROVIDERS_MAX];
    size_t               provider_count;
};

/*
 * Reads the file, the environment and the secret files; everything is owned by
 * `a`, which must outlive the configuration.
 *
 * path     NULL: only defaults and environment
 * Errors   ERR_CONFIG with file:line, what is wrong and what would be right
 */
enum status conf_load(struct arena *a, const char *path, struct conf *conf,
                      struct error *err) MUST_CHECK;

/* The same for text that is already in memory; `path` only names it. */
enum status conf_parse(struct arena *a, const char *path, struct str text,
                       struct conf *conf, struct error *err) MUST_CHECK;

/* The commented default file. */
enum status conf_print_options(struct sink out, struct error *err) MUST_CHECK;

/*
 * Names of the options, for completeness tests: the i-th, or NULL past the
 * last.
 */
const char *conf_option_name(size_t i);

/* Reads a whole file of at most `max` bytes into `a`.  Errors: ERR_CONFIG. */
enum status conf_read_file(struct arena *a, const char *path, size_t max,
                           struct str *text, struct error *err) MUST_CHECK;

/* The same from an open descriptor; `name` is for the error. */
enum status conf_read_fd(struct arena *a, int fd, const char *name, size_t max,
                         struct str *text, struct error *err) MUST_CHECK;

#endif
