/* A hash table with linear probing over words that lie one after another. */
#include "memory/pieces.h"

#include "memory/hash.h"

#include "base/banned.h"

#define GOES_ON STR("##")

/* Longer ones are not looked for: no vocabulary has them. */
enum { PIECE_MAX_BYTES = 200 };

static uint32_t
fold(uint64_t hash)
{
    return (uint32_t)(hash ^ hash >> 32);
}

static struct str
text_of(const struct pieces *p, uint32_t id)
{
    return (struct str){ p->texts + p->starts[id],
                         p->starts[id + 1] - p->starts[id] };
}

/* The id of the piece that is `before` and then `text`. */
static uint32_t
find(const struct pieces *p, struct str before, struct str text,
     uint64_t hash)
{
    for (uint32_t i = fold(hash);; i++) {
        uint32_t   id = p->slots[i & (p->slot_count - 1)];
        struct str piece;

        if (!id)
            return PIECES_NONE;
        piece = text_of(p, id - 1);
        if (piece.len == before.len + text.len &&
            str_starts(piece, before) && str_ends(piece, text))
            return id - 1;
    }
}

uint32_t
pieces_slot_count(uint32_t count)
{
    uint32_t slots = 4;

    while (slots < count * 2)
        slots *= 2;
    return slots;
}

bool
pieces_fill(const struct str *words, uint32_t count, uint32_t *starts,
            char *texts, uint32_t *slots)
{
    struct pieces p = { .slot_count = pieces_slot_count(count),
                        .starts = starts, .texts = texts, .slots = slots };

    for (uint32_t id = 0; id < count; id++) {
        uint64_t hash = hash_more(HASH_START, words[id]);
        uint32_t i = fold(hash);

        if (find(&p, STR_NONE, words[id], hash) != PIECES_NONE)
            return false;
        while (slots[i & (p.slot_count - 1)])
            i++;
        slots[i & (p.slot_count - 1)] = id + 1;
        if (words[id].len)
            memcpy(texts + starts[id], words[id].ptr, words[id].len);
        starts[id + 1] = starts[id] + (uint32_t)words[id].len;
    }
    return true;
}

/* Every number leads to a piece, and looking for one comes to an end. */
static bool
is_sound(const struct pieces *p, size_t text_bytes)
{
    uint32_t used = 0;

    for (uint32_t id = 0; id < p->count; id++)
        if (p->starts[id] > p->starts[id + 1])
            return false;
    for (uint32_t i = 0; i < p->slot_count; i++) {
        if (p->slots[i] > p->count)
            return false;
        used += p->slots[i] != 0;
    }
    return p->starts[p->count] == text_bytes && used < p->slot_count;
}

enum status
pieces_check(struct pieces *p, size_t text_bytes, struct error *err)
{
    if (!is_sound(p, text_bytes))
        return failed(err, ERR_INPUT, "the vocabulary is damaged");
    p->unknown = pieces_find(p, STR("[UNK]"));
    p->begin = pieces_find(p, STR("[CLS]"));
    p->end = pieces_find(p, STR("[SEP]"));
    if (p->unknown == PIECES_NONE || p->begin == PIECES_NONE ||
        p->end == PIECES_NONE)
        return failed(err, ERR_INPUT,
                      "the vocabulary lacks [UNK], [CLS] or [SEP]");
    return OK;
}

uint32_t
pieces_find(const struct pieces *p, struct str piece)
{
    return find(p, STR_NONE, piece, hash_more(HASH_START, piece));
}

uint32_t
pieces_longest(const struct pieces *p, struct str rest, bool goes_on,
               size_t *length)
{
    struct str before = goes_on ? GOES_ON : STR_NONE;
    uint64_t   hashes[PIECE_MAX_BYTES + 1];
    size_t     most = rest.len < PIECE_MAX_BYTES ? rest.len : PIECE_MAX_BYTES;

    hashes[0] = hash_more(HASH_START, before);
    for (size_t i = 0; i < most; i++)
        hashes[i + 1] = hash_more(hashes[i], str_slice(rest, i, i + 1));
    for (size_t end = most; end > 0; end--) {
        uint32_t id = find(p, before, str_slice(rest, 0, end), hashes[end]);

        if (id != PIECES_NONE) {
            *length = end;
            return id;
        }
    }
    return PIECES_NONE;
}
