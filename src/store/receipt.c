/* Receipts of requests. */
#include "store/receipt.h"

#include "platform/clock.h"
#include "platform/crypto.h"

#include "base/banned.h"

enum {
    SWEEP_ROWS = 1000,  /* of one statement */
    SWEEPS     = 60,
};

enum status
receipt_add(struct db_conn *conn, struct arena *a,
            const struct receipt_add *row, struct error *err)
{
    uint8_t         id[CRYPTO_REQUEST_ID_BYTES];
    struct db_value params[] = {
        DB_B(id, sizeof(id)), DB_I(row->vault_id), DB_I(row->now_ms),
        DB_T(row->injected), row->stored ? DB_I(row->first_id) : DB_NIL,
        DB_I((int64_t)row->stored),
    };
    enum status     st = crypto_request_id(row->request_id, id, err);

    return st == OK ? db_run(conn, a, SQL_RECEIPT_ADD, params, COUNT(params),
                             NULL, err) : st;
}

/* -1 for NULL. */
static int64_t
time_of(const struct db_value *value)
{
    return value->type == DB_NULL ? -1 : value->number;
}

static struct receipt
read_row(const struct db_rows *rows)
{
    return (struct receipt){
        .created_ms = db_at(rows, 0, 0)->number,
        .provider = db_at(rows, 0, 1)->text,
        .model = db_at(rows, 0, 2)->text,
        .dialect = db_at(rows, 0, 3)->text,
        .http_status = db_at(rows, 0, 4)->number,
        .input_tokens = db_at(rows, 0, 5)->number,
        .output_tokens = db_at(rows, 0, 6)->number,
        .estimated = db_at(rows, 0, 7)->number != 0,
        .partial = db_at(rows, 0, 8)->number != 0,
        .memory_tokens = db_at(rows, 0, 9)->number,
        .recall_ms = time_of(db_at(rows, 0, 10)),
        .provider_ms = time_of(db_at(rows, 0, 11)),
        .total_ms = db_at(rows, 0, 12)->number,
        .injected = db_at(rows, 0, 13)->text,
        .first_id = db_at(rows, 0, 14)->number,
        .stored = db_at(rows, 0, 15)->number,
    };
}

enum status
receipt_find(struct db_conn *conn, struct arena *a, int64_t vault_id,
             struct str request_id, int64_t oldest_ms,
             struct receipt *receipt, struct error *err)
{
    uint8_t         id[CRYPTO_REQUEST_ID_BYTES];
    struct db_value params[] = { DB_B(id, sizeof(id)), DB_I(vault_id),
                                 DB_I(oldest_ms) };
    struct db_rows  rows;
    enum status     st;

    if (!crypto_from_hex(request_id, id, sizeof(id)))
        return failed(err, ERR_NOT_FOUND, "a request id is 32 hex digits");
    st = db_run(conn, a, SQL_RECEIPT_FIND, params, COUNT(params), &rows, err);
    if (st != OK)
        return st;
    if (rows.count == 0)
        return failed(err, ERR_NOT_FOUND, "the vault has no such request");
    *receipt = read_row(&rows);
    return OK;
}

int64_t
receipt_oldest(const struct conf *conf, int64_t now_ms)
{
    return now_ms - conf->receipt_days * CLOCK_DAY_MS;
}

enum status
receipt_sweep(struct db_conn *conn, struct arena *a, int64_t oldest_ms,
              struct error *err)
{
    struct db_value params[] = { DB_I(oldest_ms) };

    for (int i = 0; i < SWEEPS; i++) {
        enum status st = db_run(conn, a, SQL_RECEIPT_SWEEP, params,
                                COUNT(params), NULL, err);

        if (st != OK || db_affected(conn) < SWEEP_ROWS)
            return st;
    }
    return OK;
}
