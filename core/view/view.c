/*
 * view.c - reading an answer with a view.
 *
 * One walk; each record through the program; then the verdict.  If the answer turns out to say no, what was written is
 * taken back.
 */
#include "core/view/view_inside.h"

#include "core/value/ts.h"
#include "core/view/emit.h"

/* ---- records ---------------------------------------------------------------------------------------- */

struct reading {
    const struct view *view;
    const struct view_in *in;
    struct view_out out;
    struct emit emit;
    struct arena passing;
    struct names names;       /* page.seen, those of the item, then the caller's */
    const struct names *item; /* of a batch, the one that is looked at; NULL: none */
    size_t data_start, problems_start;
    bool writes; /* the status is one of success */
    bool too_many, over;
    size_t extra_room;
    bool (*take)(void *self, const struct value *value, const struct row *row); /* each record */
};

static bool reading_name(const void *self, struct span name, struct buf *out)
{
    const struct reading *r = self;
    if (span_is(name, "page.seen")) {
        buf_i64(out, (int64_t)(r->in->seen_before + r->out.n_page));
        return true;
    }
    if (r->item && span_is(name, "item")) {
        buf_i64(out, r->item - r->in->items);
        return true;
    }
    if (r->item && r->item->get(r->item->self, name, out))
        return true;
    return r->in->names && r->in->names->get(r->in->names->self, name, out);
}

/* What was written is void. */
static void take_back(void *self)
{
    struct reading *r = self;
    buf_cut(r->out.data, r->data_start);
    buf_cut(r->out.problems, r->problems_start);
    r->emit.n_marks = r->emit.n_rests = 0;
    r->out.n_page = r->out.n_seen = r->out.n_written = r->out.n_problems = r->out.n_rows = 0;
    r->out.n_done = r->out.n_failed = 0;
}

static void keep_extra(struct reading *r, const struct row *row)
{
    size_t n = r->view->n_extra;
    if (n == 0)
        return;
    if (r->out.n_rows == r->extra_room) {
        size_t room = r->extra_room ? r->extra_room * 2 : 4;
        struct value *grown = arena_zalloc(r->in->arena, room * n * sizeof(*grown));
        if (r->out.n_rows)
            memcpy(grown, r->out.extra, r->out.n_rows * n * sizeof(*grown));
        r->out.extra = grown;
        r->extra_room = room;
    }
    struct value *values = &r->out.extra[r->out.n_rows++ * n];
    for (size_t i = 0; i < n; i++) {
        struct value *value = &values[i];
        *value = (struct value){ 0 };
        if (r->view->extras[i].whole || source_value(&r->emit, &r->view->extras[i].source, row, value) != FOUND)
            continue;
        if (value->kind == VALUE_STRING && value->flags) {
            struct span text = emit_text(&r->emit, value);
            *value = (struct value){ .p = arena_dup(r->in->arena, text), .n = (uint32_t)text.n, .kind = VALUE_STRING };
        }
        if (value->kind == VALUE_STRING)
            value->flags = VALUE_TEXT;
    }
}

/* Those relative to the whole answer, at its end. */
static void keep_whole_extra(struct reading *r, const struct row *document)
{
    for (size_t i = 0; i < r->view->n_extra * r->out.n_rows; i++) {
        const struct extra *extra = &r->view->extras[i % r->view->n_extra];
        if (extra->whole && source_value(&r->emit, &extra->source, document, &r->out.extra[i]) == FOUND &&
            r->out.extra[i].kind == VALUE_STRING) {
            struct span text = emit_text(&r->emit, &r->out.extra[i]);
            r->out.extra[i].p = arena_dup(r->in->arena, text);
            r->out.extra[i].n = (uint32_t)text.n;
            r->out.extra[i].flags = VALUE_TEXT;
        }
    }
}

/* The caller may have begun the document around the records. */
static bool follows_record(const struct buf *out)
{
    return out->n > 0 && out->p[out->n - 1] == '}';
}

static void add_problem(struct reading *r, const struct row *row)
{
    if (r->out.n_problems++ >= VIEW_PROBLEMS_MAX)
        return;
    if (r->out.problems->n > 0)
        buf_char(r->out.problems, ',');
    emit_write_problem(&r->emit, row, r->out.problems);
}

static void write_record(struct reading *r, const struct row *row, const struct value *value)
{
    size_t before = r->out.data->n;
    if (value->kind != VALUE_OBJECT) {
        r->emit.problem =
            (struct problem){ .path = SPAN(""), .expected = "an object", .found = *value, .kind = "type" };
        r->emit.n_lists = 0;
        add_problem(r, row);
        return;
    }
    if (follows_record(r->out.data))
        buf_char(r->out.data, ',');
    r->emit.row = r->out.n_rows > 0 ? r->out.n_rows - 1 : 0;
    if (emit_record(&r->emit, row, r->view->record)) {
        r->out.n_written++;
        return;
    }
    if (!r->out.data->over)
        r->out.data->n = before;
    add_problem(r, row);
}

static bool take_record(void *self, const struct value *value, const struct row *row)
{
    struct reading *r = self;
    size_t i = r->out.n_seen++;
    if (r->out.n_seen > VIEW_RECORDS_MAX) {
        r->too_many = true;
        return true;
    }
    if (i < r->in->skip || (r->in->limit && r->out.n_written + r->out.n_problems >= r->in->limit))
        return false;
    keep_extra(r, row);
    if (r->view->entity)
        write_record(r, row, value);
    r->over |= r->out.data->over || r->out.problems->over;
    return r->over;
}

/* Of a probe: what it does not look for is passed over. */
static bool take_sought(void *self, const struct value *value, const struct row *row)
{
    struct reading *r = self;
    const struct view *view = r->view;
    r->out.n_failed += view->failed && test_holds(view->failed, &r->emit.env, row);
    if (test_holds(view->done, &r->emit.env, row)) {
        r->out.n_done++;
        return take_record(self, value, row);
    }
    r->too_many |= ++r->out.n_seen > VIEW_RECORDS_MAX;
    return r->too_many;
}

/* An element of the stream is complete. */
static bool take_element(void *self, struct row *row)
{
    struct reading *r = self;
    r->out.n_page++;
    if (r->writes)
        fetch_each(r->view->inner, &r->emit.env, row, r->take, r);
    arena_reset(&r->passing);
    return !r->too_many && !r->over;
}

static void take_stranger(void *self, const struct place *in, struct span key, struct span rest)
{
    struct reading *r = self;
    if (key.n > DRIFT_PATH_MAX - PLACE_FRONT_MAX)
        key.n = DRIFT_PATH_MAX - PLACE_FRONT_MAX;
    if (r->in->known && drift_known_has(r->in->known, drift_hash_more(in->strangers, key)))
        return;
    char path[DRIFT_PATH_MAX];
    size_t n = place_front(in, path).n;
    memcpy(path + n, key.p, key.n);
    const char *behind = json_skip(rest.p, rest.p + rest.n, 0);
    if (behind)
        drift_add(r->out.drift, DRIFT_NEW_FIELD, (struct span){ path, n + key.n },
                  (struct span){ rest.p, (size_t)(behind - rest.p) });
}

/* ---- reports ------------------------------------------------------------------------------------ */

static void tolerated(struct reading *r, const char *what, uint32_t count)
{
    struct drift_report *drift = r->out.drift;
    if (count == 0)
        return;
    size_t before = drift->n;
    drift_add(drift, DRIFT_TOLERATED, span_of(what), SPAN(""));
    if (drift->n > before)
        drift->items[before].count = count;
}

static void report_counts(struct reading *r, const struct walk_counts *counts)
{
    const struct emit *e = &r->emit;
    tolerated(r, "bom", counts->bom);
    tolerated(r, "notice", counts->notice_bytes > 0);
    tolerated(r, "trailing", counts->trailing_bytes > 0);
    tolerated(r, "duplicate_key", counts->duplicate_keys);
    tolerated(r, "utf8", e->mended.utf8);
    tolerated(r, "surrogate", e->mended.surrogates);
    tolerated(r, "nul", e->mended.nuls);
    tolerated(r, "escape", e->mended.escapes);
    tolerated(r, "control", e->mended.controls);
    tolerated(r, "number_as_text", e->counts.texts_for_numbers);
    tolerated(r, "float", e->counts.repaired_floats);
    tolerated(r, "empty_list", e->counts.empty_lists);
    tolerated(r, "zero_date", e->counts.zero_dates);
}

/* Keys that the tables name and that no object of their kind had. */
static void report_gone(struct reading *r, const bool *seen)
{
    const struct projection *projection = r->view->projection;
    for (size_t i = 0; i < projection->n_places; i++) {
        const struct place *place = projection->places[i];
        if (seen[place->id] || !place->parent || !seen[place->parent->id] || !place->shape->owner)
            continue;
        uint64_t hash = drift_hash(DRIFT_GONE_FIELD, place->path);
        if (!r->in->known || !drift_known_has(r->in->known, hash))
            drift_add(r->out.drift, DRIFT_GONE_FIELD, place->path, SPAN(""));
    }
}

static void report_code(struct reading *r)
{
    char text[16];
    struct buf sample;
    if (r->out.error || r->writes)
        return;
    buf_init(&sample, 256);
    buf_span(&sample, r->out.error_code);
    buf_char(&sample, ' ');
    buf_span(&sample, utf8_cut(r->out.error_text, 48));
    struct span path = { text, 0 };
    struct buf status;
    buf_init(&status, 16);
    buf_lit(&status, "status=");
    buf_i64(&status, r->in->status);
    memcpy(text, status.p, status.n);
    path.n = status.n;
    drift_add(r->out.drift, DRIFT_UNKNOWN_CODE, path, buf_peek(&sample));
    buf_release(&status);
    buf_release(&sample);
}

/* ---- from bytes to results ---------------------------------------------------------------------- */

static struct span page_text(struct arena *arena, struct span text)
{
    struct buf quoted;
    buf_init(&quoted, 4096);
    buf_json(&quoted, text);
    struct span copy = { arena_dup(arena, buf_peek(&quoted)), quoted.n };
    buf_release(&quoted);
    return copy;
}

static void prepare(struct reading *r)
{
    const struct view_in *in = r->in;
    struct emit *e = &r->emit;
    struct buf text;
    buf_init(&text, 4096);
    emit_init(e, r->out.data);
    e->made = &r->view->made;
    e->env = (struct fetch_env){
        .status = in->status, .headers = in->headers, .n_headers = in->n_headers, .names = &r->names, .arena = in->arena
    };
    e->body = (uintptr_t)in->body.p;
    e->body_wide = in->body.n > 32 ? in->body.n - 32 : 0;
    e->page[PAGE_STORE] = page_text(in->arena, in->store);
    e->page[PAGE_PLATFORM] = page_text(in->arena, span_of(r->view->adapter->name));
    if (ts_format(&text, in->observed_at_ms))
        e->page[PAGE_OBSERVED] = page_text(in->arena, buf_peek(&text));
    else
        e->page[PAGE_OBSERVED] = SPAN("null");
    buf_clear(&text);
    if (in->gid_prefix.n == 0 && r->view->entity) {
        buf_span(&text, in->store);
        buf_char(&text, '/');
        buf_span(&text, span_of(r->view->entity->name));
        buf_char(&text, '/');
        e->gid_prefix = (struct span){ arena_dup(in->arena, buf_peek(&text)), text.n };
    } else {
        e->gid_prefix = in->gid_prefix;
    }
    buf_release(&text);
    e->region = in->region;
    e->phones = in->phones;
    e->drift = r->out.drift = drift_new(in->arena);
    e->asks = r->view->asks;
    e->partial = in->partial;
    e->raw = in->raw;
    e->cuts = in->cuts;
    e->without = in->without;
    e->n_without = in->n_without;
    e->kept = in->arena;
}

static enum err unreadable(struct reading *r, struct fault *fault, const struct walk_out *walked,
                           enum walk_result result)
{
    const char *items = r->view->endpoint->items;
    struct span start = utf8_cut(r->in->body, 40);
    char shown[41];
    for (size_t i = 0; i < start.n; i++)
        shown[i] = (unsigned char)start.p[i] < 0x20 ? ' ' : start.p[i];
    if (r->too_many)
        return fault_set(fault, ERR_STORE_UNREADABLE, "the answer has more than %d records", VIEW_RECORDS_MAX);
    if (result == WALK_BROKEN)
        return fault_set(fault, ERR_STORE_UNREADABLE, "expected JSON%s%.60s, found %s at byte %zu: \"%.*s\"",
                         items ? " with " : "", items ? items : "", walk_result_text(result), walked->at, (int)start.n,
                         shown);
    return fault_set(fault, ERR_STORE_UNREADABLE, "expected JSON%s%.60s, found %s%s%.*s%s", items ? " with " : "",
                     items ? items : "", walk_result_text(result), start.n ? ": \"" : "", (int)start.n, shown,
                     start.n ? "\"" : "");
}

static enum err not_there(struct reading *r, struct fault *fault, enum found found, const struct value *wrong)
{
    const char *items = r->view->endpoint->items;
    const char *is = found == FOUND_NULL ? "null" : found == FOUND_NOTHING ? "nothing" : value_kind_name(wrong->kind);
    return fault_set(fault, ERR_STORE_UNREADABLE, "expected %.80s, found %s there",
                     items && *items ? items : "an object", is);
}

/* A list of records, or one out of a list.  What was not streamed is written here. */
static enum err keep_list(struct reading *r, const struct row *document, struct fault *fault)
{
    const struct view *view = r->view;
    const struct frame *edge = frame_outermost(view->frame);
    const struct place *list = edge->base->shape->owner;
    struct value wrong = { 0 };
    if (document->values[list->slot].kind != VALUE_LIST)
        return not_there(r, fault, place_reason(document, list, &wrong), &wrong);
    if (!view->inner) {
        fetch_each(view->items, &r->emit.env, document, r->take, r);
        r->out.n_page = row_list(document, list->list_slot)->n;
    }
    if (view->picks && r->out.n_seen == 0)
        r->out.verdict = CW_EMPTY;
    return OK;
}

/* Does the answer hold what its endpoint promises? */
static enum err keep_promise(struct reading *r, const struct row *document, struct fault *fault)
{
    const struct view *view = r->view;
    const struct value *value = &document->values[view->record->slot];
    struct value wrong = { 0 };
    if (view->many || view->picks)
        return keep_list(r, document, fault);
    if (value->kind == VALUE_OBJECT || (!view->entity && !view->endpoint->items && value->kind != VALUE_ABSENT)) {
        r->take(r, value, document);
        r->out.n_page = r->out.n_seen;
        return OK;
    }
    return not_there(r, fault, place_reason(document, view->record, &wrong), &wrong);
}

/* Nothing of the body is needed: no records, no count, nothing for a plan. */
static bool owes_nothing(const struct reading *r)
{
    return !r->view->entity && !r->view->endpoint->items && r->view->n_extra == 0 && !judge_owes(&r->view->judge);
}

static struct row *empty_document(struct reading *r)
{
    const struct shape *shape = r->view->projection->document;
    struct row *row = arena_zalloc(r->in->arena, sizeof(*row) + shape->n_slots * sizeof(struct value));
    row->shape = shape;
    return row;
}

static void look_at_items(struct reading *r, const struct row *document)
{
    r->out.undone = arena_zalloc(r->in->arena, r->in->n_items * sizeof(bool) + 1);
    for (size_t i = 0; i < r->in->n_items; i++) {
        r->item = &r->in->items[i];
        r->out.undone[i] = judge_undone(&r->view->judge, &r->emit.env, document);
    }
    r->item = NULL;
}

static enum err read_answer(struct reading *r, struct fault *fault)
{
    const struct view *view = r->view;
    struct walk_out walked;
    struct walk_in walk = { .projection = view->projection,
                            .body = r->in->body,
                            .arena = r->in->arena,
                            .passing = &r->passing,
                            .sink = take_element,
                            .again = take_back,
                            .stranger = take_stranger,
                            .self = r,
                            .rows_max = VIEW_ROWS_MAX };
    enum walk_result result = projection_walk(&walk, &walked);
    struct row *document = result == WALK_OK ? walked.document : empty_document(r);
    judge_verdict(&view->judge, &r->emit.env, document, r->in->n_without > 0, &r->out);
    judge_limits(&view->judge, &r->emit.env, document, &r->out);
    judge_state(&view->judge, &r->emit.env, document, &r->out);
    judge_version(&view->judge, &r->emit.env, document, view->adapter->version, r->out.drift);
    if (r->in->n_items > 0)
        look_at_items(r, document);
    report_code(r);
    bool yes = r->out.verdict == CW_OK;
    if (!yes)
        take_back(r);
    else if (r->over)
        return fault_set(fault, ERR_OVERLOADED, "the records of one page pass %zu bytes", r->out.data->max);
    else if (result != WALK_OK && !(result == WALK_EMPTY && owes_nothing(r)))
        return unreadable(r, fault, &walked, result);
    if (yes && result == WALK_OK) {
        enum err err = keep_promise(r, document, fault);
        if (err)
            return err;
        if (r->too_many)
            return unreadable(r, fault, &walked, result);
        if (r->over)
            return fault_set(fault, ERR_OVERLOADED, "the records of one page pass %zu bytes", r->out.data->max);
        keep_whole_extra(r, document);
        judge_page(&view->judge, &r->emit.env, document, r->in, &r->out);
        report_counts(r, &walked.counts);
        if (view->entity && r->out.n_seen > 0)
            report_gone(r, walked.seen);
    }
    return OK;
}

enum err view_read(const struct view *view, const struct view_in *in, struct fault *fault, struct view_out *out)
{
    struct reading r = { .view = view,
                         .in = in,
                         .writes = in->status >= 200 && in->status < 300,
                         .take = view->done ? take_sought : take_record };
    r.names = (struct names){ .self = &r, .get = reading_name };
    r.out.data = out->data;
    r.out.problems = out->problems;
    r.data_start = out->data->n;
    r.problems_start = out->problems->n;
    arena_init(&r.passing);
    prepare(&r);
    enum err err = read_answer(&r, fault);
    if (err)
        take_back(&r);
    else
        *out = r.out;
    if (!err) {
        out->marks = r.emit.marks;
        out->n_marks = r.emit.n_marks;
        out->rests = r.emit.rests;
        out->n_rests = r.emit.n_rests;
    }
    emit_release(&r.emit);
    arena_release(&r.passing);
    return err;
}
