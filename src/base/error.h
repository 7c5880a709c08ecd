/*
 * How a function says that it did not work.
 *
 * Every function that can fail returns enum status and takes a struct error *
 * as its last parameter, never NULL.  Whoever finds the failure writes the
 * error once, by `return failed(...)` or `return refused(...)`; everybody
 * above passes it on.  An error is returned or logged, never both: who
 * decides, logs.  The struct is untouched on success.
 *
 * failed()   our side or the world's: `text` goes to the log only, the caller
 *            gets the fixed sentence of its status.
 * refused()  the caller's doing: `text` and `hint` are written for the caller,
 *            and must not repeat secrets.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>

#define MUST_CHECK           __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, va) \
    __attribute__((format(printf, fmt, va), nonnull(fmt)))

/* Number of elements of an array (not of a pointer). */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum status {
    OK = 0,
    ERR_INPUT,         /* what the caller sent cannot be understood      */
    ERR_AUTH,          /* no usable key                                  */
    ERR_FORBIDDEN,     /* this key may not do that                       */
    ERR_NOT_FOUND,     /* no such thing, or somebody else's              */
    ERR_METHOD,        /* the path exists, not for this method           */
    ERR_CONFLICT,      /* exists already, or changed meanwhile           */
    ERR_MISMATCH,      /* not what was sent before under the same name   */
    ERR_TOO_LARGE,     /* past a named limit                             */
    ERR_MEDIA,         /* a body in an encoding that is not understood   */
    ERR_LIMIT,         /* too many requests; later is fine               */
    ERR_QUOTA,         /* what the key or account may use is used up     */
    ERR_STORE,         /* the database cannot be used now                */
    ERR_BUSY,          /* no thread was free in time                     */
    ERR_UPSTREAM,      /* the provider gave no usable reply              */
    ERR_TIMEOUT,       /* a deadline passed                              */
    ERR_CLIENT_GONE,   /* nobody is listening any more                   */
    ERR_CONFIG,        /* the configuration is wrong                     */
    ERR_INTERNAL,      /* our own mistake                                */
    STATUS_COUNT
};

struct error {
    enum status  status;
    const char  *code;       /* static; for machines, like "invalid_api_key" */
    const char  *hint;       /* static; what would be right, or NULL         */
    const char  *file;       /* where it was found                           */
    int          line;
    bool         for_caller; /* `text` may be shown to the caller            */
    char         text[400];
    char         members[160]; /* see error_members()                        */
};

/* For the rare call whose failure changes nothing; a comment says why. */
static inline void
error_ignore(enum status status)
{
    (void)status;
}

/* HTTP status code of a status. */
int error_http(enum status status);

/* The default machine code of a status ("store_unavailable"). */
const char *error_name(enum status status);

/* The default `type` of a status in OpenAI's and Anthropic's error objects. */
const char *error_type(enum status status);

/* What the caller may read: err->text if it is for_caller, else the fixed
 * sentence of its status. */
const char *error_sentence(const struct error *err);

/* Writes the error and returns `status`; text is for the log. */
#define failed(err, status, ...) \
    error_set((err), (status), NULL, NULL, false, __FILE__, __LINE__, \
              __VA_ARGS__)

/* Writes the error and returns `status`; text and hint are for the caller.
 * `code` and `hint` must be static; NULL gives the default, or no hint. */
#define refused(err, status, code, hint, ...) \
    error_set((err), (status), (code), (hint), true, __FILE__, __LINE__, \
              __VA_ARGS__)

enum status error_set(struct error *err, enum status status, const char *code,
                      const char *hint, bool for_caller, const char *file,
                      int line, const char *format, ...) PRINTF_LIKE(8, 9);

/* What machines are told besides, after refused(): members that the error's
 * JSON object gets, like `"retry_after":3`, complete or none. */
void error_members(struct error *err, const char *format,
                   ...) PRINTF_LIKE(2, 3);

#endif
