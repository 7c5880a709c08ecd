/* Which arithmetic this processor can do. */
#include "memory/kernels.h"

#ifdef __x86_64__
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "base/error.h"

#include "base/banned.h"

#ifdef __x86_64__

/* Source: Linux, Documentation/arch/x86/xstate.rst. */
enum { ARCH_REQ_XCOMP_PERM = 0x1023, XFEATURE_XTILEDATA = 18 };

/* The processor has a matrix unit for bytes and Linux lets this process use
 * it, which has to be asked for. */
static bool
has_amx(void)
{
    unsigned int       a, b, c, d;
    const unsigned int wanted = 3U << 24; /* AMX-TILE, AMX-INT8 */

    return __get_cpuid_count(7, 0, &a, &b, &c, &d) &&
           (d & wanted) == wanted &&
           syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM,
                   XFEATURE_XTILEDATA) == 0;
}

static bool
has_avx512(void)
{
    return __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512vnni");
}

static size_t
list_x86(const struct kernels *list[])
{
    size_t count = 0;

    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
        return count;
    list[count++] = &kernels_avx2;
    if (!has_avx512())
        return count;
    list[count++] = &kernels_avx512;
    if (has_amx())
        list[count++] = &kernels_avx512_amx;
    return count;
}

#else

static size_t
list_x86(const struct kernels *list[])
{
    (void)list;
    return 0;
}

#endif

size_t
kernels_list(const struct kernels *list[4])
{
    list[0] = &kernels_portable;
    return 1 + list_x86(list + 1);
}

const struct kernels *
kernels_best(void)
{
    const struct kernels *list[4];
    size_t                count = kernels_list(list);

    return list[count - 1];
}

size_t
kernels_attention_floats(size_t tokens, size_t head_width)
{
    /* The longest step of any kind is 32 floats, with four queries at once. */
    size_t wide = (tokens + 31) / 32 * 32;
    size_t deep = (head_width + 31) / 32 * 32;

    return head_width * wide + tokens * deep + 4 * wide + 4 * deep;
}
