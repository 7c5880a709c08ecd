/*
 * The tools that a model sees.  THE TABLE of them is in mcp_tools.c; what they
 * do is in mcp_read.c and mcp_write.c.
 */
#ifndef API_MCP_TOOLS_H
#define API_MCP_TOOLS_H

#include "api/mcp.h"

/* Appends the list of those that these rights allow, as far as the revision
 * has words for them. */
void mcp_tools_add_list(struct buf *b, int rights, enum mcp_version version);

/*
 * Does what params.name says with params.arguments, and appends the members of
 * the result.  What the model can put right is a result, too, with isError.
 *
 * Errors   ERR_INPUT for the caller, code "invalid_params": no such tool;
 *          ERR_FORBIDDEN for the caller: not with this key; ERR_STORE
 */
enum status mcp_tools_call(struct mcp *m, const struct json *params,
                           struct buf *b, struct error *err) MUST_CHECK;

/* The name of the i-th tool and what it needs; NULL past the last. */
const char *mcp_tools_name(size_t i, int *needs);

#endif
