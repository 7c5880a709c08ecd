/* Writing and reading an exchange as JSON, by json-c. */
#include "store/spool_format.h"

#include <stddef.h>

#include <json-c/json.h>

#include "base/utf8.h"

#include "base/banned.h"

enum { FORMAT = 1, DEPTH = 8 };

/* The members of an object, for writing and reading. */
enum type { TEXT, NUMBER, FLAG };

struct member {
    const char *name;
    enum type   type;
    size_t      offset;
    int64_t     least;   /* of NUMBER */
    bool        is_new;  /* older files lack it */
};

#define AT(type, field) offsetof(struct type, field)

static const struct member exchange_members[] = {
    { "request_id", TEXT,   AT(exchange, request_id), 0, false },
    { "account",    NUMBER, AT(exchange, account_id), 1, false },
    { "key",        NUMBER, AT(exchange, key_id),     1, false },
    { "vault",      NUMBER, AT(exchange, vault_id),   1, false },
    { "session",    TEXT,   AT(exchange, session),    0, false },
    { "source",     TEXT,   AT(exchange, source),     0, false },
    { "time",       NUMBER, AT(exchange, now_ms),     0, false },
    { "receipt",    FLAG,   AT(exchange, receipt),    0, true },
    { "injected",   TEXT,   AT(exchange, injected),   0, true },
};

static const struct member usage_members[] = {
    { "provider",      TEXT,   AT(exchange_usage, provider),      0, false },
    { "model",         TEXT,   AT(exchange_usage, model),         0, false },
    { "dialect",       TEXT,   AT(exchange_usage, dialect),       0, false },
    { "status",        NUMBER, AT(exchange_usage, http_status),   -1, false },
    { "input_tokens",  NUMBER, AT(exchange_usage, input_tokens),  -1, false },
    { "output_tokens", NUMBER, AT(exchange_usage, output_tokens), -1, false },
    { "estimated",     FLAG,   AT(exchange_usage, estimated),     0, false },
    { "partial",       FLAG,   AT(exchange_usage, partial),       0, false },
    { "memories",      NUMBER, AT(exchange_usage, memories),      -1, false },
    { "memory_tokens", NUMBER, AT(exchange_usage, memory_tokens), -1, false },
    { "recall_ms",     NUMBER, AT(exchange_usage, recall_ms),     -1, false },
    { "provider_ms",   NUMBER, AT(exchange_usage, provider_ms),   -1, false },
    { "total_ms",      NUMBER, AT(exchange_usage, total_ms),      -1, false },
};

static const struct member piece_members[] = {
    { "author",   TEXT,   AT(exchange_piece, author),   0, false },
    { "text",     TEXT,   AT(exchange_piece, text),     0, false },
    { "tokens",   NUMBER, AT(exchange_piece, tokens),   0, false },
    { "position", NUMBER, AT(exchange_piece, position), 0, false },
};

static void
put_object(void *object)
{
    (void)json_object_put(object); /* nobody else holds it */
}

static struct json_object *
text_object(struct str s)
{
    return json_object_new_string_len(s.ptr ? s.ptr : "", (int)s.len);
}

static void
add_members(struct json_object *object, const void *base,
            const struct member *members, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct member *m = &members[i];
        const void          *at = (const char *)base + m->offset;
        struct json_object  *value = NULL;

        switch (m->type) {
        case TEXT:
            value = text_object(*(const struct str *)at);
            break;
        case NUMBER:
            value = json_object_new_int64(*(const int64_t *)at);
            break;
        case FLAG:
            value = json_object_new_boolean(*(const bool *)at);
            break;
        }
        (void)json_object_object_add(object, m->name, value); /* or no memory */
    }
}

static struct json_object *
pieces_object(const struct exchange *x)
{
    struct json_object *list = json_object_new_array();

    for (size_t i = 0; i < x->piece_count; i++) {
        const struct exchange_piece *p = &x->pieces[i];
        struct json_object          *o = json_object_new_object();

        /* These only fail without memory. */
        (void)json_object_object_add(
            o, "role", json_object_new_string(role_name(p->role)));
        add_members(o, p, piece_members, COUNT(piece_members));
        (void)json_object_array_add(list, o);
    }
    return list;
}

enum status
spool_format_write(struct arena *a, const struct exchange *x,
                   struct str *text, struct error *err)
{
    struct json_object *root = json_object_new_object();
    struct json_object *usage = json_object_new_object();
    const char         *written;
    size_t              len = 0;

    arena_defer(a, put_object, root);
    /* These only fail without memory. */
    (void)json_object_object_add(root, "format", json_object_new_int(FORMAT));
    add_members(root, x, exchange_members, COUNT(exchange_members));
    add_members(usage, &x->usage, usage_members, COUNT(usage_members));
    (void)json_object_object_add(root, "usage", usage);
    (void)json_object_object_add(root, "pieces", pieces_object(x));
    written = json_object_to_json_string_length(
        root, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);
    if (!written)
        return failed(err, ERR_INTERNAL, "no memory for a spool file");
    if (len > SPOOL_FILE_MAX_BYTES)
        return failed(err, ERR_TOO_LARGE, "a turn of %zu bytes is too large "
                      "for the spool", len);
    *text = (struct str){ written, len };
    return OK;
}

static bool
read_text(struct json_object *value, struct str *text)
{
    if (!json_object_is_type(value, json_type_string))
        return false;
    *text = (struct str){ json_object_get_string(value),
                          (size_t)json_object_get_string_len(value) };
    return utf8_valid(*text) && str_find_byte(*text, '\0') == STR_NOWHERE;
}

static bool
read_member(struct json_object *value, void *base, const struct member *m)
{
    void *at = (char *)base + m->offset;

    switch (m->type) {
    case TEXT:
        return read_text(value, at);
    case NUMBER:
        *(int64_t *)at = json_object_get_int64(value);
        return json_object_is_type(value, json_type_int) &&
               *(int64_t *)at >= m->least;
    case FLAG:
        *(bool *)at = json_object_get_boolean(value);
        return json_object_is_type(value, json_type_boolean);
    }
    return false;
}

static bool
read_members(struct json_object *object, void *base,
             const struct member *members, size_t count)
{
    if (!json_object_is_type(object, json_type_object))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct json_object *value = json_object_object_get(object,
                                                           members[i].name);

        if ((value || !members[i].is_new) &&
            !read_member(value, base, &members[i]))
            return false;
    }
    return true;
}

static bool
read_role(struct json_object *object, enum role *role)
{
    struct str name;

    if (!read_text(json_object_object_get(object, "role"), &name))
        return false;
    for (*role = 0; *role < ROLE_COUNT; ++*role)
        if (str_equal(name, str_from(role_name(*role))))
            return true;
    return false;
}

static bool
read_pieces(struct arena *a, struct json_object *list, struct exchange *x)
{
    if (!json_object_is_type(list, json_type_array) ||
        json_object_array_length(list) > EXCHANGE_PIECES_MAX)
        return false;
    x->piece_count = json_object_array_length(list);
    x->pieces = arena_array(a, struct exchange_piece, x->piece_count);
    for (size_t i = 0; i < x->piece_count; i++) {
        struct json_object    *o = json_object_array_get_idx(list, i);
        struct exchange_piece *p = &x->pieces[i];

        if (!read_members(o, p, piece_members, COUNT(piece_members)) ||
            !read_role(o, &p->role))
            return false;
    }
    return true;
}

static bool
read_root(struct arena *a, struct json_object *root, struct exchange *x)
{
    struct json_object *format;

    if (!json_object_is_type(root, json_type_object))
        return false;
    format = json_object_object_get(root, "format");
    return json_object_is_type(format, json_type_int) &&
           json_object_get_int(format) == FORMAT &&
           read_members(root, x, exchange_members,
                        COUNT(exchange_members)) &&
           read_members(json_object_object_get(root, "usage"), &x->usage,
                        usage_members, COUNT(usage_members)) &&
           read_pieces(a, json_object_object_get(root, "pieces"), x);
}

enum status
spool_format_read(struct arena *a, struct str text, struct exchange *x,
                  struct error *err)
{
    struct json_tokener *tokener = json_tokener_new_ex(DEPTH);
    struct json_object  *root = NULL;

    if (!tokener)
        return failed(err, ERR_INTERNAL, "no memory for a spool file");
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT |
                                        JSON_TOKENER_VALIDATE_UTF8);
    if (text.len <= SPOOL_FILE_MAX_BYTES)
        root = json_tokener_parse_ex(tokener, text.ptr ? text.ptr : "",
                                     (int)text.len);
    json_tokener_free(tokener);
    arena_defer(a, put_object, root);
    memset(x, 0, sizeof(*x));
    if (!read_root(a, root, x))
        return failed(err, ERR_INPUT, "a spool file is damaged");
    return OK;
}
