/*
 * A disk that loses what nobody synced, for LD_PRELOAD: below FORGETFUL_ROOT every change is written down in
 * FORGETFUL_LOG with what was there before, and every sync too. When the process has died, forgetful.py undoes the
 * changes that no sync followed, as a power cut would. With FORGETFUL_LIES a sync does nothing.
 *
 * Contents become durable by a sync of their file; names (made, moved) by a sync of their folder. Removed names
 * stay removed, which a power cut may do too. Memory-mapped files are not seen: forgetful.py removes SQLite's.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
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

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int log_fd = -1;
static const char *root;
static size_t root_length;
static int lies;

__attribute__((constructor)) static void begin(void) {
    const char *log = getenv("FORGETFUL_LOG");
    root = getenv("FORGETFUL_ROOT");
    lies = getenv("FORGETFUL_LIES") != NULL;
    if (!log || !root) return;
    root_length = strlen(root);
    log_fd = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* One record: kind, inode, parent inode, offset, size of the file before, then two texts with their lengths. */
struct head {
    uint64_t kind, inode, parent, offset, size, first, second;
};

static void record(struct head head, const void *first, size_t first_length, const void *second,
                   size_t second_length) {
    head.first = first_length;
    head.second = second_length;
    struct iovec parts[] = {{&head, sizeof head},
                            {(void *)first, first_length},
                            {(void *)second, second_length}};
    size_t whole = sizeof head + first_length + second_length;
    if (syscall(SYS_writev, log_fd, parts, 3) != (long)whole) abort();
}

/* Whether the path lies below the root. */
static int below(const char *path) {
    return log_fd >= 0 && path && strncmp(path, root, root_length) == 0 &&
           (path[root_length] == '/' || path[root_length] == 0);
}

/* Whether the descriptor is of a file or folder below the root; says which. */
static int watched(int fd, struct stat *of) {
    char link[64], path[4096];
    if (log_fd < 0 || fd == log_fd || fstat(fd, of) != 0) return 0;
    if (!S_ISREG(of->st_mode) && !S_ISDIR(of->st_mode)) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return below(path);
}

static uint64_t folder_of(const char *path) {
    char folder[4096];
    struct stat of;
    const char *slash = strrchr(path, '/');
    if (!slash || (size_t)(slash - path) >= sizeof folder) return 0;
    memcpy(folder, path, slash - path);
    folder[slash - path] = 0;
    return stat(folder, &of) == 0 ? of.st_ino : 0;
}

/* Before a change of a file's bytes: what is there now. */
static void before_change(int fd, const struct stat *of, uint64_t offset, uint64_t length) {
    char path[64], *old = NULL;
    ssize_t got = 0;
    uint64_t size = of->st_size;
    uint64_t there = offset < size ? (offset + length < size ? length : size - offset) : 0;
    if (there > 0) {
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        int reader = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
        old = malloc(there);
        if (reader < 0 || !old) abort();
        got = syscall(SYS_pread64, reader, old, there, offset);
        syscall(SYS_close, reader);
        if (got != (ssize_t)there) abort();
    }
    struct head head = {.kind = 'W', .inode = of->st_ino, .offset = offset, .size = size};
    record(head, old, got, NULL, 0);
    free(old);
}

static uint64_t position(int fd, const struct stat *of) {
    int flags = fcntl(fd, F_GETFL);
    return flags & O_APPEND ? (uint64_t)of->st_size : (uint64_t)lseek(fd, 0, SEEK_CUR);
}

/* Runs a change of a file's bytes after writing down what it changes. */
#define CHANGE(fd, at, length, call)                                   \
    do {                                                               \
        struct stat of;                                                \
        if (!watched(fd, &of)) return call;                            \
        pthread_mutex_lock(&mutex);                                    \
        fstat(fd, &of);                                                \
        before_change(fd, &of, at, length);                            \
        __typeof__(call) result = call;                                \
        int error = errno;                                             \
        pthread_mutex_unlock(&mutex);                                  \
        errno = error;                                                 \
        return result;                                                 \
    } while (0)

ssize_t write(int fd, const void *from, size_t length) {
    CHANGE(fd, position(fd, &of), length, syscall(SYS_write, fd, from, length));
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    size_t length = 0;
    for (int part = 0; part < count; part++) length += parts[part].iov_len;
    CHANGE(fd, position(fd, &of), length, syscall(SYS_writev, fd, parts, count));
}

ssize_t pwrite(int fd, const void *from, size_t length, off_t at) {
    CHANGE(fd, at, length, syscall(SYS_pwrite64, fd, from, length, at));
}

ssize_t pwrite64(int fd, const void *from, size_t length, off64_t at) {
    CHANGE(fd, at, length, syscall(SYS_pwrite64, fd, from, length, at));
}

int ftruncate(int fd, off_t size) {
    CHANGE(fd, size, (uint64_t)of.st_size > (uint64_t)size ? of.st_size - size : 0,
           (int)syscall(SYS_ftruncate, fd, size));
}

int ftruncate64(int fd, off64_t size) {
    CHANGE(fd, size, (uint64_t)of.st_size > (uint64_t)size ? of.st_size - size : 0,
           (int)syscall(SYS_ftruncate, fd, size));
}

static int synced(int fd, long call) {
    struct stat of;
    int seen = watched(fd, &of);
    if (!seen) return syscall(call, fd);
    if (lies) return 0;
    /* What is written while a sync runs is not covered by it, so nothing is. */
    pthread_mutex_lock(&mutex);
    int result = syscall(call, fd);
    int error = errno;
    if (result == 0) record((struct head){.kind = 'S', .inode = of.st_ino}, NULL, 0, NULL, 0);
    pthread_mutex_unlock(&mutex);
    errno = error;
    return result;
}

int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

static void made(const char *path) {
    struct stat of;
    if (stat(path, &of) != 0) return;
    struct head head = {.kind = 'C', .inode = of.st_ino, .parent = folder_of(path)};
    record(head, path, strlen(path), NULL, 0);
}

static int opened(int folder, const char *path, int flags, mode_t mode) {
    struct stat of;
    if (!(flags & O_CREAT) || !below(path)) return syscall(SYS_openat, folder, path, flags, mode);
    pthread_mutex_lock(&mutex);
    int is_new = stat(path, &of) != 0;
    int fd = syscall(SYS_openat, folder, path, flags, mode);
    int error = errno;
    if (fd >= 0 && is_new) made(path);
    pthread_mutex_unlock(&mutex);
    errno = error;
    return fd;
}

#define MODE(flags)                          \
    mode_t mode = 0;                         \
    if ((flags) & (O_CREAT | O_TMPFILE)) {   \
        va_list arguments;                   \
        va_start(arguments, flags);          \
        mode = va_arg(arguments, mode_t);    \
        va_end(arguments);                   \
    }

int open(const char *path, int flags, ...) {
    MODE(flags);
    return opened(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    MODE(flags);
    return opened(AT_FDCWD, path, flags | O_LARGEFILE, mode);
}

int openat(int folder, const char *path, int flags, ...) {
    MODE(flags);
    return opened(folder, path, flags, mode);
}

int openat64(int folder, const char *path, int flags, ...) {
    MODE(flags);
    return opened(folder, path, flags | O_LARGEFILE, mode);
}

int mkdir(const char *path, mode_t mode) {
    /* The root itself is somebody else's to keep. */
    if (!below(path) || path[root_length] == 0) return syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    pthread_mutex_lock(&mutex);
    int result = syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    int error = errno;
    if (result == 0) made(path);
    pthread_mutex_unlock(&mutex);
    errno = error;
    return result;
}

int rename(const char *from, const char *to) {
    if (!below(from)) return syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);
    pthread_mutex_lock(&mutex);
    record((struct head){.kind = 'R', .parent = folder_of(to)}, from, strlen(from), to, strlen(to));
    int result = syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);
    int error = errno;
    pthread_mutex_unlock(&mutex);
    errno = error;
    return result;
}
