/*
 * http_head.c - the lines of an answer's header section, kept in one buffer and cut up at the end.
 *
 *     HTTP/1.1 103 Early Hints        status 103
 *     Link: </a.css>
 *     (empty)                         interim: not the end
 *     HTTP/1.1 200 OK                 starts over, status 200
 *     Content-Type: text/html
 *     X-Long: one
 *       two                           joins: "one two"
 *     (empty)                         the end;  split -> 2 headers
 */
#include "core/http/http_head.h"

#include "core/base/arena.h"

#include <stdlib.h>

void http_head_init(struct http_head *head, size_t max_bytes, uint32_t max_lines)
{
    *head = (struct http_head){ .max = max_lines };
    buf_init(&head->lines, max_bytes);
}

void http_head_release(struct http_head *head)
{
    buf_release(&head->lines);
    free(head->rows);
    head->rows = NULL;
    head->room = 0;
}

void http_head_clear(struct http_head *head)
{
    buf_clear(&head->lines);
    head->n = 0;
    head->status = 0;
    head->ended = head->over = false;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct span trim(struct span s)
{
    while (s.n > 0 && is_space(s.p[s.n - 1]))
        s.n--;
    while (s.n > 0 && is_space(*s.p)) {
        s.p++;
        s.n--;
    }
    return s;
}

/* "HTTP/1.1 200 OK" and "HTTP/2 200" -> 200; 0 if there is no such number. */
static int status_of(struct span line)
{
    const char *space = memchr(line.p, ' ', line.n);
    size_t left = space ? (size_t)(line.p + line.n - space) : 0;
    if (left < 4)
        return 0;
    int status = 0;
    for (int i = 1; i <= 3; i++) {
        if (space[i] < '0' || space[i] > '9')
            return 0;
        status = status * 10 + (space[i] - '0');
    }
    return status;
}

static bool keep(struct http_head *head, struct span line)
{
    bool folded = (*line.p == ' ' || *line.p == '\t') && head->lines.n > 0;
    struct span text = trim(line);
    if (folded) {
        head->lines.p[head->lines.n - 1] = ' ';
    } else {
        head->n++;
    }
    buf_span(&head->lines, text);
    buf_char(&head->lines, '\n');
    head->over = head->over || head->lines.over || head->n > head->max;
    return !head->over;
}

bool http_head_line(struct http_head *head, struct span line)
{
    if (head->over)
        return false;
    if (head->ended || line.n == 0)
        return true;
    if (head->lines.n == 0 && head->n == 0 && span_starts(line, SPAN("HTTP/"))) {
        head->status = status_of(line);
        return true;
    }
    if (trim(line).n > 0)
        return memchr(line.p, ':', line.n) || is_space(*line.p) ? keep(head, line) : true;
    if (head->status < 100 || head->status > 199) {
        head->ended = true;
        return true;
    }
    http_head_clear(head); /* an interim answer: the real one follows */
    return true;
}

struct header *http_head_split(struct http_head *head, size_t *n)
{
    if (head->room < head->n) {
        head->room = head->n;
        head->rows = mem_realloc(head->rows, head->room * sizeof *head->rows);
    }
    const char *at = head->lines.p, *end = at ? at + head->lines.n : at;
    *n = 0;
    while (at < end && *n < head->n) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        struct span line = { at, (size_t)((line_end ? line_end : end) - at) };
        at = line_end ? line_end + 1 : end;
        const char *colon = memchr(line.p, ':', line.n);
        if (!colon)
            continue;
        head->rows[(*n)++] = (struct header){
            .name = trim((struct span){ line.p, (size_t)(colon - line.p) }),
            .value = trim((struct span){ colon + 1, (size_t)(line.p + line.n - colon - 1) }),
        };
    }
    return head->rows;
}
