/*
 * Foreign model files become ours (weights.h).
 *
 * What can be imported: a folder as Hugging Face has it (model.safetensors,
 * config.json, vocab.txt or tokenizer.json, perhaps 1_Pooling/config.json); a
 * .onnx file, with its tokenizer (and perhaps config.json) beside it; a jar
 * that holds graph and tokenizer.  All of it is taken for hostile: sizes,
 * offsets, shapes and types are checked against the file and the
 * configuration.
 */
#ifndef MEMORY_IMPORT_H
#define MEMORY_IMPORT_H

#include "base/arena.h"
#include "memory/weights.h"

struct import_options {
    struct str  name;             /* of the model, see import_name_is_good() */
    const char *question_prefix;  /* NULL: what the name's family has */
    const char *passage_prefix;   /* the same */
    const char *onnx_sha256;      /* hex: any other graph is refused; or NULL */
};

/* Lower-case letters, digits, "-", "_" and "."; no "." in front; at most 64
 * bytes.  It becomes a file name. */
bool import_name_is_good(struct str name);

/* A good name for what the path holds: its last part in lower case, without
 * ending. */
struct str import_name_of(struct arena *a, const char *path);

/*
 * Reads the model at `path`; *source is owned by `a`.
 * Errors   ERR_CONFIG (a file is missing), ERR_INPUT (what is in it), with
 *          the file's name
 */
enum status import_read(struct arena *a, const char *path,
                        const struct import_options *options,
                        struct weights_source *source,
                        struct error *err) MUST_CHECK;

#endif
