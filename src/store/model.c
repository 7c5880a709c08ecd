/* The catalogue of chat models. */
#include "store/model.h"

#include "base/banned.h"

/* A date at the end of a snapshot's name; 0 stands for any digit, - for
 * itself or, at the beginning, for @. */
static const char *const dates[] = { "-0000-00-00", "-00000000" };

static bool
ends_like(struct str name, struct str pattern)
{
    size_t from = name.len - pattern.len;

    if (name.len <= pattern.len)
        return false;
    for (size_t i = 0; i < pattern.len; i++) {
        char c = name.ptr[from + i];

        if (pattern.ptr[i] == '0' ? c < '0' || c > '9'
                                  : c != '-' && !(i == 0 && c == '@'))
            return false;
    }
    return true;
}

struct str
model_undated(struct str name)
{
    for (size_t i = 0; i < COUNT(dates); i++)
        if (ends_like(name, str_from(dates[i])))
            return str_slice(name, 0, name.len - strlen(dates[i]));
    return name;
}

enum status
model_list(struct db_conn *conn, struct arena *a, struct str provider,
           struct model_row **list, size_t *count, struct error *err)
{
    struct db_value params[] = { DB_T(provider), DB_T(provider) };
    struct db_rows  rows;
    enum status     st = db_run(conn, a, SQL_MODEL_LIST, params,
                                COUNT(params), &rows, err);

    if (st != OK)
        return st;
    *list = arena_array(a, struct model_row, rows.count);
    *count = rows.count;
    for (size_t i = 0; i < rows.count; i++) {
        const struct db_value *v = db_at(&rows, i, 0);

        (*list)[i] = (struct model_row){
            .provider = v[0].text,
            .name = v[1].text,
            .context_tokens = v[2].number,
            .input_price = v[3].number,
            .output_price = v[4].number,
            .fetched_ms = v[5].number,
        };
    }
    return OK;
}

static struct db_value
known(int64_t number, bool is_known)
{
    return is_known ? DB_I(number) : DB_NIL;
}

enum status
model_save(struct db_conn *conn, const struct model_row *row,
           struct error *err)
{
    struct db_value params[] = {
        DB_T(row->provider), DB_T(row->name),
        known(row->context_tokens, row->context_tokens > 0),
        known(row->input_price, row->input_price >= 0),
        known(row->output_price, row->output_price >= 0),
        DB_I(row->fetched_ms),
    };

    return db_run(conn, NULL, SQL_MODEL_SAVE, params, COUNT(params), NULL,
                  err);
}

enum status
model_context_tokens(struct db_conn *conn, struct arena *a,
                     struct str provider, struct str name, int64_t *tokens,
                     struct error *err)
{
    struct db_value params[] = {
        DB_T(provider), DB_T(name), DB_T(model_undated(name)),
    };
    struct db_rows rows;
    enum status    st = db_run(conn, a, SQL_MODEL_CONTEXT, params,
                               COUNT(params), &rows, err);

    if (st != OK)
        return st;
    *tokens = rows.count ? db_at(&rows, 0, 0)->number : 0;
    return OK;
}
