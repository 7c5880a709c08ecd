/*
 * Reading the lists of models that providers give.
 *
 * Shapes: OpenAI's and Anthropic's {"data":[...]}, Google's {"models":[...]},
 * Together's bare array; the members are those of the providers' references,
 * looked up 2026-11.
 */
#include "provider/listing.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>

#include "platform/json.h"

#include "base/banned.h"

enum { LISTING_DEPTH = 64 };

/* How the context window is called: OpenRouter, Together, Fireworks, Moonshot;
 * Groq; Mistral; vLLM; Anthropic; Google. */
static const char *const window_names[] = {
    "context_length", "context_window", "max_context_length", "max_model_len",
    "max_input_tokens", "inputTokenLimit",
};

/* Words that stand in the names of models that do something else. */
static const char *const other_names[] = {
    "embed", "embedding", "embeddings", "bge", "tts", "whisper", "dall",
    "moderation", "image", "imagen", "veo", "sora", "lyria", "flux",
    "realtime", "transcribe", "audio", "voxtral", "speech", "ocr", "rerank",
    "guard", "davinci", "babbage", "aqa", "live",
};

static const char *const other_types[] = {
    "embedding", "image", "audio", "video", "moderation", "rerank",
    "transcribe",
};

/* The address. */

enum dialect_id
listing_dialect(const struct provider *row)
{
    static const struct {
        const char     *row;
        enum dialect_id dialect;
    } own[] = { { "anthropic", DIALECT_ANTHROPIC },
                { "google", DIALECT_GOOGLE } };
    static const enum dialect_id order[] = {
        DIALECT_OPENAI_CHAT, DIALECT_ANTHROPIC, DIALECT_GOOGLE,
    };

    for (size_t i = 0; i < COUNT(own); i++)
        if (strcmp(row->name, own[i].row) == 0 && row->paths[own[i].dialect])
            return own[i].dialect;
    for (size_t i = 0; i < COUNT(order); i++)
        if (row->paths[order[i]])
            return order[i];
    return DIALECT_OPENAI_CHAT;
}

/* For a query: all but letters, digits and - . _ ~ as %XX (RFC 3986, 2.3). */
static struct str
escaped(struct arena *a, struct str text)
{
    struct buf *b = buf_new(a, text.len * 3 + 1);

    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];

        if (isalnum(c) || (c && strchr("-._~", c)))
            buf_add_byte(b, (char)c);
        else
            buf_printf(b, "%%%02X", c);
    }
    return buf_str(b);
}

/* What follows the address of the dialect's calls, without their own end. */
static const struct {
    const char *end;     /* of the calls' path */
    const char *list;    /* in its place */
    const char *after;   /* and the parameter of a further page */
} places[DIALECT_COUNT] = {
    [DIALECT_OPENAI_CHAT] = { "/chat/completions", "/models", NULL },
    [DIALECT_ANTHROPIC] = { "/messages", "/models?limit=1000", "&after_id=" },
    [DIALECT_GOOGLE] = { "", "?pageSize=1000", "&pageToken=" },
};

enum status
listing_url(struct arena *a, const struct provider *row,
            enum dialect_id dialect, struct str after, struct str *url,
            struct error *err)
{
    struct str  end = str_from(places[dialect].end), calls;
    enum status st = providers_url(a, row, dialect, &calls, err);

    if (st != OK)
        return st;
    if (!places[dialect].list || !str_ends(calls, end))
        return failed(err, ERR_INPUT, "the provider %s has no list of models",
                      row->name);
    calls = str_slice(calls, 0, calls.len - end.len);
    *url = arena_printf(a, "%.*s%s", STR_ARG(calls), places[dialect].list);
    if (after.len && places[dialect].after)
        *url = arena_printf(a, "%.*s%s%.*s", STR_ARG(*url),
                            places[dialect].after,
                            STR_ARG(escaped(a, after)));
    return OK;
}

/* The models. */

static bool
has_member_text(struct arena *a, const struct json *object, const char *name,
                const char *const *words, size_t count)
{
    struct json value = json_member(object, name);
    struct str  text = json_text(a, &value);

    for (size_t i = 0; i < count; i++)
        if (str_equal_nocase(text, str_from(words[i])))
            return true;
    return false;
}

/* False when the list has such an array and the text is not in it. */
static bool
may_have(struct arena *a, const struct json *array, const char *text)
{
    struct json_item item = { 0 };

    if (array->type != JSON_ARRAY)
        return true;
    while (json_next(array, &item))
        if (str_equal(json_text(a, &item.value), str_from(text)))
            return true;
    return false;
}

/* Whether a word of the name, between bytes that are no letters, is one of
 * the others'. */
static bool
is_other_name(struct str name)
{
    for (size_t from = 0, to; from < name.len; from = to + 1) {
        to = from;
        while (to < name.len && isalpha((unsigned char)name.ptr[to]))
            to++;
        for (size_t i = 0; i < COUNT(other_names); i++)
            if (str_equal_nocase(str_slice(name, from, to),
                                 str_from(other_names[i])))
                return true;
    }
    return false;
}

static bool
chats(struct arena *a, const struct json *model, struct str name)
{
    struct json can = json_member(model, "capabilities");
    struct json chat = json_member(&can, "completion_chat");
    struct json methods = json_member(model, "supportedGenerationMethods");
    struct json design = json_member(model, "architecture");
    struct json makes = json_member(&design, "output_modalities");

    return !json_is_false(&chat) && may_have(a, &methods, "generateContent") &&
           may_have(a, &makes, "text") && !is_other_name(name) &&
           !has_member_text(a, model, "type", other_types,
                            COUNT(other_types));
}

/* OpenRouter's prices: a text, USD a token; -1 says that it varies. */
static int64_t
price(struct arena *a, const struct json *pricing, const char *name)
{
    struct json value = json_member(pricing, name);
    struct str  text = arena_copy(a, json_text(a, &value));
    char       *end;
    double      usd;

    if (text.len == 0)
        return -1;
    usd = strtod(text.ptr, &end);
    return *end == '\0' && usd >= 0 && usd < 1 ? llround(usd * 1e12) : -1;
}

static void
read_numbers(struct arena *a, const struct json *model,
             struct listing_model *m)
{
    struct json pricing = json_member(model, "pricing");

    m->context_tokens = 0;
    for (size_t i = 0; i < COUNT(window_names); i++) {
        struct json window = json_member(model, window_names[i]);

        if (json_int(&window, &m->context_tokens) && m->context_tokens > 0)
            break;
        m->context_tokens = 0;
    }
    m->input_price = price(a, &pricing, "prompt");
    m->output_price = price(a, &pricing, "completion");
}

/* False for what is no model that chats. */
static bool
read_model(struct arena *a, const struct json *model, struct listing_model *m)
{
    struct str  folder = STR("models/"); /* Google's, in both its dialects */
    struct json id = json_member(model, "id");

    if (id.type != JSON_STRING)
        id = json_member(model, "name");
    m->name = json_text(a, &id);
    if (str_starts(m->name, folder))
        m->name = str_slice(m->name, folder.len, m->name.len);
    if (m->name.len == 0 || m->name.len > MODEL_NAME_MAX_BYTES)
        return false;
    for (size_t i = 0; i < m->name.len; i++)
        if (!isgraph((unsigned char)m->name.ptr[i]))
            return false;
    if (!chats(a, model, m->name))
        return false;
    read_numbers(a, model, m);
    return true;
}

static struct json
find_list(const struct json *root)
{
    struct json list = json_member(root, "data");

    if (list.type == JSON_NONE)
        list = json_member(root, "models");
    return root->type == JSON_ARRAY ? *root : list;
}

static struct str
next_page(struct arena *a, const struct json *root)
{
    struct json more = json_member(root, "has_more");
    struct json last = json_member(root, "last_id");
    struct json token = json_member(root, "nextPageToken");

    return json_is_true(&more) ? json_text(a, &last) : json_text(a, &token);
}

enum status
listing_read(struct arena *a, struct str body, struct listing_page *page,
             struct error *err)
{
    struct json_item item = { 0 };
    struct json      root, list;
    struct error     why;
    size_t           most = 0;

    if (json_parse(body, LISTING_DEPTH, &root, &why) != OK)
        return failed(err, ERR_UPSTREAM, "the provider's list of models is "
                      "not JSON");
    list = find_list(&root);
    if (list.type != JSON_ARRAY)
        return failed(err, ERR_UPSTREAM, "the provider's reply is no list of "
                      "models");
    while (json_next(&list, &item))
        most++;
    *page = (struct listing_page){
        .list = arena_array(a, struct listing_model, most),
        .next = next_page(a, &root),
    };
    for (item = (struct json_item){ 0 }; json_next(&list, &item);)
        if (read_model(a, &item.value, &page->list[page->count]))
            page->count++;
    return OK;
}
