// Loaded before libc: the wall clock is off by the seconds that the file $WRONG_CLOCK begins with.
// Clocks that only measure, as CLOCK_MONOTONIC does, stay as they are: no clock jump moves them.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long offset(void) {
    const char * path = getenv("WRONG_CLOCK");
    const int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return 0;
    char text[32] = { 0 };
    const ssize_t n_bytes = read(file, text, sizeof(text) - 1);
    close(file);
    return n_bytes > 0 ? atol(text) : 0;
}

int clock_gettime(clockid_t clock, struct timespec * now) {
    const long result = syscall(SYS_clock_gettime, clock, now);
    if (result == 0 && clock == CLOCK_REALTIME) now->tv_sec += offset();
    return (int) result;
}

int gettimeofday(struct timeval * restrict now, void * restrict zone) {
    struct timespec precise;
    (void) zone;
    clock_gettime(CLOCK_REALTIME, &precise);
    now->tv_sec = precise.tv_sec;
    now->tv_usec = precise.tv_nsec / 1000;
    return 0;
}

time_t time(time_t * now) {
    struct timespec precise;
    clock_gettime(CLOCK_REALTIME, &precise);
    if (now) *now = precise.tv_sec;
    return precise.tv_sec;
}

typedef int timedwait(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);

// The kernel waits by its own clock: what is due by ours must be due by that.
int pthread_cond_timedwait(
    pthread_cond_t * restrict condition, pthread_mutex_t * restrict mutex,
    const struct timespec * restrict due) {
    static timedwait * original = NULL;
    if (!original) original = (timedwait *) dlsym(RTLD_NEXT, "pthread_cond_timedwait");
    struct timespec moved = *due;
    const time_t earliest = 500000000; // below it is time since the machine was started
    if (moved.tv_sec > earliest) moved.tv_sec -= offset();
    return original(condition, mutex, &moved);
}
