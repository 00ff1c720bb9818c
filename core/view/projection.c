/*
 * projection.c - the trie of wanted places, and the walk.
 *
 * The walk goes over the bytes once.  Functions call each other along the trie (whose depth is ours), never
 * along the document: what no place wants is passed by json_skip, which counts brackets.
 *
 * Platforms write the keys of every record in the same order.  So each place remembers, within one walk, the
 * bytes from behind one value to the next (`,"display_id":`, with whatever blanks) and what that key meant: a
 * guess.  The next object is compared with the guess that followed last time, 48 bytes at once; only where it
 * does not fit is the key taken apart, looked up, and a new guess made.
 *
 *   {"id":"o1","display_id":1}   slow: {"id":  then  ,"display_id":  then  }
 *   {"id":"o2","display_id":2}   two comparisons
 */
#include "core/view/projection.h"

#include "core/json/copy.h"

#include <stdio.h>

/* ---- making ------------------------------------------------------------------------------------- */

static struct span path_of(struct projection *projection, const struct place *parent, struct span name)
{
    struct span above = parent ? parent->path : SPAN("");
    const char *dot = above.n && name.n && name.p[0] != '[' ? "." : "";
    int shown = name.n > DRIFT_PATH_MAX ? DRIFT_PATH_MAX : (int)name.n;
    int before = above.n > DRIFT_PATH_MAX ? DRIFT_PATH_MAX : (int)above.n;
    return span_of(arena_printf(projection->arena, "%.*s%s%.*s", before, above.p, dot, shown, name.p));
}

static void *grown(struct projection *projection, void *old, size_t n, size_t size)
{
    if (n & (n - 1)) /* room doubles at powers of two */
        return old;
    void *fresh = arena_alloc(projection->arena, (n ? n * 2 : 1) * size);
    if (n)
        memcpy(fresh, old, n * size);
    return fresh;
}

static struct place *place_new(struct projection *projection, struct shape *shape, struct place *parent,
                               struct span name)
{
    struct place *place = arena_zalloc(projection->arena, sizeof(*place));
    place->name = name;
    place->shape = shape;
    place->parent = parent;
    place->id = (uint16_t)projection->n_places;
    projection->places = grown(projection, projection->places, projection->n_places, sizeof(*projection->places));
    projection->places[projection->n_places++] = place;
    return place;
}

static struct shape *shape_new(struct projection *projection, struct place *owner, struct span path)
{
    struct shape *shape = arena_zalloc(projection->arena, sizeof(*shape));
    shape->owner = owner;
    shape->root = place_new(projection, shape, NULL, SPAN(""));
    shape->root->path = path;
    projection->shapes = grown(projection, projection->shapes, projection->n_shapes, sizeof(*projection->shapes));
    projection->shapes[projection->n_shapes++] = shape;
    return shape;
}

struct projection *projection_new(struct arena *arena)
{
    struct projection *projection = arena_zalloc(arena, sizeof(*projection));
    projection->arena = arena;
    projection->document = shape_new(projection, NULL, SPAN(""));
    return projection;
}

/* "lines" -> "lines(first:50)": a condition may have named the place before the row that asks for it. */
static void put_arguments(struct projection *projection, struct place *place, struct span args)
{
    bool has_some = place->path.n > 0 && place->path.p[place->path.n - 1] == ')';
    if (args.n > 0 && args.n < DRIFT_PATH_MAX && !has_some)
        place->path = span_of(arena_printf(projection->arena, "%.*s%.*s", SPAN_ARG(place->path), SPAN_ARG(args)));
}

struct place *place_member(struct projection *projection, struct place *place, struct span name, struct span args)
{
    for (size_t i = 0; i < place->n_members; i++) {
        if (!span_eq(place->members[i]->name, name))
            continue;
        put_arguments(projection, place->members[i], args);
        return place->members[i];
    }
    struct place *member = place_new(projection, place->shape, place, name);
    member->path = path_of(projection, place, name);
    put_arguments(projection, member, args);
    place->members = grown(projection, place->members, place->n_members, sizeof(*place->members));
    place->members[place->n_members++] = member;
    return member;
}

struct shape *place_elements(struct projection *projection, struct place *place)
{
    if (!place->elements)
        place->elements = shape_new(projection, place, path_of(projection, place, SPAN("[]")));
    return place->elements;
}

struct shape *place_any(struct projection *projection, struct place *place)
{
    if (!place->any)
        place->any = shape_new(projection, place, path_of(projection, place, SPAN("*")));
    return place->any;
}

void projection_stream(struct projection *projection, struct shape *shape)
{
    shape->streamed = true;
    for (struct place *place = shape->owner; place; place = place->parent ? place->parent : place->shape->owner)
        place->streams = true;
    for (size_t i = 0; i < projection->n_shapes; i++) {
        struct shape *each = projection->shapes[i];
        const struct shape *at = each;
        while (at != shape && at->owner && at->owner->shape)
            at = at->owner->shape;
        each->passing = at == shape;
    }
}

static uint16_t number_slots(struct place *place, uint16_t at)
{
    place->slot = at++;
    place->list_slot = place->elements ? at++ : 0;
    place->any_slot = place->any ? at++ : 0;
    for (size_t i = 0; i < place->n_members; i++)
        at = number_slots(place->members[i], at);
    return place->slot_end = at;
}

struct span place_front(const struct place *place, char room[PLACE_FRONT_MAX])
{
    size_t n = place->path.n < PLACE_FRONT_MAX - 1 ? place->path.n : PLACE_FRONT_MAX - 1;
    memcpy(room, place->path.p, n);
    if (n > 0)
        room[n++] = '.';
    return (struct span){ room, n };
}

enum err projection_seal(struct projection *projection, struct fault *fault)
{
    if (projection->n_places > PLACES_MAX)
        return fault_set(fault, ERR_INVALID_REQUEST, "projection: %zu places, %d is the most", projection->n_places,
                         PLACES_MAX);
    for (size_t i = 0; i < projection->n_shapes; i++)
        projection->shapes[i]->n_slots = number_slots(projection->shapes[i]->root, 0);
    for (size_t i = 0; i < projection->n_places; i++) {
        char room[PLACE_FRONT_MAX];
        projection->places[i]->strangers = drift_hash(DRIFT_NEW_FIELD, place_front(projection->places[i], room));
    }
    projection->sealed = true;
    return OK;
}

/* ---- the walk's own state ----------------------------------------------------------------------- */

enum { GUESS_BYTES = 48, GUESSES_MAX = 1024, GUESSES_PER_PLACE = 128, LONG_STRANGERS_MAX = 64 };

struct guess {
    char text[GUESS_BYTES];
    uint32_t mask;     /* which of the first 32 bytes count */
    uint16_t mask_far; /* and of the last 16 */
    uint16_t n;
    uint16_t next;    /* the guess that followed this one last time; 0: none */
    uint16_t sibling; /* another guess of the same place; 0: no more */
    uint16_t child;   /* place id + 1; 0: no place wants it */
    uint16_t spare;
};
_Static_assert(sizeof(struct guess) == 64, "a guess is a cache line");

struct memory {
    uint16_t first;    /* what stood behind { last time */
    uint16_t siblings; /* all guesses of the place */
    uint16_t n;
};

struct walk {
    const struct walk_in *in;
    struct walk_out *out;
    const char *end;
    struct place *const *places;
    struct guess *guesses; /* [0] fits nothing */
    uint32_t n_guesses;
    struct memory *memory; /* by place id */
    unsigned depth;
    unsigned long_strangers;
    enum walk_result result;
};

static const char *stop(struct walk *w, enum walk_result result)
{
    w->result = result;
    return NULL;
}

static struct row *row_new(struct walk *w, const struct shape *shape, struct row *parent)
{
    size_t n = shape->n_slots * sizeof(struct value);
    struct row *row = arena_alloc(shape->passing ? w->in->passing : w->in->arena, sizeof(*row) + n);
    row->next = NULL;
    row->parent = parent;
    row->shape = shape;
    row->index = 0;
    memset(row->values, 0, n);
    return row;
}

/* ---- keys --------------------------------------------------------------------------------------- */

#ifdef __SSE2__
static inline bool fits(const struct guess *guess, const char *p)
{
    __m128i a = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)p),
                               _mm_load_si128((const __m128i *)(const void *)guess->text));
    __m128i b = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)(p + 16)),
                               _mm_load_si128((const __m128i *)(const void *)(guess->text + 16)));
    uint32_t mask = (uint32_t)_mm_movemask_epi8(a) | (uint32_t)_mm_movemask_epi8(b) << 16;
    if ((mask & guess->mask) != guess->mask)
        return false;
    return guess->n <= 32 || memcmp(p + 32, guess->text + 32, guess->n - 32u) == 0;
}
#else
static inline bool fits(const struct guess *guess, const char *p)
{
    return guess->n > 0 && memcmp(p, guess->text, guess->n) == 0;
}
#endif

static struct guess *guess_find(struct walk *w, const struct memory *memory, const char *p, size_t n)
{
    for (uint16_t at = memory->siblings; at; at = w->guesses[at].sibling) {
        if (w->guesses[at].n == n && memcmp(w->guesses[at].text, p, n) == 0)
            return &w->guesses[at];
    }
    return NULL;
}

/* NULL: no room for it. */
static struct guess *guess_new(struct walk *w, struct memory *memory, const char *p, size_t n)
{
    if (n > GUESS_BYTES || memory->n == GUESSES_PER_PLACE || w->n_guesses == GUESSES_MAX)
        return NULL;
    struct guess *guess = &w->guesses[w->n_guesses];
    *guess = (struct guess){ .n = (uint16_t)n, .sibling = memory->siblings };
    memcpy(guess->text, p, n);
    guess->mask = n >= 32 ? UINT32_MAX : ((uint32_t)1 << n) - 1;
    memory->siblings = (uint16_t)w->n_guesses++;
    memory->n++;
    return guess;
}

static const struct place *member_of(const struct place *place, struct span name)
{
    for (size_t i = 0; i < place->n_members; i++) {
        if (span_eq(place->members[i]->name, name))
            return place->members[i];
    }
    return NULL;
}

/* A key with a backslash in it: {"currenc\u0079":...} is the same key. */
static const struct place *member_of_escaped(const struct place *place, struct span raw)
{
    struct buf plain;
    buf_init(&plain, 1024);
    json_decode(&plain, raw, NULL);
    const struct place *member = plain.over ? NULL : member_of(place, buf_peek(&plain));
    buf_release(&plain);
    return member;
}

/* From behind { or a value: past blanks, comma, key and colon to the next value.  *at: what it is, 0 if there
 * is no room to remember it (then *child says).  *closed: } instead. */
static const char *key_slow(struct walk *w, const struct place *place, const char *from, bool first, uint16_t *at,
                            const struct place **child, bool *closed)
{
    const char *p = json_blanks(from, w->end);
    *closed = p < w->end && *p == '}';
    if (*closed)
        return p + 1;
    if (!first) {
        if (p >= w->end || *p != ',')
            return NULL;
        p = json_blanks(p + 1, w->end);
    }
    unsigned flags = 0;
    const char *close = p < w->end && *p == '"' ? json_string_end(p + 1, w->end, &flags) : NULL;
    if (!close)
        return NULL;
    struct span key = { p + 1, (size_t)(close - p) - 1 };
    p = json_blanks(close + 1, w->end);
    if (p >= w->end || *p != ':')
        return NULL;
    p = json_blanks(p + 1, w->end);

    struct memory *memory = &w->memory[place->id];
    size_t n = (size_t)(p - from);
    struct guess *guess = guess_find(w, memory, from, n);
    if (guess) {
        *at = (uint16_t)(guess - w->guesses);
        *child = guess->child ? w->places[guess->child - 1] : NULL;
        return p;
    }
    *child = flags & JSON_ESCAPED ? member_of_escaped(place, key) : member_of(place, key);
    if (*child)
        w->out->seen[(*child)->id] = true;
    guess = guess_new(w, memory, from, n);
    *at = guess ? (uint16_t)(guess - w->guesses) : 0;
    if (guess && *child)
        guess->child = (uint16_t)((*child)->id + 1);
    if (!*child && !place->any && w->in->stranger && (guess || w->long_strangers++ < LONG_STRANGERS_MAX))
        w->in->stranger(w->in->self, place, key, (struct span){ p, (size_t)(w->end - p) });
    return p;
}

/* ---- values ------------------------------------------------------------------------------------- */

static const char *read_value(struct walk *w, const struct place *place, struct row *row, const char *p);

/* A key stood twice in its object: the last wins, with all that was below it. */
static void forget(struct walk *w, const struct place *place, struct row *row)
{
    w->out->counts.duplicate_keys++;
    if (place->streams)
        w->in->again(w->in->self);
    memset(&row->values[place->slot], 0, (size_t)(place->slot_end - place->slot) * sizeof(struct value));
}

static const char *add_row(struct walk *w, struct row *parent, uint16_t slot, const struct shape *shape,
                           struct row **last, const char *p)
{
    struct list *list = (struct list *)(void *)&parent->values[slot];
    struct row *row = row_new(w, shape, parent);
    row->index = list->n++;
    w->out->seen[shape->root->id] = true;
    if (!shape->streamed) {
        if (w->out->counts.rows++ >= w->in->rows_max)
            return stop(w, WALK_MANY);
        *(*last ? &(*last)->next : &list->first) = row;
        *last = row;
    }
    p = read_value(w, shape->root, row, p);
    if (p && shape->streamed && !w->in->sink(w->in->self, row))
        return stop(w, WALK_STOPPED);
    return p;
}

static inline const char *pass(struct walk *w, const char *p)
{
    unsigned flags;
    if (p < w->end && *p == '"') {
        p = json_string_end(p + 1, w->end, &flags);
        return p ? p + 1 : NULL;
    }
    return json_skip(p, w->end, w->depth);
}

/* p: behind the {. */
static const char *read_members(struct walk *w, const struct place *place, struct row *row, const char *p)
{
    uint16_t *prediction = &w->memory[place->id].first;
    struct row *last = NULL;
    bool first = true, closed = false;
    for (;; first = false) {
        const struct guess *guess = &w->guesses[*prediction];
        const struct place *child;
        uint16_t at = *prediction;
        if (w->end - p >= GUESS_BYTES && fits(guess, p)) {
            p += guess->n;
            child = guess->child ? w->places[guess->child - 1] : NULL;
        } else {
            p = key_slow(w, place, p, first, &at, &child, &closed);
            if (!p || closed)
                return p;
            *prediction = at;
        }
        if (child)
            p = read_value(w, child, row, p);
        else if (place->any)
            p = add_row(w, row, place->any_slot, place->any, &last, p);
        else
            p = pass(w, p);
        if (!p)
            return NULL;
        prediction = &w->guesses[at].next;
        w->guesses[0].next = 0;
    }
}

/* p: behind the [. */
static const char *read_elements(struct walk *w, const struct place *place, struct row *row, const char *p)
{
    struct row *last = NULL;
    p = json_blanks(p, w->end);
    if (p < w->end && *p == ']')
        return p + 1;
    for (;;) {
        p = add_row(w, row, place->list_slot, place->elements, &last, p);
        if (!p)
            return NULL;
        p = json_blanks(p, w->end);
        if (p >= w->end || (*p != ',' && *p != ']'))
            return NULL;
        if (*p++ == ']')
            return p;
        p = json_blanks(p, w->end);
    }
}

static const char *read_container(struct walk *w, const struct place *place, struct row *row, const char *p)
{
    struct value *value = &row->values[place->slot];
    bool list = *p == '[';
    const char *behind;
    if (w->depth >= JSON_DEPTH_MAX)
        return stop(w, WALK_DEEP);
    value->kind = list ? VALUE_LIST : VALUE_OBJECT;
    value->p = p;
    if (list ? place->list_slot == 0 : place->n_members == 0 && !place->any) {
        behind = json_skip(p, w->end, w->depth);
    } else {
        w->depth++;
        behind = list ? read_elements(w, place, row, p + 1) : read_members(w, place, row, p + 1);
        w->depth--;
    }
    if (behind)
        row->values[place->slot].n = (uint32_t)(behind - p);
    return behind;
}

static inline const char *read_string(struct walk *w, struct value *value, const char *p)
{
    unsigned flags = 0;
    const char *close = json_string_end(p, w->end, &flags);
    if (!close)
        return NULL;
    value->p = p;
    value->n = (uint32_t)(close - p);
    value->kind = VALUE_STRING;
    value->flags = (uint8_t)flags;
    return close + 1;
}

/* What stands in place of a list is its one element; an empty text is none. */
static const char *read_lone(struct walk *w, const struct place *place, struct row *row, const char *p)
{
    struct value *value = &row->values[place->slot];
    struct row *last = NULL;
    bool none = w->end - p >= 2 && p[0] == '"' && p[1] == '"';
    value->kind = VALUE_LIST;
    value->p = p;
    const char *behind = none ? p + 2 : add_row(w, row, place->list_slot, place->elements, &last, p);
    if (behind)
        value->n = (uint32_t)(behind - p);
    return behind;
}

static const char *read_value(struct walk *w, const struct place *place, struct row *row, const char *p)
{
    struct value *value = &row->values[place->slot];
    if (value->kind != VALUE_ABSENT)
        forget(w, place, row);
    if (p >= w->end)
        return NULL;
    char c = *p;
    if (place->lone && c != '[' && c != 'n')
        return read_lone(w, place, row, p);
    if (c == '"')
        return read_string(w, value, p + 1);
    if (c == '{' || c == '[')
        return read_container(w, place, row, p);
    const char *behind = json_skip(p, w->end, w->depth);
    if (!behind)
        return NULL;
    value->p = p;
    value->n = (uint32_t)(behind - p);
    value->kind = c == 'n' ? VALUE_NULL : c == 't' ? VALUE_TRUE : c == 'f' ? VALUE_FALSE : VALUE_NUMBER;
    return behind;
}

/* ---- the document ------------------------------------------------------------------------------- */

static enum walk_result diagnose(struct walk *w, const char *from)
{
    size_t at;
    if (w->result != WALK_OK)
        return w->result;
    enum json_fault fault = json_diagnose((struct span){ from, (size_t)(w->end - from) }, &at);
    w->out->at = (size_t)(from - w->in->body.p) + at;
    return fault == JSON_DEEP ? WALK_DEEP : fault == JSON_CUT ? WALK_CUT : WALK_BROKEN;
}

/* The one value at `from`.  whole: nothing but blanks may stand behind it. */
static enum walk_result walk_from(struct walk *w, const char *from, bool whole)
{
    struct walk_counts counts = { .bom = w->out->counts.bom, .notice_bytes = w->out->counts.notice_bytes };
    w->out->counts = counts;
    w->result = WALK_OK;
    w->depth = 0;
    w->out->document = row_new(w, w->in->projection->document, NULL);
    const char *p = read_value(w, w->in->projection->document->root, w->out->document, from);
    if (!p)
        return diagnose(w, from);
    p = json_blanks(p, w->end);
    w->out->counts.trailing_bytes = (uint32_t)(w->end - p);
    bool scalar = *from != '{' && *from != '[';
    return p < w->end && (whole || scalar) ? WALK_NOT_JSON : WALK_OK;
}

static bool starts_json(char c)
{
    return c == '{' || c == '[' || c == '"' || c == '-' || (c >= '0' && c <= '9') || c == 't' || c == 'f' || c == 'n';
}

/* Something stands before the JSON: a notice of PHP.  It must then run to the end of the body, so that an HTML page
 * with a piece of JSON in it is not taken for an answer. */
static enum walk_result walk_behind_notice(struct walk *w, const char *from, enum walk_result result)
{
    enum { TRIES = 16, NOTICE_MAX = 65536 };
    const char *limit = w->end - from > NOTICE_MAX ? from + NOTICE_MAX : w->end;
    unsigned tries = 0;
    for (const char *p = from; p < limit && tries < TRIES; p++) {
        if (*p != '{' && *p != '[')
            continue;
        tries++;
        w->in->again(w->in->self);
        w->out->counts.notice_bytes = (uint32_t)(p - w->in->body.p) - 3 * w->out->counts.bom;
        if (walk_from(w, p, true) == WALK_OK)
            return WALK_OK;
        if (w->result == WALK_MANY || w->result == WALK_STOPPED)
            return w->result;
    }
    return result;
}

enum walk_result projection_walk(const struct walk_in *in, struct walk_out *out)
{
    const struct projection *projection = in->projection;
    *out = (struct walk_out){ .seen = arena_zalloc(in->arena, projection->n_places) };
    if (in->body.n >= UINT32_MAX)
        return WALK_BROKEN;
    struct walk w = {
        .in = in,
        .out = out,
        .end = in->body.n ? in->body.p + in->body.n : in->body.p,
        .places = projection->places,
        .guesses = arena_alloc(in->arena, GUESSES_MAX * sizeof(struct guess) + 63),
        .n_guesses = 1,
        .memory = arena_zalloc(in->arena, projection->n_places * sizeof(struct memory)),
    };
    w.guesses = (struct guess *)(void *)(((uintptr_t)w.guesses + 63) & ~(uintptr_t)63);
    w.guesses[0] = (struct guess){ .mask = UINT32_MAX };
    const char *p = in->body.p;
    if (in->body.n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
        out->counts.bom = 1;
        p += 3;
    }
    p = json_blanks(p, w.end);
    if (p >= w.end)
        return WALK_EMPTY;
    enum walk_result result = starts_json(*p) ? walk_from(&w, p, false) : WALK_NOT_JSON;
    if (result != WALK_BROKEN && result != WALK_NOT_JSON)
        return result;
    size_t at = out->at;
    result = walk_behind_notice(&w, p + (*p == '{' || *p == '['), result);
    out->at = at;
    return result;
}

const char *walk_result_text(enum walk_result result)
{
    static const char *const texts[] = {
        [WALK_OK] = "JSON",
        [WALK_EMPTY] = "an empty body",
        [WALK_NOT_JSON] = "something that is not JSON",
        [WALK_BROKEN] = "broken JSON",
        [WALK_CUT] = "JSON that ends too early",
        [WALK_DEEP] = "JSON that is nested too deeply",
        [WALK_MANY] = "more list elements than the ceiling",
        [WALK_STOPPED] = "nothing more",
    };
    return texts[result];
}
