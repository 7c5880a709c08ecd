/* Words and vectors from hashes. */
#include "recall/made.h"

#include <math.h>

#include "base/banned.h"

enum {
    TOPICS = 512,
    TOPIC_ROWS = 8,       /* a conversation stays with a topic so long */
    TOPIC_WORDS = 400,
    ALL_WORDS = 30000,
    WORDS_LEAST = 5,
    WORDS_MORE = 40,
    QUESTION_WORDS = 8,
};

static const char *const common[] = {
    "the", "i", "to", "and", "a", "you", "it", "of", "in", "that", "my", "is",
    "was", "for", "on", "we", "with", "have", "so", "but", "me", "at", "this",
    "not", "be", "they", "about", "just", "what", "are", "like", "time", "do",
    "had", "from", "really", "all", "out", "can", "one", "get", "he", "she",
    "your", "if", "up", "when", "there", "some", "been", "good", "as", "an",
    "will", "would", "how", "know", "them", "our", "think", "more", "new",
};

/* Chance that anybody can repeat.  Source: Vigna, splitmix64, 2015. */
static uint64_t
next(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* 0 up to, not including, 1. */
static double
part(uint64_t *state)
{
    return (double)(next(state) >> 11) / 9007199254740992.0;
}

static uint64_t
seed_of(uint64_t vault, uint64_t seq, uint64_t purpose)
{
    uint64_t state = vault * 0x9E3779B97F4A7C15u + purpose;

    return next(&state) ^ (seq * 0xD6E8FEB86659FD93u);
}

static uint64_t
topic_of(uint64_t vault, uint64_t seq)
{
    uint64_t state = seed_of(vault, seq / TOPIC_ROWS, 1);

    return next(&state) % TOPICS;
}

/* Below `count`, small numbers far more often (Zipf's law, exponent 1). */
static uint64_t
uneven(uint64_t *state, uint64_t count)
{
    uint64_t n = (uint64_t)pow((double)count + 1, part(state)) - 1;

    return n < count ? n : count - 1;
}

/* Word n of a language that has none: syllables. */
static void
add_word(struct buf *b, uint64_t n)
{
    static const char onsets[] = "bdfghklmnprstvwz";
    static const char vowels[] = "aeiou";
    uint64_t          state = n;
    uint64_t          bits = next(&state);
    size_t            syllables = n < 600 ? 2 : n < 9000 ? 3 : 4;

    for (size_t i = 0; i < syllables; i++) {
        buf_add_byte(b, onsets[bits % (sizeof(onsets) - 1)]);
        buf_add_byte(b, vowels[bits / 16 % (sizeof(vowels) - 1)]);
        bits /= 128;
    }
    if (n % 3 == 0)
        buf_add_byte(b, onsets[n / 3 % (sizeof(onsets) - 1)]);
}

static void
add_topic_word(struct buf *b, uint64_t *state, uint64_t topic)
{
    uint64_t words = topic * TOPIC_WORDS;

    add_word(b, 1000000 + words + uneven(state, TOPIC_WORDS));
}

static void
add_any_word(struct buf *b, uint64_t *state, uint64_t topic)
{
    double kind = part(state);

    if (kind < 0.45)
        buf_printf(b, "%s", common[uneven(state, COUNT(common))]);
    else if (kind < 0.8)
        add_topic_word(b, state, topic);
    else if (kind < 0.98)
        add_word(b, uneven(state, ALL_WORDS));
    else
        buf_printf(b, "%d", (int)(next(state) % 10000));
}

void
made_text(struct buf *b, uint64_t vault, uint64_t seq)
{
    uint64_t state = seed_of(vault, seq, 2);
    uint64_t topic = topic_of(vault, seq);
    double   long_one = part(&state) * part(&state);
    size_t   words = WORDS_LEAST + (size_t)(long_one * WORDS_MORE);

    for (size_t i = 0; i < words; i++) {
        if (i)
            buf_add_byte(b, ' ');
        add_any_word(b, &state, topic);
    }
    buf_add_byte(b, next(&state) % 5 ? '.' : '?');
}

void
made_question(struct buf *b, uint64_t vault, uint64_t seq)
{
    uint64_t state = seed_of(vault, seq, 3);
    uint64_t topic = topic_of(vault, seq);

    for (size_t i = 0; i < QUESTION_WORDS; i++) {
        if (i)
            buf_add_byte(b, ' ');
        if (i % 3 == 2)
            buf_printf(b, "%s", common[uneven(&state, COUNT(common))]);
        else
            add_topic_word(b, &state, topic);
    }
    buf_add_byte(b, '?');
}

/* About normal, mean 0, deviation 1: the sum of three even ones. */
static float
bell(uint64_t *state)
{
    uint64_t bits = next(state);
    double   sum = 0;

    for (int i = 0; i < 3; i++)
        sum += (double)(bits >> (21 * i) & 0x1FFFFF) / 2097152.0;
    return (float)((sum - 1.5) * 2);
}

/*
 * What all have in common, then the topic, then the memory's own: cosines of
 * two are about .7, within a topic .85, as with e5.
 */
void
made_vector(float *vector, size_t dimensions, uint64_t vault, uint64_t seq)
{
    uint64_t all = 4;
    uint64_t topic = seed_of(topic_of(vault, seq), 0, 5);
    uint64_t own = seed_of(vault, seq, 6);
    double   square = 0;

    for (size_t i = 0; i < dimensions; i++) {
        vector[i] = 0.84F * bell(&all) + 0.39F * bell(&topic) +
                    0.38F * bell(&own);
        square += (double)vector[i] * (double)vector[i];
    }
    for (size_t i = 0; i < dimensions; i++)
        vector[i] /= (float)sqrt(square);
}
