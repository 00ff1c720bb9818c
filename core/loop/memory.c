/*
 * memory.c - malloc and descriptors, set once at the start.
 *
 * glibc maps each block of 128 KB and more and unmaps it when it is freed, until its threshold has adapted:
 * for bodies of 144 KB that costs a system call, zeroed pages and as many page faults each time.  With the
 * thresholds below such blocks come from the heap and stay with it: 297 us of CPU a page became 123.
 *
 *     memory_tune(2)              2 + 2 arenas, blocks up to 64 MB from the heap, 256 MB kept
 *     memory_descriptors(10000)   asks for 21,024
 */
#include "core/loop/memory.h"

#include <malloc.h>
#include <sys/resource.h>

enum {
    MAP_ABOVE_BYTES = 64 << 20, /* larger blocks are mapped one by one */
    KEEP_BYTES = 256 << 20,     /* free memory at the heap's end that is not given back */
    GROW_BYTES = 4 << 20,       /* the heap grows by at least so much */
    OTHER_DESCRIPTORS = 1024    /* files, eventfds, listeners, idle shop connections */
};

void memory_tune(uint32_t threads)
{
    mallopt(M_MMAP_THRESHOLD, MAP_ABOVE_BYTES);
    mallopt(M_TRIM_THRESHOLD, KEEP_BYTES);
    mallopt(M_TOP_PAD, GROW_BYTES);
    mallopt(M_ARENA_MAX, (int)threads + 2);
}

uint64_t memory_descriptors(uint32_t connections)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 0;
    rlim_t wanted = (rlim_t)connections * 2 + OTHER_DESCRIPTORS;
    if (wanted > limit.rlim_max)
        wanted = limit.rlim_max;
    if (limit.rlim_cur < wanted) {
        rlim_t before = limit.rlim_cur;
        limit.rlim_cur = wanted;
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
            limit.rlim_cur = before;
    }
    return limit.rlim_cur;
}
