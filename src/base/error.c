/* The closed list of failures, one row each. */
#include "base/error.h"

#include <assert.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "base/banned.h"

static const struct row {
    int         http;
    const char *name;
    const char *type;
    const char *sentence;
} rows[] = {
    [OK] = { 200, "ok", "", "OK" },
    [ERR_INPUT] = { 400, "invalid_request", "invalid_request_error",
        "The request cannot be understood." },
    [ERR_AUTH] = { 401, "invalid_api_key", "authentication_error",
        "Missing or invalid authentication" },
    [ERR_FORBIDDEN] = { 403, "forbidden", "permission_error",
        "This key may not do that." },
    [ERR_NOT_FOUND] = { 404, "not_found", "not_found_error", "Not Found" },
    [ERR_METHOD] = { 405, "method_not_allowed", "invalid_request_error",
        "Method not allowed" },
    [ERR_CONFLICT] = { 409, "conflict", "invalid_request_error",
        "It exists already or was changed meanwhile." },
    [ERR_MISMATCH] = { 422, "mismatch", "invalid_request_error",
        "It is not what was sent before." },
    [ERR_TOO_LARGE] = { 413, "request_too_large", "request_too_large",
        "The request is larger than this server accepts." },
    [ERR_MEDIA] = { 415, "unsupported_media_type", "invalid_request_error",
        "Unsupported Media Type" },
    [ERR_LIMIT] = { 429, "rate_limit_exceeded", "rate_limit_error",
        "Rate limit exceeded" },
    [ERR_QUOTA] = { 402, "payment_required", "payment_required",
        "The quota is used up." },
    [ERR_STORE] = { 503, "store_unavailable", "api_error",
        "The memory database cannot be reached; try again shortly." },
    [ERR_BUSY] = { 503, "overloaded", "overloaded_error",
        "All workers are busy; try again shortly." },
    [ERR_UPSTREAM] = { 502, "provider_unreachable", "api_error",
        "Failed to connect to provider" },
    [ERR_TIMEOUT] = { 504, "provider_timeout", "timeout_error",
        "The provider did not answer in time" },
    [ERR_CLIENT_GONE] = { 499, "client_gone", "api_error",
        "The client closed the connection." },
    [ERR_CONFIG] = { 500, "configuration_error", "api_error",
        "The server is not configured for this." },
    [ERR_INTERNAL] = { 500, "internal_error", "api_error",
        "Internal Server Error" },
};

static_assert(COUNT(rows) == STATUS_COUNT, "each status needs a row");

int
error_http(enum status status)
{
    return rows[status].http;
}

const char *
error_name(enum status status)
{
    return rows[status].name;
}

const char *
error_type(enum status status)
{
    return rows[status].type;
}

const char *
error_sentence(const struct error *err)
{
    return err->for_caller ? err->text : rows[err->status].sentence;
}

enum status
error_set(struct error *err, enum status status, const char *code,
          const char *hint, bool for_caller, const char *file, int line,
          const char *format, ...)
{
    va_list args;

    err->status = status;
    err->code = code ? code : rows[status].name;
    err->hint = hint;
    err->file = file;
    err->line = line;
    err->for_caller = for_caller;
    err->members[0] = '\0';
    va_start(args, format);
    /* Cut is fine. */
    (void)vsnprintf(err->text, sizeof(err->text), format, args);
    va_end(args);
    return status;
}

void
error_members(struct error *err, const char *format, ...)
{
    va_list args;
    int     length;

    va_start(args, format);
    length = vsnprintf(err->members, sizeof(err->members), format, args);
    va_end(args);
    if (length < 0 || (size_t)length >= sizeof(err->members))
        err->members[0] = '\0'; /* half of it is no JSON */
}
