/* GET /openapi.json: src/api/openapi.json, which the build puts in here. */
#include "api/endpoints.h"

#include "api/openapi.inc"

#include "base/banned.h"

enum { BODY_MAX_BYTES = 1 << 20 };

void
openapi_get(struct call *c)
{
    struct buf  *b = buf_new(c->request->arena, BODY_MAX_BYTES);
    struct error ignored;

    for (size_t i = 0; i < COUNT(openapi_lines); i++)
        buf_add(b, str_from(openapi_lines[i]));
    /* A client that left wants no answer. */
    error_ignore(reply_whole(c->reply, 200, "application/json", buf_str(b),
                             &ignored));
}
