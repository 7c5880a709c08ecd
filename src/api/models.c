/* GET /v1/models and its relatives: what the caller's keys can be used for. */
#include "api/endpoints.h"

#include "api/caller.h"
#include "api/model_bodies.h"
#include "store/model.h"
#include "store/provider_key.h"

#include "base/banned.h"

/* What decides which models a caller sees. */
struct view {
    struct call             *call;
    const struct dialect    *dialect;
    struct caller            who;
    struct provider_key_row *keys;         /* of the account */
    size_t                   key_count;
    struct model_row        *models;       /* of all providers */
    size_t                   model_count;
};

static enum status
fetch_rows(struct view *v, struct error *err)
{
    struct db      *db = v->call->service->db;
    struct arena   *a = v->call->request->arena;
    struct db_conn *conn;
    enum status     st = db_borrow(db, &conn, err);

    if (st != OK)
        return st;
    st = provider_key_list(conn, a, v->who.access.account_id, &v->keys,
                           &v->key_count, err);
    if (st == OK)
        st = model_list(conn, a, STR(""), &v->models, &v->model_count, err);
    db_return(db, conn);
    return st;
}

static enum status
open_view(struct view *v, struct error *err)
{
    enum status st = caller_check(v->call, &v->who, err);

    return st == OK ? fetch_rows(v, err) : st;
}

/* A key for it came along, is stored, is the administrator's, or is not
 * needed. */
static bool
can_use(const struct view *v, const struct provider *row)
{
    if (!*row->origin)
        return false;
    if (v->who.credentials.provider_key.len || *row->key ||
        row->flags & PROVIDER_NO_KEY)
        return true;
    for (size_t i = 0; i < v->key_count; i++)
        if (str_equal(v->keys[i].provider, str_from(row->name)))
            return true;
    return false;
}

static void
add_entry(struct model_entries *all, struct arena *a,
          const struct provider *row, const struct model_row *model)
{
    all->list[all->count++] = (struct model_entry){
        .id = arena_printf(a, "%s/%.*s", row->name, STR_ARG(model->name)),
        .name = model->name,
        .provider = row->name,
        .context_tokens = model->context_tokens,
        .since_ms = model->fetched_ms,
        .by_google = row->paths[DIALECT_GOOGLE] != NULL,
    };
}

static void
add_row(const struct view *v, const struct provider *row,
        struct model_entries *all)
{
    struct model_row echo = { .name = STR("echo") };
    struct arena    *a = v->call->request->arena;

    if (!can_use(v, row))
        return;
    if (row->flags & PROVIDER_DEMO)
        add_entry(all, a, row, &echo);
    for (size_t i = 0; i < v->model_count; i++)
        if (str_equal(v->models[i].provider, str_from(row->name)))
            add_entry(all, a, row, &v->models[i]);
}

/* The vendor whose own dialect the caller speaks comes first. */
static bool
is_own(const struct view *v, const struct provider *row)
{
    return (v->dialect->id == DIALECT_ANTHROPIC &&
            strcmp(row->name, "anthropic") == 0) ||
           (v->dialect->id == DIALECT_GOOGLE &&
            strcmp(row->name, "google") == 0);
}

static struct model_entries
collect(const struct view *v)
{
    const struct providers *providers = &v->call->service->providers;
    struct model_entries    all = {
        arena_array(v->call->request->arena, struct model_entry,
                    v->model_count + 1), 0,
    };

    for (size_t i = 0; i < providers->count; i++)
        if (is_own(v, &providers->rows[i]))
            add_row(v, &providers->rows[i], &all);
    for (size_t i = 0; i < providers->count; i++)
        if (!is_own(v, &providers->rows[i]))
            add_row(v, &providers->rows[i], &all);
    return all;
}

static enum status
write_list(const struct view *v, struct buf *b, struct error *err)
{
    const struct request *r = v->call->request;
    struct model_entries  all = collect(v);
    struct model_page     page = { 0, all.count, false };
    enum status           st = OK;

    if (v->dialect->id == DIALECT_GOOGLE) {
        st = model_bodies_google_page(&all, request_query(r, "pageSize"),
                                      request_query(r, "pageToken"), &page,
                                      err);
        if (st == OK)
            model_bodies_google_list(b, &all, &page);
        return st;
    }
    if (v->dialect->id == DIALECT_ANTHROPIC)
        st = model_bodies_page(&all, request_query(r, "limit"),
                               request_query(r, "after_id"),
                               request_query(r, "before_id"), &page, err);
    if (st == OK)
        model_bodies_list(b, r->arena, &all, &page);
    return st;
}

void
models_list(struct call *c)
{
    struct view  v = { .call = c, .dialect = routes_dialect(c->request) };
    struct buf  *b = buf_new(c->request->arena, MODEL_BODIES_MAX_BYTES);
    struct error err;
    enum status  st = open_view(&v, &err);

    if (st == OK)
        st = write_list(&v, b, &err);
    caller_answer(c, "models", st, b, &err);
}

static const struct model_entry *
find_entry(const struct model_entries *all, struct str id)
{
    for (size_t i = 0; i < all->count; i++)
        if (str_equal(all->list[i].id, id))
            return &all->list[i];
    return NULL;
}

/* The id under which a name that leads to a provider is listed; empty when it
 * leads nowhere.  A bare name on Google's paths is Google's. */
static struct str
listed_id(const struct view *v, struct str name)
{
    struct arena *a = v->call->request->arena;
    struct route  route;
    struct error  ignored;

    if (v->dialect->id == DIALECT_GOOGLE &&
        str_find_byte(name, '/') == STR_NOWHERE)
        return arena_printf(a, "google/%.*s", STR_ARG(name));
    if (providers_find(&v->call->service->providers, name, &route,
                       &ignored) != OK)
        return STR_NONE;
    return arena_printf(a, "%s/%.*s", route.provider->name,
                        STR_ARG(route.model));
}

static enum status
write_one(const struct view *v, struct buf *b, struct error *err)
{
    const struct request     *r = v->call->request;
    size_t                    from = str_find(r->path, STR("/models/"));
    struct str                name = request_unescape(
        r, str_slice(r->path, from + strlen("/models/"), r->path.len));
    struct model_entries      all = collect(v);
    const struct model_entry *m = find_entry(&all, name);

    if (!m)
        m = find_entry(&all, listed_id(v, name));
    if (!m)
        return refused(err, ERR_NOT_FOUND, "model_not_found",
                       "GET /v1/models lists the models that your keys can "
                       "be used for.", "There is no model %.*s here",
                       STR_ARG(str_slice(name, 0, 100)));
    if (v->dialect->id == DIALECT_GOOGLE)
        model_bodies_google_one(b, m);
    else
        model_bodies_one(b, r->arena, m);
    return OK;
}

void
models_get(struct call *c)
{
    struct view  v = { .call = c, .dialect = routes_dialect(c->request) };
    struct buf  *b = buf_new(c->request->arena, MODEL_BODIES_MAX_BYTES);
    struct error err;
    enum status  st = open_view(&v, &err);

    if (st == OK)
        st = write_one(&v, b, &err);
    caller_answer(c, "models", st, b, &err);
}
