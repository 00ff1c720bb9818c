/* held_answer.c - an answer with a count of those who read it. */
#include "core/answer/held_answer.h"

#include "core/base/arena.h"

#include <stdlib.h>

static struct span copy(char **at, struct span text)
{
    struct span kept = { *at, text.n };
    if (text.n > 0)
        memcpy(*at, text.p, text.n);
    *at += text.n;
    return kept;
}

static void copy_headers(struct held_answer *answer, const struct header *headers, size_t n)
{
    size_t bytes = n * sizeof(*headers);
    for (size_t i = 0; i < n; i++)
        bytes += headers[i].name.n + headers[i].value.n;
    answer->headers = mem_alloc(bytes + 1);
    answer->n_headers = n;
    answer->bytes += bytes;
    char *at = (char *)(answer->headers + n);
    for (size_t i = 0; i < n; i++) {
        answer->headers[i].name = copy(&at, headers[i].name);
        answer->headers[i].value = copy(&at, headers[i].value);
    }
}

struct held_answer *held_answer_new(int status, const struct header *headers, size_t n_headers, struct buf *body,
                                    int64_t wall_ms)
{
    struct held_answer *answer = mem_zalloc(sizeof(*answer));
    *answer = (struct held_answer){
        .refs = 1, .status = status, .body = *body, .wall_ms = wall_ms, .bytes = sizeof(*answer) + body->cap
    };
    *body = (struct buf){ .max = body->max };
    copy_headers(answer, headers, n_headers);
    return answer;
}

struct held_answer *held_answer_hold(struct held_answer *answer)
{
    answer->refs++;
    return answer;
}

void held_answer_drop(struct held_answer *answer)
{
    if (!answer || --answer->refs > 0)
        return;
    buf_release(&answer->body);
    free(answer->headers);
    free(answer);
}
