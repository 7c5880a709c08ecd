/* The verbs, one cmd_*.c file per group; the table stands in admin.c. */
#ifndef ADMIN_VERBS_H
#define ADMIN_VERBS_H

#include "admin/admin.h"

/* Applies sql/, makes the key ring if this is a new installation. */
enum status cmd_migrate(struct admin *m, struct error *err);

enum status cmd_account_add(struct admin *m, struct error *err);
enum status cmd_account_list(struct admin *m, struct error *err);

/* ERR_INPUT unless --really repeats the e-mail. */
enum status cmd_account_remove(struct admin *m, struct error *err);

enum status cmd_key_add(struct admin *m, struct error *err);
enum status cmd_key_list(struct admin *m, struct error *err);
enum status cmd_key_rotate(struct admin *m, struct error *err);
enum status cmd_key_rename(struct admin *m, struct error *err);
enum status cmd_key_revoke(struct admin *m, struct error *err);

enum status cmd_provider_key_set(struct admin *m, struct error *err);
enum status cmd_provider_key_list(struct admin *m, struct error *err);
enum status cmd_provider_key_remove(struct admin *m, struct error *err);

/* ERR_UPSTREAM when a key was refused, or its provider not reached. */
enum status cmd_provider_key_check(struct admin *m, struct error *err);

/* Keys are never printed, only their ids. */
enum status cmd_key_ring_list(struct admin *m, struct error *err);

/*
 * Adds a seal key, or completes what a rotation before left, and seals all
 * provider keys with it.  May be killed at any point and run again.
 * ERR_CONFIG when a provider key could not be opened; the others went on.
 */
enum status cmd_key_ring_rotate(struct admin *m, struct error *err);

/* Newest first. */
enum status cmd_audit(struct admin *m, struct error *err);

enum status cmd_usage(struct admin *m, struct error *err);

enum status cmd_models_list(struct admin *m, struct error *err);

/* ERR_UPSTREAM when a provider gave no list; the others went on. */
enum status cmd_models_refresh(struct admin *m, struct error *err);

/* ERR_INTERNAL when any check did not pass. */
enum status cmd_doctor(struct admin *m, struct error *err);

/* Nothing is fetched when the model is there and whole, unless by --force. */
enum status cmd_model_fetch(struct admin *m, struct error *err);

enum status cmd_model_import(struct admin *m, struct error *err);
enum status cmd_model_list(struct admin *m, struct error *err);

/* ERR_INPUT when any model did not pass. */
enum status cmd_model_check(struct admin *m, struct error *err);

/* What the learner does, until nothing is left. */
enum status cmd_learn(struct admin *m, struct error *err);

/* Memories out, in, away, and how many there are. */
enum status cmd_export(struct admin *m, struct error *err);

/* ERR_INPUT when nothing in the file could be used. */
enum status cmd_import(struct admin *m, struct error *err);
enum status cmd_forget(struct admin *m, struct error *err);
enum status cmd_stats(struct admin *m, struct error *err);

/* ERR_UPSTREAM when the model that was named does not work. */
enum status cmd_reindex(struct admin *m, struct error *err);

#endif
