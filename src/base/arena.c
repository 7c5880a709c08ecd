/* Bump allocation in blocks, with deferred cleanups. */
#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISON 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISON 1
#endif
#endif

#ifdef ARENA_POISON
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(ptr, size)   ((void)(ptr), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(ptr, size) ((void)(ptr), (void)(size))
#endif

#include "base/banned.h"

/* The first block holds an ordinary request; larger pieces get their own. */
enum { BLOCK_BYTES = 8 * 1024 };

struct arena_block {
    struct arena_block *older;
    size_t              size;
    alignas(max_align_t) char bytes[];
};

struct arena_cleanup {
    struct arena_cleanup *older;
    void (*run)(void *ptr);
    void *ptr;
};

static _Noreturn void
out_of_memory(void)
{
    static const char text[] = "memoryrouter: out of memory\n";

    if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
        _exit(70);
    abort();
}

void *
alloc_or_die(size_t size)
{
    void *ptr = malloc(size ? size : 1);

    if (!ptr)
        out_of_memory();
    return ptr;
}

void *
alloc_array_or_die(size_t count, size_t size)
{
    void *ptr = calloc(count ? count : 1, size ? size : 1);

    if (!ptr)
        out_of_memory();
    return ptr;
}

void *
realloc_or_die(void *old, size_t size)
{
    void *ptr = realloc(old, size ? size : 1);

    if (!ptr)
        out_of_memory();
    return ptr;
}

static void
use_block(struct arena *a, struct arena_block *block)
{
    a->next = block->bytes;
    a->end = block->bytes + block->size;
    ASAN_POISON_MEMORY_REGION(block->bytes, block->size);
}

static void
add_block(struct arena *a, size_t size)
{
    struct arena_block *block;

    if (size < BLOCK_BYTES)
        size = BLOCK_BYTES;
    block = alloc_or_die(sizeof(*block) + size);
    block->size = size;
    block->older = a->blocks;
    a->blocks = block;
    use_block(a, block);
}

static void
run_cleanups(struct arena *a)
{
    struct arena_cleanup *c;

    while ((c = a->cleanups) != NULL) {
        a->cleanups = c->older;
        c->run(c->ptr);
    }
}

static void
free_blocks(struct arena *a, const struct arena_block *keep)
{
    while (a->blocks != keep) {
        struct arena_block *block = a->blocks;

        a->blocks = block->older;
        ASAN_UNPOISON_MEMORY_REGION(block->bytes, block->size);
        free(block);
    }
}

void
arena_reset(struct arena *a)
{
    struct arena_block *oldest = a->blocks;

    run_cleanups(a);
    if (!oldest)
        return;
    while (oldest->older)
        oldest = oldest->older;
    free_blocks(a, oldest);
    use_block(a, oldest);
}

void
arena_release(struct arena *a)
{
    run_cleanups(a);
    free_blocks(a, NULL);
    *a = ARENA_INIT;
}

void *
arena_alloc(struct arena *a, size_t size)
{
    size_t align = alignof(max_align_t);
    size_t rounded;
    char  *piece;

    if (size > SIZE_MAX / 2)
        out_of_memory();
    rounded = (size + align - 1) & ~(align - 1);
    if (!a->next || rounded > (size_t)(a->end - a->next))
        add_block(a, rounded);
    piece = a->next;
    a->next += rounded;
    ASAN_UNPOISON_MEMORY_REGION(piece, size);
    return memset(piece, 0, size);
}

void *
arena_alloc_array(struct arena *a, size_t count, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes))
        out_of_memory();
    return arena_alloc(a, bytes);
}

struct str
arena_copy(struct arena *a, struct str s)
{
    char *copy = arena_alloc(a, s.len + 1);

    if (s.len)
        memcpy(copy, s.ptr, s.len);
    return (struct str){ copy, s.len };
}

struct str
arena_printf(struct arena *a, const char *format, ...)
{
    va_list args;
    char   *text;
    int     len;

    va_start(args, format);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    assert(len >= 0);
    text = arena_alloc(a, (size_t)len + 1);
    va_start(args, format);
    (void)vsnprintf(text, (size_t)len + 1, format, args); /* it fits */
    va_end(args);
    return (struct str){ text, (size_t)len };
}

void
arena_defer(struct arena *a, void (*cleanup)(void *ptr), void *ptr)
{
    struct arena_cleanup *c = arena_new(a, struct arena_cleanup);

    c->run = cleanup;
    c->ptr = ptr;
    c->older = a->cleanups;
    a->cleanups = c;
}
