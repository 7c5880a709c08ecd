/* Scores of vectors. */
#include "memory/similar.h"

#include <math.h>

#include "memory/dot.h"

#include "base/banned.h"

/* Count, sum and sum of squares of cosines. */
struct sums {
    double count;
    double sum;
    double squares;
};

static void
add(struct sums *sums, float score)
{
    if (isnan(score))
        return;
    sums->count += 1;
    sums->sum += (double)score;
    sums->squares += (double)score * (double)score;
}

static void
add_moments(struct sums *sums, double count, double mean, double deviation)
{
    sums->count += count;
    sums->sum += count * mean;
    sums->squares += count * (deviation * deviation + mean * mean);
}

static float
cosine(const struct index *ix, const float *question, uint32_t item)
{
    const float *vector = index_vector(ix, item);

    return vector ? dot_product(question, vector, ix->dimensions) : NAN;
}

/* All scores of both parts. */
static void
scan(struct similar *s, float *scores, struct sums *sums)
{
    const struct index *ix = s->index;
    uint32_t            from = 0;

    if (ix->vectors) {
        from = ix->parts[INDEX_BASE].count;
        vectors_scores(ix->vectors, s->question, scores);
    }
    for (uint32_t i = from; i < index_count(ix); i++)
        scores[i] = cosine(ix, s->question, i);
    for (uint32_t i = 0; i < index_count(ix); i++)
        add(sums, scores[i]);
    s->scores = scores;
}

/* The base in closed form, the tail one by one. */
static void
estimate(const struct similar *s, struct sums *sums)
{
    const struct index *ix = s->index;
    double              mean, deviation;

    vectors_moments(ix->vectors, s->question, &mean, &deviation);
    add_moments(sums, vectors_count(ix->vectors), mean, deviation);
    for (uint32_t i = ix->parts[INDEX_TAIL].first; i < index_count(ix); i++)
        add(sums, cosine(ix, s->question, i));
}

struct similar
similar_of(const struct index *ix, const struct similar_query *q,
           struct scratch *scratch)
{
    struct similar s = { .index = ix };
    struct sums    sums = { 0, 0, 0 };
    double         variance;

    if (!q->vector || q->centre.dimensions != ix->dimensions)
        return s;
    s.question = q->vector;
    if (ix->vectors && !vectors_is_exact(ix->vectors))
        estimate(&s, &sums);
    else
        scan(&s, scratch->scores, &sums);
    if (sums.count <= 0)
        return s;
    s.mean = sums.sum / sums.count;
    variance = sums.squares / sums.count - s.mean * s.mean;
    s.deviation = variance > 0 ? sqrt(variance) : 0;
    return s;
}

float
similar_cosine(const struct similar *s, uint32_t item)
{
    if (!s->question)
        return NAN;
    if (s->scores)
        return s->scores[item];
    return cosine(s->index, s->question, item);
}

double
similar_z(const struct similar *s, uint32_t item)
{
    float c = similar_cosine(s, item);

    return isnan(c) || s->deviation <= 0
               ? 0 : ((double)c - s->mean) / s->deviation;
}

/* The product of l - lc and r - rc. */
static float
centred_product(const float *l, const float *lc, const float *r,
                const float *rc, size_t width)
{
    return dot_product(l, r, width) - dot_product(l, rc, width) -
           dot_product(lc, r, width) + dot_product(lc, rc, width);
}

float
similar_centred(const struct similar *s, const struct embed_centre *centre,
                uint32_t item)
{
    const float *q = s->question, *p = index_vector(s->index, item);
    const float *qc = centre->question, *pc = centre->passage;
    size_t       width = s->index->dimensions;
    float        lengths;

    if (!q || !p || !qc || !pc)
        return NAN;
    lengths = centred_product(q, qc, q, qc, width) *
              centred_product(p, pc, p, pc, width);
    return lengths > 0
               ? centred_product(q, qc, p, pc, width) / sqrtf(lengths) : 0;
}
