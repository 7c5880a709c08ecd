/* Reading vocabularies. */
#include "memory/vocabulary.h"

#include "base/utf8.h"
#include "memory/weights.h"
#include "platform/json.h"

#include "base/banned.h"

enum { JSON_DEPTH = 32 };

static enum status
too_many(struct error *err)
{
    return failed(err, ERR_INPUT, "the vocabulary has more than %d words",
                  WEIGHTS_VOCABULARY_MAX);
}

enum status
vocabulary_from_lines(struct arena *a, struct str text, struct vocabulary *v,
                      struct error *err)
{
    size_t     lines = 1;
    struct str line;

    if (!utf8_valid(text))
        return failed(err, ERR_INPUT, "the vocabulary is not UTF-8");
    for (size_t i = 0; i < text.len; i++)
        lines += text.ptr[i] == '\n';
    if (lines > WEIGHTS_VOCABULARY_MAX)
        return too_many(err);
    *v = (struct vocabulary){ arena_array(a, struct str, lines), 0, true };
    while (text.len) {
        (void)str_cut(text, '\n', &line, &text); /* the last has no newline */
        if (str_ends(line, STR("\r")))
            line.len--;
        v->words[v->count++] = line;
    }
    return OK;
}

/* The ids are 0 to count - 1, each once: their number is right, none is too
 * large, and no place is taken twice. */
static enum status
place_words(struct arena *a, const struct json *words, struct vocabulary *v,
            struct error *err)
{
    struct json_item item = { 0 };
    int64_t          id;

    while (json_next(words, &item)) {
        struct json key = { JSON_STRING, { item.start, item.key.len + 2 } };

        if (!json_int(&item.value, &id) || id < 0 ||
            id >= (int64_t)v->count || v->words[id].ptr)
            return failed(err, ERR_INPUT, "the vocabulary's number of %.*s is "
                          "not right", STR_ARG(str_slice(item.key, 0, 40)));
        v->words[id] = json_text(a, &key);
        if (!v->words[id].ptr)
            v->words[id] = STR("");
    }
    return OK;
}

enum status
vocabulary_from_json(struct arena *a, struct str text, struct vocabulary *v,
                     struct error *err)
{
    struct json      root, model, words, type, normalizer, lowercase;
    struct json_item item = { 0 };
    enum status      st = json_parse(text, JSON_DEPTH, &root, err);

    if (st != OK)
        return st;
    model = json_member(&root, "model");
    words = json_member(&model, "vocab");
    type = json_member(&model, "type");
    normalizer = json_member(&root, "normalizer");
    lowercase = json_member(&normalizer, "lowercase");
    if (words.type != JSON_OBJECT ||
        !str_equal(json_text(a, &type), STR("WordPiece")))
        return failed(err, ERR_INPUT, "the tokenizer is no WordPiece; other "
                      "kinds are not known here");
    *v = (struct vocabulary){ NULL, 0, !json_is_false(&lowercase) };
    while (json_next(&words, &item))
        v->count++;
    if (v->count > WEIGHTS_VOCABULARY_MAX)
        return too_many(err);
    v->words = arena_array(a, struct str, v->count);
    return place_words(a, &words, v, err);
}
