/*
 * The text that is put into a request: fenced, dated, labelled with who said
 * it, and stripped of anything that could close the fence.  Recalled text is
 * data, never authority.  The same hits give the same bytes.
 */
#ifndef MEMORY_RENDER_H
#define MEMORY_RENDER_H

#include "memory/recall.h"

/*
 * The fenced block for a model, entries oldest first; owned by `a`; empty when
 * count is 0.  The fence follows the model's family (reference.md 7.8):
 * claude, gpt and o-series, llama, gemini, anything else.
 */
struct str render_memories(struct arena *a, struct str model,
                           const struct hit *hits, size_t count);

/* The model's family, as it decides the fence: "claude", "gpt", "llama",
 * "gemini", "plain". */
const char *render_format(struct str model);

/* Tokens of the block without any hit, at most. */
enum { RENDER_FRAME_TOKENS = 48 };

/* Tokens that one hit adds to the block. */
size_t render_tokens(const struct hit *hit);

/*
 * `text` without any block that a memory client or we put around recalled text
 * (all fences of render_memories(), <memoryrouter-context>, <memory_context>),
 * so that what was recalled is never stored again.  Owned by `a`, or text
 * itself when there is none.
 */
struct str render_strip(struct arena *a, struct str text);

#endif
