/*
 * Vectors of the questions that were asked last, and of equal questions at the
 * same time only one that is computed.
 *
 * Questions are known by a hash of 256 bits; their text is not kept.  One
 * mutex, not held while anybody computes.  Any thread may call.
 */
#ifndef MEMORY_RECENT_H
#define MEMORY_RECENT_H

#include "memory/embed.h"

struct recent;        /* one per embedder */
struct recent_entry;

enum recent_answer {
    RECENT_KNOWN,     /* vector and centre are written                       */
    RECENT_OURS,      /* compute it, then recent_give() or recent_give_up() */
    RECENT_LATE,      /* another thread computes it, past our deadline      */
};

struct recent *recent_new(size_t most);

/* Nobody may compute or wait. */
void recent_free(struct recent *r);

/* `entry` is set for RECENT_OURS; NULL when all are being computed, which
 * recent_give() and recent_give_up() take as well. */
enum recent_answer recent_ask(struct recent *r, struct str model,
                              struct str text, int64_t deadline_us,
                              float *vector, struct embed_centre *centre,
                              struct recent_entry **entry);

/* Copies the vector and wakes those who wait for it. */
void recent_give(struct recent *r, struct recent_entry *entry,
                 const float *vector, const struct embed_centre *centre);

/* One of those who wait computes it. */
void recent_give_up(struct recent *r, struct recent_entry *entry);

#endif
