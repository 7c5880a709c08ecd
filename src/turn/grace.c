/* Keys seen a moment ago. */
#include "turn/grace.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/banned.h"

struct slot {
    uint8_t           hash[CRYPTO_HASH_BYTES];
    int64_t           seen_ms;  /* 0: empty */
    struct key_access access;
};

struct grace {
    pthread_mutex_t lock;
    int64_t         seconds;
    struct slot     slots[GRACE_SLOTS];
};

struct grace *
grace_open(int64_t seconds)
{
    struct grace *g = alloc_array_or_die(1, sizeof(*g));

    (void)pthread_mutex_init(&g->lock, NULL); /* cannot fail on Linux */
    g->seconds = seconds;
    return g;
}

void
grace_close(struct grace *g)
{
    (void)pthread_mutex_destroy(&g->lock); /* nobody holds it */
    free(g);
}

/* A newer key takes the slot of an older one. */
static struct slot *
slot_of(struct grace *g, const uint8_t hash[CRYPTO_HASH_BYTES])
{
    size_t i;

    memcpy(&i, hash, sizeof(i));
    return &g->slots[i % GRACE_SLOTS];
}

void
grace_remember(struct grace *g, const uint8_t hash[CRYPTO_HASH_BYTES],
               const struct key_access *access, int64_t now_ms)
{
    struct slot *slot = slot_of(g, hash);

    if (g->seconds == 0)
        return;
    (void)pthread_mutex_lock(&g->lock);
    memcpy(slot->hash, hash, sizeof(slot->hash));
    slot->seen_ms = now_ms;
    slot->access = *access;
    (void)pthread_mutex_unlock(&g->lock);
}

static bool
holds(const struct slot *slot, const uint8_t hash[CRYPTO_HASH_BYTES])
{
    return slot->seen_ms != 0 &&
           memcmp(slot->hash, hash, sizeof(slot->hash)) == 0;
}

void
grace_forget(struct grace *g, const uint8_t hash[CRYPTO_HASH_BYTES])
{
    struct slot *slot = slot_of(g, hash);

    if (g->seconds == 0)
        return;
    (void)pthread_mutex_lock(&g->lock);
    if (holds(slot, hash))
        slot->seen_ms = 0;
    (void)pthread_mutex_unlock(&g->lock);
}

bool
grace_recall(struct grace *g, const uint8_t hash[CRYPTO_HASH_BYTES],
             int64_t now_ms, struct key_access *access)
{
    struct slot *slot = slot_of(g, hash);
    bool         found;

    if (g->seconds == 0)
        return false;
    (void)pthread_mutex_lock(&g->lock);
    found = holds(slot, hash) && now_ms - slot->seen_ms <= g->seconds * 1000;
    if (found)
        *access = slot->access;
    (void)pthread_mutex_unlock(&g->lock);
    return found;
}
