/* No configuration text does worse than an error that names its line. */
#include <stdlib.h>

#include "fuzz/fuzz.h"
#include "platform/conf.h"
#include "provider/providers.h"

#include "base/banned.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static struct conf conf;
    struct arena       a = ARENA_INIT;
    struct providers   providers;
    struct error       err;
    enum status        st;

    /* A file that a line names would be read. */
    if (str_find((struct str){ (const char *)bytes, len }, STR("_file")) ==
        STR_NOWHERE) {
        st = conf_parse(&a, "fuzz.conf",
                        (struct str){ (const char *)bytes, len }, &conf, &err);
        conf.path = "fuzz.conf";
        if (st == OK)
            st = providers_init(&a, &conf, &providers, &err);
        if (st != OK && !strstr(err.text, "fuzz.conf"))
            abort();
    }
    arena_release(&a);
    return 0;
}
