/*
 * One POST to the endpoint of the Model Context Protocol, as its methods and
 * tools see it: whose vault, and what may be done with it.
 *
 * Each POST is complete in itself, so any worker of any node serves it: no
 * session is made, and none is looked for.
 */
#ifndef API_MCP_H
#define API_MCP_H

#include "api/caller.h"
#include "api/mcp_version.h"

/* What a key may do here; bits. */
enum mcp_right {
    MCP_READ = 1,
    MCP_WRITE = 2,
};

/* Longest result of one method. */
enum { MCP_RESULT_MAX_BYTES = 16 << 20 };

struct mcp {
    struct caller    who;       /* no body was read into it */
    struct arena    *arena;
    int              rights;
    enum mcp_version version;   /* of the message that is served */
};

#endif
