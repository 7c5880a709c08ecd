/*
 * Tools that only read.  Each takes arguments that were checked against its
 * row of mcp_tools.c and appends a JSON object.
 *
 * Errors of all   ERR_STORE, ERR_TIMEOUT; for the caller ERR_INPUT and
 *                 ERR_NOT_FOUND
 */
#ifndef API_MCP_READ_H
#define API_MCP_READ_H

#include "api/mcp.h"

/* What fits a question best. */
enum status mcp_read_search(struct mcp *m, const struct json *arguments,
                            struct buf *b, struct error *err) MUST_CHECK;

/* The same, with the reasons for each candidate. */
enum status mcp_read_explain(struct mcp *m, const struct json *arguments,
                             struct buf *b, struct error *err) MUST_CHECK;

/* What was said in a range of time. */
enum status mcp_read_dated(struct mcp *m, const struct json *arguments,
                           struct buf *b, struct error *err) MUST_CHECK;

/* All that is known of one memory. */
enum status mcp_read_inspect(struct mcp *m, const struct json *arguments,
                             struct buf *b, struct error *err) MUST_CHECK;

/* Counts of the vault.  `arguments` is not looked at. */
enum status mcp_read_status(struct mcp *m, const struct json *arguments,
                            struct buf *b, struct error *err) MUST_CHECK;

/* What was remembered last.  `arguments` is not looked at. */
enum status mcp_read_recent(struct mcp *m, const struct json *arguments,
                            struct buf *b, struct error *err) MUST_CHECK;

#endif
