#include "gen.h"

#include <string.h>

// Edits of single bytes, anywhere.
static void mutate_bytes(struct dna *dna, struct buf *out, size_t begin)
{
    const unsigned edits = 1 + dna_pick(dna, 4);
    for (unsigned i = 0; i < edits && out->size > begin; i++) {
        const size_t size = out->size - begin;
        uint8_t *at = out->data + begin + dna_bits(dna, 4) % size;
        const size_t rest = (size_t)(out->data + out->size - at);
        // Mostly edits that keep the length: one that does not is seldom more than a wrong size.
        switch (dna_pick(dna, 12)) {
        case 0: *at = (uint8_t)dna_bits(dna, 1); break;
        case 1: *at = (uint8_t)(*at ^ 1u << dna_pick(dna, 8)); break;
        case 2: *at = (uint8_t)(*at + (dna_chance(dna, 1, 2) ? 1 : -1)); break;
        case 10:
            memmove(at, at + 1, rest - 1);
            out->size--;
            break;
        case 11: {
            const uint8_t copy = *at;
            const size_t offset = (size_t)(at - out->data);
            buf_u8(out, 0);
            if (out->failed) return;
            memmove(out->data + offset + 1, out->data + offset, out->size - offset - 1);
            out->data[offset] = copy;
            break;
        }
        default: {
            static const uint8_t telling[] = { 0x00, 0x01, 0x7f, 0x80, 0xff, 0x0b, 0x40,
                                               0x70, 0x63, 0x64, 0xfb, 0xfc, 0xfd };
            *at = telling[dna_pick(dna, sizeof telling)];
            break;
        }
        }
    }
}

enum { SECTIONS = 16 };

// Sections moved, left out, repeated, or with another size.
static void mutate_sections(struct dna *dna, const uint8_t *data, size_t size, struct buf *out)
{
    struct {
        uint8_t id;
        const uint8_t *data;
        size_t size;
    } sections[SECTIONS];
    unsigned count = 0;
    size_t at = 8;
    while (at + 1 < size && count < SECTIONS) {
        const uint8_t id = data[at++];
        uint64_t length = 0;
        for (unsigned shift = 0; at < size && shift < 35; shift += 7) {
            const uint8_t byte = data[at++];
            length |= (uint64_t)(byte & 0x7f) << shift;
            if (!(byte & 0x80)) break;
        }
        if (length > size - at) break;
        sections[count].id = id;
        sections[count].data = data + at;
        sections[count++].size = (size_t)length;
        at += (size_t)length;
    }
    buf_put(out, data, size < 8 ? size : 8);
    const unsigned what = dna_pick(dna, 5), which = count ? dna_pick(dna, count) : 0,
                   other = count ? dna_pick(dna, count) : 0;
    for (unsigned i = 0; i < count; i++) {
        unsigned k = i;
        if (what == 0 && (i == which || i == other)) k = i == which ? other : which;
        if (what == 1 && i == which) continue;
        const unsigned times = what == 2 && i == which ? 2 : 1;
        for (unsigned n = 0; n < times; n++) {
            buf_u8(out, sections[k].id);
            size_t length = sections[k].size;
            if (what == 3 && i == which) length += dna_pick(dna, 3) - (size_t)1;
            buf_leb_u(out, length);
            buf_put(out, sections[k].data, sections[k].size);
        }
        if (what == 4 && i == which) buf_put(out, "\0\5\4name", 7); // a custom section in between
    }
}

void gen_mutate(struct dna *dna, const uint8_t *data, size_t size, struct buf *out)
{
    const size_t begin = out->size;
    if (dna_chance(dna, 1, 4)) {
        mutate_sections(dna, data, size, out);
        if (dna_chance(dna, 1, 2)) return;
    } else {
        buf_put(out, data, size);
    }
    if (!out->failed) mutate_bytes(dna, out, begin);
}
