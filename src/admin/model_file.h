/*
 * The folder of encoder models: MODEL_DIR/NAME.model, and how a model gets
 * there: written under another name, tried out, renamed.
 */
#ifndef ADMIN_MODEL_FILE_H
#define ADMIN_MODEL_FILE_H

#include "admin/admin.h"
#include "memory/encoder.h"
#include "memory/import.h"

/* Option model_dir, or STATE_DIR/models. */
const char *model_file_folder(struct admin *m);

/* Where the model of that name is, or would be. */
const char *model_file_path(struct admin *m, struct str name);

/* Makes the folder, and its parent, mode 0755.  Errors: ERR_CONFIG. */
enum status model_file_make_folder(struct admin *m,
                                   struct error *err) MUST_CHECK;

/*
 * Tries an encoder: where the model is GOLDEN_MODEL, the golden texts must get
 * their vectors, with a cosine of at least `least`; under any other name,
 * vectors must have length 1 and not be all the same.
 * Errors   ERR_INPUT
 */
enum status model_file_check(const struct encoder *e, float least,
                             struct error *err) MUST_CHECK;

/*
 * Imports what is at `path` as the model options->name.
 * Errors   those of import_read(), weights_write() and model_file_check();
 *          what was installed before is still there.
 */
enum status model_file_install(struct admin *m, const char *path,
                               const struct import_options *options,
                               struct error *err) MUST_CHECK;

/* Prints where the model is and where it came from.  Errors: ERR_CONFIG. */
enum status model_file_print(struct admin *m, struct str name,
                             struct str source, struct error *err) MUST_CHECK;

#endif
