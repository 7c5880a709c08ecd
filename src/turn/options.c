/* What a request wants of memory, from all the places where it may say so. */
#include "turn/options.h"

#include "base/utf8.h"
#include "memory/entry.h"

#include "base/banned.h"

enum { LIMIT_MOST = 1000 };

/* The names of all generations of the compatible service. */
static const struct {
    const char    *name;
    enum conf_mode mode;
} mode_names[] = {
    { "on", MODE_ON },     { "read", MODE_READ },      { "write", MODE_WRITE },
    { "off", MODE_OFF },   { "all", MODE_ON },         { "auto", MODE_ON },
    { "default", MODE_ON }, { "selective", MODE_READ }, { "none", MODE_OFF },
    { "false", MODE_OFF },
};

static const struct {
    const char     *name;
    enum conf_scope scope;
} scope_names[] = {
    { "merged", SCOPE_MERGED },
    { "exclusive", SCOPE_EXCLUSIVE },
    { "all", SCOPE_ALL },
};

const char *
options_mode_name(enum conf_mode mode)
{
    return mode_names[mode].name;
}

bool
options_recalls(const struct options *o)
{
    return o->mode == MODE_ON || o->mode == MODE_READ;
}

bool
options_stores(const struct options *o)
{
    return o->mode == MODE_ON || o->mode == MODE_WRITE;
}

/* An unknown word means on. */
static void
set_mode(struct options *o, struct str word)
{
    word = str_trim(word);
    if (word.len == 0)
        return;
    o->mode = MODE_ON;
    for (size_t i = 0; i < COUNT(mode_names); i++)
        if (str_equal_nocase(word, str_from(mode_names[i].name)))
            o->mode = mode_names[i].mode;
}

static void
set_scope(struct options *o, struct str word)
{
    for (size_t i = 0; i < COUNT(scope_names); i++)
        if (str_equal_nocase(str_trim(word), str_from(scope_names[i].name)))
            o->scope = scope_names[i].scope;
}

static void
set_placement(struct options *o, struct str word)
{
    if (str_equal_nocase(str_trim(word), STR("system")))
        o->placement = PLACE_SYSTEM;
    if (str_equal_nocase(str_trim(word), STR("tail")))
        o->placement = PLACE_TAIL;
}

/* Only "false" means no. */
static void
set_flag(bool *flag, struct str word)
{
    if (str_trim(word).len)
        *flag = !str_equal_nocase(str_trim(word), STR("false"));
}

static bool
is_true(struct str word)
{
    return str_equal_nocase(str_trim(word), STR("true"));
}

/* What is no number of memories changes nothing. */
static void
set_limit(struct options *o, struct str word)
{
    int64_t limit;

    if (!str_to_int(str_trim(word), &limit) || limit < 1)
        return;
    o->limit = limit > LIMIT_MOST ? LIMIT_MOST : (size_t)limit;
    o->limited = true;
}

static void
read_headers(const struct request *r, struct options *o)
{
    set_mode(o, request_header(r, "x-memory-mode"));
    set_flag(&o->store_user, request_header(r, "x-store-input"));
    set_flag(&o->store_user, request_header(r, "x-memory-store"));
    set_flag(&o->store_reply, request_header(r, "x-store-response"));
    set_flag(&o->store_reply, request_header(r, "x-memory-store-response"));
    set_limit(o, request_header(r, "x-context-limit"));
    set_limit(o, request_header(r, "x-memory-context-limit"));
    set_scope(o, request_header(r, "x-session-scope"));
    set_placement(o, request_header(r, "x-memory-placement"));
    /* Clients of Python and JavaScript send what is not ASCII as ISO 8859-1. */
    o->session = utf8_from_bytes(r->arena, str_trim(
        request_header(r, "x-session-id")));
    o->debug = is_true(request_header(r, "x-debug"));
}

static bool
is_off(struct str word)
{
    return str_equal_nocase(word, STR("false")) ||
           str_equal_nocase(word, STR("off"));
}

static void
read_query(const struct request *r, struct options *o)
{
    set_mode(o, request_query(r, "mode"));
    if (is_off(request_query(r, "memory")))
        o->mode = MODE_OFF;
    set_flag(&o->store_user, request_query(r, "store"));
    set_flag(&o->store_reply, request_query(r, "store_response"));
    set_limit(o, request_query(r, "limit"));
    if (request_has_query(r, "debug"))
        o->debug = is_true(request_query(r, "debug"));
}

/* The text of a string, or the literal itself: true, false, a number. */
static struct str
word_of(struct arena *a, const struct json *body, const char *name)
{
    struct json value = json_member(body, name);

    switch (value.type) {
    case JSON_STRING: return json_text(a, &value);
    case JSON_BOOL: case JSON_NUMBER: return value.raw;
    case JSON_NONE: case JSON_NULL: case JSON_ARRAY: case JSON_OBJECT:
        break;
    }
    return STR_NONE;
}

static void
read_body(struct arena *a, const struct json *body, struct options *o)
{
    struct str memory = word_of(a, body, "memory");
    /* Or a number. */
    struct str session = entry_session(word_of(a, body, "session_id"));

    if (str_equal(memory, STR("true")) || str_equal(memory, STR("on")))
        o->mode = MODE_ON;
    set_mode(o, word_of(a, body, "memory_mode"));
    if (is_off(memory))
        o->mode = MODE_OFF;
    set_flag(&o->store_user, word_of(a, body, "store_input"));
    set_flag(&o->store_user, word_of(a, body, "memory_store"));
    set_flag(&o->store_reply, word_of(a, body, "store_response"));
    set_flag(&o->store_reply, word_of(a, body, "memory_store_response"));
    set_limit(o, word_of(a, body, "context_limit"));
    set_limit(o, word_of(a, body, "memory_limit"));
    if (session.len)
        o->session = session;
}

/* Whether the body names a session by what can be a name. */
static bool
is_name(const struct json *body)
{
    switch (json_member(body, "session_id").type) {
    case JSON_BOOL: case JSON_ARRAY: case JSON_OBJECT: return false;
    case JSON_NONE: case JSON_NULL: case JSON_STRING: case JSON_NUMBER:
        break;
    }
    return true;
}

static enum status
check_session(const struct json *body, struct str session, struct error *err)
{
    bool good = session.len <= SESSION_NAME_MAX_BYTES && is_name(body);

    for (size_t i = 0; i < session.len; i++)
        good = good && (unsigned char)session.ptr[i] >= 0x20;
    if (good && utf8_valid(session))
        return OK;
    return refused(err, ERR_INPUT, "invalid_session",
                   "Send a session id as a string of at most 255 bytes of "
                   "UTF-8 without control characters.",
                   "The session id is not usable");
}

/* What the key may not do with memory is not done. */
static void
apply_rights(struct options *o, int rights)
{
    bool recalls = options_recalls(o) && rights & RIGHT_READ;
    bool stores = options_stores(o) && rights & RIGHT_WRITE;

    o->mode = recalls ? (stores ? MODE_ON : MODE_READ)
                      : (stores ? MODE_WRITE : MODE_OFF);
}

enum status
options_read(const struct conf *conf, const struct request *request,
             const struct json *body, const struct credentials *credentials,
             const struct key_access *access, struct options *o,
             struct error *err)
{
    memset(o, 0, sizeof(*o));
    o->mode = (enum conf_mode)(credentials->mode == MODE_UNSAID
                                   ? key_or(access->memory_mode,
                                            conf->memory_mode)
                                   : credentials->mode);
    o->store_user = o->store_reply = true;
    o->limit = (size_t)(access->recall_limit > 0 ? access->recall_limit
                                                 : conf->recall_limit);
    o->tokens = (size_t)conf->recall_tokens;
    o->scope = (enum conf_scope)key_or(access->session_scope,
                                       conf->session_scope);
    o->placement = (enum conf_placement)key_or(access->placement,
                                               conf->placement);
    read_headers(request, o);
    read_query(request, o);
    read_body(request->arena, body, o);
    apply_rights(o, access->rights);
    return check_session(body, o->session, err);
}
