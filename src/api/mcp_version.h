/*
 * The revisions of the Model Context Protocol that are spoken, and which of
 * them a message is meant for.
 *
 * Up to 2025-11-25 a client agrees on one by the method "initialize" and names
 * it in the header MCP-Protocol-Version afterwards.  From 2026-07-28 on every
 * request stands alone: it names its revision in params._meta, and headers
 * repeat what the body says.  No state is kept for either.  Pure functions.
 */
#ifndef API_MCP_VERSION_H
#define API_MCP_VERSION_H

#include "api/jsonrpc.h"

enum mcp_version {
    MCP_2025_03_26,
    MCP_2025_06_18,
    MCP_2025_11_25,
    MCP_2026_07_28,
    MCP_VERSION_COUNT
};

/* What the headers of a request say; "" where there is none. */
struct mcp_headers {
    struct str version;  /* MCP-Protocol-Version */
    struct str method;   /* Mcp-Method */
    struct str name;     /* Mcp-Name */
};

/* "2025-03-26" ... */
const char *mcp_version_name(enum mcp_version version);

/* What "initialize" answers to a client that wants this revision. */
enum mcp_version mcp_version_agreed(struct str wanted);

/*
 * The revision of a whole POST, by its headers alone; without a header it is
 * 2025-03-26, which had none.
 * Errors   ERR_INPUT for the caller, code "unsupported_protocol_version"
 */
enum status mcp_version_of_headers(const struct mcp_headers *headers,
                                   enum mcp_version *version,
                                   struct error *err) MUST_CHECK;

/*
 * The revision of a request, whose body and headers must agree.
 * Errors   ERR_INPUT for the caller, code "header_mismatch",
 *          "unsupported_protocol_version" or "invalid_params"
 */
enum status mcp_version_of_request(struct arena *a,
                                   const struct mcp_headers *headers,
                                   const struct jsonrpc_message *message,
                                   enum mcp_version *version,
                                   struct error *err) MUST_CHECK;

/* Appends the names of all as a JSON array, the newest first. */
void mcp_version_add_names(struct buf *b);

#endif
