/*
 * Messages of JSON-RPC 2.0, as the Model Context Protocol narrows them: ids
 * are strings or whole numbers, parameters are objects.
 *
 * Pure functions; what they give borrows the document.
 */
#ifndef API_JSONRPC_H
#define API_JSONRPC_H

#include "platform/json.h"

enum {
    JSONRPC_ID_MAX_BYTES = 256,
    JSONRPC_BATCH_MAX = 16,     /* messages in one array */
};

enum jsonrpc_kind {
    JSONRPC_REQUEST,
    JSONRPC_NOTIFICATION,  /* wants no answer */
    JSONRPC_RESPONSE,      /* we never asked anything */
};

struct jsonrpc_message {
    enum jsonrpc_kind kind;
    struct str        id;      /* as it is written; "" when there is none */
    struct str        method;  /* "" in a response */
    struct json       params;  /* an object, or of type JSON_NONE */
};

/*
 * Reads one message.
 * Errors   ERR_INPUT for the caller, code "invalid_message" or
 *          "invalid_params"; the id is set as far as it can be used
 */
enum status jsonrpc_read(struct arena *a, const struct json *value,
                         struct jsonrpc_message *message,
                         struct error *err) MUST_CHECK;

/* The number of an error: those of the specifications, -32603 for our own
 * mistakes, and the HTTP status for what they have no number for. */
int jsonrpc_number(const struct error *err);

/* Appends the answer; `result` is JSON. */
void jsonrpc_add_result(struct buf *b, struct str id, struct str result);

/* `facts` is JSON for the member "data"; "": the error's own code and hint. */
void jsonrpc_add_error(struct buf *b, struct str id, const struct error *err,
                       struct str facts);

#endif
