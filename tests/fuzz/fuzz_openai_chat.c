/*
 * A chat request that was edited is still JSON, holds the memory text once,
 * and none of our fields; without memory and our fields nothing changes.
 */
#include <stdlib.h>

#include "fuzz/fuzz.h"
#include "provider/dialect.h"

#include "base/banned.h"

static const char memory[] = "MEM\"ORY\n";

static void
edit(struct arena *a, const struct prompt *p, enum conf_placement placement,
     bool inject, struct str *result)
{
    struct splice s;
    struct error  err;

    splice_init(&s, a, p->document);
    dialect_openai_chat.strip(p, p->model, &s);
    if (inject)
        dialect_openai_chat.inject(p, placement, str_from(memory), &s);
    if (splice_finish(&s, result, &err) != OK)
        *result = p->document;
}

static void
check_edited(struct str body)
{
    struct json  root, value;
    struct error err;

    if (json_parse(body, 64, &root, &err) != OK)
        abort();
    for (size_t i = 0; i < dialect_field_count; i++) {
        value = json_member(&root, dialect_fields[i]);
        if (value.type != JSON_NONE)
            abort();
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct str     body = { (const char *)bytes, len };
    struct arena   a = ARENA_INIT;
    struct prompt  p, again;
    struct error   err;
    struct reading r;
    struct str     plain, twice, with;

    if (dialect_openai_chat.read(&a, body, 60, &p, &err) == OK) {
        edit(&a, &p, PLACE_TAIL, false, &plain);
        check_edited(plain);
        if (dialect_openai_chat.read(&a, plain, 60, &again, &err) != OK)
            abort();
        edit(&a, &again, PLACE_TAIL, false, &twice);
        if (!str_equal(plain, twice))
            abort();
        edit(&a, &p, p.tail.in_text ? PLACE_TAIL : PLACE_SYSTEM, true, &with);
        check_edited(with);
        if (str_find(with, STR("MEM\\\"ORY\\n")) == STR_NOWHERE)
            abort();
    }
    reading_init(&r);
    dialect_openai_chat.read_body(&r, body);
    dialect_openai_chat.read_event(&r, STR_NONE, body);
    reading_release(&r);
    arena_release(&a);
    return 0;
}
