/*
 * The encoders of this process, by the names of their model files.
 *
 * A model is opened when it is first wanted.  One that is missing is looked
 * for again every few seconds; one that is damaged is set aside
 * (NAME.model.bad) and a new one of that name is taken up.  The configured
 * model stays open; of others the least recently used one goes when there are
 * too many.
 *
 * One mutex, not held while a file is opened.  Any thread may call.
 */
#ifndef MEMORY_SHELF_H
#define MEMORY_SHELF_H

#include "memory/encoder.h"
#include "platform/conf.h"

enum { SHELF_OTHERS_MAX = 4 };  /* models besides the configured one */

struct shelf;
struct shelf_model;

/* MODEL_DIR/NAME.model, owned by `a`.  Errors: ERR_CONFIG, for a name that is
 * no file's. */
enum status shelf_path(struct arena *a, const struct conf *conf,
                       struct str name, const char **path,
                       struct error *err) MUST_CHECK;

/* `conf` is borrowed, its model's name suits shelf_path(); look_us: between two
 * looks for one file. */
struct shelf *shelf_new(const struct conf *conf, int64_t look_us);

/* No model may be borrowed. */
void shelf_free(struct shelf *s);

/*
 * The encoder of that name until shelf_return().
 *
 * Errors  ERR_NOT_FOUND: there is none, and why
 */
enum status shelf_borrow(struct shelf *s, struct str name,
                         struct shelf_model **model,
                         const struct encoder **encoder,
                         struct error *err) MUST_CHECK;
void shelf_return(struct shelf *s, struct shelf_model *model);

/* How often a model came, or was set aside. */
unsigned shelf_changes(struct shelf *s);

/* Appends "; model X is damaged..." for each model besides the configured one
 * of which that is known; `room` is that of the whole text. */
void shelf_add_damage(struct shelf *s, char *text, size_t room);

#endif
