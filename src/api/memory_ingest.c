/*
 * POST /v1/memory/ingest: what was said elsewhere is remembered.
 *
 * Tolerant: messages in the style of any dialect, or `user` and `assistant`
 * as strings, or `content` with `role`; unknown members are ignored.  What a
 * session has already is left out, so that a client may send a conversation
 * again and again.
 */
#include "api/endpoints.h"

#include "api/idempotency.h"
#include "provider/message.h"

#include "base/banned.h"

enum { MESSAGES_MOST = 4096, REPLY_MAX_BYTES = 1 << 20 };

struct ingest {
    struct caller      who;
    struct intake      intake;
    struct idempotency idempotency;
    struct entry       common;   /* what the body says for all messages */
    size_t             skipped;  /* nothing to remember in them */
};

static const struct shape shapes[] = {
    { .content = "content", .text_types = "text|input_text|output_text" },
    { .content = "parts", .text_types = "" },
};

/* Content is a string or a list of parts; what calls tools may have none. */
static enum status
check_content(const struct json *message, struct error *err)
{
    for (size_t i = 0; i < COUNT(shapes); i++)
        switch (json_member(message, shapes[i].content).type) {
        case JSON_BOOL: case JSON_NUMBER: case JSON_OBJECT:
            return refused(err, ERR_INPUT, "invalid_memory",
                           "Send a string, or a list of parts.",
                           "%s is neither a string nor a list",
                           shapes[i].content);
        case JSON_NONE: case JSON_NULL: case JSON_STRING: case JSON_ARRAY:
            break;
        }
    return OK;
}

static struct str
text_of(struct arena *a, const struct json *message)
{
    struct str text = STR_NONE;

    for (size_t i = 0; i < COUNT(shapes) && text.len == 0; i++) {
        struct json  content = json_member(message, shapes[i].content);
        struct place ignored;

        text = message_text(a, &shapes[i], &content, &ignored);
    }
    return text;
}

/* Instructions and what tools said are not remembered, nor what the caller
 * excludes. */
static bool
is_eligible(const struct ingest *g, struct arena *a,
            const struct json *message)
{
    struct json role = json_member(message, "role");
    struct json memory = json_member(message, "memory");
    struct str  name = json_text(a, &role);
    enum role   known;

    if (json_is_false(&memory))
        return false;
    if (role.type == JSON_STRING && !entry_role(name, &known))
        return false;
    if (role.type != JSON_STRING)
        return g->who.options.store_user;
    return (known == ROLE_USER && g->who.options.store_user) ||
           (known == ROLE_ASSISTANT && g->who.options.store_reply);
}

static enum status
take_message(struct ingest *g, const struct json *message, struct error *err)
{
    struct arena *a = g->who.call->request->arena;
    struct entry  e = g->common;
    enum status   st = OK;

    if (message->type != JSON_OBJECT)
        return caller_no_messages(err);
    if (!is_eligible(g, a, message)) {
        g->skipped++;
        return OK;
    }
    st = entry_read(a, message, ENTRY_MESSAGE, &e, err);
    if (st == OK)
        st = check_content(message, err);
    e.content = text_of(a, message);
    if (st == OK && !intake_add(&g->intake, &e))
        g->skipped++;
    return st;
}

static enum status
take_list(struct ingest *g, const struct json *list, struct error *err)
{
    struct json_item item = { 0 };
    size_t           count = 0;
    enum status      st = OK;

    while (st == OK && json_next(list, &item)) {
        st = take_message(g, &item.value, err);
        if (++count > MESSAGES_MOST)
            return refused(err, ERR_TOO_LARGE, "too_many_messages",
                           "Send them in parts, or use /v1/memory/upload.",
                           "There are more than %d messages", MESSAGES_MOST);
    }
    return st == OK && count == 0 ? caller_no_messages(err) : st;
}

/* The members `user` and `assistant`, or the body itself as a message. */
static enum status
take_strings(struct ingest *g, struct error *err)
{
    static const struct {
        const char *name;
        enum role   role;
    } names[] = { { "user", ROLE_USER }, { "assistant", ROLE_ASSISTANT } };
    struct arena *a = g->who.call->request->arena;
    size_t        count = 0;

    for (size_t i = 0; i < COUNT(names); i++) {
        struct json  v = json_member(&g->who.body, names[i].name);
        struct entry e = g->common;

        if (v.type != JSON_STRING)
            continue;
        count++;
        e.role = names[i].role;
        e.content = json_text(a, &v);
        if (!intake_add(&g->intake, &e))
            g->skipped++;
    }
    if (count)
        return OK;
    if (text_of(a, &g->who.body).len == 0)
        return caller_no_messages(err);
    return take_message(g, &g->who.body, err);
}

/* timestamp, metadata ... of the body hold for all messages in it. */
static enum status
read_common(struct ingest *g, struct error *err)
{
    struct arena *a = g->who.call->request->arena;

    g->common = (struct entry){ .timestamp_ms = g->who.call->now_ms,
                                .position = -1 };
    enum status st = entry_read(a, &g->who.body, ENTRY_MESSAGE, &g->common,
                                err);

    g->common.session = g->who.options.session; /* body, else header */
    g->common.has_session = true;
    return st;
}

static enum status
read_messages(struct ingest *g, struct error *err)
{
    struct json list = json_member(&g->who.body, "messages");
    enum status st = read_common(g, err);

    g->intake = caller_intake(&g->who, g->who.call->request->arena,
                              STR("ingest"));
    g->intake.batch.skip_known = true;
    g->intake.batch.said_now = true;
    if (st != OK)
        return st;
    if (list.type == JSON_NONE || list.type == JSON_NULL)
        return take_strings(g, err);
    return list.type == JSON_ARRAY ? take_list(g, &list, err)
                                   : caller_no_messages(err);
}

static enum status
store(struct ingest *g, struct error *err)
{
    if (g->intake.batch.count == 0 || !options_stores(&g->who.options))
        return OK;
    return caller_store(&g->who, &g->intake, err);
}

static void
add_ids(struct buf *b, const struct ingest *g)
{
    const struct batch *batch = &g->intake.batch;
    const char         *comma = "";

    buf_add(b, STR(",\"ids\":["));
    for (size_t i = 0; i < batch->count; i++)
        for (size_t k = 0; k < batch->list[i].row_count; k++) {
            if (batch->list[i].ids[k] == 0)
                continue;
            buf_printf(b, "%s%lld", comma, (long long)batch->list[i].ids[k]);
            comma = ",";
        }
    buf_add_byte(b, ']');
}

static void
write_answer(struct buf *b, const struct ingest *g)
{
    bool   stores = options_stores(&g->who.options);
    size_t known = stores ? g->intake.known : g->intake.batch.count;

    buf_printf(b, "{\"status\":\"%s\",\"stored\":%zu,\"skipped\":%zu",
               stores ? "stored" : "off", g->intake.batch.count - known,
               g->skipped + known);
    add_ids(b, g);
    buf_printf(b, ",\"tokens\":%zu,\"session_id\":",
               g->intake.stored_tokens);
    json_add_or_null(b, g->who.options.session);
    buf_add_byte(b, '}');
}

static enum status
begin(struct ingest *g, struct error *err)
{
    struct arena *a = g->who.call->request->arena;
    struct json   name;
    enum status   st = caller_read_object(&g->who, err);

    if (st != OK)
        return st;
    name = json_member(&g->who.body, "idempotency_key");
    if (name.type != JSON_NONE && name.type != JSON_NULL &&
        name.type != JSON_STRING)
        return refused(err, ERR_INPUT, "invalid_idempotency_key",
                       "Send a string.", "The idempotency_key is no string");
    return idempotency_begin(&g->who, json_text(a, &name),
                             g->who.call->request->body, &g->idempotency,
                             err);
}

void
memory_ingest(struct call *c)
{
    struct ingest g = { .skipped = 0 };
    struct buf   *b = buf_new(c->request->arena, REPLY_MAX_BYTES);
    struct error  err;
    enum status   st = caller_check_writer(c, &g.who, &err);

    if (st == OK)
        st = begin(&g, &err);
    if (st == OK && g.idempotency.answered) {
        idempotency_answer(c, &g.idempotency);
        return;
    }
    if (st == OK)
        st = read_messages(&g, &err);
    if (st == OK)
        st = store(&g, &err);
    if (st == OK)
        write_answer(b, &g);
    idempotency_end(&g.who, &g.idempotency, st, 202, buf_str(b));
    log_int(c->access, "stored", (long long)g.intake.pieces);
    caller_answer_as(c, 202, "ingest", st, b, &err);
}
