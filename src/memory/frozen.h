/*
 * An index of words in two files, used from their mappings without reading
 * them: `lexicon` has the words and their postings, `items` one record a
 * memory.  Same-endian machines of the same build read each other's files;
 * anything else is refused by the header.  The bytes are believed as little
 * as possible, but whether they are undamaged is for memory/manifest.h to say.
 */
#ifndef MEMORY_FROZEN_H
#define MEMORY_FROZEN_H

#include "base/sink.h"
#include "memory/lexicon.h"

/* What stands at the start of each file, and must be right before the file is
 * mapped. */
enum { FROZEN_HEAD_BYTES = 96 };

/*
 * Writes an index that has no base.
 * Errors   those of the sinks
 */
enum status frozen_write(const struct lexicon *lex, struct sink lexicon_file,
                         struct sink items_file, struct error *err) MUST_CHECK;

/*
 * The index in two mappings, which must outlive it; lexicon_free() ends it and
 * leaves them.
 * Errors   ERR_INPUT: not such files, of another version, or cut off
 */
enum status frozen_map(struct str lexicon_file, struct str items_file,
                       struct lexicon **lex, struct error *err) MUST_CHECK;

#endif
