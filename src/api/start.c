/* GET /: what this is. */
#include "api/endpoints.h"

#include "base/buf.h"
#include "platform/json.h"

#include "base/banned.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "0"
#endif

void
start_page(struct call *c)
{
    struct buf  *b = buf_new(c->request->arena, 65536);
    const char  *method, *path;
    struct error ignored;

    buf_add(b, STR("{\"name\":\"MemoryRouter API\",\"version\":\""
                   PACKAGE_VERSION "\",\"status\":\"ok\",\"runtime\":"
                   "\"fastcgi\",\"storage\":\"mariadb\",\"endpoints\":{"
                   "\"chat\":\"POST /v1/chat/completions\"},\"routes\":["));
    for (size_t i = 0; routes_row(i, &method, &path); i++)
        buf_printf(b, "%s\"%s %s\"", i ? "," : "", method, path);
    buf_add(b, STR("],\"needs\":["));
    for (size_t i = 0; routes_row(i, &method, &path); i++)
        buf_printf(b, "%s\"%s\"", i ? "," : "", routes_needs(i));
    buf_add(b, STR("]}"));
    /* A client that left wants no answer. */
    error_ignore(reply_whole(c->reply, 200, "application/json", buf_str(b),
                             &ignored));
}
