/*
 * Tools that change the vault.  Each takes arguments that were checked against
 * its row of mcp_tools.c and appends a JSON object.
 *
 * Errors of all   ERR_STORE; for the caller ERR_INPUT
 */
#ifndef API_MCP_WRITE_H
#define API_MCP_WRITE_H

#include "api/mcp.h"

/* Remembers a text. */
enum status mcp_write_store(struct mcp *m, const struct json *arguments,
                            struct buf *b, struct error *err) MUST_CHECK;

/* Forgets the memories with these ids, and tells what is left of them. */
enum status mcp_write_delete(struct mcp *m, const struct json *arguments,
                             struct buf *b, struct error *err) MUST_CHECK;

/* Forgets all of the vault. */
enum status mcp_write_forget(struct mcp *m, const struct json *arguments,
                             struct buf *b, struct error *err) MUST_CHECK;

#endif
