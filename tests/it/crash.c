/* Kills the process it is loaded into at a write to a database, or tells which writes there are.

   CRASH_TELL=FILE appends a letter to FILE for every write: w for bytes, s for bringing them to the disk.
   CRASH_AT=N kills before the N-th of them, CRASH_AT=-N after it.
   CRASH_SHIFT=N lets the clock be N seconds ahead, or behind. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int is_database(int fd) {
    char link[64], name[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, name, sizeof name - 1);
    if (length < 0) return 0;
    name[length] = 0;
    const char *end = strrchr(name, '.');
    return end && (!strcmp(end, ".db") || !strcmp(end, ".db-wal"));
}

static void tell(char letter) {
    const char *name = getenv("CRASH_TELL");
    int file = name ? open(name, O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
    if (file < 0) return;
    if (write(file, &letter, 1) != 1) abort();
    close(file);
}

static long count(int fd, char letter) {
    static atomic_long calls;
    if (!is_database(fd)) return 0;
    tell(letter);
    return atomic_fetch_add(&calls, 1) + 1;
}

static void die_at(long place) {
    const char *at = getenv("CRASH_AT");
    if (place && at && atol(at) == place) kill(getpid(), SIGKILL);
}

#define AROUND(letter, name, type, parameters, ...)                \
    type name parameters {                                         \
        type(*real) parameters = dlsym(RTLD_NEXT, #name);          \
        long call = count(fd, letter);                             \
        die_at(call);                                              \
        type result = real(__VA_ARGS__);                           \
        die_at(-call);                                             \
        return result;                                             \
    }

AROUND('w', pwrite, ssize_t, (int fd, const void *bytes, size_t many, off_t at), fd, bytes, many, at)
AROUND('w', pwrite64, ssize_t, (int fd, const void *bytes, size_t many, off64_t at), fd, bytes, many, at)
AROUND('s', fsync, int, (int fd), fd)
AROUND('s', fdatasync, int, (int fd), fd)

int clock_gettime(clockid_t clock, struct timespec *time) {
    int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, time);
    const char *shift = getenv("CRASH_SHIFT");
    if (!result && shift && clock == CLOCK_REALTIME) time->tv_sec += atol(shift);
    return result;
}
