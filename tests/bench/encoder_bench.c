/*
 * What a model makes of texts, for the scripts beside this file.
 *
 *     encoder_bench MODEL
 *
 * reads a text a line, "?" in front of a question and "!" in front of a
 * passage, and answers each with a line: nanoseconds and the vector.
 *
 *     encoder_bench MODEL LIMIT
 *
 * reads texts with their length in front (32 bits, little end first), and
 * answers each with a line: its tokens, at most LIMIT.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "memory/encoder.h"
#include "memory/tokenizer.h"
#include "memory/weights.h"

#include "base/arena.h"
#include "base/banned.h"

static long long
now_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t); /* it is always there */
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void
answer(const struct encoder *e, struct str line, float *row)
{
    struct str       text = str_slice(line, 1, line.len);
    enum encoder_use use = str_starts(line, STR("?")) ? ENCODE_QUESTION
                                                      : ENCODE_PASSAGE;
    long long        began = now_ns();

    encoder_run(e, use, &text, 1, row);
    printf("%lld", now_ns() - began);
    for (size_t i = 0; i < encoder_dimensions(e); i++)
        printf(" %.9g", (double)row[i]);
    printf("\n");
    (void)fflush(stdout); /* who reads it sees that nothing comes */
}

static enum status
print_vectors(const char *model, struct error *err)
{
    struct encoder *e;
    char           *line = NULL;
    size_t          room = 0;
    ssize_t         len;
    float          *row;
    enum status     st;

    if ((st = encoder_open(model, &e, err)) != OK)
        return st;
    row = alloc_array_or_die(encoder_dimensions(e), sizeof(*row));
    printf("%s\n", encoder_kernels(e));
    (void)fflush(stdout); /* likewise */
    while ((len = getline(&line, &room, stdin)) > 0)
        answer(e, str_trim((struct str){ line, (size_t)len }), row);
    free(line);
    free(row);
    encoder_close(e);
    return OK;
}

static enum status
print_tokens(const char *model, size_t limit, struct error *err)
{
    const struct weights *w;
    uint32_t             *ids = alloc_array_or_die(limit, sizeof(*ids));
    unsigned char         head[4];
    enum status           st = weights_open(model, &w, err);

    while (st == OK && fread(head, 1, sizeof(head), stdin) == sizeof(head)) {
        size_t     len = (size_t)head[0] | (size_t)head[1] << 8 |
                         (size_t)head[2] << 16 | (size_t)head[3] << 24;
        char      *bytes = alloc_or_die(len);
        struct str text = { bytes, fread(bytes, 1, len, stdin) };
        size_t     count = tokenizer_run(&w->pieces, w->config.lowercase,
                                         &text, 1, ids, limit);

        for (size_t i = 0; i < count; i++)
            printf("%u ", ids[i]);
        printf("\n");
        free(bytes);
    }
    if (st == OK)
        weights_close(w);
    free(ids);
    return st;
}

int
main(int argc, char **argv)
{
    struct error err = { .text = "usage: encoder_bench MODEL [LIMIT]" };
    int64_t      limit;
    enum status  st = ERR_INPUT;

    if (argc == 2)
        st = print_vectors(argv[1], &err);
    else if (argc == 3 && str_to_int(str_from(argv[2]), &limit) && limit >= 2)
        st = print_tokens(argv[1], (size_t)limit, &err);
    if (st != OK)
        printf("%s\n", err.text);
    return st != OK;
}
