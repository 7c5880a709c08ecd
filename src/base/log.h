/*
 * One event, one line, one write to stderr:
 *
 *     2026-11-23T19:30:00.123Z info access request=... status=200 total_ms=12
 *
 * Values are escaped here (control bytes, quotes, backslashes, non-UTF-8), so
 * no caller can break a line.  Never logged: prompts, memories, answers, keys,
 * bodies.  A line is at most LOG_LINE_BYTES long, so lines of threads and
 * processes do not mix.  This file is the only user of stderr in the server.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/error.h"
#include "base/str.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

enum { LOG_LINE_BYTES = 4096 };

struct log_line {
    bool   wanted;
    size_t len;
    char   text[LOG_LINE_BYTES];
};

/* Lines less important than `level` are dropped.  Set once, before threads. */
void log_set_level(enum log_level level);

/* begin, any number of values, end (which writes). */
void log_begin(struct log_line *l, enum log_level level, const char *event);
void log_str(struct log_line *l, const char *name, struct str value);
void log_int(struct log_line *l, const char *name, long long value);
void log_end(struct log_line *l);

/* A line with one formatted value `text`. */
void log_text(enum log_level level, const char *event, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* A line with the error's code, place and text. */
void log_error(enum log_level level, const char *event,
               const struct error *err);

#endif
