/*
 * Keys that this process saw a moment ago, for the time in which the database
 * is away (option auth_grace_seconds, 0 by default: then nothing is kept).
 * Any thread may call.
 */
#ifndef TURN_GRACE_H
#define TURN_GRACE_H

#include "store/key.h"

enum { GRACE_SLOTS = 1024 };

struct grace;

/* seconds: how long a key is remembered; 0: never. */
struct grace *grace_open(int64_t seconds);
void grace_close(struct grace *g);

void grace_remember(struct grace *g, const uint8_t hash[CRYPTO_HASH_BYTES],
                    const struct key_access *access, int64_t now_ms);

/* A key that turned out to be revoked or unknown. */
void grace_forget(struct grace *g, const uint8_t hash[CRYPTO_HASH_BYTES]);

/* True, with *access, when the key was seen recently enough. */
bool grace_recall(struct grace *g, const uint8_t hash[CRYPTO_HASH_BYTES],
                  int64_t now_ms, struct key_access *access);

#endif
