/* The option table, and everything that follows from it. */
#include "platform/conf.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/utf8.h"

#include "base/banned.h"

#ifndef LOCALSTATEDIR
#define LOCALSTATEDIR "/var/local"
#endif

enum type {
    TEXT,    /* const char *                                               */
    FILED,   /* const char *, the content of the named file                */
    INT,     /* int64_t; the unit stands behind the range                  */
    BYTES,   /* int64_t; k, m and g multiply by 1024                       */
    OCTAL,   /* int64_t; file mode                                         */
    BOOL,    /* bool; on or off                                            */
    CHOICE,  /* int64_t; index of a word in the row's list                 */
};

struct option {
    const char *name;
    enum type   type;
    size_t      offset;
    const char *initial;
    int64_t     least, most;
    const char *unit;     /* of INT; the words of CHOICE */
    const char *meaning;
};

#define AT(field) offsetof(struct conf, field)
#define DAY       86400

static const struct option options[] = {
    { "socket", TEXT, AT(socket), "/run/memoryrouter/memoryrouter.sock", 0, 0,
      NULL, "Unix socket on which the web server reaches the workers." },
    { "socket_mode", OCTAL, AT(socket_mode), "0660", 0, 0777, NULL,
      "Permissions of the socket: whoever can write to it is trusted." },
    { "socket_group", TEXT, AT(socket_group), "", 0, 0, NULL,
      "Group of the socket, for example www-data; empty: our own." },
    { "user", TEXT, AT(user), "", 0, 0, NULL,
      "User that the workers become when root starts us; empty: stay." },
    { "workers", INT, AT(workers), "0", 0, 256, "processes",
      "Worker processes; 0: one per core." },
    { "threads", INT, AT(threads), "256", 1, 4096, "threads",
      "Requests that one worker serves at once." },
    { "state_dir", TEXT, AT(state_dir), LOCALSTATEDIR "/lib/memoryrouter",
      0, 0, NULL, "Folder for the spool, the indexes and the key ring." },
    { "key_ring", TEXT, AT(key_ring), "", 0, 0, NULL,
      "File with the keys that seal secrets; empty: STATE_DIR/key-ring." },
    { "log_level", CHOICE, AT(log_level), "info", 0, 0,
      "error|warn|info|debug", "Least important lines that are logged." },
    { "queue_seconds", INT, AT(queue_seconds), "10", 1, 600, "seconds",
      "How long a request waits for a free thread before it gets a 503." },
    { "drain_seconds", INT, AT(drain_seconds), "30", 0, 3600, "seconds",
      "How long running requests may go on after a stop or a reload." },
    { "client_seconds", INT, AT(client_seconds), "60", 1, 3600, "seconds",
      "How long a silent web server or a client that does not read is "
      "waited for." },
    { "cors_origins", TEXT, AT(cors_origins), "", 0, 0, NULL,
      "Origins of web pages that may call us, separated by spaces, or *." },
    { "admin_secret_file", FILED, AT(admin_secret), "", 0, 0, NULL,
      "File with the SHA-256 of the secret that opens /admin/v1, as sha256sum "
      "prints it; empty: it stays closed." },

    { "rate_limit", BOOL, AT(rate_limit), "on", 0, 0, NULL,
      "Whether requests are limited at all; off also ends the limits of "
      "single keys, quotas apart." },
    { "key_requests_10s", INT, AT(key_requests_10s), "100", 0, 2048,
      "requests", "Most requests of a key in 10 seconds; 0: no limit." },
    { "key_requests_60s", INT, AT(key_requests_60s), "1000", 0, 2048,
      "requests", "Most requests of a key in 60 seconds; 0: no limit." },
    { "address_requests_60s", INT, AT(address_requests_60s), "60", 0, 2048,
      "requests", "Most requests without a key that is known, of one address "
      "in 60 seconds; 0: no limit." },
    { "key_concurrency", INT, AT(key_concurrency), "0", 0, 256, "requests",
      "Requests of a key that may run at once; 0: no limit." },
    { "key_tokens_per_month", INT, AT(key_tokens_per_month), "0", 0,
      1LL << 52, "tokens", "Tokens of models that a key may use in a calendar "
      "month (UTC); 0: no limit." },
    { "account_tokens_per_month", INT, AT(account_tokens_per_month), "0", 0,
      1LL << 52, "tokens", "The same for all keys of an account together." },
    { "memories_most", INT, AT(memories_most), "0", 0, 1LL << 40, "memories",
      "Memories that a vault may hold; 0: no limit." },
    { "metrics", CHOICE, AT(metrics), "off", 0, 0, "off|loopback|open",
      "Who may read GET /metrics: nobody, programs on this machine that ask "
      "the web server by a loopback address, or everybody it lets in." },

    { "body_bytes", BYTES, AT(body_bytes), "32m", 1024, 1LL << 30, NULL,
      "Largest request body." },
    { "upload_bytes", BYTES, AT(upload_bytes), "1g", 1024, 1LL << 40, NULL,
      "Largest upload of memories; the web server has a limit of its own." },
    { "upload_lines", INT, AT(upload_lines), "1000000", 1, 1LL << 40, "lines",
      "Most lines of one upload." },
    { "json_depth", INT, AT(json_depth), "128", 8, 1024, "levels",
      "Deepest nesting of a request body." },
    { "reply_bytes", BYTES, AT(reply_bytes), "256m", 1024, 1LL << 34, NULL,
      "Largest reply of a provider." },

    { "db_host", TEXT, AT(db_host), "localhost", 0, 0, NULL,
      "MariaDB host." },
    { "db_port", INT, AT(db_port), "3306", 1, 65535, "port",
      "MariaDB port." },
    { "db_socket", TEXT, AT(db_socket), "", 0, 0, NULL,
      "MariaDB socket; wins over db_host." },
    { "db_name", TEXT, AT(db_name), "memoryrouter", 0, 0, NULL,
      "Database." },
    { "db_user", TEXT, AT(db_user), "memoryrouter", 0, 0, NULL,
      "User that serves; needs SELECT, INSERT, UPDATE and DELETE." },
    { "db_password", TEXT, AT(db_password), "", 0, 0, NULL,
      "Its password; better db_password_file." },
    { "db_password_file", FILED, AT(db_password), "", 0, 0, NULL,
      "File that holds the password of db_user." },
    { "db_admin_user", TEXT, AT(db_admin_user), "", 0, 0, NULL,
      "User that memoryrouter-admin works as; empty: db_user." },
    { "db_admin_password", TEXT, AT(db_admin_password), "", 0, 0, NULL,
      "Its password; better db_admin_password_file." },
    { "db_admin_password_file", FILED, AT(db_admin_password), "", 0, 0, NULL,
      "File that holds the password of db_admin_user." },
    { "db_connections", INT, AT(db_connections), "8", 1, 256, "connections",
      "Database connections of one worker process." },
    { "db_timeout_ms", INT, AT(db_timeout_ms), "3000", 100, 60000, "ms",
      "How long the database is waited for." },
    { "auth_grace_seconds", INT, AT(auth_grace_seconds), "0", 0, DAY,
      "seconds", "While the database is away, keys that this process saw so "
      "recently are accepted, without memory." },

    { "upstream_connect_ms", INT, AT(upstream_connect_ms), "10000", 100,
      120000, "ms", "How long a connection to a provider may take." },
    { "upstream_silence_seconds", INT, AT(upstream_silence_seconds), "600", 1,
      DAY, "seconds", "How long a provider may be silent before a 504." },
    { "keep_alive_seconds", INT, AT(keep_alive_seconds), "10", 1, 600,
      "seconds", "Silent streams carry an empty line so often." },
    { "fallback", TEXT, AT(fallback), "", 0, 0, NULL,
      "Models to try in turn, provider/model separated by spaces, when a "
      "provider cannot be reached or answers 429 or 5xx; empty: none." },
    { "demo", BOOL, AT(demo), "off", 0, 0, NULL,
      "Answer models named demo/... ourselves, from memory, without a "
      "provider." },

    { "grok_aliases", BOOL, AT(grok_aliases), "off", 0, 0, NULL,
      "Send grok-3 as grok-3-beta and so on, as the compatible service did." },

    { "memory_mode", CHOICE, AT(memory_mode), "on", 0, 0, "on|read|write|off",
      "What requests do that do not say." },
    { "recall_limit", INT, AT(recall_limit), "30", 1, 1000, "memories",
      "Most memories put into one request." },
    { "recall_tokens", INT, AT(recall_tokens), "2000", 50, 200000, "tokens",
      "Most tokens put into one request." },
    { "recall_deadline_ms", INT, AT(recall_deadline_ms), "150", 1, 60000,
      "ms", "Past it a request goes on without memory." },
    { "recall_min_score", INT, AT(recall_min_score), "0", 0, 1000,
      "thousandths", "Memories that score less, from 0 to 1 as search tells "
      "it, are not relevant." },
    { "placement", CHOICE, AT(placement), "tail", 0, 0, "tail|system",
      "Where memories stand: behind the last user text, or behind the system "
      "text." },
    { "session_scope", CHOICE, AT(session_scope), "merged", 0, 0,
      "merged|exclusive|all", "What a request with a session sees: the session "
      "and what has none, the session alone, or everything." },
    { "pending_wait_ms", INT, AT(pending_wait_ms), "50", 0, 5000, "ms",
      "How long a request waits for the turn before it to be stored." },
    { "piece_tokens", INT, AT(piece_tokens), "300", 16, 4096, "tokens",
      "Long texts are remembered in pieces of about this size." },
    { "receipt_days", INT, AT(receipt_days), "30", 0, 3650, "days",
      "How long GET /v1/requests/ID tells which memories a request was given "
      "and which it left; 0: not at all." },
    { "usage_days", INT, AT(usage_days), "400", 0, 36500, "days",
      "How long each request's event of usage is kept, at least for "
      "receipt_days; sums of days stay for ever, and with 0 events too." },
    { "audit_days", INT, AT(audit_days), "365", 0, 36500, "days",
      "How long it is recorded who changed what; 0: for ever." },
    { "hot_hours", INT, AT(hot_hours), "4", 1, 24 * 365, "hours",
      "Age up to which a memory is hot." },
    { "working_days", INT, AT(working_days), "3", 1, 3650, "days",
      "Age up to which a memory belongs to the working window." },
    { "longterm_days", INT, AT(longterm_days), "90", 1, 36500, "days",
      "Age up to which a memory is long-term; older ones are archive." },
    { "window_share", INT, AT(window_share), "20", 0, 25, "percent",
      "Part of recall_limit and recall_tokens that each of the four windows "
      "gets before the best of all windows share the rest." },
    { "searches", INT, AT(searches), "0", 0, 1024, "searches",
      "Searches that one worker runs at once; 0: one per core." },
    { "tail_cache_bytes", BYTES, AT(tail_cache_bytes), "256m", 1 << 20,
      1LL << 40, NULL, "Memory of one worker for what of vaults is not yet in "
      "their indexes on disk." },
    { "open_vaults", INT, AT(open_vaults), "4096", 1, 1 << 20, "vaults",
      "Vaults that one worker keeps open." },

    { "embedding", CHOICE, AT(embedding), "local", 0, 0, "local|http|none",
      "What makes vectors of texts: our own encoder, an endpoint in OpenAI's "
      "dialect, or nothing (memories are found by words alone)." },
    { "embedding_model", TEXT, AT(embedding_model), "e5-small-v2", 0, 0, NULL,
      "Model: the file MODEL_DIR/NAME.model, or what the endpoint calls it." },
    { "embedding_url", TEXT, AT(embedding_url), "", 0, 0, NULL,
      "Endpoint, https://HOST or http://HOST:PORT; /v1/embeddings is added "
      "where the path does not end in /embeddings." },
    { "embedding_key_file", FILED, AT(embedding_key), "", 0, 0, NULL,
      "File that holds the endpoint's key." },
    { "embedding_dimensions", INT, AT(embedding_dimensions), "0", 0, 4096,
      "numbers", "Length of the vectors that the endpoint is asked for; 0: "
      "whatever the model gives." },
    { "embedding_timeout_ms", INT, AT(embedding_timeout_ms), "5000", 10,
      120000, "ms", "How long one call of the endpoint may take." },
    { "embedding_query_prefix", TEXT, AT(embedding_query_prefix), "", 0, 0,
      NULL, "Word that the endpoint's model wants before questions, for "
      "example query: (a blank is put behind it)." },
    { "embedding_passage_prefix", TEXT, AT(embedding_passage_prefix), "", 0, 0,
      NULL, "The same before memories, for example passage: ." },
    { "embedding_batch", INT, AT(embedding_batch), "32", 1, 2048, "texts",
      "Most texts in one call of the endpoint or of the encoder." },
    { "encode_threads", INT, AT(encode_threads), "0", 0, 1024, "threads",
      "Texts that one worker encodes at once; 0: as many as there are "
      "cores." },
    { "learner_threads", INT, AT(learner_threads), "0", 0, 1024, "threads",
      "Threads of the learner that make vectors; 0: as many as there are "
      "cores." },
    { "model_dir", TEXT, AT(model_dir), "", 0, 0, NULL,
      "Folder of the encoder's models; empty: STATE_DIR/models." },
    { "model_url", TEXT, AT(model_url), "https://huggingface.co", 0, 0, NULL,
      "Where `memoryrouter-admin model fetch` looks first: a host with Hugging "
      "Face's paths." },
};

/* The line that set an option, for the message about repeated ones; what the
 * environment sets counts as line 0 and may repeat. */
struct seen {
    int line[COUNT(options)];
};

struct place {
    const char *path;
    int         line;
};

const char *
conf_option_name(size_t i)
{
    return i < COUNT(options) ? options[i].name : NULL;
}

enum status
conf_read_fd(struct arena *a, int fd, const char *name, size_t max,
             struct str *text, struct error *err)
{
    char   *bytes = arena_alloc(a, max + 1);
    size_t  len = 0;
    ssize_t got;

    while (len <= max && (got = read(fd, bytes + len, max + 1 - len)) != 0) {
        if (got > 0)
            len += (size_t)got;
        else if (errno != EINTR)
            return failed(err, ERR_CONFIG, "%s: %s", name, strerror(errno));
    }
    if (len > max)
        return failed(err, ERR_CONFIG, "%s is larger than %zu bytes", name,
                      max);
    bytes[len] = '\0';
    *text = (struct str){ bytes, len };
    return OK;
}

enum status
conf_read_file(struct arena *a, const char *path, size_t max,
               struct str *text, struct error *err)
{
    int         fd = open(path, O_RDONLY | O_CLOEXEC);
    enum status st;

    if (fd < 0)
        return failed(err, ERR_CONFIG, "%s: %s", path, strerror(errno));
    st = conf_read_fd(a, fd, path, max, text, err);
    (void)close(fd); /* only read */
    return st;
}

static enum status
wrong(const struct place *at, struct error *err, const char *name,
      struct str value, const char *right)
{
    return failed(err, ERR_CONFIG, "%s:%d: %s = %.*s is not right: %s",
                  at->path, at->line, name, STR_ARG(value), right);
}

static bool
parse_octal(struct str value, int64_t *number)
{
    int64_t sum = 0;

    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] < '0' || value.ptr[i] > '7' || sum > 07777)
            return false;
        sum = sum * 8 + (value.ptr[i] - '0');
    }
    *number = sum;
    return value.len > 0;
}

static bool
parse_bytes(struct str value, int64_t *number)
{
    int     shift = 0;
    int64_t count;

    if (value.len > 0) {
        switch (tolower((unsigned char)value.ptr[value.len - 1])) {
        case 'k': shift = 10; break;
        case 'm': shift = 20; break;
        case 'g': shift = 30; break;
        default: break;
        }
    }
    if (!str_to_int(str_slice(value, 0, value.len - (shift ? 1 : 0)), &count))
        return false;
    return !__builtin_mul_overflow(count, (int64_t)1 << shift, number);
}

/* Index of `value` among the words of "a|b|c", or -1. */
static int64_t
choice_index(const char *words, struct str value)
{
    struct str rest = str_from(words), word;

    for (int64_t i = 0; rest.len; i++) {
        (void)str_cut(rest, '|', &word, &rest); /* the last has no bar */
        if (str_equal(word, value))
            return i;
    }
    return -1;
}

static enum status
set_number(const struct option *o, struct conf *conf, struct str value,
           const struct place *at, struct error *err)
{
    int64_t number;
    bool    good;
    char    right[128];

    switch (o->type) {
    case OCTAL: good = parse_octal(value, &number); break;
    case BYTES: good = parse_bytes(value, &number); break;
    case TEXT: case FILED: case INT: case BOOL: case CHOICE:
    default: good = str_to_int(value, &number); break;
    }
    if (!good || number < o->least || number > o->most) {
        if (o->type == OCTAL)
            (void)snprintf(right, sizeof(right), "octal, 0 to 0%llo",
                           (unsigned long long)o->most);
        else
            (void)snprintf(right, sizeof(right),
                           "a whole number, %lld to %lld %s",
                           (long long)o->least, (long long)o->most,
                           o->unit ? o->unit : "bytes");
        return wrong(at, err, o->name, value, right);
    }
    *(int64_t *)(void *)((char *)conf + o->offset) = number;
    return OK;
}

static enum status
set_text(struct arena *a, const struct option *o, struct conf *conf,
         struct str value, const struct place *at, struct error *err)
{
    const char **field = (const char **)(void *)((char *)conf + o->offset);
    struct str   content;
    enum status  st;

    if (value.len > CONF_STRING_MAX_BYTES)
        return wrong(at, err, o->name, str_slice(value, 0, 20), "too long");
    if (o->type == TEXT) {
        *field = arena_copy(a, value).ptr;
        return OK;
    }
    if (value.len == 0) {
        *field = *field ? *field : ""; /* the option without _file may be set */
        return OK;
    }
    st = conf_read_file(a, arena_copy(a, value).ptr, CONF_SECRET_MAX_BYTES,
                        &content, err);
    if (st != OK)
        return failed(err, ERR_CONFIG, "%s:%d: %s: cannot read %.*s", at->path,
                      at->line, o->name, STR_ARG(value));
    *field = arena_copy(a, str_trim(content)).ptr;
    return OK;
}

static enum status
set_option(struct arena *a, const struct option *o, struct conf *conf,
           struct str value, const struct place *at, struct error *err)
{
    char    right[128];
    int64_t index;
    bool    yes = str_equal(value, STR("on"));

    switch (o->type) {
    case TEXT: case FILED:
        return set_text(a, o, conf, value, at, err);
    case BOOL:
        if (!yes && !str_equal(value, STR("off")))
            return wrong(at, err, o->name, value, "on or off");
        *(bool *)(void *)((char *)conf + o->offset) = yes;
        return OK;
    case CHOICE:
        index = choice_index(o->unit, value);
        (void)snprintf(right, sizeof(right), "one of %s", o->unit);
        if (index < 0)
            return wrong(at, err, o->name, value, right);
        *(int64_t *)(void *)((char *)conf + o->offset) = index;
        return OK;
    case INT: case BYTES: case OCTAL:
        break;
    }
    return set_number(o, conf, value, at, err);
}

/* The key that a provider line names by variable or file. */
static enum status
provider_secret(struct arena *a, struct str word, struct str value,
                const struct place *at, const char **key, struct error *err)
{
    const char *name = arena_copy(a, value).ptr;
    struct str  content;

    if (str_equal(word, STR("key_env"))) {
        const char *found = getenv(name);

        *key = found ? found : "";
        return OK;
    }
    if (conf_read_file(a, name, CONF_SECRET_MAX_BYTES, &content, err) != OK)
        return failed(err, ERR_CONFIG, "%s:%d: key_file: cannot read %s",
                      at->path, at->line, name);
    *key = arena_copy(a, str_trim(content)).ptr;
    return OK;
}

static enum status
provider_word(struct arena *a, struct conf_provider *p, struct str word,
              const struct place *at, struct error *err)
{
    struct str name, value;

    (void)str_cut(word, '=', &name, &value); /* no value: an empty one */
    if (value.len == 0)
        return failed(err, ERR_CONFIG, "%s:%d: provider %s: %.*s needs a value,"
                      " as in url=https://host", at->path, at->line, p->name,
                      STR_ARG(name));
    if (str_equal(name, STR("url")))
        p->url = arena_copy(a, value).ptr;
    else if (str_equal(name, STR("auth")))
        p->auth = arena_copy(a, value).ptr;
    else if (str_equal(name, STR("dialects")))
        p->dialects = arena_copy(a, value).ptr;
    else if (str_equal(name, STR("key_env")) ||
             str_equal(name, STR("key_file")))
        return provider_secret(a, name, value, at, &p->key, err);
    else
        return failed(err, ERR_CONFIG, "%s:%d: provider %s: unknown word %.*s;"
                      " there are url, auth, dialects, key_env, key_file",
                      at->path, at->line, p->name, STR_ARG(name));
    return OK;
}

static struct str
next_word(struct str *rest)
{
    struct str word;
    size_t     end = 0;

    *rest = str_trim(*rest);
    while (end < rest->len && rest->ptr[end] != ' ' && rest->ptr[end] != '\t')
        end++;
    word = str_slice(*rest, 0, end);
    *rest = str_slice(*rest, end, rest->len);
    return word;
}

static enum status
parse_provider(struct arena *a, struct str rest, struct conf *conf,
               const struct place *at, struct error *err)
{
    struct conf_provider *p;
    struct str            word = next_word(&rest);
    enum status           st;

    if (word.len == 0 || str_find_byte(word, '=') != STR_NOWHERE)
        return failed(err, ERR_CONFIG, "%s:%d: a provider line begins with a "
                      "name: provider NAME url=https://host ...", at->path,
                      at->line);
    if (conf->provider_count == CONF_PROVIDERS_MAX)
        return failed(err, ERR_CONFIG, "%s:%d: more than %d provider lines",
                      at->path, at->line, CONF_PROVIDERS_MAX);
    for (size_t i = 0; i < conf->provider_count; i++)
        if (str_equal(str_from(conf->providers[i].name), word))
            return failed(err, ERR_CONFIG, "%s:%d: provider %.*s stands in "
                          "line %d already", at->path, at->line, STR_ARG(word),
                          conf->providers[i].line);
    p = &conf->providers[conf->provider_count++];
    *p = (struct conf_provider){ arena_copy(a, word).ptr, "", "", "", "",
                                 at->line };
    while ((word = next_word(&rest)).len)
        if ((st = provider_word(a, p, word, at, err)) != OK)
            return st;
    return OK;
}

static const struct option *
find_option(struct str name)
{
    for (size_t i = 0; i < COUNT(options); i++)
        if (str_equal(str_from(options[i].name), name))
            return &options[i];
    return NULL;
}

static enum status
parse_line(struct arena *a, struct str line, struct conf *conf,
           struct seen *seen, const struct place *at, struct error *err)
{
    const struct option *o;
    struct str           name, value, rest;
    int                 *before;

    line = str_trim(line);
    if (line.len == 0 || line.ptr[0] == '#')
        return OK;
    rest = line;
    if (str_equal(next_word(&rest), STR("provider")) &&
        !str_starts(str_trim(rest), STR("=")))
        return parse_provider(a, rest, conf, at, err);
    if (!str_cut(line, '=', &name, &value))
        return failed(err, ERR_CONFIG, "%s:%d: expected `name = value`, a "
                      "provider line or a comment, found: %.*s", at->path,
                      at->line, STR_ARG(str_slice(line, 0, 60)));
    name = str_trim(name);
    o = find_option(name);
    if (!o)
        return failed(err, ERR_CONFIG, "%s:%d: unknown option %.*s; "
                      "`memoryrouter --options` lists all", at->path, at->line,
                      STR_ARG(str_slice(name, 0, 60)));
    before = &seen->line[o - options];
    if (*before)
        return failed(err, ERR_CONFIG, "%s:%d: %s stands in line %d already",
                      at->path, at->line, o->name, *before);
    *before = at->line;
    return set_option(a, o, conf, str_trim(value), at, err);
}

/* MEMORYROUTER_NAME wins over the file. */
static enum status
read_environment(struct arena *a, struct conf *conf, struct error *err)
{
    struct place at = { "environment", 0 };

    for (size_t i = 0; i < COUNT(options); i++) {
        char        variable[64] = "MEMORYROUTER_";
        size_t      len = strlen(variable);
        const char *value;
        enum status st;

        for (const char *c = options[i].name; *c && len < 63; c++)
            variable[len++] = (char)toupper((unsigned char)*c);
        value = getenv(variable);
        if (!value)
            continue;
        at.path = arena_printf(a, "environment %s", variable).ptr;
        st = set_option(a, &options[i], conf, str_trim(str_from(value)), &at,
                        err);
        if (st != OK)
            return st;
    }
    return OK;
}

static void
set_defaults(struct arena *a, struct conf *conf)
{
    struct place at = { "default", 0 };
    struct error err;

    memset(conf, 0, sizeof(*conf));
    for (size_t i = 0; i < COUNT(options); i++)
        if (set_option(a, &options[i], conf, str_from(options[i].initial),
                       &at, &err) != OK)
            abort(); /* a default out of its own range */
}

enum status
conf_parse(struct arena *a, const char *path, struct str text,
           struct conf *conf, struct error *err)
{
    struct place at = { path, 0 };
    struct seen  seen = { { 0 } };
    struct str   line;
    enum status  st;

    set_defaults(a, conf);
    if (!utf8_valid(text) || str_find_byte(text, '\0') != STR_NOWHERE)
        return failed(err, ERR_CONFIG, "%s is not UTF-8 text", path);
    while (text.len) {
        at.line++;
        (void)str_cut(text, '\n', &line, &text); /* the last has no newline */
        if ((st = parse_line(a, line, conf, &seen, &at, err)) != OK)
            return st;
    }
    return read_environment(a, conf, err);
}

enum status
conf_load(struct arena *a, const char *path, struct conf *conf,
          struct error *err)
{
    struct str  text = STR_NONE;
    enum status st;

    if (path) {
        st = conf_read_file(a, path, CONF_FILE_MAX_BYTES, &text, err);
        if (st != OK)
            return st;
    }
    st = conf_parse(a, path ? path : "(defaults)", text, conf, err);
    conf->path = path ? arena_copy(a, str_from(path)).ptr : NULL;
    return st;
}

enum status
conf_print_options(struct sink out, struct error *err)
{
    struct buf  b = BUF_INIT(CONF_FILE_MAX_BYTES);
    enum status st;

    buf_add(&b, STR("# Options of memoryrouter and memoryrouter-admin with "
                    "their defaults.\n# Each can be overridden by "
                    "MEMORYROUTER_NAME in the environment.\n"));
    for (size_t i = 0; i < COUNT(options); i++) {
        const struct option *o = &options[i];

        buf_printf(&b, "\n# %s\n", o->meaning);
        if (o->type == INT || o->type == BYTES)
            buf_printf(&b, "# %lld to %lld %s\n", (long long)o->least,
                       (long long)o->most, o->unit ? o->unit : "bytes");
        if (o->type == CHOICE)
            buf_printf(&b, "# one of %s\n", o->unit);
        buf_printf(&b, "#%s = %s\n", o->name, o->initial);
    }
    buf_add(&b, STR(
        "\n# A provider's address, key or new row, as often as needed:\n"
        "#provider openai key_env=OPENAI_API_KEY\n"
        "#provider mine url=http://127.0.0.1:8000 auth=bearer "
        "dialects=openai_chat\n"));
    st = out.write(out.owner, buf_str(&b), err);
    buf_release(&b);
    return st;
}
