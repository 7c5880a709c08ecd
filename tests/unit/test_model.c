/* Names of models that are snapshots of others. */
#include "unit/check.h"

#include "store/model.h"

#include "base/banned.h"

static void
a_date_at_the_end_is_taken_off(void **state)
{
    (void)state;
    check_str(model_undated(STR("gpt-4o-2024-08-06")), "gpt-4o");
    check_str(model_undated(STR("claude-haiku-4-5-20251001")),
              "claude-haiku-4-5");
    check_str(model_undated(STR("claude-haiku-4-5@20251001")),
              "claude-haiku-4-5");
}

static void
other_names_stay_as_they_are(void **state)
{
    static const char *const names[] = {
        "", "gpt-4o", "-20251001", "mistral-large-2512", "o3-2025-04-1x",
        "m20251001", "gemini-2.5-flash-preview-09-2025", "m-2024@08-06",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++)
        check_str(model_undated(str_from(names[i])), names[i]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_date_at_the_end_is_taken_off),
        cmocka_unit_test(other_names_stay_as_they_are),
    };

    return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
