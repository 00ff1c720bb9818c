/*
 * memvfs.c - the disk of memvfs.h as an SQLite VFS.
 *
 * How it works: a file is two images, `now` (what reads see) and `safe` (what survives), and the list of
 * changes between them.  A sync plays the list onto `safe`; a crash plays a seeded part of it and makes the
 * result both images.  A new name becomes safe with the first sync of any new file, as SQLite's own layer
 * syncs the folder then.  Shared memory of the write-ahead log is plain memory and never survives.
 *
 *   write page 3, sync, write page 4, write page 5, crash
 *   ->  3 is there; 4 and 5 each whole, missing, or in pieces of 512 bytes
 */
#include "tests/simulation/memvfs.h"
#include "core/base/arena.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { SECTOR = 512, SLOTS = SQLITE_SHM_NLOCK, NAME_MAX_BYTES = 128 };

struct image {
    char *p;
    size_t n, cap;
};

/* A write, or a new length (bytes NULL). */
struct change {
    struct change *next;
    size_t at, n;
    char *bytes;
};

struct shm {
    char **regions;
    int n, refs;
    int shared[SLOTS];
    const void *exclusive[SLOTS];
};

struct file {
    struct file *next;
    char name[NAME_MAX_BYTES];
    struct image now, safe;
    struct change *first, **end;
    struct shm *shm;
    bool name_is_safe; /* survives a crash for sure */
    bool is_removed;   /* may come back */
    int handles, readers;
    const void *reserved, *exclusive;
};

struct memvfs {
    sqlite3_vfs vfs; /* first: SQLite hands it back */
    char name[32];
    struct file *files;
    uint64_t random, epoch;
    bool skips_syncs;
    uint64_t good[MEMVFS_FAULTS], bad[MEMVFS_FAULTS];
    struct memvfs_counts counts;
};

struct handle {
    sqlite3_file base; /* first, likewise */
    struct memvfs *disk;
    struct file *file;
    struct shm *shm;
    uint64_t epoch;
    int lock;
    unsigned shared, exclusive; /* bits of the shared memory's slots */
    bool deletes_on_close;
};

/* ---- chance ---------------------------------------------------------------------------------------- */

static uint64_t next_random(struct memvfs *disk)
{
    uint64_t z = (disk->random += 0x9E3779B97F4A7C15u); /* splitmix64 */
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

static bool coin(struct memvfs *disk)
{
    return next_random(disk) & 1;
}

/* Is it this operation's turn to fail? */
static bool fails(struct memvfs *disk, enum memvfs_fault fault)
{
    if (disk->bad[fault] == 0)
        return false;
    if (disk->good[fault] > 0) {
        disk->good[fault]--;
        return false;
    }
    disk->bad[fault]--;
    return true;
}

/* ---- images ---------------------------------------------------------------------------------------- */

static void image_resize(struct image *image, size_t n)
{
    if (n > image->cap) {
        image->cap = n * 2;
        image->p = mem_realloc(image->p, image->cap);
    }
    if (n > image->n)
        memset(image->p + image->n, 0, n - image->n);
    image->n = n;
}

static void image_write(struct image *image, size_t at, const char *bytes, size_t n)
{
    if (at + n > image->n)
        image_resize(image, at + n);
    if (n)
        memcpy(image->p + at, bytes, n);
}

static void image_copy(struct image *to, const struct image *from)
{
    image_resize(to, 0);
    image_write(to, 0, from->p, from->n);
}

static void image_apply(struct image *image, const struct change *change)
{
    if (change->bytes)
        image_write(image, change->at, change->bytes, change->n);
    else
        image_resize(image, change->n);
}

/* ---- files ----------------------------------------------------------------------------------------- */

static void changes_forget(struct file *file)
{
    while (file->first) {
        struct change *change = file->first;
        file->first = change->next;
        free(change->bytes);
        free(change);
    }
    file->end = &file->first;
}

static void change_add(struct file *file, size_t at, size_t n, const char *bytes)
{
    struct change *change = mem_zalloc(sizeof *change);
    *change = (struct change){ .at = at, .n = n };
    if (bytes)
        change->bytes = memcpy(mem_alloc(n), bytes, n);
    *file->end = change;
    file->end = &change->next;
    image_apply(&file->now, change);
}

static struct file *file_find(const struct memvfs *disk, const char *name)
{
    for (struct file *file = disk->files; file; file = file->next)
        if (!file->is_removed && strcmp(file->name, name) == 0)
            return file;
    return NULL;
}

static struct file *file_make(struct memvfs *disk, const char *name)
{
    struct file *file = mem_zalloc(sizeof *file);
    strncpy(file->name, name, sizeof file->name - 1);
    file->end = &file->first;
    file->next = disk->files;
    disk->files = file;
    return file;
}

static void shm_drop(struct shm *shm)
{
    if (!shm || --shm->refs > 0)
        return;
    for (int i = 0; i < shm->n; i++)
        free(shm->regions[i]);
    free(shm->regions);
    free(shm);
}

static void file_free(struct file *file)
{
    changes_forget(file);
    shm_drop(file->shm);
    free(file->now.p);
    free(file->safe.p);
    free(file);
}

/* Takes files out for which `is_gone` holds and that nobody has open. */
static void sweep(struct memvfs *disk, bool (*is_gone)(const struct file *))
{
    for (struct file **at = &disk->files; *at;) {
        struct file *file = *at;
        if (file->handles > 0 || !is_gone(file)) {
            at = &file->next;
            continue;
        }
        *at = file->next;
        file_free(file);
    }
}

static bool is_removed(const struct file *file)
{
    return file->is_removed;
}

static void sync_folder(struct memvfs *disk)
{
    for (struct file *file = disk->files; file; file = file->next)
        file->name_is_safe = !file->is_removed;
    sweep(disk, is_removed);
}

/* ---- the crash ------------------------------------------------------------------------------------- */

static void tear(struct memvfs *disk, struct file *file, const struct change *change)
{
    for (size_t done = 0; done < change->n;) {
        size_t n = SECTOR - (change->at + done) % SECTOR;
        n = n < change->n - done ? n : change->n - done;
        if (coin(disk))
            image_write(&file->safe, change->at + done, change->bytes + done, n);
        done += n;
    }
    disk->counts.torn++;
}

static void crash_change(struct memvfs *disk, struct file *file, const struct change *change)
{
    unsigned chance = next_random(disk) % 3;
    if (chance == 0) {
        disk->counts.dropped++;
    } else if (chance == 1 || !change->bytes || change->n <= SECTOR) {
        image_apply(&file->safe, change);
        disk->counts.kept++;
    } else {
        tear(disk, file, change);
    }
}

static bool is_lost(const struct file *file)
{
    return file->is_removed && !file->name_is_safe;
}

static void crash_name(struct memvfs *disk, struct file *file)
{
    if (file->is_removed && file->name_is_safe && !file_find(disk, file->name) && coin(disk)) {
        file->is_removed = false;
        disk->counts.came_back++;
    } else if (file->is_removed) {
        file->name_is_safe = false;
    } else if (!file->name_is_safe && coin(disk)) {
        file->is_removed = true;
        disk->counts.vanished++;
    } else {
        file->name_is_safe = true;
    }
}

void memvfs_crash(struct memvfs *disk)
{
    disk->epoch++;
    for (struct file *file = disk->files; file; file = file->next) {
        for (const struct change *change = file->first; change; change = change->next)
            crash_change(disk, file, change);
        changes_forget(file);
        image_copy(&file->now, &file->safe);
        shm_drop(file->shm);
        file->shm = NULL;
        file->handles = file->readers = 0; /* dead handles no longer count */
        file->reserved = file->exclusive = NULL;
        crash_name(disk, file);
    }
    sweep(disk, is_lost);
}

/* ---- the methods of a handle ------------------------------------------------------------------------ */

static bool is_dead(const struct handle *handle)
{
    return handle->epoch != handle->disk->epoch;
}

static struct handle *handle_of(sqlite3_file *base)
{
    return (struct handle *)base;
}

static int x_read(sqlite3_file *base, void *out, int n, sqlite3_int64 at)
{
    struct handle *handle = handle_of(base);
    if (is_dead(handle))
        return SQLITE_IOERR_READ;
    const struct image *now = &handle->file->now;
    size_t start = (size_t)at, there = start < now->n ? now->n - start : 0;
    size_t take = there < (size_t)n ? there : (size_t)n;
    if (take)
        memcpy(out, now->p + start, take);
    memset((char *)out + take, 0, (size_t)n - take);
    return take == (size_t)n ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int x_write(sqlite3_file *base, const void *bytes, int n, sqlite3_int64 at)
{
    struct handle *handle = handle_of(base);
    if (is_dead(handle))
        return SQLITE_IOERR_WRITE;
    handle->disk->counts.writes++;
    if (fails(handle->disk, MEMVFS_FULL))
        return SQLITE_FULL;
    if (fails(handle->disk, MEMVFS_WRITE_ERROR))
        return SQLITE_IOERR_WRITE;
    change_add(handle->file, (size_t)at, (size_t)n, bytes);
    return SQLITE_OK;
}

static int x_truncate(sqlite3_file *base, sqlite3_int64 n)
{
    struct handle *handle = handle_of(base);
    if (is_dead(handle))
        return SQLITE_IOERR_TRUNCATE;
    change_add(handle->file, 0, (size_t)n, NULL);
    return SQLITE_OK;
}

static int x_sync(sqlite3_file *base, int flags)
{
    (void)flags;
    struct handle *handle = handle_of(base);
    struct file *file = handle->file;
    if (is_dead(handle))
        return SQLITE_IOERR_FSYNC;
    handle->disk->counts.syncs++;
    if (fails(handle->disk, MEMVFS_SYNC_ERROR))
        return SQLITE_IOERR_FSYNC;
    if (handle->disk->skips_syncs)
        return SQLITE_OK;
    for (const struct change *change = file->first; change; change = change->next)
        image_apply(&file->safe, change);
    changes_forget(file);
    if (!file->name_is_safe)
        sync_folder(handle->disk);
    return SQLITE_OK;
}

static int x_file_size(sqlite3_file *base, sqlite3_int64 *out)
{
    struct handle *handle = handle_of(base);
    if (is_dead(handle))
        return SQLITE_IOERR_FSTAT;
    *out = (sqlite3_int64)handle->file->now.n;
    return SQLITE_OK;
}

static int x_lock(sqlite3_file *base, int level)
{
    struct handle *handle = handle_of(base);
    struct file *file = handle->file;
    if (is_dead(handle))
        return SQLITE_IOERR_LOCK;
    if (level <= handle->lock)
        return SQLITE_OK;
    if (file->exclusive && file->exclusive != handle)
        return SQLITE_BUSY;
    if (level >= SQLITE_LOCK_RESERVED && file->reserved && file->reserved != handle)
        return SQLITE_BUSY;
    if (level == SQLITE_LOCK_EXCLUSIVE && file->readers > 1)
        return SQLITE_BUSY;
    if (handle->lock == SQLITE_LOCK_NONE)
        file->readers++;
    if (level >= SQLITE_LOCK_RESERVED)
        file->reserved = handle;
    if (level == SQLITE_LOCK_EXCLUSIVE)
        file->exclusive = handle;
    handle->lock = level;
    return SQLITE_OK;
}

static int x_unlock(sqlite3_file *base, int level)
{
    struct handle *handle = handle_of(base);
    struct file *file = handle->file;
    if (is_dead(handle) || level >= handle->lock)
        return SQLITE_OK;
    if (file->reserved == handle)
        file->reserved = NULL;
    if (file->exclusive == handle)
        file->exclusive = NULL;
    if (level == SQLITE_LOCK_NONE)
        file->readers--;
    handle->lock = level;
    return SQLITE_OK;
}

static int x_check_reserved(sqlite3_file *base, int *out)
{
    struct handle *handle = handle_of(base);
    *out = !is_dead(handle) && handle->file->reserved != NULL;
    return SQLITE_OK;
}

static int x_file_control(sqlite3_file *base, int op, void *arg)
{
    (void)base, (void)op, (void)arg;
    return SQLITE_NOTFOUND;
}

static int x_sector_size(sqlite3_file *base)
{
    (void)base;
    return SECTOR;
}

static int x_characteristics(sqlite3_file *base)
{
    (void)base;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE; /* a torn write touches its own bytes only */
}

/* ---- shared memory ---------------------------------------------------------------------------------- */

static int x_shm_map(sqlite3_file *base, int region, int bytes, int extend, void volatile **out)
{
    struct handle *handle = handle_of(base);
    *out = NULL;
    if (is_dead(handle))
        return SQLITE_IOERR_SHMMAP;
    if (!handle->file->shm) {
        handle->file->shm = mem_zalloc(sizeof(struct shm));
        handle->file->shm->refs = 1; /* the file's own */
    }
    if (!handle->shm) {
        handle->shm = handle->file->shm;
        handle->shm->refs++;
    }
    struct shm *shm = handle->shm;
    if (region >= shm->n && !extend)
        return SQLITE_OK;
    while (region >= shm->n) {
        shm->regions = mem_realloc(shm->regions, (size_t)(shm->n + 1) * sizeof *shm->regions);
        shm->regions[shm->n++] = mem_zalloc((size_t)bytes);
    }
    *out = shm->regions[region];
    return SQLITE_OK;
}

static void shm_unlock(struct handle *handle, int slot)
{
    unsigned bit = 1u << slot;
    if (handle->exclusive & bit)
        handle->shm->exclusive[slot] = NULL;
    if (handle->shared & bit)
        handle->shm->shared[slot]--;
    handle->exclusive &= ~bit;
    handle->shared &= ~bit;
}

static bool shm_may_lock(const struct handle *handle, int slot, int flags)
{
    const struct shm *shm = handle->shm;
    if (shm->exclusive[slot] && shm->exclusive[slot] != handle)
        return false;
    int mine = handle->shared >> slot & 1;
    return (flags & SQLITE_SHM_SHARED) || shm->shared[slot] - mine == 0;
}

static void shm_lock(struct handle *handle, int slot, int flags)
{
    unsigned bit = 1u << slot;
    if ((flags & SQLITE_SHM_EXCLUSIVE) && !(handle->exclusive & bit)) {
        handle->shm->exclusive[slot] = handle;
        handle->exclusive |= bit;
    }
    if ((flags & SQLITE_SHM_SHARED) && !(handle->shared & bit)) {
        handle->shm->shared[slot]++;
        handle->shared |= bit;
    }
}

static int x_shm_lock(sqlite3_file *base, int offset, int n, int flags)
{
    struct handle *handle = handle_of(base);
    if (is_dead(handle))
        return flags & SQLITE_SHM_UNLOCK ? SQLITE_OK : SQLITE_IOERR_SHMLOCK;
    for (int slot = offset; slot < offset + n; slot++) {
        if (flags & SQLITE_SHM_UNLOCK)
            shm_unlock(handle, slot);
        else if (!shm_may_lock(handle, slot, flags))
            return SQLITE_BUSY;
    }
    for (int slot = offset; slot < offset + n && (flags & SQLITE_SHM_LOCK); slot++)
        shm_lock(handle, slot, flags);
    return SQLITE_OK;
}

static void x_shm_barrier(sqlite3_file *base)
{
    (void)base;
}

static int x_shm_unmap(sqlite3_file *base, int remove)
{
    (void)remove;
    struct handle *handle = handle_of(base);
    if (!handle->shm)
        return SQLITE_OK;
    for (int slot = 0; slot < SLOTS; slot++)
        shm_unlock(handle, slot);
    if (!is_dead(handle) && handle->shm->refs == 2) { /* the last user and the file */
        shm_drop(handle->file->shm);
        handle->file->shm = NULL;
    }
    shm_drop(handle->shm);
    handle->shm = NULL;
    return SQLITE_OK;
}

static int x_close(sqlite3_file *base)
{
    struct handle *handle = handle_of(base);
    x_unlock(base, SQLITE_LOCK_NONE);
    if (is_dead(handle))
        return SQLITE_OK;
    handle->file->handles--;
    if (handle->deletes_on_close) {
        handle->file->is_removed = true;
        handle->file->name_is_safe = false;
        sweep(handle->disk, is_lost);
    }
    return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = x_close,
    .xRead = x_read,
    .xWrite = x_write,
    .xTruncate = x_truncate,
    .xSync = x_sync,
    .xFileSize = x_file_size,
    .xLock = x_lock,
    .xUnlock = x_unlock,
    .xCheckReservedLock = x_check_reserved,
    .xFileControl = x_file_control,
    .xSectorSize = x_sector_size,
    .xDeviceCharacteristics = x_characteristics,
    .xShmMap = x_shm_map,
    .xShmLock = x_shm_lock,
    .xShmBarrier = x_shm_barrier,
    .xShmUnmap = x_shm_unmap,
};

/* ---- the methods of the disk ------------------------------------------------------------------------ */

static struct memvfs *disk_of(sqlite3_vfs *vfs)
{
    return (struct memvfs *)vfs;
}

static int x_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags, int *out_flags)
{
    struct memvfs *disk = disk_of(vfs);
    struct handle *handle = handle_of(base);
    memset(handle, 0, sizeof *handle);
    const char *shown = name ? name : "temporary";
    struct file *file = name ? file_find(disk, name) : NULL;
    if ((!file && !(flags & SQLITE_OPEN_CREATE)) || strlen(shown) >= NAME_MAX_BYTES)
        return SQLITE_CANTOPEN;
    if (!file)
        file = file_make(disk, shown);
    *handle = (struct handle){ .base.pMethods = &methods, .disk = disk, .file = file, .epoch = disk->epoch };
    handle->deletes_on_close = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
    file->handles++;
    if (out_flags)
        *out_flags = flags;
    return SQLITE_OK;
}

static int x_delete(sqlite3_vfs *vfs, const char *name, int sync_dir)
{
    struct memvfs *disk = disk_of(vfs);
    struct file *file = file_find(disk, name);
    if (!file)
        return SQLITE_IOERR_DELETE_NOENT;
    file->is_removed = true;
    if (sync_dir && !disk->skips_syncs)
        sync_folder(disk);
    return SQLITE_OK;
}

static int x_access(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
    (void)flags;
    *out = file_find(disk_of(vfs), name) != NULL;
    return SQLITE_OK;
}

static int x_full_pathname(sqlite3_vfs *vfs, const char *name, int n, char *out)
{
    (void)vfs;
    sqlite3_snprintf(n, out, "%s", name);
    return SQLITE_OK;
}

static int x_randomness(sqlite3_vfs *vfs, int n, char *out)
{
    for (int i = 0; i < n; i++)
        out[i] = (char)next_random(disk_of(vfs));
    return n;
}

static int x_sleep(sqlite3_vfs *vfs, int us)
{
    (void)vfs;
    return us;
}

static int x_current_time(sqlite3_vfs *vfs, double *out)
{
    (void)vfs;
    *out = 2460000.5; /* 2023-02-25: a day like another, the same in every run */
    return SQLITE_OK;
}

static int x_last_error(sqlite3_vfs *vfs, int n, char *out)
{
    (void)vfs, (void)n, (void)out;
    return 0;
}

/* ---- life ------------------------------------------------------------------------------------------- */

struct memvfs *memvfs_new(const char *name, uint64_t seed)
{
    struct memvfs *disk = mem_zalloc(sizeof *disk);
    strncpy(disk->name, name, sizeof disk->name - 1);
    disk->random = seed;
    disk->vfs = (sqlite3_vfs){
        .iVersion = 1,
        .szOsFile = sizeof(struct handle),
        .mxPathname = NAME_MAX_BYTES - 1,
        .zName = disk->name,
        .xOpen = x_open,
        .xDelete = x_delete,
        .xAccess = x_access,
        .xFullPathname = x_full_pathname,
        .xRandomness = x_randomness,
        .xSleep = x_sleep,
        .xCurrentTime = x_current_time,
        .xGetLastError = x_last_error,
    };
    if (sqlite3_initialize() != SQLITE_OK || sqlite3_vfs_register(&disk->vfs, 1) != SQLITE_OK)
        abort();
    sqlite3_randomness(0, NULL); /* SQLite's generator starts again, from x_randomness */
    return disk;
}

static bool is_any(const struct file *file)
{
    return file != NULL;
}

void memvfs_free(struct memvfs *disk)
{
    if (!disk)
        return;
    sqlite3_vfs_unregister(&disk->vfs);
    sqlite3_randomness(0, NULL);
    sweep(disk, is_any);
    free(disk);
}

void memvfs_fail(struct memvfs *disk, enum memvfs_fault fault, uint64_t good, uint64_t bad)
{
    disk->good[fault] = good;
    disk->bad[fault] = bad;
}

void memvfs_skip_syncs(struct memvfs *disk, bool skip)
{
    disk->skips_syncs = skip;
}

struct memvfs_counts memvfs_counts(const struct memvfs *disk)
{
    return disk->counts;
}

size_t memvfs_unsynced(const struct memvfs *disk)
{
    size_t n = 0;
    for (const struct file *file = disk->files; file; file = file->next)
        for (const struct change *change = file->first; change; change = change->next)
            n++;
    return n;
}
