/* Log lines: one event, one line, one write. */
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/utf8.h"

#include "base/banned.h"

static atomic_int wanted_level = LOG_INFO;

static const char *const level_names[] = {
    [LOG_ERROR] = "error", [LOG_WARN] = "warn",
    [LOG_INFO] = "info",   [LOG_DEBUG] = "debug",
};

void
log_set_level(enum log_level level)
{
    atomic_store(&wanted_level, (int)level);
}

/* Keeps one byte for the newline. */
static void
put(struct log_line *l, const char *text, size_t len)
{
    size_t room = sizeof(l->text) - 1 - l->len;

    if (len > room)
        len = room;
    memcpy(l->text + l->len, text, len);
    l->len += len;
}

void
log_begin(struct log_line *l, enum log_level level, const char *event)
{
    struct timespec now;
    struct tm       utc;
    char            head[64];
    int             len;

    l->len = 0;
    l->wanted = (int)level <= atomic_load(&wanted_level);
    if (!l->wanted)
        return;
    (void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail */
    (void)gmtime_r(&now.tv_sec, &utc);
    len = snprintf(head, sizeof(head),
                   "%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ %s ",
                   utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                   utc.tm_hour, utc.tm_min, utc.tm_sec, now.tv_nsec / 1000000,
                   level_names[level]);
    put(l, head, (size_t)len);
    put(l, event, strlen(event));
}

static void
put_escaped(struct log_line *l, struct str value)
{
    while (value.len) {
        struct str before = value;
        uint32_t   cp = utf8_next(&value);
        char       hex[16];

        if (cp == '"' || cp == '\\') {
            put(l, "\\", 1);
            put(l, before.ptr, 1);
        } else if (cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || cp == 0xFFFD ||
                   cp == 0x2028 || cp == 0x2029) {
            int len = snprintf(hex, sizeof(hex), "\\u%04x", (unsigned)cp);

            put(l, hex, (size_t)len);
        } else {
            put(l, before.ptr, before.len - value.len);
        }
    }
}

static bool
is_plain(struct str value)
{
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];

        if (c <= ' ' || c == '"' || c == '\\' || c == '=' || c >= 0x7F)
            return false;
    }
    return value.len > 0;
}

void
log_str(struct log_line *l, const char *name, struct str value)
{
    if (!l->wanted)
        return;
    put(l, " ", 1);
    put(l, name, strlen(name));
    put(l, "=", 1);
    if (is_plain(value)) {
        put(l, value.ptr, value.len);
        return;
    }
    put(l, "\"", 1);
    put_escaped(l, value);
    put(l, "\"", 1);
}

void
log_int(struct log_line *l, const char *name, long long value)
{
    char text[24];
    int  len = snprintf(text, sizeof(text), "%lld", value);

    log_str(l, name, (struct str){ text, (size_t)len });
}

void
log_end(struct log_line *l)
{
    if (!l->wanted)
        return;
    l->text[l->len++] = '\n';
    if (write(STDERR_FILENO, l->text, l->len) < 0)
        return; /* there is nowhere left to say so */
}

void
log_text(enum log_level level, const char *event, const char *format, ...)
{
    struct log_line l;
    char            text[1024];
    va_list         args;

    log_begin(&l, level, event);
    if (!l.wanted)
        return;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args); /* cut is fine */
    va_end(args);
    log_str(&l, "text", str_from(text));
    log_end(&l);
}

void
log_error(enum log_level level, const char *event, const struct error *err)
{
    struct log_line l;
    const char     *slash = strrchr(err->file, '/');

    log_begin(&l, level, event);
    log_str(&l, "code", str_from(err->code));
    log_str(&l, "at", str_from(slash ? slash + 1 : err->file));
    log_int(&l, "line", err->line);
    log_str(&l, "text", str_from(err->text));
    log_end(&l);
}
