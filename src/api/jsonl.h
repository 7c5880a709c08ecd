/*
 * The lines of a request body, each of at most ENTRY_LINE_MAX_BYTES, one after
 * the other, in constant memory.
 */
#ifndef API_JSONL_H
#define API_JSONL_H

#include "memory/entry.h"
#include "platform/conf.h"
#include "web/request.h"

struct jsonl {
    struct request *request;
    const char     *folder;    /* for what has to wait */
    int             waiting;   /* the file of it; 0: none */
    size_t          most_bytes;
    size_t          bytes;     /* read so far */
    char           *piece;     /* as it came */
    size_t          at, end;   /* of what is left of it */
    struct buf     *line;
    size_t          number;    /* of the line that was given, from 1 */
    bool            too_long;  /* it has more bytes than were kept */
    bool            ended;
};

/* Errors: ERR_TOO_LARGE for the caller: more is announced than option
 * upload_bytes allows. */
enum status jsonl_begin(struct jsonl *l, struct request *request,
                        const struct conf *conf,
                        struct error *err) MUST_CHECK;

/*
 * Takes the whole body in, onto the disk, before any line is looked at: web
 * servers send no more of a body to whom has begun to answer.
 * Errors: ERR_TOO_LARGE, ERR_INPUT for the caller; ERR_STORE
 */
enum status jsonl_take_in(struct jsonl *l, struct error *err) MUST_CHECK;

/*
 * The next line, without its end, good until the next call.
 *
 * more     false: there was none any more
 * Errors   ERR_TOO_LARGE, ERR_INPUT for the caller
 */
enum status jsonl_next(struct jsonl *l, struct str *line, bool *more,
                       struct error *err) MUST_CHECK;

#endif
