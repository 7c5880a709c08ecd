/*
 * THE TABLE of vendors.
 *
 * Addresses: the vendors' own documentation and litellm 1.106.2's
 * providers.json, looked up 2026-11.
 */
#include "provider/providers.h"

#include "base/buf.h"

#include "base/banned.h"

/* The paths of a row, in the order of enum dialect_id; NULL: not served. */
#define V1       "/v1/chat/completions"
#define V1_RESP  "/v1/responses"
#define V1_MSG   "/v1/messages"
#define V1_BETA  "/v1beta/models"
#define NO       NULL

/* Streams tell their usage only when asked by stream_options. */
#define USAGE PROVIDER_ASK_USAGE

static const struct provider builtin[] = {
    { "openai", "openai", "",
      "gpt|chatgpt|o1|o3|o4|text-embedding|text-moderation|omni-moderation|"
      "whisper|tts|dall-e|sora|davinci|babbage",
      "https://api.openai.com", { V1, V1_RESP, NO, NO },
      AUTH_OF_DIALECT, USAGE, "" },
    { "anthropic", "anthropic", "", "claude",
      "https://api.anthropic.com", { V1, NO, V1_MSG, NO },
      AUTH_OF_DIALECT, USAGE, "" },
    { "google", "google", "", "gemini|gemma",
      "https://generativelanguage.googleapis.com",
      { "/v1beta/openai/chat/completions", NO, NO, V1_BETA },
      AUTH_OF_DIALECT, USAGE, "" },
    { "xai", "xai|x-ai", "", "grok",
      "https://api.x.ai", { V1, V1_RESP, V1_MSG, NO },
      AUTH_OF_DIALECT, USAGE, "" },
    { "openrouter", "openrouter", "meta-llama", "",
      "https://openrouter.ai",
      { "/api/v1/chat/completions", "/api/v1/responses", "/api/v1/messages",
        NO },
      AUTH_BEARER, USAGE | PROVIDER_SITE | PROVIDER_OTHERS, "" },
    { "deepseek", "deepseek", "", "deepseek",
      "https://api.deepseek.com", { V1, NO, "/anthropic/v1/messages", NO },
      AUTH_OF_DIALECT, USAGE, "" },
    { "mistral", "mistral|mistralai", "",
      "mistral|mixtral|codestral|ministral|magistral|devstral|pixtral",
      "https://api.mistral.ai", { V1, NO, NO, NO }, AUTH_BEARER, 0, "" },
    { "meta", "meta", "", "",
      "https://api.meta.ai", { V1, NO, NO, NO }, AUTH_BEARER, USAGE, "" },
    { "cerebras", "cerebras", "", "",
      "https://api.cerebras.ai", { V1, NO, NO, NO }, AUTH_BEARER, 0, "" },
    { "groq", "groq", "", "",
      "https://api.groq.com",
      { "/openai/v1/chat/completions", "/openai/v1/responses", NO, NO },
      AUTH_BEARER, USAGE, "" },
    { "together", "together|together_ai", "", "",
      "https://api.together.xyz", { V1, NO, NO, NO }, AUTH_BEARER, USAGE,
      "" },
    { "fireworks", "fireworks|fireworks_ai", "", "",
      "https://api.fireworks.ai",
      { "/inference/v1/chat/completions", "/inference/v1/responses", NO, NO },
      AUTH_BEARER, USAGE, "" },
    { "perplexity", "perplexity", "", "sonar",
      "https://api.perplexity.ai", { "/chat/completions", NO, NO, NO },
      AUTH_BEARER, 0, "" },
    { "cohere", "cohere", "", "command",
      "https://api.cohere.ai",
      { "/compatibility/v1/chat/completions", NO, NO, NO }, AUTH_BEARER, USAGE,
      "" },
    { "moonshot", "moonshot|moonshotai", "", "kimi|moonshot",
      "https://api.moonshot.ai", { V1, NO, "/anthropic/v1/messages", NO },
      AUTH_BEARER, USAGE, "" },
    { "zai", "zai|z-ai", "", "glm",
      "https://api.z.ai",
      { "/api/paas/v4/chat/completions", NO, "/api/anthropic/v1/messages",
        NO },
      AUTH_OF_DIALECT, USAGE, "" },
    { "minimax", "minimax", "", "minimax|abab",
      "https://api.minimax.io", { V1, NO, "/anthropic/v1/messages", NO },
      AUTH_OF_DIALECT, USAGE, "" },
    { "dashscope", "dashscope", "", "qwen|qwq|qvq",
      "https://dashscope-intl.aliyuncs.com",
      { "/compatible-mode/v1/chat/completions", NO, NO, NO },
      AUTH_BEARER, USAGE, "" },
    { "azure", "azure", "", "",
      "", { "/openai/v1/chat/completions", "/openai/v1/responses", NO, NO },
      AUTH_AZURE, USAGE, "" },
    { "ollama", "ollama", "", "",
      "", { V1, V1_RESP, V1_MSG, NO }, AUTH_NONE, USAGE | PROVIDER_NO_KEY,
      "" },
    { "demo", "demo", "", "",
      "demo:", { "", NO, NO, NO }, AUTH_NONE,
      PROVIDER_DEMO | PROVIDER_NO_KEY, "" },
};

/* Paths of a row that only the administrator's line describes. */
static const char *const usual_paths[DIALECT_COUNT] = {
    [DIALECT_OPENAI_CHAT] = V1,
    [DIALECT_OPENAI_RESPONSES] = V1_RESP,
    [DIALECT_ANTHROPIC] = V1_MSG,
    [DIALECT_GOOGLE] = V1_BETA,
};

static const char *const dialect_names[DIALECT_COUNT] = {
    [DIALECT_OPENAI_CHAT] = "openai_chat",
    [DIALECT_OPENAI_RESPONSES] = "openai_responses",
    [DIALECT_ANTHROPIC] = "anthropic",
    [DIALECT_GOOGLE] = "google",
};

static const struct {
    const char     *word;
    enum auth_style style;
} auth_words[] = {
    { "bearer", AUTH_BEARER },         { "x-api-key", AUTH_X_API_KEY },
    { "x-goog-api-key", AUTH_GOOGLE }, { "api-key", AUTH_AZURE },
    { "none", AUTH_NONE },
};

/* The administrator's lines. */

static enum status
set_auth(const struct conf *conf, const struct conf_provider *line,
         struct provider *row, struct error *err)
{
    if (!*line->auth)
        return OK;
    for (size_t i = 0; i < COUNT(auth_words); i++)
        if (strcmp(line->auth, auth_words[i].word) == 0) {
            row->auth = auth_words[i].style;
            if (row->auth == AUTH_NONE)
                row->flags |= PROVIDER_NO_KEY;
            return OK;
        }
    return failed(err, ERR_CONFIG, "%s:%d: provider %s: auth=%s is not right: "
                  "one of bearer, x-api-key, x-goog-api-key, api-key, none",
                  conf->path, line->line, line->name, line->auth);
}

static enum status
set_dialects(const struct conf *conf, const struct conf_provider *line,
             struct provider *row, struct error *err)
{
    struct str rest = str_from(line->dialects), word;

    if (rest.len == 0)
        return OK;
    memset(row->paths, 0, sizeof(row->paths));
    while (rest.len) {
        size_t i = 0;

        (void)str_cut(rest, ',', &word, &rest); /* the last has no comma */
        while (i < DIALECT_COUNT &&
               !str_equal(word, str_from(dialect_names[i])))
            i++;
        if (i == DIALECT_COUNT)
            return failed(err, ERR_CONFIG, "%s:%d: provider %s: no dialect "
                          "%.*s; there are openai_chat, openai_responses, "
                          "anthropic, google", conf->path, line->line,
                          line->name, STR_ARG(word));
        row->paths[i] = usual_paths[i];
    }
    return OK;
}

static enum status
set_origin(struct arena *a, const struct conf *conf,
           const struct conf_provider *line, struct provider *row,
           struct error *err)
{
    struct str url = str_from(line->url);

    if (url.len == 0 && *row->origin)
        return OK;
    if (!str_starts(url, STR("https://")) && !str_starts(url, STR("http://")))
        return failed(err, ERR_CONFIG, "%s:%d: provider %s needs "
                      "url=https://host or url=http://host:port", conf->path,
                      line->line, line->name);
    while (str_ends(url, STR("/")))
        url.len--;
    row->origin = arena_copy(a, url).ptr;
    return OK;
}

static enum status
apply_line(struct arena *a, const struct conf *conf,
           const struct conf_provider *line, struct provider *row,
           struct error *err)
{
    enum status st;

    if (strcmp(line->name, "demo") == 0)
        return failed(err, ERR_CONFIG, "%s:%d: the provider demo is ours; "
                      "`demo = on` switches it on", conf->path, line->line);
    if ((st = set_origin(a, conf, line, row, err)) != OK ||
        (st = set_auth(conf, line, row, err)) != OK)
        return st;
    if (*line->key)
        row->key = line->key;
    return set_dialects(conf, line, row, err);
}

enum status
providers_init(struct arena *a, const struct conf *conf, struct providers *p,
               struct error *err)
{
    enum status st;

    p->rows = arena_array(a, struct provider,
                          COUNT(builtin) + conf->provider_count);
    p->count = 0;
    p->grok_aliases = conf->grok_aliases;
    for (size_t i = 0; i < COUNT(builtin); i++)
        if (conf->demo || !(builtin[i].flags & PROVIDER_DEMO))
            p->rows[p->count++] = builtin[i];
    for (size_t i = 0; i < conf->provider_count; i++) {
        const struct conf_provider *line = &conf->providers[i];
        struct provider            *row = NULL;

        for (size_t r = 0; r < p->count && !row; r++)
            if (strcmp(p->rows[r].name, line->name) == 0)
                row = &p->rows[r];
        if (!row) {
            row = &p->rows[p->count++];
            *row = (struct provider){ line->name, line->name, "", "", "",
                                      { V1, V1_RESP, V1_MSG, V1_BETA },
                                      AUTH_OF_DIALECT, 0, "" };
        }
        if ((st = apply_line(a, conf, line, row, err)) != OK)
            return st;
    }
    return OK;
}

/* Finding the row of a model. */

/* Whether `word` is one of "a|b|c", without regard to case. */
static bool
is_one_of(const char *words, struct str word)
{
    struct str rest = str_from(words), one;

    while (rest.len) {
        (void)str_cut(rest, '|', &one, &rest); /* the last has no bar */
        if (str_equal_nocase(one, word))
            return true;
    }
    return false;
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Whether a name may end between these two bytes: no letter follows, and no
 * digit follows a digit. */
static bool
is_boundary(char last, char next)
{
    char letter = (char)(next | 0x20);

    return !(letter >= 'a' && letter <= 'z') &&
           !(is_digit(last) && is_digit(next));
}

/* Whether `model` begins with one of the words and the word ends there: gpt4o
 * and o1-mini are found; o1x, o10, demo1 and commander are not. */
static bool
begins_with_one_of(const char *words, struct str model)
{
    struct str rest = str_from(words), one;

    while (rest.len) {
        (void)str_cut(rest, '|', &one, &rest); /* the last has no bar */
        if (str_starts_nocase(model, one) &&
            (one.len == model.len ||
             is_boundary(one.ptr[one.len - 1], model.ptr[one.len])))
            return true;
    }
    return false;
}

static const struct provider *
by_name(const struct providers *p, struct str model)
{
    const struct provider *others = NULL;

    for (size_t i = 0; i < p->count; i++) {
        if (begins_with_one_of(p->rows[i].names, model))
            return &p->rows[i];
        if (p->rows[i].flags & PROVIDER_OTHERS)
            others = &p->rows[i];
    }
    return others;
}

static const struct provider *
by_prefix(const struct providers *p, struct str prefix, bool *whole)
{
    for (size_t i = 0; i < p->count; i++) {
        *whole = is_one_of(p->rows[i].whole, prefix);
        if (*whole || is_one_of(p->rows[i].prefixes, prefix))
            return &p->rows[i];
    }
    return NULL;
}

/* Names that only an administrator switches on are nobody else's. */
static bool
is_switched_off(struct str prefix)
{
    return str_equal_nocase(prefix, STR("demo"));
}

/* Names that xAI had for a while.  Source: the compatible service's table. */
static struct str
grok_name(struct str model)
{
    static const struct {
        const char *asked, *sent;
    } aliases[] = {
        { "grok-2", "grok-3-beta" },        { "grok-2-vision", "grok-3-beta" },
        { "grok-3", "grok-3-beta" },        { "grok-3-mini",
                                              "grok-3-mini-beta" },
    };

    for (size_t i = 0; i < COUNT(aliases); i++)
        if (str_equal_nocase(model, str_from(aliases[i].asked)))
            return str_from(aliases[i].sent);
    return model;
}

enum status
providers_find(const struct providers *p, struct str model,
               struct route *route, struct error *err)
{
    struct str prefix, rest;
    bool       whole = false;

    route->provider = NULL;
    route->model = model;
    if (str_cut(model, '/', &prefix, &rest)) {
        route->provider = by_prefix(p, prefix, &whole);
        if (route->provider && !whole)
            route->model = rest;
        if (!route->provider && !is_switched_off(prefix))
            route->provider = by_name(p, STR_NONE);
    } else {
        route->provider = by_name(p, model);
    }
    if (!route->provider)
        return refused(err, ERR_INPUT, "model_not_found",
                       "Name the provider, as in openai/gpt-4o.",
                       "No provider serves the model %.*s here",
                       STR_ARG(str_slice(model, 0, 100)));
    if (route->model.len == 0)
        return refused(err, ERR_INPUT, "model_not_found",
                       "Name a model behind the slash, as in openai/gpt-4o.",
                       "The model %.*s names a provider only",
                       STR_ARG(str_slice(model, 0, 100)));
    if (p->grok_aliases && strcmp(route->provider->name, "xai") == 0)
        route->model = grok_name(route->model);
    if (!*route->provider->origin)
        return refused(err, ERR_INPUT, "provider_not_configured",
                       "The administrator adds a line `provider NAME url=...`.",
                       "The provider %s has no address on this server",
                       route->provider->name);
    return OK;
}

const struct provider *
providers_row(const struct providers *p, struct str name)
{
    for (size_t i = 0; i < p->count; i++)
        if (str_equal(str_from(p->rows[i].name), name))
            return &p->rows[i];
    return NULL;
}

/* "POST /v1/chat/completions or POST /v1/messages", owned by `a`. */
static struct str
paths_that_work(struct arena *a, const struct provider *row)
{
    struct buf *b = buf_new(a, 512);

    for (size_t i = 0; i < DIALECT_COUNT; i++)
        if (row->paths[i])
            buf_printf(b, "%sPOST %s%s", b->len ? " or " : "", usual_paths[i],
                       i == DIALECT_GOOGLE ? "/{model}:generateContent" : "");
    return arena_copy(a, buf_str(b));
}

enum status
providers_url(struct arena *a, const struct provider *row,
              enum dialect_id dialect, struct str *url, struct error *err)
{
    struct str hint;

    if (!row->paths[dialect]) {
        hint = paths_that_work(a, row);
        return refused(err, ERR_INPUT, "dialect_not_served", NULL,
                       "Wrong endpoint for %s models: call %.*s", row->name,
                       STR_ARG(hint));
    }
    *url = arena_printf(a, "%s%s", row->origin, row->paths[dialect]);
    return OK;
}

enum auth_style
providers_auth(const struct provider *row, enum dialect_id dialect,
               enum auth_style sent)
{
    static const enum auth_style usual[DIALECT_COUNT] = {
        [DIALECT_OPENAI_CHAT] = AUTH_BEARER,
        [DIALECT_OPENAI_RESPONSES] = AUTH_BEARER,
        [DIALECT_ANTHROPIC] = AUTH_X_API_KEY,
        [DIALECT_GOOGLE] = AUTH_GOOGLE,
    };

    if (row->auth != AUTH_OF_DIALECT)
        return row->auth;
    /* Anthropic's dialect takes both, and clients differ by generation. */
    if (dialect == DIALECT_ANTHROPIC && sent == AUTH_BEARER)
        return AUTH_BEARER;
    return usual[dialect];
}

struct http_header
providers_key_header(struct arena *a, enum auth_style style, struct str key)
{
    switch (style) {
    case AUTH_X_API_KEY:
        return (struct http_header){ STR("x-api-key"), key };
    case AUTH_GOOGLE:
        return (struct http_header){ STR("x-goog-api-key"), key };
    case AUTH_AZURE:
        return (struct http_header){ STR("api-key"), key };
    case AUTH_OF_DIALECT: case AUTH_BEARER: case AUTH_NONE:
        break;
    }
    return (struct http_header){
        STR("Authorization"), arena_printf(a, "Bearer %.*s", STR_ARG(key)),
    };
}
