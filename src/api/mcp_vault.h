/*
 * The vault's rows as tools need them: each borrows a connection, does one
 * thing in the store, and gives it back.
 *
 * Errors of all   ERR_STORE; ERR_NOT_FOUND where it says so
 */
#ifndef API_MCP_VAULT_H
#define API_MCP_VAULT_H

#include "api/mcp.h"
#include "store/browse.h"
#include "store/forget.h"
#include "store/version.h"

/* Rows as they are browsed; the vault, and since when it keeps, is set
 * here. */
enum status mcp_vault_page(struct mcp *m, struct browse *browse, size_t limit,
                           struct memory_row **rows, size_t *count,
                           struct error *err) MUST_CHECK;

/* One row and what it said before.  ERR_NOT_FOUND: there is none. */
enum status mcp_vault_one(struct mcp *m, int64_t id, struct memory_row *row,
                          struct version **versions, size_t *count,
                          struct error *err) MUST_CHECK;

/* The number of a session; 0 for the core, ERR_NOT_FOUND for none. */
enum status mcp_vault_session(struct mcp *m, struct str name, int64_t *id,
                              struct error *err) MUST_CHECK;

/* Adds to *receipt what went.  ERR_NOT_FOUND: there is no such memory. */
enum status mcp_vault_delete(struct mcp *m, int64_t id,
                             struct forget_receipt *receipt,
                             struct error *err) MUST_CHECK;

enum status mcp_vault_forget(struct mcp *m, struct forget_receipt *receipt,
                             struct error *err) MUST_CHECK;

#endif
