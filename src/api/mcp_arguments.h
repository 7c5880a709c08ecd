/*
 * Arguments of a tool: a table that gives the JSON Schema a client sees, and
 * the check of what it sends.  Pure functions.
 */
#ifndef API_MCP_ARGUMENTS_H
#define API_MCP_ARGUMENTS_H

#include "platform/json.h"

enum mcp_argument_type {
    ARGUMENT_TEXT,    /* not only blanks */
    ARGUMENT_WHOLE,   /* a whole number */
    ARGUMENT_NUMBER,
    ARGUMENT_TIME,    /* ISO 8601; milliseconds since 1970 are taken, too */
    ARGUMENT_IDS,     /* an array of ids */
    ARGUMENT_OBJECT,  /* any object */
};

struct mcp_argument {
    const char            *name;
    enum mcp_argument_type type;
    bool                   required;
    int64_t                least;    /* number, bytes, or count of ids */
    int64_t                most;
    const char            *choices;  /* of a text: "user|assistant", or NULL */
    const char            *about;    /* NULL ends the table */
};

/* Appends the schema of an object that has these members. */
void mcp_arguments_add_schema(struct buf *b,
                              const struct mcp_argument *arguments);

/*
 * Checks an object, or a value of type JSON_NONE, which is an empty one.
 * Errors   ERR_INPUT for the caller, which says what would be right
 */
enum status mcp_arguments_check(struct arena *a,
                                const struct mcp_argument *arguments,
                                const struct json *values,
                                struct error *err) MUST_CHECK;

/* Of an object that was checked; a null is as good as nothing. */
bool mcp_arguments_have(const struct json *values, const char *name);
struct str mcp_arguments_text(struct arena *a, const struct json *values,
                              const char *name);
int64_t mcp_arguments_whole(const struct json *values, const char *name,
                            int64_t otherwise);
double mcp_arguments_number(const struct json *values, const char *name,
                            double otherwise);
int64_t mcp_arguments_time(struct arena *a, const struct json *values,
                           const char *name, int64_t otherwise);

/* The ids without repetitions, *count of them, owned by `a`. */
int64_t *mcp_arguments_ids(struct arena *a, const struct json *values,
                           const char *name, size_t *count);

#endif
