// Function bodies: flat, one instruction a line, or folded. Folding keeps the order of the bytes: an instruction takes
// in as operands the expressions that stand directly before it and give one value each, as many as it takes, or none.
// Instructions are kept as nodes in the order of the bytes; an expression is a run of nodes [first, i] that ends in its
// own, so that its operands are found backwards without any tree, and printed with a stack in the heap.
#include "text/printer.h"

enum { INDENT_MAX = 60, LINE_MAX_WIDTH = 72 };

struct node {
    uint32_t text, size; // in pr->line
    uint32_t first;      // of the expression that ends here
    uint32_t partner;    // `end` and `delegate`: the node that began the block
    uint32_t split;      // `end`: the last `else` or `catch` of the block, or 0; of those the one before
    uint16_t op;
    uint8_t gives; // 0, 1, or 2: several, or nobody knows
    uint8_t hint;  // 0, or 1 + the branch hint
    bool simple;   // neither a block nor hinted, nor is any operand
    uint32_t width;
};

static void indent_to(struct printer *pr, size_t depth)
{
    pr->indent = (unsigned)(depth < INDENT_MAX ? depth : INDENT_MAX);
}

// The hint for the instruction at this offset of the body, or 0.
static uint8_t take_hint(struct printer *pr, uint32_t func, uint64_t offset)
{
    if (pr->next_hint == pr->hint_count) return 0;
    const struct printed_hint *hint = &pr->hints[pr->next_hint];
    if (hint->func != func || hint->offset != offset) return 0;
    pr->next_hint++;
    return (uint8_t)(hint->value + 1);
}

static void put_hint(struct printer *pr, uint8_t hint)
{
    if (hint) buf_printf(pr->out, "(@%s \"\\%02x\") ", annot_name(ANNOT_BRANCH_HINT), hint - 1u);
}

static bool is_block(enum opcode op)
{
    return op_infos[op].imm == IMM_BLOCK || op_infos[op].imm == IMM_TRY_TABLE;
}

static bool is_split(enum opcode op)
{
    return op == OP_ELSE || op == OP_CATCH || op == OP_CATCH_ALL;
}

static hf_code print_flat(struct printer *pr, struct reader *in, uint32_t func)
{
    const size_t base = pr->indent;
    while (in->at != in->end) {
        const struct reader from = *in;
        const size_t depth = pr->open_count;
        const uint8_t hint = take_hint(pr, func, reader_offset(in));
        buf_clear(&pr->line);
        const enum opcode op = print_instr(pr, in, &pr->line);
        if (op == OP_NONE) return print_fail(pr, &from, "malformed instruction");
        if (op == OP_END || op == OP_DELEGATE) {
            if (!pr->open_count) {
                if (op != OP_END || in->at != in->end) return print_fail(pr, &from, "unexpected end of block");
                pr->indent = (unsigned)base;
                return HF_OK;
            }
            pr->open_count--;
        }
        const bool outer = is_split(op) && pr->open_count;
        indent_to(pr, base + (outer ? pr->open_count - 1 : pr->open_count < depth ? pr->open_count : depth));
        print_line(pr);
        if (pr->offsets) buf_printf(pr->out, "(;0x%06zx;) ", (size_t)(from.at - pr->bytes));
        put_hint(pr, hint);
        buf_put(pr->out, pr->line.data, pr->line.size);
        if (pr->out->failed || pr->line.failed) return HF_OUT_OF_MEMORY;
    }
    return print_fail(pr, in, "END opcode expected");
}

// --- reading nodes -----------------------------------------------------------------------------------------

// What the reader of nodes has open: blocks, each with the expressions in it that nothing has taken yet.
struct open_block {
    uint32_t begin; // node
    uint32_t split; // last `else` or `catch`
    size_t values;  // how high the stack of expressions was
    uint32_t gives;
};

struct folder {
    struct open_block *blocks;
    size_t block_count, block_cap;
    uint32_t *values; // last nodes of the expressions in a row that give one value each
    size_t value_count, value_cap;
};

static hf_code push_expr(struct printer *pr, struct folder *f, uint32_t node, size_t floor)
{
    // What gives nothing, or too much, is a statement: nothing before it is an operand any more.
    if (pr->nodes[node].gives != 1) {
        f->value_count = floor;
        return HF_OK;
    }
    if (f->value_count == f->value_cap) {
        uint32_t *values = mem_grow(pr->heap, f->values, &f->value_cap, f->value_count + 1, sizeof *values);
        if (!values) return HF_OUT_OF_MEMORY;
        f->values = values;
    }
    f->values[f->value_count++] = node;
    return HF_OK;
}

// Takes `count` operands for the node, if as many stand there.
static void take_operands(struct printer *pr, struct folder *f, struct node *n, uint64_t count, size_t floor)
{
    if (!count || count > f->value_count - floor) return;
    f->value_count -= (size_t)count;
    n->first = pr->nodes[f->values[f->value_count]].first;
    for (size_t i = 0; i < count; i++) {
        const struct node *operand = &pr->nodes[f->values[f->value_count + i]];
        n->simple &= operand->simple;
        n->width = n->width + operand->width + 1 < UINT16_MAX ? n->width + operand->width + 1 : UINT16_MAX;
    }
}

static hf_code read_nodes(struct printer *pr, struct reader *in, uint32_t func, struct folder *f)
{
    pr->node_count = 0;
    buf_clear(&pr->line);
    while (in->at != in->end) {
        const struct reader from = *in;
        if (pr->node_count == pr->node_cap) {
            struct node *nodes = mem_grow(pr->heap, pr->nodes, &pr->node_cap, pr->node_count + 1, sizeof *nodes);
            if (!nodes) return HF_OUT_OF_MEMORY;
            pr->nodes = nodes;
        }
        const uint32_t at = (uint32_t)pr->node_count;
        struct node *n = &pr->nodes[at];
        *n = (struct node){ .text = (uint32_t)pr->line.size, .first = at, .partner = at, .simple = true };
        n->hint = take_hint(pr, func, reader_offset(in));
        struct instr_facts facts;
        const enum opcode op = print_instr_facts(pr, in, &pr->line, &facts);
        if (op == OP_NONE) return print_fail(pr, &from, "malformed instruction");
        if (pr->offsets) buf_printf(&pr->line, " (;0x%06zx;)", (size_t)(from.at - pr->bytes));
        if (pr->line.failed) return HF_OUT_OF_MEMORY;
        if (pr->line.size > UINT32_MAX) return HF_LIMIT;
        n->op = (uint16_t)op;
        n->size = (uint32_t)pr->line.size - n->text;
        n->width = n->size < UINT16_MAX ? n->size + 2 : UINT16_MAX;
        if (n->hint) n->simple = false;
        struct open_block *block = f->block_count ? &f->blocks[f->block_count - 1] : NULL;
        const size_t floor = block ? block->values : 0;

        if (op == OP_END || op == OP_DELEGATE) {
            if (!block) {
                if (op == OP_END && in->at == in->end) return HF_OK;
                return print_fail(pr, &from, "unexpected end of block");
            }
            pr->open_count--;
            pr->node_count++;
            n->partner = block->begin;
            n->split = block->split;
            n->first = pr->nodes[block->begin].first;
            n->simple = false;
            n->gives = (uint8_t)(block->gives > 1 ? 2 : block->gives);
            f->value_count = block->values;
            f->block_count--;
            const size_t below = f->block_count ? f->blocks[f->block_count - 1].values : 0;
            if (push_expr(pr, f, at, below) != HF_OK) return HF_OUT_OF_MEMORY;
            continue;
        }
        pr->node_count++;
        if (is_split(op)) {
            if (!block) return print_fail(pr, &from, "else or catch outside of a block");
            n->split = block->split;
            block->split = at;
            f->value_count = floor;
            continue;
        }
        if (is_block(op)) {
            // The condition of an `if` belongs to its expression.
            if (op == OP_IF) take_operands(pr, f, n, 1, floor);
            if (f->block_count == f->block_cap) {
                struct open_block *more =
                    mem_grow(pr->heap, f->blocks, &f->block_cap, f->block_count + 1, sizeof *more);
                if (!more) return HF_OUT_OF_MEMORY;
                f->blocks = more;
            }
            f->blocks[f->block_count++] = (struct open_block){ at, 0, f->value_count, facts.block_results };
            continue;
        }
        const struct arity arity = instr_arity(pr, op, &facts);
        n->gives = (uint8_t)(arity.gives > 1 ? 2 : arity.gives);
        take_operands(pr, f, n, arity.takes, floor);
        if (push_expr(pr, f, at, floor) != HF_OK) return HF_OUT_OF_MEMORY;
    }
    return print_fail(pr, in, "END opcode expected");
}

// --- printing nodes ----------------------------------------------------------------------------------------

// Work that is still to be done, last first: print the expressions of a run of nodes, or some text.
struct work {
    uint32_t from, to; // nodes [from, to)
    const char *text;  // or this
    bool line;         // on a line of its own, else behind a space
    bool inline_all;   // everything in the run on this line
    unsigned indent;
};

struct worklist {
    struct work *items;
    size_t count, cap;
};

static hf_code push_work(struct printer *pr, struct worklist *list, struct work work)
{
    if (list->count == list->cap) {
        struct work *items = mem_grow(pr->heap, list->items, &list->cap, list->count + 1, sizeof *items);
        if (!items) return HF_OUT_OF_MEMORY;
        list->items = items;
    }
    list->items[list->count++] = work;
    return HF_OK;
}

static void put_node(struct printer *pr, const struct node *n)
{
    buf_put(pr->out, pr->line.data + n->text, n->size);
}

static void start(struct printer *pr, const struct work *w)
{
    pr->indent = w->indent < INDENT_MAX ? w->indent : INDENT_MAX;
    if (w->line)
        print_line(pr);
    else
        buf_u8(pr->out, ' ');
}

// Pushes a construct's parts, last part first: "(then …)", "(else …)", "(catch …)".
static hf_code push_block(struct printer *pr, struct worklist *list, uint32_t end, const struct work *w)
{
    const struct node *last = &pr->nodes[end];
    const uint32_t begin = last->partner;
    const enum opcode op = (enum opcode)pr->nodes[begin].op;
    const unsigned inside = w->indent + 1;
    TRY(push_work(pr, list, (struct work){ .text = ")", .indent = w->indent }));
    if (op != OP_IF && op != OP_TRY)
        return push_work(pr, list, (struct work){ .from = begin + 1, .to = end, .line = true, .indent = inside });
    if (last->op == OP_DELEGATE)
        TRY(push_work(pr, list, (struct work){ .from = end, .to = end, .text = "", .line = true, .indent = inside }));
    uint32_t to = end;
    for (uint32_t split = last->split;; split = pr->nodes[split].split) {
        TRY(push_work(pr, list, (struct work){ .text = ")", .indent = inside }));
        const uint32_t from = split ? split + 1 : begin + 1;
        TRY(push_work(pr, list, (struct work){ .from = from, .to = to, .line = true, .indent = inside + 1 }));
        if (!split) break;
        TRY(push_work(pr, list,
                      (struct work){ .from = split, .to = split, .text = "", .line = true, .indent = inside }));
        to = split;
    }
    return push_work(pr, list, (struct work){ .text = op == OP_IF ? "(then" : "(do", .line = true, .indent = inside });
}

// Prints the expression that ends in node `i`: its opening now, the rest as work.
static hf_code open_expr(struct printer *pr, struct worklist *list, uint32_t i, const struct work *w)
{
    const struct node *n = &pr->nodes[i];
    const bool block = n->partner != i;
    const struct node *head = &pr->nodes[n->partner];
    start(pr, w);
    put_hint(pr, head->hint);
    buf_u8(pr->out, '(');
    put_node(pr, head);
    const bool one_line = w->inline_all || (n->simple && n->width + 2 * pr->indent < LINE_MAX_WIDTH);
    if (block)
        TRY(push_block(pr, list, i, w));
    else
        TRY(push_work(pr, list, (struct work){ .text = ")", .indent = w->indent }));
    return push_work(
        pr, list,
        (struct work){
            .from = n->first, .to = n->partner, .line = !one_line, .inline_all = one_line, .indent = w->indent + 1 });
}

static hf_code print_work(struct printer *pr, struct worklist *list)
{
    while (list->count) {
        const struct work w = list->items[--list->count];
        if (w.text) {
            if (w.line) start(pr, &w);
            if (*w.text) {
                buf_str(pr->out, w.text);
            } else { // an `else`, `catch` or `delegate` opens its part
                buf_u8(pr->out, '(');
                put_node(pr, &pr->nodes[w.from]);
                if (pr->nodes[w.from].op == OP_DELEGATE) buf_u8(pr->out, ')');
            }
        } else if (w.from < w.to) {
            // Only the last expression of the run is known; those before it are put off in their turn.
            const uint32_t last = w.to - 1;
            const uint32_t first = pr->nodes[last].first;
            if (first > w.from) {
                struct work rest = w, tail = w;
                tail.from = first;
                rest.to = first;
                TRY(push_work(pr, list, tail));
                TRY(push_work(pr, list, rest));
            } else {
                TRY(open_expr(pr, list, last, &w));
            }
        }
        if (pr->out->failed) return HF_OUT_OF_MEMORY;
    }
    return HF_OK;
}

static hf_code print_folded(struct printer *pr, struct reader *in, uint32_t func)
{
    struct folder f = { 0 };
    struct worklist list = { 0 };
    const unsigned base = pr->indent;
    hf_code code = read_nodes(pr, in, func, &f);
    if (code == HF_OK)
        code = push_work(pr, &list, (struct work){ .to = (uint32_t)pr->node_count, .line = true, .indent = base });
    if (code == HF_OK) code = print_work(pr, &list);
    mem_free(pr->heap, f.blocks, f.block_cap * sizeof *f.blocks);
    mem_free(pr->heap, f.values, f.value_cap * sizeof *f.values);
    mem_free(pr->heap, list.items, list.cap * sizeof *list.items);
    pr->indent = base;
    return code;
}

hf_code print_body(struct printer *pr, struct reader *in, uint32_t func)
{
    pr->open_count = 0;
    pr->labels_seen = 0;
    return pr->folded ? print_folded(pr, in, func) : print_flat(pr, in, func);
}

void print_free_nodes(struct printer *pr)
{
    mem_free(pr->heap, pr->nodes, pr->node_cap * sizeof *pr->nodes);
}
