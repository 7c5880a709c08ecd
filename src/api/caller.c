/* The frame of the endpoints around memory. */
#include "api/caller.h"

#include "turn/allowance.h"
#include "turn/query.h"

#include "base/banned.h"

void
caller_note_use(const struct caller *who)
{
    struct db      *db = who->call->service->db;
    struct db_conn *conn;
    struct error    ignored;
    enum status     st;

    if (!key_note_due(&who->access, who->call->now_ms) ||
        db_borrow(db, &conn, &ignored) != OK)
        return;
    st = key_note_use(conn, who->access.key_id, who->call->now_ms, &ignored);
    db_return(db, conn);
    if (st != OK)
        log_error(LOG_WARN, "key", &ignored);
}

enum status
caller_check(struct call *c, struct caller *who, struct error *err)
{
    bool        graced = false;
    enum status st = request_check_query(c->request, err);

    who->call = c;
    if (st == OK)
        st = admission_key(&c->admission, &who->credentials, &who->access,
                           &graced, err);
    if (st == OK && graced)
        st = failed(err, ERR_STORE, "the database is away");
    if (st == OK) {
        log_int(c->access, "key", who->access.key_id);
        log_int(c->access, "vault", who->access.vault_id);
        if (c->admission.needed == RIGHT_READ ||
            c->admission.needed == RIGHT_WRITE)
            caller_note_use(who);
    }
    return st;
}

struct audit_actor
caller_actor(const struct caller *who)
{
    return (struct audit_actor){
        .kind = AUDIT_KEY,
        .key_id = who->access.key_id,
        .request_id = who->call->request_id,
        .now_ms = who->call->now_ms,
    };
}

enum status
caller_check_writer(struct call *c, struct caller *who, struct error *err)
{
    enum status st = caller_check(c, who, err);

    if (st == OK && (who->credentials.mode == MODE_READ ||
                     who->credentials.mode == MODE_OFF))
        st = refused(err, ERR_FORBIDDEN, "read_only_key",
                     "Send the key without :read or :off behind it.",
                     "This key reads only");
    return st;
}

enum status
caller_catch_up(struct caller *who, struct error *err)
{
    return query_catch_up(who->call->service, who->call->request->arena,
                          &who->access, err);
}

enum status
caller_options(const struct caller *who, const struct json *arguments,
               struct options *options, struct error *err)
{
    return options_read(who->call->service->conf, who->call->request,
                        arguments, &who->credentials, &who->access, options,
                        err);
}

enum status
caller_read_options(struct caller *who, struct error *err)
{
    who->body = (struct json){ JSON_NONE, STR_NONE };
    return caller_options(who, &who->body, &who->options, err);
}

struct browse
caller_browse(const struct caller *who)
{
    return (struct browse){
        .vault_id = who->access.vault_id,
        .session_id = BROWSE_ANY,
        .role = BROWSE_ANY,
        .kept_from_ms = key_kept_from(&who->access, who->call->now_ms),
    };
}

struct str
caller_key_name(const struct caller *who)
{
    return credentials_shown(who->call->request->arena, &who->credentials);
}

static enum status
parse_object(struct caller *who, struct error *err)
{
    struct request    *r = who->call->request;
    const struct conf *conf = who->call->service->conf;
    enum status        st;

    st = json_parse(r->body, (size_t)conf->json_depth, &who->body, err);
    if (st != OK)
        return st;
    if (who->body.type != JSON_OBJECT)
        return refused(err, ERR_INPUT, "invalid_json",
                       "Send a JSON object.", "The body is no JSON object");
    return caller_options(who, &who->body, &who->options, err);
}

static enum status
read_body(const struct caller *who, struct error *err)
{
    const struct conf *conf = who->call->service->conf;

    return request_read_body(who->call->request, (size_t)conf->body_bytes,
                             err);
}

enum status
caller_read_object(struct caller *who, struct error *err)
{
    enum status st = read_body(who, err);

    return st == OK ? parse_object(who, err) : st;
}

enum status
caller_read_optional(struct caller *who, struct error *err)
{
    enum status st = read_body(who, err);

    if (st != OK)
        return st;
    return str_trim(who->call->request->body).len
               ? parse_object(who, err) : caller_read_options(who, err);
}

enum status
caller_no_messages(struct error *err)
{
    return refused(err, ERR_INPUT, "missing_field",
                   "Send {\"messages\": [{\"role\": \"user\", \"content\": "
                   "\"...\"}]}.", "Missing required field: messages (must be "
                   "a non-empty array)");
}

struct intake
caller_intake(const struct caller *who, struct arena *a, struct str source)
{
    const struct call *c = who->call;

    return (struct intake){
        .arena = a,
        .piece_tokens = (size_t)c->service->conf->piece_tokens,
        .source = source,
        .session = who->options.session,
        .batch = { .vault_id = who->access.vault_id,
                   .now_ms = c->now_ms,
                   .memories_most = allowance_memories_most(&c->admission,
                                                            &who->access) },
    };
}

enum status
caller_store(struct caller *who, struct intake *in, struct error *err)
{
    struct db      *db = who->call->service->db;
    struct db_conn *conn;
    enum status     st = db_borrow(db, &conn, err);

    if (st != OK)
        return st;
    st = intake_save(in, conn, err);
    db_return(db, conn);
    if (st == ERR_QUOTA)
        st = allowance_no_room(&who->call->admission, &who->access,
                               in->batch.memories, err);
    return st;
}

enum status
caller_query_number(const struct request *r, const char *name, int64_t least,
                    int64_t most, int64_t *number, struct error *err)
{
    if (!request_has_query(r, name) ||
        (str_to_int(request_query(r, name), number) && *number >= least &&
         *number <= most))
        return OK;
    return refused(err, ERR_INPUT, "invalid_request",
                   "Send a whole number within these bounds, or leave it out.",
                   "The parameter %s is no number from %lld to %lld", name,
                   (long long)least, (long long)most);
}

enum status
caller_cursor(const struct request *r, int64_t *beyond, struct error *err)
{
    struct str text = request_query(r, "cursor");

    if (text.len == 0 || (str_to_int(text, beyond) && *beyond >= 0))
        return OK;
    return refused(err, ERR_INPUT, "invalid_request",
                   "Send the next_cursor of the page before.",
                   "The cursor is not usable");
}

void
caller_answer(struct call *c, const char *what, enum status st,
              const struct buf *body, struct error *err)
{
    caller_answer_as(c, 200, what, st, body, err);
}

void
caller_answer_as(struct call *c, int http, const char *what, enum status st,
                 const struct buf *body, struct error *err)
{
    struct error ignored;

    if (st == OK)
        st = buf_finish(body, what, err);
    if (st == ERR_STORE || st == ERR_CONFLICT)
        reply_header_int(c->reply, "Retry-After", 1);
    if (st != OK) {
        log_str(c->access, "error", str_from(err->code));
        if (!err->for_caller)
            log_error(LOG_WARN, what, err);
        routes_answer_error(c, err);
        return;
    }
    request_drain(c->request);
    /* A client that left wants no answer. */
    error_ignore(reply_whole(c->reply, http, "application/json",
                             buf_str(body), &ignored));
}
