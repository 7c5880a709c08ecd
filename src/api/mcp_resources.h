/* What a client may read of the vault without a tool. */
#ifndef API_MCP_RESOURCES_H
#define API_MCP_RESOURCES_H

#include "api/mcp.h"

/* Appends the list of those that these rights allow. */
void mcp_resources_add_list(struct buf *b, int rights,
                            enum mcp_version version);

/*
 * Appends the contents of params.uri.
 * Errors   ERR_INPUT for the caller, code "resource_not_found", or
 *          "invalid_params"; ERR_FORBIDDEN for the caller; ERR_STORE
 */
enum status mcp_resources_read(struct mcp *m, const struct json *params,
                               struct buf *b, struct error *err) MUST_CHECK;

#endif
