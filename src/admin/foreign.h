/*
 * Memories out of other systems' files: each becomes an entry
 * (memory/entry.h), given to a function in order.  The file is in memory as a
 * whole; what cannot be used in it is counted.
 */
#ifndef ADMIN_FOREIGN_H
#define ADMIN_FOREIGN_H

#include "memory/entry.h"

/* Return anything but OK to stop. */
typedef enum status foreign_fn(void *owner, const struct entry *e,
                               struct error *err);

struct foreign {
    struct arena *arena;
    struct str    text;     /* of the file */
    int64_t       now_ms;   /* of what has no time */
    foreign_fn   *take;
    void         *owner;
    size_t        unusable;
};

/*
 * mem0        a list of {"memory", "created_at", "metadata", ...}, bare or in
 *             "results" or "memories"
 * supermemory likewise with "content" or "summary" and "createdAt"
 * chatgpt     conversations.json of ChatGPT's export of all data: of each
 *             talk the branch that it shows, all where it names none
 * text        paragraphs, with empty lines between them
 * Errors      ERR_INPUT: the file is not of that kind; what take returned
 */
enum status foreign_mem0(struct foreign *f, struct error *err) MUST_CHECK;
enum status foreign_supermemory(struct foreign *f,
                                struct error *err) MUST_CHECK;
enum status foreign_chatgpt(struct foreign *f, struct error *err) MUST_CHECK;
enum status foreign_text(struct foreign *f, struct error *err) MUST_CHECK;

#endif
