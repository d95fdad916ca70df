/* Name lookups that never end: how many threads they take, that time-outs hold all the same, and when the threads
 * go. The library calls this program's getaddrinfo instead of the system's. */
#define _POSIX_C_SOURCE 200809L

#include <dirent.h>
#include <netdb.h>
#include <poll.h>
#include <time.h>

#include "check.h"
#include "ckws.h"

/* Those of docs/limits.md. */
enum { MOST_THREADS = 8, IDLE_SECONDS = 10 };
enum { CLIENTS = 12 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int running;
static int most;
static bool may_end;

int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **found)
{
    (void)host;
    (void)service;
    (void)hints;
    (void)found;
    pthread_mutex_lock(&lock);
    running++;
    if (running > most)
        most = running;
    while (!may_end)
        pthread_cond_wait(&changed, &lock);
    running--;
    pthread_mutex_unlock(&lock);
    return EAI_NONAME;
}

static int value_of(const int *counter)
{
    int value;

    pthread_mutex_lock(&lock);
    value = *counter;
    pthread_mutex_unlock(&lock);
    return value;
}

/* The threads of the library that look names up. */
static int lookup_threads(void)
{
    DIR *tasks = opendir("/proc/self/task");
    struct dirent *task;
    int count = 0;

    REQUIRE(tasks != NULL);
    while ((task = readdir(tasks)) != NULL) {
        char path[300], name[32] = "";
        FILE *file;

        snprintf(path, sizeof path, "/proc/self/task/%s/comm", task->d_name);
        file = fopen(path, "r");
        /* It may have gone meanwhile. */
        if (file == NULL)
            continue;
        count += fgets(name, sizeof name, file) != NULL && strcmp(name, "ckws-resolver\n") == 0;
        fclose(file);
    }
    closedir(tasks);
    return count;
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void *connect_in_vain(void *unused)
{
    ckws_websocket *ws = ckws_create();

    (void)unused;
    CHECK(ckws_set_connect_timeout_ms(ws, patience_ms() / 10));
    CHECK(!ckws_connect(ws, "ws://name.example/"));
    CHECK_INT(ckws_get_last_error_code(ws), CKWS_ERROR_LOOKUP_TIMEOUT);
    ckws_dispose(ws);
    return NULL;
}

static void test_lookups_that_never_end(void)
{
    pthread_t threads[CLIENTS];
    int i;

    for (i = 0; i < CLIENTS; i++)
        REQUIRE(pthread_create(&threads[i], NULL, connect_in_vain, NULL) == 0);
    for (i = 0; i < CLIENTS; i++)
        REQUIRE(pthread_join(threads[i], NULL) == 0);
    CHECK_INT(lookup_threads(), MOST_THREADS);
    CHECK_INT(value_of(&most), MOST_THREADS);
}

static void test_idle_threads_go(void)
{
    double start = seconds();

    pthread_mutex_lock(&lock);
    may_end = true;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    /* Nobody tells of a thread's end, so this looks now and then. */
    while (lookup_threads() > 0 && seconds() - start < IDLE_SECONDS + patience_ms() / 1000)
        poll(NULL, 0, 20);
    CHECK_INT(lookup_threads(), 0);
    CHECK(seconds() - start >= IDLE_SECONDS);
    CHECK_INT(value_of(&running), 0);
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    test_lookups_that_never_end();
    test_idle_threads_go();
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
