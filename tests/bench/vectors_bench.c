/*
 * How fast vectors are opened and searched, what lists lose against an exact
 * search, and how much memory of its own an open segment takes.
 *
 *     vectors_bench [COUNT ...]       default: 1000 10000 100000
 *
 * The vectors are made up as texts' are: a narrow cone, in it topics of very
 * different sizes, in these smaller ones, and little else; few directions
 * carry most of the difference.  A question is a vector near that of one item
 * that is to be found.  Works in a folder under TMPDIR.
 */
#include <dirent.h>
#include <fcntl.h>
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "unit/folder.h"

#include "bench/smaps.h"
#include "memory/dot.h"
#include "memory/generation.h"
#include "memory/segment.h"
#include "memory/segment_build.h"
#include "platform/clock.h"

#include "base/banned.h"

enum {
    WIDTH = 384,
    QUESTIONS = 300,
    BEST = 200,      /* candidates that recall asks for */
    TOP = 10,
    OPENED = 100,    /* times, to measure memory */
    OPENINGS = 9,    /* to measure time */
    VAULT = 1,
};

struct rows {
    size_t            count;
    size_t            next;
    struct memory_row row;
    float             vector[WIDTH];
};

/* What is found, and how long it took, for one number of probes. */
struct found {
    int64_t times[QUESTIONS];
    size_t  same;      /* of the exact first TOP */
    size_t  evidence;  /* questions whose item is among the first TOP */
};

static float
bell(uint64_t *random)
{
    float sum = -6;

    for (int i = 0; i < 12; i++)
        sum += folder_random(random);
    return sum;
}

/* Adds a direction of about that length, the same for the same seed. */
static void
add_direction(float *vector, uint64_t seed, float length)
{
    uint64_t random = seed * 0x9E3779B97F4A7C15U + 1;

    for (size_t k = 0; k < WIDTH; k++)
        vector[k] += length * bell(&random) / sqrtf(8.0F + (float)k);
}

static void
to_unit_length(float *vector)
{
    float length = sqrtf(dot_product(vector, vector, WIDTH));

    for (size_t k = 0; k < WIDTH; k++)
        vector[k] /= length;
}

static void
item_vector(size_t i, size_t count, float *vector)
{
    uint64_t random = i * 2654435761U + 7;
    float    size = folder_random(&random);
    size_t   topics = (size_t)sqrt((double)count) + 1;
    size_t   topic = (size_t)(size * size * (float)topics);
    size_t   part = (size_t)(folder_random(&random) * 20);

    memset(vector, 0, WIDTH * sizeof(*vector));
    add_direction(vector, 1, 1.0F);
    add_direction(vector, 1000 + topic, 0.35F);
    add_direction(vector, 100000000 + topic * 100 + part, 0.25F);
    add_direction(vector, 10000000000U + i, 0.3F);
    to_unit_length(vector);
}

static size_t
question_vector(size_t question, size_t count, float *vector)
{
    size_t item = question * 7919 % count;

    item_vector(item, count, vector);
    add_direction(vector, 20000000000U + question, 0.25F);
    to_unit_length(vector);
    return item;
}

static enum status
next_row(void *owner, struct segment_row *row, struct error *err)
{
    struct rows *r = owner;

    (void)err;
    if (r->next == r->count)
        return OK;
    item_vector(r->next++, r->count, r->vector);
    r->row = (struct memory_row){
        .seq = (int64_t)r->next, .id = (int64_t)r->next,
        .session_id = (int64_t)r->next / 50, .text = STR("some words"),
    };
    *row = (struct segment_row){ &r->row, r->vector, WIDTH };
    return OK;
}

static void
die(const char *what, const struct error *err)
{
    printf("%s: %s\n", what, err->text);
    exit(1);
}

static void
build(const char *state_dir, size_t count)
{
    struct rows           rows = { .count = count };
    struct segment_source source = {
        .vault_id = VAULT, .model_id = 1, .model = STR("made up"),
        .dimensions = WIDTH, .base_seq = (int64_t)count, .next = next_row,
        .owner = &rows,
    };
    struct error err;
    int64_t      before = clock_tick_us();

    if (segment_build(state_dir, &source, &err) != OK)
        die("build", &err);
    printf("  built in                     %10.1f s\n",
           (double)(clock_tick_us() - before) / 1e6);
}

static struct segment *
open_segment(const char *state_dir)
{
    struct segment *s;
    struct error    err;

    if (segment_open(state_dir, VAULT, &s, &err) != OK)
        die("open", &err);
    return s;
}

/* Asks the kernel to forget the pages of the files. */
static void
forget_pages(const char *state_dir)
{
    struct arena   a = ARENA_INIT;
    const char    *folder = arena_printf(&a, "%s/current",
        generation_vault(&a, state_dir, VAULT)).ptr;
    DIR           *dir = opendir(folder);
    struct dirent *entry;

    while (dir && (entry = readdir(dir)) != NULL) {
        int fd = open(arena_printf(&a, "%s/%s", folder, entry->d_name).ptr,
                      O_RDONLY | O_CLOEXEC);

        if (fd >= 0) {
            (void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
            (void)close(fd);
        }
    }
    if (dir)
        (void)closedir(dir);
    arena_release(&a);
}

static void
measure_memory(const char *state_dir)
{
    struct segment *opened[2 * OPENED];
    double          dirty = 0, clean = 0;

    (void)malloc_trim(0); /* what building left would be used first */
    for (size_t i = 0; i < COUNT(opened); i++) {
        opened[i] = open_segment(state_dir);
        if (i == OPENED - 1) { /* so many share what opening itself takes */
            dirty = memory_kib("Private_Dirty:");
            clean = memory_kib("Private_Clean:");
        }
    }
    printf("  open and idle, private       %10.1f KiB, clean file pages %.1f "
           "KiB\n", (memory_kib("Private_Dirty:") - dirty) / OPENED,
           (memory_kib("Private_Clean:") - clean) / OPENED);
    for (size_t i = 0; i < COUNT(opened); i++)
        segment_close(opened[i]);
}

static int
compare_times(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* The median and the slowest of some openings. */
static void
measure_opening(const char *state_dir)
{
    int64_t cold[OPENINGS], warm[OPENINGS];

    for (size_t i = 0; i < OPENINGS; i++) {
        int64_t before;

        forget_pages(state_dir);
        before = clock_tick_us();
        segment_close(open_segment(state_dir));
        cold[i] = clock_tick_us() - before;
        before = clock_tick_us();
        segment_close(open_segment(state_dir));
        warm[i] = clock_tick_us() - before;
    }
    qsort(cold, OPENINGS, sizeof(*cold), compare_times);
    qsort(warm, OPENINGS, sizeof(*warm), compare_times);
    printf("  opened cold                  %10.3f ms p50 %.3f ms slowest\n"
           "  opened warm                  %10.3f ms p50 %.3f ms slowest\n",
           (double)cold[OPENINGS / 2] / 1e3,
           (double)cold[OPENINGS - 1] / 1e3,
           (double)warm[OPENINGS / 2] / 1e3,
           (double)warm[OPENINGS - 1] / 1e3);
}

static void
print_times(const char *what, int64_t *times)
{
    qsort(times, QUESTIONS, sizeof(*times), compare_times);
    printf("  %-28s %10.3f ms p50 %.3f ms p95", what,
           (double)times[QUESTIONS / 2] / 1e3,
           (double)times[QUESTIONS * 95 / 100] / 1e3);
}

/* The exact first TOP, from all scores. */
static void
exact_top(const struct vectors *v, const float *question, float *scores,
          uint32_t top[TOP])
{
    vectors_scores(v, question, scores);
    for (size_t k = 0; k < TOP; k++) {
        uint32_t best = 0;

        for (uint32_t i = 1; i < vectors_items(v); i++)
            if (!(scores[best] >= scores[i]))
                best = i;
        top[k] = best;
        scores[best] = -2;
    }
}

static void
note_found(struct found *f, const uint32_t *items, const uint32_t *exact,
           size_t evidence)
{
    for (size_t i = 0; i < TOP; i++) {
        f->evidence += items[i] == evidence;
        for (size_t k = 0; k < TOP; k++)
            f->same += items[i] == exact[k];
    }
}

static void
print_found(const char *what, struct found *f)
{
    print_times(what, f->times);
    printf("  top10 %.3f  R@10 %.3f\n", (double)f->same / QUESTIONS / TOP,
           (double)f->evidence / QUESTIONS);
}

static void
measure_search(const struct vectors *v, size_t count)
{
    static const size_t probes[] = { 8, 16, 24, 32, 48, 64 };
    static struct found by_probes[COUNT(probes)], exact;
    static int64_t      moments[QUESTIONS];
    float              *scores = alloc_array_or_die(count, sizeof(*scores));

    memset(by_probes, 0, sizeof(by_probes));
    memset(&exact, 0, sizeof(exact));
    for (size_t q = 0; q < QUESTIONS; q++) {
        float    question[WIDTH], best[BEST];
        uint32_t items[BEST], top[TOP];
        size_t   evidence = question_vector(q, count, question);
        double   mean, deviation;
        int64_t  before = clock_tick_us();

        vectors_scores(v, question, scores);
        exact.times[q] = clock_tick_us() - before;
        exact_top(v, question, scores, top);
        note_found(&exact, top, top, evidence);
        before = clock_tick_us();
        vectors_moments(v, question, &mean, &deviation);
        moments[q] = clock_tick_us() - before;
        for (size_t p = 0; p < COUNT(probes); p++) {
            before = clock_tick_us();
            (void)vectors_nearest_of(v, question, probes[p], BEST, items,
                                     best);
            by_probes[p].times[q] = clock_tick_us() - before;
            note_found(&by_probes[p], items, top, evidence);
        }
    }
    print_found("all scores", &exact);
    print_times("mean and deviation", moments);
    printf("\n");
    for (size_t p = 0; p < COUNT(probes) && !vectors_is_exact(v); p++) {
        char name[40];

        (void)snprintf(name, sizeof(name), "best %d, %zu of %zu lists", BEST,
                       probes[p], vectors_lists(v));
        print_found(name, &by_probes[p]);
    }
    if (vectors_is_exact(v))
        print_found("best 200, exact", &by_probes[0]);
    free(scores);
}

/* All scores and a search with each kernel, against the plain one. */
static void
measure_kernels(const struct vectors *v, size_t count)
{
    float   *scores = alloc_array_or_die(count, sizeof(*scores));
    float    question[WIDTH], best[BEST];
    uint32_t items[BEST];
    size_t   kernels = 0;
    double   plain[2] = { 0, 0 };

    while (dot_select(kernels))
        kernels++;
    while (kernels-- > 0) {
        static int64_t all[QUESTIONS / 10], nearest[QUESTIONS];
        const char    *name = dot_select(kernels);

        for (size_t q = 0; q < QUESTIONS; q++) {
            int64_t before;

            (void)question_vector(q, count, question);
            before = clock_tick_us();
            if (q < QUESTIONS / 10) {
                vectors_scores(v, question, scores);
                all[q] = clock_tick_us() - before;
            }
            before = clock_tick_us();
            (void)vectors_nearest(v, question, BEST, items, best);
            nearest[q] = clock_tick_us() - before;
        }
        qsort(all, QUESTIONS / 10, sizeof(*all), compare_times);
        qsort(nearest, QUESTIONS, sizeof(*nearest), compare_times);
        if (plain[0] == 0) {
            plain[0] = (double)all[QUESTIONS / 20];
            plain[1] = (double)nearest[QUESTIONS / 2];
        }
        printf("  kernel %-21s %10.3f ms all (x %.2f)  %.3f ms nearest "
               "(x %.2f)\n", name, (double)all[QUESTIONS / 20] / 1e3,
               plain[0] / (double)all[QUESTIONS / 20],
               (double)nearest[QUESTIONS / 2] / 1e3,
               plain[1] / (double)nearest[QUESTIONS / 2]);
    }
    free(scores);
}

static void
measure(size_t count)
{
    struct arena    a = ARENA_INIT;
    const char     *tmp = getenv("TMPDIR");
    struct str      path = arena_printf(&a, "%s/vectors_bench.XXXXXX",
                                        tmp ? tmp : "/tmp");
    char           *folder = arena_alloc(&a, path.len + 1);
    struct segment *s;
    struct error    err;

    memcpy(folder, path.ptr, path.len);
    if (!mkdtemp(folder)) {
        printf("no folder can be made in %s\n", path.ptr);
        exit(1);
    }
    printf("%zu vectors of %d\n", count, WIDTH);
    build(folder, count);
    measure_opening(folder);
    measure_memory(folder);
    s = open_segment(folder);
    if (segment_verify(s, &err) != OK)
        die("verify", &err);
    measure_search(segment_vectors(s), count);
    measure_kernels(segment_vectors(s), count);
    segment_close(s);
    folder_remove(folder);
    arena_release(&a);
}

int
main(int argc, char **argv)
{
    static const size_t counts[] = { 1000, 10000, 100000 };

    printf("kernel: %s\n", dot_kernel());
    for (int i = 1; i < argc; i++)
        measure(strtoul(argv[i], NULL, 10));
    for (size_t i = 0; i < COUNT(counts) && argc < 2; i++)
        measure(counts[i]);
    return 0;
}
