/* From a finished turn to what is stored of it. */
#include "turn/capture.h"

#include "base/utf8.h"
#include "memory/clean.h"
#include "memory/split.h"
#include "platform/clock.h"
#include "store/notes.h"
#include "store/receipt.h"
#include "turn/allowance.h"

#include "base/banned.h"

/* The pieces so far, with room for `count` more. */
static struct exchange_piece *
more_pieces(struct turn *t, size_t count)
{
    struct exchange       *x = &t->exchange;
    struct exchange_piece *pieces = arena_array(
        t->arena, struct exchange_piece, x->piece_count + count);

    if (x->piece_count)
        memcpy(pieces, x->pieces, x->piece_count * sizeof(*pieces));
    return pieces;
}

static void
add_pieces(struct turn *t, enum role role, struct str author, struct str text)
{
    struct exchange *x = &t->exchange;
    struct str      *pieces;
    size_t           count;

    text = clean_text(t->arena, text);
    if (text.len == 0)
        return;
    split_text(t->arena, text, (size_t)t->service->conf->piece_tokens,
               &pieces, &count);
    x->pieces = more_pieces(t, count);
    for (size_t i = 0; i < count && x->piece_count < EXCHANGE_PIECES_MAX; i++)
        x->pieces[x->piece_count++] = (struct exchange_piece){
            .role = role,
            .author = author,
            .text = pieces[i],
            .tokens = (int64_t)split_tokens(pieces[i]),
            .position = (int64_t)i,
        };
}

/* A good reply, or what there is of a stream.  Who got no reply asks again;
 * then the turn is not to be stored twice. */
static bool
was_answered(const struct turn *t)
{
    return t->reply->status >= 200 && t->reply->status < 300 &&
           (t->complete || t->event_stream);
}

static void
fill_usage(struct turn *t)
{
    struct exchange_usage *u = &t->exchange.usage;
    struct reading        *r = &t->reading;
    int64_t                now_us = clock_tick_us();

    u->provider = str_from(t->route.provider->name);
    u->model = t->route.model;
    u->dialect = str_from(t->dialect->name);
    u->http_status = t->reply->status;
    u->estimated = r->input_tokens < 0 || r->output_tokens < 0;
    u->input_tokens = r->input_tokens;
    u->output_tokens = r->output_tokens;
    if (u->estimated && was_answered(t)) {
        u->input_tokens = (int64_t)split_tokens(t->body);
        u->output_tokens = (int64_t)split_tokens(buf_str(&r->text));
    }
    if (!was_answered(t))
        u->input_tokens = u->output_tokens = 0;
    u->partial = was_answered(t) && !t->complete && !r->done;
    u->memories = t->memories.memories;
    u->memory_tokens = t->memories.tokens;
    u->recall_ms = t->stage_ms[STAGE_RECALL];
    u->provider_ms = t->stage_ms[STAGE_FORWARD];
    u->total_ms = (now_us - t->start_us) / 1000;
}

/* "id:score,id:score"; what a tool loop was given before has no scores. */
static struct str
injected(struct turn *t)
{
    struct buf *b;

    if (t->kept || t->memories.memories == 0)
        return t->memories.ids;
    b = buf_new(t->arena, RECEIPT_INJECTED_MAX_BYTES);
    for (size_t i = 0; i < t->found.count; i++)
        buf_printf(b, "%s%lld:%.4f", i ? "," : "",
                   (long long)t->found.hits[i].row.id,
                   rank_share(t->found.hits[i].score));
    return buf_str(b);
}

/* All but the usage. */
static void
collect(struct turn *t)
{
    struct exchange *x = &t->exchange;

    *x = (struct exchange){
        .request_id = t->request_id,
        .account_id = t->access.account_id,
        .key_id = t->access.key_id,
        .vault_id = t->access.vault_id,
        .session = t->options.session,
        .source = STR("chat"),
        .now_ms = t->now_ms,
        .note_key = key_note_due(&t->access, t->now_ms),
        .receipt = t->service->conf->receipt_days > 0,
        .injected = injected(t),
    };
    if (t->kind != TURN_CHAT || !options_stores(&t->options) ||
        !was_answered(t))
        return;
    if (t->options.store_user && t->prompt.storable)
        add_pieces(t, ROLE_USER, clean_name(t->arena, t->prompt.author),
                   t->prompt.question);
    /* The demo provider only repeats what is remembered already. */
    if (t->options.store_reply && !(t->route.provider->flags & PROVIDER_DEMO))
        add_pieces(t, ROLE_ASSISTANT, STR_NONE, buf_str(&t->reading.text));
}

/* Whether the note, and so the exchange, has all that was read. */
static bool
is_noted(const struct turn *t)
{
    return t->note && t->noted_bytes == t->reading.text.len;
}

void
capture_exchange(struct turn *t)
{
    if (!is_noted(t))
        collect(t);
    fill_usage(t);
}

/* Whoever asks next would miss what the turn leaves: its texts, or its tokens
 * in a quota. */
static void
raise_vault(struct turn *t)
{
    bool stores = t->kind == TURN_CHAT && options_stores(&t->options);

    if (t->raised || t->graced ||
        !(stores || allowance_has_tokens(t->service->conf, &t->access)))
        return;
    /* Now, not at the turn's beginning: a long one would be stale at once. */
    pending_raise(t->service->pending, t->access.vault_id, clock_now_ms());
    t->raised = true;
}

void
capture_ahead(struct turn *t)
{
    struct error err;

    raise_vault(t);
    if (is_noted(t))
        return;
    capture_exchange(t);
    t->noted_bytes = t->reading.text.len;
    if (notes_write(t->service->notes, t->arena, &t->exchange, &t->note,
                   &err) != OK)
        log_error(LOG_WARN, "note", &err);
}

/* In the database, else durably in the spool. */
static enum status
store(struct turn *t, struct error *err)
{
    struct error why;
    enum status  st = exchange_save(t->service->db, t->arena, &t->exchange,
                                    &why);

    if (st == ERR_STORE) {
        log_error(LOG_WARN, "spooled", &why);
        return spool_write(t->arena, t->service->conf->state_dir,
                           &t->exchange, err);
    }
    if (st != OK)
        *err = why;
    return st;
}

enum status
capture_save(struct turn *t, struct error *err)
{
    enum status st = store(t, err);

    if (t->raised)
        pending_lower(t->service->pending, t->access.vault_id);
    notes_clear(t->service->notes, t->note);
    t->note = NULL;
    return st;
}
