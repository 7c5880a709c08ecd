/*
 * Texts as vectors: the cosine of two tells how near their meanings are.
 *
 * A BERT-like model from a model file (weights.h), computed with bytes and 32
 * bit sums (kernels.h).  The same text gives the same vector, bit for bit, on
 * the same kind of processor, alone or in company.  An encoder is read-only;
 * any number of threads may run it at once, each on its own thread only.
 */
#ifndef MEMORY_ENCODER_H
#define MEMORY_ENCODER_H

#include "base/error.h"
#include "base/str.h"

/* Models tell the two apart by words of their own in front of the text. */
enum encoder_use { ENCODE_QUESTION, ENCODE_PASSAGE };

struct encoder;

/*
 * Opens the model file and reads it once through.
 *
 * Errors  ERR_NOT_FOUND: no such file; ERR_INPUT: it is no model file of this
 *         version, or it is damaged; ERR_INTERNAL: it cannot be read
 */
enum status encoder_open(const char *path, struct encoder **encoder,
                         struct error *err) MUST_CHECK;
void encoder_close(struct encoder *encoder);

/* Floats of a vector. */
size_t encoder_dimensions(const struct encoder *e);

/* The model's name, good until encoder_close(). */
struct str encoder_name(const struct encoder *e);

/* Most tokens of a text; what is longer is cut off. */
size_t encoder_max_tokens(const struct encoder *e);

/* Which instructions are used: "portable", "avx2", "avx512", "avx512+amx". */
const char *encoder_kernels(const struct encoder *e);

/* The mean vector of many texts of that use (centre.h), as it was measured
 * when the model was imported, or NULL; good until encoder_close(). */
const float *encoder_centre(const struct encoder *e, enum encoder_use use);

/*
 * The vectors of `count` texts, in rows[count][dimensions], of length 1 if the
 * model wants it.  Any bytes are text, also none.  Takes a few MiB of memory
 * while it runs, whatever the count.
 */
void encoder_run(const struct encoder *e, enum encoder_use use,
                 const struct str *texts, size_t count, float *rows);

/* Measures the centre with sentences of our own, encoder_dimensions() floats,
 * for the importer: it writes the model file again with the result. */
void encoder_measure_centre(const struct encoder *e, enum encoder_use use,
                            float *centre);

#endif
