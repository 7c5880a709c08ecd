/*
 * POST /v1/memory/upload: JSON lines, one memory each, stored in pieces as
 * they come in, so that any number of them takes the same memory.
 *
 * A line that cannot be used is counted and told of; the others are stored.
 * Only when no line at all can be used is the answer an error.
 */
#include "api/endpoints.h"

#include "api/idempotency.h"
#include "api/jsonl.h"
#include "turn/allowance.h"

#include "base/banned.h"

enum {
    ERRORS_TOLD      = 10,
    ERRORS_MAX_BYTES = 16 << 10,
    LINE_TOLD_BYTES  = 100,
    REPLY_MAX_BYTES  = 256 << 10,
};

struct upload {
    struct caller      who;
    struct idempotency idempotency;
    struct intake      intake;
    struct arena       arena;      /* of one batch */
    struct jsonl       lines;
    int64_t            resume_at;  /* the line up to which an upload with the
                                      same Idempotency-Key came, or 0 */
    int64_t            passed;     /* the last line that is stored, told of,
                                      or in the batch */
    size_t             seen;       /* lines that are not blank */
    size_t             bad;        /* of them */
    size_t             errors;     /* told of */
    struct buf        *told;       /* "Line 3: ...", as JSON strings */
    struct error       first;      /* what was wrong first */
    struct str         first_line; /* its beginning */
    bool               progress;   /* is to be told while it goes on */
    bool               telling;    /* the reply has begun */
};

static void
note_bad(struct upload *u, struct str line, const struct error *why)
{
    struct str text = arena_printf(&u->arena, "Line %zu: %s", u->lines.number,
                                   why->text);

    if (u->bad++ == 0) {
        u->first = *why;
        u->first_line = arena_copy(u->who.call->request->arena,
                                   str_slice(line, 0, LINE_TOLD_BYTES));
        error_ignore(refused(&u->first, ERR_INPUT, "invalid_jsonl",
                             why->hint, "Invalid JSONL: Line %zu: %s",
                             u->lines.number, why->text));
    }
    if (u->errors++ >= ERRORS_TOLD)
        return;
    if (u->told->len)
        buf_add_byte(u->told, ',');
    json_add_string(u->told, text);
}

/* Metadata that may come is found again, deeper, in the history of an edited
 * memory's line. */
static size_t
depth_of_line(const struct conf *conf)
{
    size_t depth = (size_t)conf->json_depth + ENTRY_HISTORY_DEPTH;

    return depth < JSON_DEPTH_MAX ? depth : JSON_DEPTH_MAX;
}

static enum status
check_depth(const struct entry *e, const struct conf *conf,
            struct error *err)
{
    struct json ignored;

    return e->metadata.len ? json_parse(e->metadata,
                                        (size_t)conf->json_depth - 1,
                                        &ignored, err) : OK;
}

static enum status
too_long(int most, struct error *err)
{
    return refused(err, ERR_INPUT, "line_too_long", "Send shorter lines.",
                   "the line is larger than %d bytes", most);
}

/* The line as an entry.  The document lives as long as the batch. */
static enum status
read_line(struct upload *u, struct str line, struct entry *e,
          struct error *err)
{
    const struct conf *conf = u->who.call->service->conf;
    struct json        root;
    enum status        st;

    if (u->lines.too_long)
        return too_long(ENTRY_LINE_MAX_BYTES, err);
    st = json_parse(arena_copy(&u->arena, line), depth_of_line(conf), &root,
                    err);
    if (st != OK)
        err->hint = "Send one JSON object a line: {\"content\": \"some "
                    "text\"}.";
    *e = (struct entry){ .timestamp_ms = u->who.call->now_ms,
                         .position = -1 };
    if (st == OK)
        st = entry_read(&u->arena, &root, ENTRY_LINE, e, err);
    if (st == OK && e->history_count == 0 && line.len > ENTRY_PLAIN_MAX_BYTES)
        return too_long(ENTRY_PLAIN_MAX_BYTES, err);
    return st == OK ? check_depth(e, conf, err) : st;
}

/* The reply begins when there is something to tell, so that what cannot be
 * used at all is still refused.  A client that left does not stop the upload,
 * and wants no answer. */
static void
begin_telling(struct upload *u)
{
    struct reply *r = u->who.call->reply;
    struct error  ignored;

    if (u->telling)
        return;
    u->telling = true;
    reply_header(r, "Content-Type", STR("application/x-ndjson"));
    reply_header(r, "X-Accel-Buffering", STR("no"));
    error_ignore(reply_begin(r, &ignored));
}

static void
tell(struct upload *u)
{
    struct error ignored;

    if (!u->progress || u->intake.pieces == 0)
        return;
    begin_telling(u);
    error_ignore(reply_write(
        u->who.call->reply,
        arena_printf(&u->arena, "{\"type\":\"progress\",\"lines\":%zu,"
                     "\"stored\":%zu,\"failed\":%zu}\n", u->lines.number,
                     u->intake.pieces, u->bad), &ignored));
}

/* Commits what is there, and says so to whoever asks again after a crash. */
static enum status
flush(struct upload *u, struct error *err)
{
    struct batch *batch = &u->intake.batch;
    enum status   st = OK;

    if (batch->count > 0) {
        batch->once = u->idempotency.wanted ? &u->idempotency.once : NULL;
        batch->once_at = u->passed;
        st = caller_store(&u->who, &u->intake, err);
        if (st == OK)
            u->idempotency.done_at = batch->once_at;
    }
    if (st == OK)
        tell(u);
    intake_clear(&u->intake);
    arena_reset(&u->arena);
    return st;
}

static enum status
too_many(const struct upload *u, struct error *err)
{
    return refused(err, ERR_TOO_LARGE, "batch_too_large",
                   "Send the lines that are left in another upload.",
                   "There are more than %lld lines",
                   (long long)u->who.call->service->conf->upload_lines);
}

/* An error that comes after some lines were committed says how many. */
static enum status
tell_stored(const struct upload *u, struct error *err)
{
    struct error why = *err;

    if (!err->for_caller || u->intake.pieces == 0)
        return err->status;
    (void)snprintf(err->text, sizeof(err->text),
                   "%.300s; %zu pieces of the lines before were stored",
                   why.text, u->intake.pieces);
    return err->status;
}

/* The vault may fill up on the way; what came before stays. */
static enum status
take_entry(struct upload *u, const struct entry *e, struct error *err)
{
    enum status st;

    if (intake_add(&u->intake, e) || !u->intake.full)
        return OK; /* it counts what is left of it */
    if ((st = flush(u, err)) != OK)
        return st;
    return allowance_no_room(&u->who.call->admission, &u->who.access,
                             u->who.access.vault_memories +
                                 (int64_t)u->intake.rows, err);
}

static enum status
take_line(struct upload *u, struct str line, struct error *err)
{
    struct entry e;
    struct error why;

    u->intake.bytes += line.len;
    if (read_line(u, line, &e, &why) == OK)
        return take_entry(u, &e, err);
    note_bad(u, line, &why);
    return OK;
}

/* What an upload with the same Idempotency-Key stored is only compared. */
static enum status
pass_line(struct upload *u, struct str line, struct error *err)
{
    int64_t     number = (int64_t)u->lines.number;
    bool        blank = !u->lines.too_long && str_trim(line).len == 0;
    enum status st = OK;

    /* Blank ones cost time as well. */
    if (number > u->who.call->service->conf->upload_lines)
        return too_many(u, err);
    u->seen += !blank;
    if (!blank && number > u->resume_at)
        st = take_line(u, line, err);
    if (st != OK)
        return st;
    idempotency_add(&u->idempotency, line);
    u->passed = number;
    if (number == u->resume_at)
        return idempotency_check(&u->idempotency, err);
    if (intake_is_due(&u->intake))
        return flush(u, err);
    return OK;
}

/* Does something with each line, as long as that works. */
static enum status
each_line(struct upload *u,
          enum status (*act)(struct upload *, struct str, struct error *),
          struct error *err)
{
    struct str  line;
    bool        more = true;
    enum status st = OK;

    while (st == OK && more) {
        st = jsonl_next(&u->lines, &line, &more, err);
        if (st == OK && more)
            st = act(u, line, err);
    }
    return st;
}

static enum status
read_lines(struct upload *u, struct error *err)
{
    enum status st = each_line(u, pass_line, err);

    if (st == OK && (int64_t)u->lines.number < u->resume_at)
        st = idempotency_check(&u->idempotency, err);
    if (st == OK)
        st = flush(u, err);
    return st == OK ? OK : tell_stored(u, err);
}

static enum status
compare_line(struct upload *u, struct str line, struct error *err)
{
    (void)err; /* what is compared, at the end, cannot fail before */
    idempotency_add(&u->idempotency, line);
    return OK;
}

/* The body has come before, and has an answer; it is read all the same, to see
 * that it is the same one. */
static enum status
read_again(struct upload *u, struct buf *b, struct error *err)
{
    enum status st = each_line(u, compare_line, err);

    if (st != OK || (st = idempotency_check(&u->idempotency, err)) != OK)
        return st;
    idempotency_mark(u->who.call);
    buf_add(b, u->idempotency.before.reply);
    return OK;
}

/* Nothing at all could be used. */
static enum status
check_any(const struct upload *u, struct error *err)
{
    if (u->seen == 0)
        return refused(err, ERR_INPUT, "empty_body",
                       "Send one JSON object a line: {\"content\": \"some "
                       "text\", \"role\": \"user\", \"timestamp\": "
                       "1770600000000}.", "Empty request body");
    if (u->intake.entries == 0 && u->bad > 0) {
        *err = u->first;
        return err->status;
    }
    if (u->intake.entries > 0 && u->intake.entries == u->intake.empty)
        return refused(err, ERR_INPUT, "no_valid_memories",
                       "Send lines with text that is not only what was "
                       "recalled.", "No valid memories");
    return OK;
}

static void
write_stats(struct buf *b, const struct upload *u)
{
    buf_printf(b, ",\"stats\":{\"inputItems\":%zu,\"inputTokens\":%zu,"
               "\"chunks\":%zu,\"stored\":%zu,\"failed\":%zu,\"total\":%zu,"
               "\"processed\":%zu}", u->seen, u->intake.tokens,
               u->intake.pieces, u->intake.pieces, u->bad, u->seen,
               u->seen - u->bad);
    if (u->errors)
        buf_printf(b, ",\"errors\":[%.*s]", STR_ARG(buf_str(u->told)));
    buf_printf(b, ",\"message\":\"Stored %zu chunks from %zu items (%zu "
               "tokens)\"", u->intake.pieces, u->seen, u->intake.tokens);
}

static void
write_answer(struct buf *b, const struct upload *u)
{
    struct str session = u->who.options.session;

    buf_printf(b, "{\"status\":\"%s\",\"memoryKey\":",
               u->bad ? "partial" : "complete");
    json_add_string(b, caller_key_name(&u->who));
    buf_printf(b, ",\"vault\":\"%s\",\"sessionId\":",
               session.len ? "session" : "core");
    json_add_or_null(b, session);
    write_stats(b, u);
    buf_add_byte(b, '}');
}

/* Answering. */

static bool
wants_progress(const struct call *c)
{
    return str_equal(request_query(c->request, "progress"), STR("true")) ||
           str_find(request_header(c->request, "accept"),
                    STR("application/x-ndjson")) != STR_NOWHERE;
}

/* The last line; an error comes so only when the status line is spent. */
static void
end_telling(struct upload *u, enum status st, const struct buf *b,
             struct error *err)
{
    struct call *c = u->who.call;
    struct buf  *line = buf_new(c->request->arena, REPLY_MAX_BYTES);
    struct error ignored;

    if (st == OK) {
        buf_add(line, STR("{\"type\":\"result\","));
        buf_add(line, str_slice(buf_str(b), 1, b->len));
    } else {
        log_error(LOG_WARN, "upload", err);
        buf_add(line, STR("{\"type\":\"error\",\"error\":{\"code\":"));
        json_add_string(line, str_from(err->code));
        buf_add(line, STR(",\"message\":"));
        json_add_string(line, str_from(error_sentence(err)));
        dialect_end_error(line, err);
        buf_printf(line, ",\"stored\":%zu}", u->intake.pieces);
    }
    buf_add_byte(line, '\n');
    request_drain(c->request);
    error_ignore(reply_write(c->reply, buf_str(line), &ignored));
    reply_finish(c->reply);
}

static enum status
begin(struct upload *u, struct error *err)
{
    struct call *c = u->who.call;
    enum status  st = caller_read_options(&u->who, err);

    if (st == OK)
        st = jsonl_begin(&u->lines, c->request, c->service->conf, err);
    if (st != OK)
        return st;
    u->progress = wants_progress(c);
    u->told = buf_new(c->request->arena, ERRORS_MAX_BYTES);
    u->intake = caller_intake(&u->who, &u->arena, STR("upload"));
    if (u->intake.batch.memories_most > 0)
        u->intake.rows_most = (size_t)(u->intake.batch.memories_most -
                                       u->who.access.vault_memories);
    st = idempotency_begin_parts(&u->who, &u->idempotency, err);
    u->resume_at = u->idempotency.done_at;
    return st;
}

static enum status
store_all(struct upload *u, struct buf *b, struct error *err)
{
    enum status st = u->progress ? jsonl_take_in(&u->lines, err) : OK;

    if (st == OK)
        st = read_lines(u, err);
    if (st == OK)
        st = check_any(u, err);
    if (st == OK)
        write_answer(b, u);
    idempotency_end(&u->who, &u->idempotency, st, 200, buf_str(b));
    log_int(u->who.call->access, "stored", (long long)u->intake.pieces);
    return st;
}

void
memory_upload(struct call *c)
{
    struct upload u = { .arena = ARENA_INIT };
    struct buf   *b = buf_new(c->request->arena, REPLY_MAX_BYTES);
    struct error  err;
    enum status   st = caller_check_writer(c, &u.who, &err);

    if (st == OK)
        st = begin(&u, &err);
    if (st == OK)
        st = u.idempotency.answered ? read_again(&u, b, &err)
                                    : store_all(&u, b, &err);
    if (u.progress && st == OK)
        begin_telling(&u);
    if (u.telling)
        end_telling(&u, st, b, &err);
    else
        caller_answer(c, "upload", st, b, &err);
    arena_release(&u.arena);
}
