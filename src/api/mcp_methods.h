/* Methods that a client may call.  THE TABLE of them is in mcp_methods.c. */
#ifndef API_MCP_METHODS_H
#define API_MCP_METHODS_H

#include "api/mcp.h"

/*
 * Appends the result, a JSON object.
 * Errors   for the caller ERR_NOT_FOUND, code "method_not_found", ERR_INPUT,
 *          ERR_FORBIDDEN; ERR_STORE
 */
enum status mcp_methods_run(struct mcp *m,
                            const struct jsonrpc_message *message,
                            struct buf *b, struct error *err) MUST_CHECK;

/* The name as it stands in the table, or "other": for the log. */
const char *mcp_methods_name(struct str method);

#endif
