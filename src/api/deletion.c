/* Around deletions. */
#include "api/deletion.h"

#include "memory/generation.h"
#include "platform/clock.h"

#include "base/banned.h"

void
deletion_renew_index(struct caller *who, bool all)
{
    const char   *state_dir = who->call->service->conf->state_dir;
    struct arena *a = who->call->request->arena;
    int64_t       vault_id = who->access.vault_id;
    char          name[GENERATION_NAME_BYTES];
    struct error  err;
    enum status   st = generation_current(state_dir, vault_id, name, &err);

    if (st != OK)
        return; /* there is none */
    /* While somebody builds one it must be built again. */
    st = all ? generation_remove(a, state_dir, vault_id, &err)
             : generation_want(state_dir, vault_id, &err);
    if (st == ERR_CONFLICT)
        st = generation_want(state_dir, vault_id, &err);
    if (st != OK)
        log_error(LOG_WARN, "deletion", &err);
}

void
deletion_add(struct buf *b, const struct caller *who,
            const struct forget_receipt *receipt)
{
    struct arena *a = who->call->request->arena;

    buf_printf(b, ",\"receipt\":{\"request_id\":\"%.*s\",\"at\":\"%.*s\","
               "\"memories\":%lld,\"vectors\":%lld,\"sessions\":%lld,"
               "\"memories_left\":%lld,\"vectors_left\":%lld}",
               STR_ARG(who->call->request_id),
               STR_ARG(clock_iso(a, who->call->now_ms)),
               (long long)receipt->memories, (long long)receipt->vectors,
               (long long)receipt->sessions,
               (long long)receipt->memories_left,
               (long long)receipt->vectors_left);
}
