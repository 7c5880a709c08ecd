/*
 * A memory as a JSON object, the one shape in which memories come and go:
 * upload, ingest, search results, lists, export and import.
 *
 *     {"content":"I moved to Oslo.","role":"user","name":"Ann",
 *      "timestamp":1770600000000,"session_id":"trip","metadata":{"k":1}}
 *
 * What export writes beside that (source, turn, position, partial, history)
 * is read again, so that nothing is lost on the way.  Pure functions.
 */
#ifndef MEMORY_ENTRY_H
#define MEMORY_ENTRY_H

#include "platform/json.h"
#include "store/memory.h"
#include "store/version.h"

enum {
    ENTRY_METADATA_MAX_BYTES = 4096,
    ENTRY_CONTENT_MAX_BYTES  = 1 << 20,
    ENTRY_PIECE_MAX_BYTES    = 32 << 10,  /* of a memory that stays whole */
    ENTRY_LINE_MAX_BYTES     = 8 << 20,   /* of any line of an export */
    ENTRY_PLAIN_MAX_BYTES    = 1 << 20,   /* of a line without history */
    ENTRY_HISTORY_DEPTH      = 2,         /* of a version in its line */
};

/* What an object says; all of it borrows the document or is owned by the
 * arena. */
struct entry {
    struct str content;
    enum role  role;
    struct str name;
    int64_t    timestamp_ms;
    struct str session;     /* "" = core */
    bool       has_session; /* it says so, or that there is none */
    struct str metadata;    /* one line of JSON, or "" */
    struct str source;      /* "" unless it says so */
    int64_t    turn;        /* entries of one turn have the same; 0: none */
    int64_t    position;    /* of a piece, as export wrote it; -1: a message */
    bool       partial;

    const struct version *history; /* what it said before */
    size_t                history_count;
};

/* Which members an object must have, or may have. */
enum entry_kind {
    ENTRY_LINE,     /* unknown members are ignored */
    ENTRY_MESSAGE,  /* the same, and content is not read: it may be a list */
    ENTRY_STRICT,   /* unknown and repeated members are refused */
    ENTRY_PATCH,    /* the same, and content may be missing */
    ENTRY_VERSION,  /* of a line: only what an edit changes is read */
};

/*
 * Reads an object.  What it leaves out stays as *e has it.
 *
 * Errors   ERR_INPUT for the caller, with what is wrong and what would be
 *          right
 */
enum status entry_read(struct arena *a, const struct json *object,
                       enum entry_kind kind, struct entry *e,
                       struct error *err) MUST_CHECK;

/* A JSON value as a time: milliseconds since 1970, or ISO 8601. */
bool entry_time(struct arena *a, const struct json *value, int64_t *ms);

/* The same in a text. */
bool entry_time_text(struct str text, int64_t *ms);

/* The role of this name, in any dialect. */
bool entry_role(struct str name, enum role *role);

/* A session id without blanks around it: headers come so, and what is stored
 * under one spelling is found, and forgotten, under the other. */
struct str entry_session(struct str name);

/* A session id that can be one: at most 255 bytes of UTF-8 without control
 * characters. */
bool entry_is_session(struct str session);

/* Appends the members of a whole row, without braces. */
void entry_add(struct buf *b, const struct memory_row *row);

/* Appends the row, and what it said before, as a line of an export. */
void entry_add_line(struct buf *b, const struct memory_row *row,
                    const struct version *history, size_t history_count);

#endif
