/* Unpacking gzip, by zlib. */
#include "platform/gunzip.h"

#include <stdlib.h>

#include <zlib.h>

#include "base/banned.h"

enum { GZIP_ONLY = MAX_WBITS + 16 };

struct gunzip {
    z_stream z;
    bool     within;  /* a member */
};

static void
end(void *owner)
{
    struct gunzip *g = owner;

    (void)inflateEnd(&g->z); /* what inflateInit2() made */
}

struct gunzip *
gunzip_new(struct arena *a)
{
    struct gunzip *g = arena_new(a, struct gunzip);

    memset(g, 0, sizeof(*g));
    if (inflateInit2(&g->z, GZIP_ONLY) != Z_OK)
        abort(); /* out of memory */
    arena_defer(a, end, g);
    return g;
}

enum status
gunzip_some(struct gunzip *g, struct str *packed, char *into, size_t max,
            size_t *got, struct error *err)
{
    int code;

    g->within = g->within || packed->len > 0;
    g->z.next_in = (z_const Bytef *)(uintptr_t)packed->ptr;
    g->z.avail_in = (uInt)packed->len;
    g->z.next_out = (Bytef *)into;
    g->z.avail_out = (uInt)max;
    code = inflate(&g->z, Z_NO_FLUSH);
    *got = max - g->z.avail_out;
    *packed = str_slice(*packed, packed->len - g->z.avail_in, packed->len);
    if (code == Z_STREAM_END) {
        (void)inflateReset(&g->z); /* its state is good */
        g->within = false;
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
        return failed(err, ERR_INPUT, "%s",
                      g->z.msg ? g->z.msg : "it needs a dictionary");
    }
    return OK;
}

bool
gunzip_is_whole(const struct gunzip *g)
{
    return !g->within;
}
