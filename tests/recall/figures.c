/* Sums, percentiles, and two ways to print them. */
#include "recall/figures.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "bench/smaps.h"

#include "base/banned.h"

const size_t figures_depths[FIGURES_DEPTHS] = { 1, 5, 10, FIGURES_DEEPEST };

/* What is aimed at on the sets that others publish, R@5 (0: nothing said) and
 * R@10; recognised by the name of their file. */
static const struct target {
    const char      *file;
    enum search_mode mode;
    double           r5, r10;
} targets[] = {
    { "locomo",   SEARCH_HYBRID, 70, 78 },
    { "locomo",   SEARCH_WORDS,   0, 72 },
    { "realtalk", SEARCH_HYBRID,  0, 61 },
    { "beam",     SEARCH_HYBRID,  0, 62 },
};

static void
add_to(struct figures_row *row, const size_t *ranks, size_t count)
{
    for (size_t d = 0; d < FIGURES_DEPTHS; d++)
        for (size_t i = 0; i < count; i++)
            if (ranks[i] < figures_depths[d])
                row->found[d] += 1.0 / (double)count;
    row->questions++;
}

/* Past the last one there is room for, the last takes the rest. */
static struct figures_row *
row_of(struct figures *f, struct str category)
{
    for (size_t i = 0; i < f->categories; i++)
        if (str_equal(f->rows_of[i].category, category))
            return &f->rows_of[i];
    if (f->categories == FIGURES_CATEGORIES)
        return &f->rows_of[f->categories - 1];
    f->rows_of[f->categories].category = category;
    return &f->rows_of[f->categories++];
}

void
figures_add(struct figures *f, struct str category, const size_t *ranks,
            size_t count)
{
    add_to(&f->all, ranks, count);
    add_to(row_of(f, category), ranks, count);
}

static void
add_time(struct figures_times *t, int64_t us)
{
    if (t->count == t->room) {
        t->room = t->room ? 2 * t->room : 1024;
        t->list = realloc_or_die(t->list, t->room * sizeof(*t->list));
    }
    t->list[t->count++] = us;
}

void
figures_add_times(struct figures *f, int64_t recall_us, int64_t whole_us)
{
    add_time(&f->recall, recall_us);
    add_time(&f->whole, whole_us);
}

static int
by_size(const void *left, const void *right)
{
    int64_t l = *(const int64_t *)left, r = *(const int64_t *)right;

    return (l > r) - (l < r);
}

static int
by_category(const void *left, const void *right)
{
    const struct figures_row *l = left, *r = right;

    return str_compare(l->category, r->category);
}

static void
sort_all(struct figures *f)
{
    if (f->recall.count) {
        qsort(f->recall.list, f->recall.count, sizeof(int64_t), by_size);
        qsort(f->whole.list, f->whole.count, sizeof(int64_t), by_size);
    }
    qsort(f->rows_of, f->categories, sizeof(f->rows_of[0]), by_category);
}

/* Milliseconds, of sorted times. */
static double
percentile(const struct figures_times *t, size_t hundredth)
{
    return t->count ? (double)t->list[t->count * hundredth / 100] / 1000 : 0;
}

static double
percent(const struct figures_row *row, size_t depth)
{
    return row->questions ? 100 * row->found[depth] / (double)row->questions
                          : 0;
}

const char *
figures_file(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static const struct target *
find_target(const struct figures *f)
{
    for (size_t i = 0; i < COUNT(targets); i++)
        if (targets[i].mode == f->mode &&
            strncasecmp(figures_file(f->file), targets[i].file,
                        strlen(targets[i].file)) == 0)
            return &targets[i];
    return NULL;
}

static void
print_row(const char *name, const struct figures_row *row)
{
    printf("%-16s %9zu", name, row->questions);
    for (size_t d = 0; d < FIGURES_DEPTHS; d++)
        printf(" %6.1f", percent(row, d));
    printf("\n");
}

static void
print_target(const struct figures *f)
{
    const struct target *t = find_target(f);

    if (!t)
        return;
    printf("%-16s %9s %6s", "aimed at", "", "");
    if (t->r5 > 0)
        printf(" %6.1f", t->r5);
    else
        printf(" %6s", "");
    printf(" %6.1f\n", t->r10);
}

void
figures_print(struct figures *f)
{
    sort_all(f);
    printf("%s, %s: %zu conversations, %zu lines, %zu memories\n",
           figures_file(f->file), search_name(f->mode), f->talks, f->lines,
           f->rows);
    printf("%-16s %9s", "category", "questions");
    for (size_t d = 0; d < FIGURES_DEPTHS; d++)
        printf("   R@%-2zu", figures_depths[d]);
    printf("\n");
    for (size_t i = 0; i < f->categories; i++) {
        char name[17];

        (void)snprintf(name, sizeof(name), "%.*s",
                       STR_ARG(f->rows_of[i].category));
        print_row(name, &f->rows_of[i]);
    }
    print_row("all", &f->all);
    print_target(f);
    printf("recall p50 %.2f ms, p95 %.2f ms", percentile(&f->recall, 50),
           percentile(&f->recall, 95));
    if (f->mode != SEARCH_WORDS)
        printf("; with the question's encoding p50 %.2f ms, p95 %.2f ms",
               percentile(&f->whole, 50), percentile(&f->whole, 95));
    printf("\nstored in %.1f s, learned in %.1f s, %.1f MB resident\n\n",
           (double)f->stored_us / 1e6, (double)f->learned_us / 1e6,
           memory_kib("Rss:") / 1024);
}

static void
print_json_row(const struct figures_row *row)
{
    printf("\"questions\": %zu", row->questions);
    for (size_t d = 0; d < FIGURES_DEPTHS; d++)
        printf(", \"r%zu\": %.2f", figures_depths[d], percent(row, d));
}

/* Names of files and categories come from people who call the program; what
 * would break the line is left out. */
static void
print_json_text(struct str text)
{
    putchar('"');
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] >= ' ' && text.ptr[i] != '"' &&
            text.ptr[i] != '\\')
            putchar(text.ptr[i]);
    putchar('"');
}

void
figures_print_json(struct figures *f)
{
    sort_all(f);
    printf("{\"file\": ");
    print_json_text(str_from(figures_file(f->file)));
    printf(", \"mode\": \"%s\", \"conversations\": %zu, \"lines\": %zu, "
           "\"memories\": %zu, ", search_name(f->mode), f->talks, f->lines,
           f->rows);
    print_json_row(&f->all);
    printf(", \"categories\": {");
    for (size_t i = 0; i < f->categories; i++) {
        printf("%s", i ? ", " : "");
        print_json_text(f->rows_of[i].category);
        printf(": {");
        print_json_row(&f->rows_of[i]);
        printf("}");
    }
    printf("}, \"p50_ms\": %.3f, \"p95_ms\": %.3f, \"encoded_p50_ms\": %.3f, "
           "\"encoded_p95_ms\": %.3f, \"stored_ms\": %lld, "
           "\"learned_ms\": %lld, \"resident_kb\": %ld}\n",
           percentile(&f->recall, 50), percentile(&f->recall, 95),
           percentile(&f->whole, 50), percentile(&f->whole, 95),
           (long long)f->stored_us / 1000, (long long)f->learned_us / 1000,
           (long)memory_kib("Rss:"));
}

void
figures_release(struct figures *f)
{
    free(f->recall.list);
    free(f->whole.list);
    f->recall = f->whole = (struct figures_times){ NULL, 0, 0 };
}
