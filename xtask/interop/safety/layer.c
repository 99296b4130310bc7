// Records what a program does to the files below one folder, so that a power cut can be played afterwards.
//
// Loaded with LD_PRELOAD. Before each write, truncation, creation, renaming and deletion, a record of it with what it
// replaces is appended to a log; after a sync, a record of how much of the log is on the disk by it. `cut.py` reads the
// log once the program is killed, and takes back what no sync covers. Syncs reach no disk: each takes SYNC_US instead,
// during which other threads go on writing.
//
// Not seen: system calls that are made without libc (rustix renames so), and memory that is mapped and written (SQLite's
// index of its log, which it builds again). Both count as on the disk at once.
//
//   POWER_CUT_ROOT  the folder, as an absolute path without links
//   POWER_CUT_LOG   the log, outside of it
//   POWER_CUT_BLIND syncs are not recorded: the control, in which acknowledged writes must get lost
//   POWER_CUT_FULL  while this file is there, the disk is full

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define SYNC_US 1500
#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

// A record: this, then the path, the other path, what was there before, what is written.
struct record {
    uint32_t magic, kind;
    uint64_t device, inode, parent, offset, old_size, upto;
    uint32_t path_length, other_length, before_length, data_length;
};

enum { WRITE = 'W', TRUNCATE = 'T', SYNC = 'S', SYNC_FOLDER = 'D', CREATE = 'C', UNLINK = 'U', RENAME = 'R' };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char root[PATH_MAX];
static size_t root_length;
static int log_file = -1;
static int is_blind;
static unsigned backups;

__attribute__((constructor)) static void begin(void) {
    const char *folder = getenv("POWER_CUT_ROOT"), *path = getenv("POWER_CUT_LOG");
    if (!folder || !path || strlen(folder) >= sizeof root) return;
    int opened = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (opened < 0) return;
    // Far from the numbers that the program's own files get.
    log_file = fcntl(opened, F_DUPFD_CLOEXEC, 700);
    syscall(SYS_close, opened);
    strcpy(root, folder);
    root_length = strlen(root);
    is_blind = getenv("POWER_CUT_BLIND") != NULL;
}

static int is_below(const char *path) {
    return root_length && !strncmp(path, root, root_length) && (path[root_length] == '/' || !path[root_length]);
}

// The path of an open file, if it is one of those that are watched.
static int watched(int fd, char *path, struct stat *status) {
    if (log_file < 0 || fd < 0) return 0;
    char name[64];
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(name, path, PATH_MAX - 1);
    if (n <= 0) return 0;
    path[n] = 0;
    return is_below(path) && !fstat(fd, status) && (S_ISREG(status->st_mode) || S_ISDIR(status->st_mode));
}

// The absolute form of a path that may not exist yet.
static int absolute(int folder, const char *path, char *out) {
    char base[PATH_MAX] = "";
    if (log_file < 0 || !path) return 0;
    if (path[0] != '/') {
        if (folder == AT_FDCWD) {
            if (!getcwd(base, sizeof base)) return 0;
        } else {
            char name[64];
            snprintf(name, sizeof name, "/proc/self/fd/%d", folder);
            ssize_t n = readlink(name, base, sizeof base - 1);
            if (n <= 0) return 0;
            base[n] = 0;
        }
    }
    int n = snprintf(out, PATH_MAX, "%s%s%s", base, base[0] ? "/" : "", path);
    return n > 0 && n < PATH_MAX && is_below(out);
}

static uint64_t parent_of(const char *path) {
    char folder[PATH_MAX];
    struct stat status;
    strcpy(folder, path);
    char *slash = strrchr(folder, '/');
    if (!slash || slash == folder) return 0;
    *slash = 0;
    return stat(folder, &status) ? 0 : status.st_ino;
}

static void note(struct record *r, const char *path, const char *other, const void *before, const void *data) {
    r->magic = 0x43555450;
    r->path_length = path ? strlen(path) : 0;
    r->other_length = other ? strlen(other) : 0;
    struct iovec parts[] = {{r, sizeof *r},
                            {(void *)path, r->path_length},
                            {(void *)other, r->other_length},
                            {(void *)before, r->before_length},
                            {(void *)data, r->data_length}};
    syscall(SYS_writev, log_file, parts, 5);
}

static uint64_t log_end(void) {
    struct stat status;
    return fstat(log_file, &status) ? 0 : (uint64_t)status.st_size;
}

// What stands at an offset, as far as the file goes.
static void *content(int fd, off_t offset, size_t length, off_t size, uint32_t *found) {
    *found = 0;
    if (offset >= size || !length) return NULL;
    if ((off_t)length > size - offset) length = size - offset;
    void *buffer = malloc(length);
    ssize_t n = syscall(SYS_pread64, fd, buffer, length, offset);
    if (n < 0 && errno == EBADF) {
        // It is open for writing only, so that nobody holds a lock on it that closing it once more would end.
        char name[64];
        snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
        int readable = syscall(SYS_openat, AT_FDCWD, name, O_RDONLY | O_CLOEXEC, 0);
        if (readable >= 0) {
            n = syscall(SYS_pread64, readable, buffer, length, offset);
            syscall(SYS_close, readable);
        }
    }
    *found = n > 0 ? n : 0;
    return buffer;
}

static void note_write(int fd, const char *path, const struct stat *status, const void *data, size_t length, off_t at) {
    struct record r = {.kind = WRITE, .device = status->st_dev, .inode = status->st_ino, .offset = at,
                       .old_size = status->st_size, .data_length = length};
    void *before = content(fd, at, length, status->st_size, &r.before_length);
    note(&r, path, NULL, before, data);
    free(before);
}

static void note_truncation(int fd, const char *path, const struct stat *status, off_t size) {
    struct record r = {.kind = TRUNCATE, .device = status->st_dev, .inode = status->st_ino, .offset = size,
                       .old_size = status->st_size};
    void *before = size < status->st_size ? content(fd, size, status->st_size - size, status->st_size, &r.before_length)
                                          : NULL;
    note(&r, path, NULL, before, NULL);
    free(before);
}

static off_t position(int fd, const struct stat *status) {
    int flags = fcntl(fd, F_GETFL);
    return flags >= 0 && (flags & O_APPEND) ? status->st_size : lseek(fd, 0, SEEK_CUR);
}

static int is_full(void) {
    const char *flag = getenv("POWER_CUT_FULL");
    return flag && !syscall(SYS_access, flag, F_OK);
}

#define WATCHED_WRITE(fd, data, length, at, call)                    \
    char path[PATH_MAX];                                             \
    struct stat status;                                              \
    if (!watched(fd, path, &status)) return call;                    \
    if (is_full()) {                                                 \
        errno = ENOSPC;                                              \
        return -1;                                                   \
    }                                                                \
    pthread_mutex_lock(&lock);                                       \
    fstat(fd, &status);                                              \
    note_write(fd, path, &status, data, length, at);                 \
    __typeof__(call) done = call;                                    \
    int error = errno;                                               \
    pthread_mutex_unlock(&lock);                                     \
    errno = error;                                                   \
    return done

ssize_t write(int fd, const void *data, size_t length) {
    WATCHED_WRITE(fd, data, length, position(fd, &status), syscall(SYS_write, fd, data, length));
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t at) {
    WATCHED_WRITE(fd, data, length, at, syscall(SYS_pwrite64, fd, data, length, at));
}

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t at) { return pwrite(fd, data, length, at); }

static void *joined(const struct iovec *parts, int count, size_t *length) {
    *length = 0;
    for (int i = 0; i < count; i++) *length += parts[i].iov_len;
    char *all = malloc(*length + 1), *end = all;
    for (int i = 0; i < count; i++) end = mempcpy(end, parts[i].iov_base, parts[i].iov_len);
    return all;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    char path[PATH_MAX];
    struct stat status;
    if (!watched(fd, path, &status)) return syscall(SYS_writev, fd, parts, count);
    size_t length;
    void *all = joined(parts, count, &length);
    ssize_t done = write(fd, all, length);
    free(all);
    return done;
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
    size_t length;
    void *all = joined(parts, count, &length);
    ssize_t done = pwrite(fd, all, length, at);
    free(all);
    return done;
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at) { return pwritev(fd, parts, count, at); }

int ftruncate(int fd, off_t size) {
    char path[PATH_MAX];
    struct stat status;
    if (!watched(fd, path, &status)) return syscall(SYS_ftruncate, fd, size);
    pthread_mutex_lock(&lock);
    fstat(fd, &status);
    note_truncation(fd, path, &status, size);
    int done = syscall(SYS_ftruncate, fd, size);
    int error = errno;
    pthread_mutex_unlock(&lock);
    errno = error;
    return done;
}

int ftruncate64(int fd, off64_t size) { return ftruncate(fd, size); }

// Programs fall back to reading and writing.
ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t length, unsigned flags) {
    char path[PATH_MAX];
    struct stat status;
    if (!watched(out, path, &status)) return syscall(SYS_copy_file_range, in, from, out, to, length, flags);
    errno = ENOSYS;
    return -1;
}

ssize_t sendfile64(int out, int in, off64_t *from, size_t length) {
    char path[PATH_MAX];
    struct stat status;
    if (!watched(out, path, &status)) return syscall(SYS_sendfile, out, in, from, length);
    errno = ENOSYS;
    return -1;
}

static int sync_file(int fd, long number) {
    char path[PATH_MAX];
    struct stat status;
    if (!watched(fd, path, &status)) return syscall(number, fd);
    pthread_mutex_lock(&lock);
    struct record r = {.kind = S_ISDIR(status.st_mode) ? SYNC_FOLDER : SYNC, .device = status.st_dev,
                       .inode = status.st_ino, .upto = log_end()};
    pthread_mutex_unlock(&lock);
    usleep(SYNC_US);
    if (!is_blind) {
        pthread_mutex_lock(&lock);
        note(&r, path, NULL, NULL, NULL);
        pthread_mutex_unlock(&lock);
    }
    return 0;
}

int fsync(int fd) { return sync_file(fd, SYS_fsync); }
int fdatasync(int fd) { return sync_file(fd, SYS_fdatasync); }

static int open_file(int folder, const char *name, int flags, mode_t mode) {
    char path[PATH_MAX];
    struct stat before;
    int writes = (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC));
    if (!writes || (flags & O_TMPFILE) == O_TMPFILE || !absolute(folder, name, path))
        return syscall(SYS_openat, folder, name, flags, mode);
    pthread_mutex_lock(&lock);
    int was_there = !stat(path, &before);
    if (was_there && (flags & O_TRUNC) && S_ISREG(before.st_mode) && before.st_size) {
        int old = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
        if (old >= 0) {
            note_truncation(old, path, &before, 0);
            syscall(SYS_close, old);
        }
    }
    int fd = syscall(SYS_openat, folder, name, flags, mode);
    int error = errno;
    if (fd >= 0 && !was_there) {
        struct stat status;
        if (!fstat(fd, &status)) {
            struct record r = {.kind = CREATE, .device = status.st_dev, .inode = status.st_ino,
                               .parent = parent_of(path)};
            note(&r, path, NULL, NULL, NULL);
        }
    }
    pthread_mutex_unlock(&lock);
    errno = error;
    return fd;
}

#define OPEN(folder, name, flags)                                                  \
    mode_t mode = 0;                                                               \
    if ((flags) & (O_CREAT | O_TMPFILE)) {                                         \
        va_list rest;                                                              \
        va_start(rest, flags);                                                     \
        mode = va_arg(rest, mode_t);                                               \
        va_end(rest);                                                              \
    }                                                                              \
    return open_file(folder, name, flags, mode)

int open(const char *name, int flags, ...) { OPEN(AT_FDCWD, name, flags); }
int open64(const char *name, int flags, ...) { OPEN(AT_FDCWD, name, flags | O_LARGEFILE); }
int openat(int folder, const char *name, int flags, ...) { OPEN(folder, name, flags); }
int openat64(int folder, const char *name, int flags, ...) { OPEN(folder, name, flags | O_LARGEFILE); }
int creat(const char *name, mode_t mode) { return open_file(AT_FDCWD, name, O_CREAT | O_WRONLY | O_TRUNC, mode); }

// A second name for a file that is about to lose its own, beside the log.
static void keep(const char *path, char *kept) {
    snprintf(kept, PATH_MAX, "%s.kept.%d.%u", getenv("POWER_CUT_LOG"), getpid(), backups++);
    if (syscall(SYS_linkat, AT_FDCWD, path, AT_FDCWD, kept, 0)) kept[0] = 0;
}

static int rename_file(int from_folder, const char *from, int to_folder, const char *to, unsigned flags) {
    char old[PATH_MAX], new[PATH_MAX], kept[PATH_MAX] = "";
    if (!absolute(from_folder, from, old) || !absolute(to_folder, to, new) || flags)
        return syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
    pthread_mutex_lock(&lock);
    struct stat status = {0}, replaced;
    stat(old, &status);
    if (!stat(new, &replaced) && S_ISREG(replaced.st_mode)) keep(new, kept);
    struct record r = {.kind = RENAME, .device = status.st_dev, .inode = status.st_ino, .parent = parent_of(new),
                       .upto = parent_of(old), .data_length = strlen(kept)};
    note(&r, old, new, NULL, kept);
    int done = syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
    int error = errno;
    pthread_mutex_unlock(&lock);
    errno = error;
    return done;
}

int rename(const char *from, const char *to) { return rename_file(AT_FDCWD, from, AT_FDCWD, to, 0); }
int renameat(int a, const char *from, int b, const char *to) { return rename_file(a, from, b, to, 0); }
int renameat2(int a, const char *from, int b, const char *to, unsigned flags) {
    return rename_file(a, from, b, to, flags);
}

static int unlink_file(int folder, const char *name, int flags) {
    char path[PATH_MAX], kept[PATH_MAX] = "";
    if ((flags & AT_REMOVEDIR) || !absolute(folder, name, path)) return syscall(SYS_unlinkat, folder, name, flags);
    pthread_mutex_lock(&lock);
    struct stat status;
    if (!stat(path, &status) && S_ISREG(status.st_mode)) {
        keep(path, kept);
        struct record r = {.kind = UNLINK, .device = status.st_dev, .inode = status.st_ino, .parent = parent_of(path),
                           .data_length = strlen(kept)};
        note(&r, path, NULL, NULL, kept);
    }
    int done = syscall(SYS_unlinkat, folder, name, flags);
    int error = errno;
    pthread_mutex_unlock(&lock);
    errno = error;
    return done;
}

int unlink(const char *name) { return unlink_file(AT_FDCWD, name, 0); }
int unlinkat(int folder, const char *name, int flags) { return unlink_file(folder, name, flags); }
