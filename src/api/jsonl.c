/* Lines of a body. */
#include "api/jsonl.h"

#include "base/buf.h"
#include "platform/tempfile.h"

#include "base/banned.h"

enum { PIECE_BYTES = 64 << 10 };

static enum status
too_large(const struct jsonl *l, struct error *err)
{
    return refused(err, ERR_TOO_LARGE, "request_too_large",
                   "Send it in several uploads.",
                   "The request body is larger than %zu bytes",
                   l->most_bytes);
}

enum status
jsonl_begin(struct jsonl *l, struct request *request,
            const struct conf *conf, struct error *err)
{
    *l = (struct jsonl){
        .request = request,
        .folder = conf->state_dir,
        .most_bytes = (size_t)conf->upload_bytes,
        .piece = arena_alloc(request->arena, PIECE_BYTES),
        .line = buf_new(request->arena, ENTRY_LINE_MAX_BYTES),
    };
    if (request_announced(request) > conf->upload_bytes)
        return too_large(l, err);
    return OK;
}

/* Bytes as they come in; l->end is 0 when there are none any more. */
static enum status
receive(struct jsonl *l, struct error *err)
{
    enum status st = request_read_piece(l->request, l->piece, PIECE_BYTES,
                                        &l->end, err);

    l->bytes += l->end;
    if (st == OK && l->bytes > l->most_bytes)
        st = too_large(l, err);
    return st;
}

static enum status
read_piece(struct jsonl *l, struct error *err)
{
    l->at = 0;
    return l->waiting ? tempfile_read(l->waiting, l->piece, PIECE_BYTES,
                                      &l->end, err)
                      : receive(l, err);
}

enum status
jsonl_take_in(struct jsonl *l, struct error *err)
{
    enum status st = tempfile_new(l->request->arena, l->folder, &l->waiting,
                                  err);

    while (st == OK && (st = receive(l, err)) == OK && l->end > 0)
        st = tempfile_write(l->waiting, (struct str){ l->piece, l->end },
                            err);
    return st == OK ? tempfile_rewind(l->waiting, err) : st;
}

/* Up to the end of the line or of the piece; true when the line is whole. */
static bool
take(struct jsonl *l)
{
    struct str rest = { l->piece + l->at, l->end - l->at };
    size_t     stop = str_find_byte(rest, '\n');
    size_t     len = stop == STR_NOWHERE ? rest.len : stop;

    buf_add(l->line, str_slice(rest, 0, len));
    l->at += len + (stop != STR_NOWHERE);
    return stop != STR_NOWHERE;
}

enum status
jsonl_next(struct jsonl *l, struct str *line, bool *more, struct error *err)
{
    bool        whole = false;
    enum status st = OK;

    buf_clear(l->line);
    while (!whole && !l->ended) {
        if (l->at == l->end && (st = read_piece(l, err)) != OK)
            return st;
        l->ended = l->end == 0;
        if (!l->ended)
            whole = take(l);
    }
    *more = whole || l->line->len > 0;
    l->number += *more;
    l->too_long = l->line->full;
    *line = buf_str(l->line);
    return OK;
}
