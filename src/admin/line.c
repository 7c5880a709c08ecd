/* Reading the command line. */
#include "admin/line.h"

#include "base/banned.h"

/* What is left of the command line; NULL stands behind the last word. */
struct rest {
    char **next;
};

static bool
is_option(const char *word)
{
    return strncmp(word, "--", 2) == 0;
}

/* The value behind "=", or the next word. */
static enum status
take_value(struct rest *r, const char *name, const char *what,
           struct str attached, bool is_attached, const char **value,
           struct error *err)
{
    if (!is_attached && !*r->next)
        return admin_usage(err, "--%s needs %s", name, what);
    *value = is_attached ? attached.ptr : *r->next++;
    return OK;
}

static enum status
take_verb_option(struct admin *m, struct rest *r, struct str name,
                 struct str value, bool has_value, struct error *err)
{
    for (size_t i = 0; m->verb && i < ADMIN_OPTIONS_MAX; i++) {
        const struct admin_option *o = &m->verb->options[i];

        if (!o->name)
            break;
        if (!str_equal(name, str_from(o->name)))
            continue;
        if (m->values[i])
            return admin_usage(err, "--%s is given twice", o->name);
        if (o->value)
            return take_value(r, o->name, o->value, value, has_value,
                              &m->values[i], err);
        if (has_value)
            return admin_usage(err, "--%s takes no value", o->name);
        m->values[i] = "";
        return OK;
    }
    return admin_usage(err, "%s no option --%.*s",
                       m->verb ? "this verb has"
                               : "before the verb there is",
                       STR_ARG(str_slice(name, 0, 40)));
}

static enum status
take_option(struct line *l, struct admin *m, struct rest *r,
            struct error *err)
{
    struct str name, value;
    bool       has_value = str_cut(str_from(*r->next++ + 2), '=', &name,
                                   &value);

    if (str_equal(name, STR("config")))
        return take_value(r, "config", "FILE", value, has_value, &m->config,
                          err);
    if (str_equal(name, STR("json")) && !has_value)
        m->json = true;
    else if (str_equal(name, STR("help")) && !has_value)
        l->help = true;
    else if (str_equal(name, STR("version")) && !has_value)
        l->version = true;
    else
        return take_verb_option(m, r, name, value, has_value, err);
    return OK;
}

/* The row whose name the next one or two words are. */
static enum status
take_verb(const struct line *l, struct admin *m, struct rest *r,
          struct error *err)
{
    const char *second = r->next[1] ? r->next[1] : "";

    for (size_t i = 0; i < l->verb_count; i++) {
        struct str first, rest;
        bool       two = str_cut(str_from(l->verbs[i].name), ' ', &first,
                                 &rest);

        if (!str_equal(first, str_from(*r->next)) ||
            (two && !str_equal(rest, str_from(second))))
            continue;
        m->verb = &l->verbs[i];
        r->next += two ? 2 : 1;
        return OK;
    }
    return admin_usage(err, "unknown verb: %.40s%s%.40s", *r->next,
                       second[0] ? " " : "", second);
}

static enum status
take_word(struct admin *m, struct rest *r, struct error *err)
{
    if (m->word_count == m->verb->word_count)
        return admin_usage(err, "%s: a word too many%s%s", m->verb->name,
                           m->verb->words[0] ? " behind " : "",
                           m->verb->words);
    m->words[m->word_count++] = str_from(*r->next++);
    return OK;
}

enum status
line_read(struct line *l, int argc, char **argv, struct admin *m,
          struct error *err)
{
    struct rest r = { argv + (argc > 0) };
    enum status st = OK;

    while (*r.next && st == OK) {
        if (is_option(*r.next))
            st = take_option(l, m, &r, err);
        else if (m->verb)
            st = take_word(m, &r, err);
        else
            st = take_verb(l, m, &r, err);
    }
    if (st != OK || l->help || l->version)
        return st;
    if (!m->verb)
        return admin_usage(err, "there is no verb");
    if (m->word_count < m->verb->word_count && m->verb->words[0] != '[')
        return admin_usage(err, "%s needs %s", m->verb->name,
                           m->verb->words);
    return OK;
}
