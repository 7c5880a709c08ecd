/* Taking in. */
#include "memory/intake.h"

#include "memory/clean.h"
#include "memory/split.h"

#include "base/banned.h"

enum { FIRST_ROOM = 64, BATCH_MOST = 500, BATCH_BYTES = 1 << 20 };

/* A place for one more message. */
static struct batch_message *
next_message(struct intake *in)
{
    struct batch         *b = &in->batch;
    struct batch_message *list;

    if (b->count == in->room) {
        in->room = in->room ? in->room * 2 : FIRST_ROOM;
        list = arena_array(in->arena, struct batch_message, in->room);
        if (b->count)
            memcpy(list, b->list, b->count * sizeof(*list));
        b->list = list;
    }
    return &b->list[b->count++];
}

/* What export wrote was cleaned before it was stored. */
static struct str
clean(const struct intake *in, const struct entry *e, struct str text)
{
    return e->position < 0 ? clean_text(in->arena, text)
                           : clean_again(in->arena, text);
}

/* What it said before belongs to its first piece, by which a message that
 * comes again is known (store/batch.h). */
static void
add_history(struct intake *in, const struct entry *e, struct adding_row *row)
{
    struct version *list = arena_array(in->arena, struct version,
                                       e->history_count);

    for (size_t i = 0; i < e->history_count; i++) {
        struct version *v = &list[row->history_count];

        *v = e->history[i];
        v->text = clean(in, e, v->text);
        row->history_count += v->text.len > 0;
    }
    row->history = list;
    in->versions += row->history_count;
}

/* What export wrote as one piece stays one, unless nobody can have it. */
static void
cut(struct intake *in, const struct entry *e, struct str text,
    struct str **pieces, size_t *count)
{
    if (e->position < 0 || text.len > ENTRY_PIECE_MAX_BYTES) {
        split_text(in->arena, text, in->piece_tokens, pieces, count);
        return;
    }
    *pieces = arena_new(in->arena, struct str);
    **pieces = text;
    *count = 1;
}

static struct adding_row
row_of(const struct intake *in, const struct entry *e, struct str piece)
{
    return (struct adding_row){
        .role = e->role,
        .partial = e->partial,
        .session = e->has_session ? e->session : in->session,
        .author = e->name,
        .text = piece,
        .tokens = (int64_t)split_tokens(piece),
        .occurred_ms = e->timestamp_ms,
        .source = e->source.len ? e->source : in->source,
        .metadata = e->metadata,
    };
}

bool
intake_add(struct intake *in, const struct entry *e)
{
    struct str            text = clean(in, e, e->content);
    struct str           *pieces;
    struct batch_message *m;
    size_t                count;

    if (text.len == 0) {
        in->entries++;
        in->empty++;
        return false;
    }
    cut(in, e, text, &pieces, &count);
    if (in->rows_most && in->rows + count > in->rows_most) {
        in->full = true;
        return false;
    }
    in->entries++;
    in->rows += count;
    in->tokens += split_tokens(text);
    m = next_message(in);
    *m = (struct batch_message){
        .rows = arena_array(in->arena, struct adding_row, count),
        .ids = arena_array(in->arena, int64_t, count),
        .row_count = count,
    };
    for (size_t i = 0; i < count; i++) {
        m->rows[i] = row_of(in, e, pieces[i]);
        m->rows[i].joins = i > 0 || (e->turn && e->turn == in->last_turn);
        m->rows[i].position = (e->position > 0 ? e->position : 0) +
                              (int64_t)i;
    }
    if (e->history_count)
        add_history(in, e, &m->rows[0]);
    in->last_turn = e->turn;
    return true;
}

enum status
intake_save(struct intake *in, struct db_conn *conn, struct error *err)
{
    struct batch *b = &in->batch;
    enum status   st = batch_save(conn, in->arena, b, err);

    for (size_t i = 0; st == OK && i < b->count; i++) {
        in->known += b->list[i].known;
        if (b->list[i].known)
            continue;
        in->pieces += b->list[i].row_count;
        for (size_t k = 0; k < b->list[i].row_count; k++)
            in->stored_tokens += (size_t)b->list[i].rows[k].tokens;
    }
    return st;
}

bool
intake_is_due(const struct intake *in)
{
    return in->batch.count + in->versions >= BATCH_MOST ||
           in->bytes >= BATCH_BYTES;
}

void
intake_clear(struct intake *in)
{
    in->batch.list = NULL;
    in->batch.count = 0;
    in->versions = 0;
    in->bytes = 0;
    in->room = 0;
}
