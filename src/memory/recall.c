/* From a question to the memories that are injected. */
#include "memory/recall.h"

#include <stdlib.h>

#include "memory/rank.h"
#include "memory/render.h"
#include "memory/tail.h"
#include "platform/clock.h"

#include "base/banned.h"

enum {
    FETCH_MAX = 100,    /* rows that memory_fetch() takes at once */
    HEADER_TOKENS = 16, /* of a hit's date and name, about */
};

struct recall {
    struct tail_cache *tails;
    double             min_score;
};

/* A memory that was chosen and has yet to be fetched. */
struct pick {
    int64_t  seq;
    int64_t  first_id;
    uint64_t same;
    uint32_t tokens;
    double   score;
};

struct picks {
    struct pick *list;  /* best first */
    size_t       count;
};

struct recall *
recall_open(size_t cache_bytes, double min_score)
{
    struct recall *r = alloc_array_or_die(1, sizeof(*r));

    r->tails = tail_open(cache_bytes);
    r->min_score = min_score;
    return r;
}

void
recall_close(struct recall *r)
{
    tail_close(r->tails);
    free(r);
}

void
recall_forget(struct recall *r, int64_t vault_id)
{
    tail_forget(r->tails, vault_id);
}

static enum status
check_deadline(const struct recall_query *q, const char *what,
               struct error *err)
{
    if (clock_tick_us() > q->deadline_us)
        return failed(err, ERR_TIMEOUT, "deadline passed %s", what);
    return OK;
}

/* The session's number: 0 for core, -1 for one that the vault has not. */
static enum status
find_session(struct db *db, struct arena *a, const struct recall_query *q,
             int64_t *session, struct error *err)
{
    struct db_conn *conn;
    enum status     st;

    *session = 0;
    if (q->session.len == 0)
        return OK;
    if ((st = db_borrow(db, &conn, err)) != OK)
        return st;
    st = memory_session(conn, a, q->vault_id, q->session, session, err);
    db_return(db, conn);
    if (st == OK && *session == 0)
        *session = -1;
    return st;
}

static struct match_scope
scope_of(const struct recall_query *q, int64_t session)
{
    struct match_scope scope = { .first = session, .second = session };

    if (q->scope == SCOPE_ALL)
        scope.all = true;
    else if (q->scope == SCOPE_MERGED)
        scope.second = 0;
    return scope;
}

/* The pick that says the same, or NULL. */
static struct pick *
find_same(const struct picks *picks, const struct lexicon_item *item)
{
    for (size_t i = 0; i < picks->count; i++)
        if (picks->list[i].first_id == item->first_id ||
            picks->list[i].same == item->same)
            return &picks->list[i];
    return NULL;
}

/* Takes what is relevant and fits; of those that say the same the newest, at
 * the place of the best. */
static struct picks
pick(struct arena *a, const struct lexicon *lex, const struct ranked *ranked,
     size_t count, const struct recall_query *q)
{
    struct picks picks = { arena_array(a, struct pick, count), 0 };
    size_t       tokens = RENDER_FRAME_TOKENS;

    for (size_t i = 0; i < count; i++) {
        const struct lexicon_item *item = lexicon_item(lex, ranked[i].item);
        struct pick *same = find_same(&picks, item);
        struct pick  new = { item->seq, item->first_id, item->same,
                             item->tokens, ranked[i].score };

        if (!ranked[i].relevant)
            continue;
        if (same && same->seq < new.seq) {
            tokens = tokens - same->tokens + new.tokens;
            new.score = same->score;
            *same = new;
        }
        if (same || picks.count == q->limit ||
            tokens + new.tokens + HEADER_TOKENS > q->token_budget)
            continue;
        tokens += new.tokens + HEADER_TOKENS;
        picks.list[picks.count++] = new;
    }
    return picks;
}

static void
choose(struct recall *r, struct arena *a, struct tail *tail,
       const struct recall_query *q, int64_t session, struct picks *picks)
{
    struct str        text = q->question;
    struct rank_query rank = {
        .scope = scope_of(q, session),
        .keep = 2 * q->limit + 32, /* some say the same */
        .min_score = r->min_score,
    };
    struct ranked        *ranked;
    size_t                count;
    const struct lexicon *lex = tail_read(tail);

    /* What is asked stands at the end of a long text. */
    rank.question = text.len <= QUERY_MAX_BYTES
                        ? text
                        : str_slice(text, text.len - QUERY_MAX_BYTES,
                                    text.len);
    rank_find(lex, a, &rank, &ranked, &count);
    *picks = pick(a, lex, ranked, count, q);
    tail_done(tail);
}

static const struct memory_row *
find_row(const struct memory_row *rows, size_t count, int64_t seq)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].seq == seq)
            return &rows[i];
    return NULL;
}

/* What is there to say, and how much more may be said. */
struct saying {
    struct hit *hits;
    size_t      count;
    size_t      tokens;
};

static enum status
fetch_some(struct db_conn *conn, struct arena *a, int64_t vault_id,
           const struct pick *picks, size_t count, struct saying *s,
           struct error *err)
{
    struct memory_row *rows;
    size_t             row_count;
    int64_t            seqs[FETCH_MAX];
    enum status        st;

    for (size_t i = 0; i < count; i++)
        seqs[i] = picks[i].seq;
    st = memory_fetch(conn, a, vault_id, seqs, count, &rows, &row_count, err);
    if (st != OK)
        return st;
    for (size_t i = 0; i < count; i++) {
        const struct memory_row *row = find_row(rows, row_count,
                                                picks[i].seq);
        struct hit hit = { .score = picks[i].score };
        size_t     tokens;

        if (!row)
            continue;
        hit.row = *row;
        tokens = render_tokens(&hit);
        if (tokens > s->tokens)
            continue;
        s->tokens -= tokens;
        s->hits[s->count++] = hit;
    }
    return OK;
}

/* The texts of what was chosen, as far as it still exists. */
static enum status
fetch(struct db *db, struct arena *a, const struct recall_query *q,
      const struct picks *picks, struct saying *s, struct error *err)
{
    struct db_conn *conn;
    enum status     st = db_borrow(db, &conn, err);

    if (st != OK)
        return st;
    for (size_t i = 0; i < picks->count && st == OK; i += FETCH_MAX) {
        size_t left = picks->count - i;

        st = fetch_some(conn, a, q->vault_id, picks->list + i,
                        left < FETCH_MAX ? left : FETCH_MAX, s, err);
    }
    db_return(db, conn);
    return st;
}

enum status
recall_find(struct recall *r, struct db *db, struct arena *a,
            const struct recall_query *q, struct hit **hits, size_t *count,
            struct error *err)
{
    struct tail_wanted wanted = { q->vault_id, q->epoch, q->purge_epoch,
                                  q->deadline_us };
    struct picks  picks = { NULL, 0 };
    struct saying s = { NULL, 0, 0 };
    struct tail  *tail;
    int64_t       session;
    enum status   st;

    if ((st = find_session(db, a, q, &session, err)) != OK)
        return st;
    if ((st = tail_borrow(r->tails, db, &wanted, &tail, err)) != OK)
        return st;
    st = check_deadline(q, "before the search", err);
    if (st == OK)
        choose(r, a, tail, q, session, &picks);
    tail_return(r->tails, tail);
    if (st != OK || (st = check_deadline(q, "in the search", err)) != OK)
        return st;
    s.hits = arena_array(a, struct hit, picks.count);
    if (q->token_budget > RENDER_FRAME_TOKENS)
        s.tokens = q->token_budget - RENDER_FRAME_TOKENS;
    if (picks.count && (st = fetch(db, a, q, &picks, &s, err)) != OK)
        return st;
    *hits = s.hits;
    *count = s.count;
    return OK;
}
