/* Operations without memory. */
#include "api/endpoints.h"

#include "base/banned.h"

void
pass_openai(struct call *c)
{
    struct turn *t = chat_turn(c, &dialect_openai_chat, TURN_PASS);

    /* Behind "/v1". */
    t->url_end = str_slice(c->request->path, 3, c->request->path.len);
    turn_run(t, c->access);
}

void
pass_refused(struct call *c)
{
    struct error err;

    error_ignore(refused(&err, ERR_NOT_FOUND, "not_offered",
                         "Call the provider itself for files, batches, "
                         "assistants and fine-tuning.",
                         "This server does not offer %.*s",
                         STR_ARG(str_slice(c->request->path, 0, 100))));
    routes_answer_error(c, &err);
}
