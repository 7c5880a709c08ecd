/* Downloading with resumption. */
#include "admin/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin/progress.h"
#include "platform/conf.h"
#include "platform/crypto.h"
#include "platform/mapped.h"

#include "base/banned.h"

enum { REDIRECTS_MAX = 8, TRIES_MAX = 8, TAG_MAX_BYTES = 300 };

/* One download. */
struct job {
    const struct fetch *fetch;
    const char         *url;       /* of the redirect that is followed */
    const char         *part;
    const char         *tag_path;
    int                 fd;        /* of the part */
    int64_t             have;      /* bytes in it */
    int64_t             total;     /* 0: nobody said */
    struct str          tag;       /* the version that is offered, or empty */
    struct str          tag_before;/* of the part */
    struct str          location;  /* of a redirect */
    bool                stale;     /* the part belongs to something else */
    struct progress     progress;
};

static enum status
disk_error(const char *path, struct error *err)
{
    return failed(err, ERR_INTERNAL, "%s: %s", path, strerror(errno));
}

/* The part. */

static enum status
start_over(struct job *j, struct error *err)
{
    j->have = 0;
    j->stale = false;
    j->tag_before = STR_NONE;
    if (ftruncate(j->fd, 0) != 0)
        return disk_error(j->part, err);
    return OK;
}

static enum status
open_part(struct job *j, struct error *err)
{
    struct stat  facts;
    struct error ignored;

    j->fd = open(j->part, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (j->fd < 0 || fstat(j->fd, &facts) != 0)
        return disk_error(j->part, err);
    j->have = facts.st_size;
    if (conf_read_file(j->fetch->arena, j->tag_path, TAG_MAX_BYTES,
                       &j->tag_before, &ignored) != OK ||
        j->tag_before.len == 0)
        return start_over(j, err); /* a part of nobody knows what */
    return OK;
}

static enum status
save_tag(struct job *j, struct error *err)
{
    int  fd = open(j->tag_path,
                   O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
                   0644);
    bool good = fd >= 0 && write(fd, j->tag.ptr ? j->tag.ptr : "",
                                 j->tag.len) == (ssize_t)j->tag.len;

    if (!good)
        error_ignore(disk_error(j->tag_path, err));
    if (fd >= 0)
        (void)close(fd); /* what is lost costs a download, no more */
    return good ? OK : ERR_INTERNAL;
}

/* Replies. */

static void
note_version(struct job *j, const struct http_headers *headers)
{
    struct str linked = http_header(headers, "X-Linked-Etag");
    struct str size = http_header(headers, "X-Linked-Size");
    int64_t    bytes;

    /* Where Hugging Face redirects, this is the file's; the ETag of the last
     * reply is some cache's. */
    if (!linked.len && !j->tag.len)
        linked = http_header(headers, "ETag");
    if (linked.len && linked.len <= TAG_MAX_BYTES)
        j->tag = linked;
    if (str_to_int(size, &bytes) && bytes > 0)
        j->total = bytes;
}

/* "bytes 100-999/1000" */
static bool
read_range(struct str range, int64_t *from, int64_t *total)
{
    struct str span, all, first, last;

    return str_starts_nocase(range, STR("bytes ")) &&
           str_cut(str_slice(range, 6, range.len), '/', &span, &all) &&
           str_cut(span, '-', &first, &last) && str_to_int(first, from) &&
           str_to_int(all, total);
}

static enum status
agree_on_total(struct job *j, int64_t total, struct error *err)
{
    if (j->total && total && j->total != total)
        return failed(err, ERR_UPSTREAM, "%lld bytes come where %lld were "
                      "announced", (long long)total, (long long)j->total);
    if (total)
        j->total = total;
    if (j->total > (int64_t)j->fetch->max)
        return failed(err, ERR_TOO_LARGE, "it is larger than %zu bytes",
                      j->fetch->max);
    return OK;
}

static enum status
begin_whole(struct job *j, const struct http_headers *headers,
            struct error *err)
{
    int64_t     total = 0;
    enum status st = start_over(j, err);

    if (st == OK)
        st = save_tag(j, err);
    if (st != OK)
        return st;
    (void)str_to_int(http_header(headers, "Content-Length"), &total);
    return agree_on_total(j, total, err);
}

static enum status
begin_rest(struct job *j, const struct http_headers *headers,
           struct error *err)
{
    int64_t from, total;

    if (!read_range(http_header(headers, "Content-Range"), &from, &total) ||
        from != j->have || !str_equal(j->tag, j->tag_before)) {
        j->stale = true;
        return failed(err, ERR_UPSTREAM, "it changed since a part of it was "
                      "fetched");
    }
    return agree_on_total(j, total, err);
}

static enum status
on_head(void *owner, int status, const struct http_headers *headers,
        struct error *err)
{
    struct job *j = owner;

    j->location = STR_NONE;
    switch (status) {
    case 301: case 302: case 303: case 307: case 308:
        note_version(j, headers);
        j->location = http_header(headers, "Location");
        if (!j->location.len)
            return failed(err, ERR_UPSTREAM, "the redirect leads nowhere");
        return OK;
    case 200:
        note_version(j, headers);
        return begin_whole(j, headers, err);
    case 206:
        note_version(j, headers);
        return begin_rest(j, headers, err);
    case 416:
        j->stale = true;
        break;
    default:
        break;
    }
    return failed(err, ERR_UPSTREAM, "the answer's status is %d", status);
}

static enum status
on_body(void *owner, struct str bytes, struct error *err)
{
    struct job *j = owner;

    if (j->location.len)
        return OK; /* what a redirect says besides */
    if ((int64_t)bytes.len > (int64_t)j->fetch->max - j->have)
        return failed(err, ERR_TOO_LARGE, "it is larger than %zu bytes",
                      j->fetch->max);
    while (bytes.len) {
        ssize_t put = pwrite(j->fd, bytes.ptr, bytes.len, (off_t)j->have);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return disk_error(j->part, err);
        j->have += put;
        bytes = str_slice(bytes, (size_t)put, bytes.len);
    }
    progress_show(&j->progress, j->have, j->total);
    return OK;
}

/* Asking. */

static enum status
ask(struct job *j, struct error *err)
{
    const struct fetch *f = j->fetch;
    struct http_header  headers[] = {
        { STR("User-Agent"), STR("memoryrouter") },
        { STR("Range"), STR_NONE },
    };
    struct http_events  events = { on_head, on_body, NULL, j };
    struct http_outcome outcome;
    struct http_call    call = {
        .method = "GET", .url = j->url, .headers = { headers, 1 },
        .watch_fd = -1, .connect_ms = f->connect_ms,
        .silence_ms = f->silence_ms, .reply_max = f->max,
    };

    if (j->have > 0) {
        headers[1].value = arena_printf(f->arena, "bytes=%lld-",
                                        (long long)j->have);
        call.headers.count = 2;
    }
    return http_run(f->http, f->arena, &call, &events, &outcome, err);
}

static bool
is_plain(const char *url)
{
    return str_starts_nocase(str_from(url), STR("http://"));
}

/* Asks, and follows where it is sent. */
static enum status
follow(struct job *j, const char *url, struct error *err)
{
    enum status st;

    j->url = url;
    j->tag = STR_NONE;
    j->total = 0;
    for (int i = 0; i <= REDIRECTS_MAX; i++) {
        st = ask(j, err);
        if (st != OK || !j->location.len)
            return st;
        st = http_resolve(j->fetch->arena, j->url, j->location, &j->url, err);
        if (st != OK)
            return st;
        if (is_plain(j->url) && !is_plain(url))
            return failed(err, ERR_UPSTREAM, "it redirects from https to "
                          "http");
    }
    return failed(err, ERR_UPSTREAM, "it redirects more than %d times",
                  REDIRECTS_MAX);
}

/* What came is whole, and has the checksum that the tag may be. */
static enum status
check_part(struct job *j, struct error *err)
{
    struct str  bytes, sum = str_slice(j->tag, 1, j->tag.len);
    uint8_t     wanted[CRYPTO_SHA256_BYTES], got[CRYPTO_SHA256_BYTES];
    enum status st;

    if (j->total && j->have != j->total)
        return failed(err, ERR_UPSTREAM, "%lld bytes of %lld came",
                      (long long)j->have, (long long)j->total);
    if (!str_ends(sum, STR("\"")))
        return OK;
    sum.len--;
    if (!crypto_from_hex(sum, wanted, sizeof(wanted)))
        return OK; /* some other tag */
    st = mapped_file(j->fetch->arena, j->part, &bytes, err);
    if (st != OK)
        return st;
    crypto_sha256(bytes, got);
    if (memcmp(got, wanted, sizeof(got)) == 0)
        return OK;
    j->stale = true;
    return failed(err, ERR_UPSTREAM, "its checksum is wrong");
}

/* Tries again while each try brings it further. */
static enum status
get_whole(struct job *j, const char *url, struct error *err)
{
    enum status st = OK;

    for (int i = 0; i < TRIES_MAX; i++) {
        int64_t before = j->have;
        bool    again;

        st = follow(j, url, err);
        if (st == OK)
            st = check_part(j, err);
        again = j->stale ? before > 0 : j->have > before;
        if (st == OK || st == ERR_TOO_LARGE || st == ERR_INTERNAL || !again)
            break;
        /* What is there now is this version's. */
        j->tag_before = arena_copy(j->fetch->arena, j->tag);
        if ((j->stale || j->tag.len == 0) &&
            (st = start_over(j, err)) != OK)
            break;
    }
    return st;
}

enum status
fetch_file(const struct fetch *f, const char *url, const char *path,
           struct error *err)
{
    struct job   j = { .fetch = f, .fd = -1 };
    struct error why;
    const char  *name = strrchr(path, '/');
    enum status  st;

    j.part = arena_printf(f->arena, "%s.part", path).ptr;
    j.tag_path = arena_printf(f->arena, "%s.tag", path).ptr;
    st = open_part(&j, err);
    if (st == OK) {
        progress_begin(&j.progress, name ? name + 1 : path);
        st = get_whole(&j, url, &why);
        progress_end(&j.progress);
        if (st != OK)
            st = failed(err, st, "%s: %s", url, why.text);
    }
    if (st == OK && (fsync(j.fd) != 0 || rename(j.part, path) != 0))
        st = disk_error(path, err);
    if (st == OK || j.stale || j.have == 0)
        (void)unlink(j.tag_path); /* without it the part is not believed */
    if (j.stale || j.have == 0)
        (void)unlink(j.part);
    if (j.fd >= 0)
        (void)close(j.fd); /* fsync() told what there is to tell */
    return st;
}
