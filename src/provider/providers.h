/*
 * THE TABLE of vendors: a row says how a vendor is named, where it lives for
 * each dialect, and how it wants its key.  The administrator's `provider`
 * lines override rows or add new ones.  Read-only after providers_init(); any
 * thread may read.
 */
#ifndef PROVIDER_PROVIDERS_H
#define PROVIDER_PROVIDERS_H

#include "platform/conf.h"
#include "platform/http.h"

enum dialect_id {
    DIALECT_OPENAI_CHAT,
    DIALECT_OPENAI_RESPONSES,
    DIALECT_ANTHROPIC,
    DIALECT_GOOGLE,
    DIALECT_COUNT
};

enum auth_style {
    AUTH_OF_DIALECT,  /* as the dialect's own vendor      */
    AUTH_BEARER,      /* Authorization: Bearer KEY    */
    AUTH_X_API_KEY,   /* x-api-key: KEY               */
    AUTH_GOOGLE,      /* x-goog-api-key: KEY          */
    AUTH_AZURE,       /* api-key: KEY                 */
    AUTH_NONE         /* a key is sent only if given  */
};

enum {
    PROVIDER_DEMO   = 1 << 0,  /* answered by ourselves (provider/demo.h)     */
    PROVIDER_NO_KEY = 1 << 1,  /* works without a key                         */
    PROVIDER_SITE   = 1 << 2,  /* wants HTTP-Referer and X-Title              */
    PROVIDER_OTHERS = 1 << 3,  /* serves ids of any vendor (the last resort)  */
    PROVIDER_ASK_USAGE = 1 << 4,  /* chat streams tell usage when asked       */
};

struct provider {
    const char     *name;
    const char     *prefixes;   /* "xai|x-ai": before the model's first slash */
    const char     *whole;      /* prefixes that stay part of the model's id  */
    const char     *names;      /* "gpt|o1|o3": how bare model names begin    */
    const char     *origin;     /* "https://api.openai.com", "": only by line */
    const char     *paths[DIALECT_COUNT]; /* NULL: not served                 */
    enum auth_style auth;
    unsigned        flags;
    const char     *key;        /* the administrator's default, or ""         */
};

struct providers {
    struct provider *rows;
    size_t           count;
    bool             grok_aliases;  /* option of that name */
};

/* What a model's name leads to. */
struct route {
    const struct provider *provider;
    struct str             model;    /* as the vendor knows it: a part of the
                                        name that was asked for, or static */
};

/*
 * The built-in rows and the administrator's lines together, owned by `a`.
 * Errors: ERR_CONFIG with file and line.
 */
enum status providers_init(struct arena *a, const struct conf *conf,
                           struct providers *p,
                           struct error *err) MUST_CHECK;

/*
 * The row for a model: by the word before its first slash, else by how its
 * name begins, else the row that serves ids of any vendor.
 *
 * Errors   ERR_INPUT for the caller: no row, or a row without an address
 */
enum status providers_find(const struct providers *p, struct str model,
                           struct route *route,
                           struct error *err) MUST_CHECK;

/* The row of this name, or NULL. */
const struct provider *providers_row(const struct providers *p,
                                     struct str name);

/*
 * Where a call goes; for Google's dialect up to the folder of the models.
 * Errors: ERR_INPUT for the caller, with the paths that work, when the vendor
 * does not serve the dialect.
 */
enum status providers_url(struct arena *a, const struct provider *row,
                          enum dialect_id dialect, struct str *url,
                          struct error *err) MUST_CHECK;

/* How the key goes up; `sent` is how the client sent it, or AUTH_OF_DIALECT. */
enum auth_style providers_auth(const struct provider *row,
                               enum dialect_id dialect, enum auth_style sent);

/* The header that carries the key; its value is owned by `a`, or is the
 * key. */
struct http_header providers_key_header(struct arena *a,
                                        enum auth_style style,
                                        struct str key);

#endif
