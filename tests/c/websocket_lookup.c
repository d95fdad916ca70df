/* Name lookups that take their time: AbortCheck, cancel, time-outs, MaxThreads. The program has a getaddrinfo of its own,
 * which answers when the test says so. */
#define _POSIX_C_SOURCE 200809L

#include <netdb.h>

#include "check.h"
#include "ckws.h"
#include "client.h"
#include "tasks.h"
#include "ws_peer.h"

#define UNKNOWN_URL "ws://unknown.test/"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
/* How many lookups have begun since the test held them, how many have not ended, and whether they may. */
static int begun;
static int inside;
static bool held;

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found)
{
    (void)service;
    (void)hints;
    CHECK_TEXT(name, "unknown.test");
    *found = NULL;
    pthread_mutex_lock(&lock);
    begun++;
    inside++;
    pthread_cond_broadcast(&changed);
    while (held)
        pthread_cond_wait(&changed, &lock);
    inside--;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return EAI_NONAME;
}

/* As of a locale whose charset is not UTF-8; a text of the library has its own words. */
const char *gai_strerror(int code)
{
    (void)code;
    return "\xCD\xC5\xD4";
}

static void hold_lookups(void)
{
    pthread_mutex_lock(&lock);
    held = true;
    begun = 0;
    pthread_mutex_unlock(&lock);
}

static void wait_for_lookups(int count)
{
    pthread_mutex_lock(&lock);
    while (begun < count)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
}

/* Lets all of them end, and waits until they have. */
static void let_lookups_go(void)
{
    pthread_mutex_lock(&lock);
    held = false;
    pthread_cond_broadcast(&changed);
    while (inside > 0)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
}

static int lookups_begun(void)
{
    int count;

    pthread_mutex_lock(&lock);
    count = begun;
    pthread_mutex_unlock(&lock);
    return count;
}

static bool abort_at_last(void *user_data)
{
    int *count = user_data;

    return ++*count == 4;
}

static void test_an_unknown_name_is_told_in_words(void)
{
    ckws_websocket *ws = ckws_create();

    CHECK(!ckws_connect(ws, UNKNOWN_URL));
    CHECK_INT(ckws_get_last_error_code(ws), CKWS_ERROR_LOOKUP_FAILED);
    CHECK(contains(ckws_get_last_error_text(ws),
                   "The host name unknown.test could not be resolved: name not known (EAI_NONAME)."));
    CHECK_INT(ckws_get_connect_stage(ws), CKWS_STAGE_LOOKUP);
    CHECK_INT(ckws_get_response_status_code(ws), 0);
    ckws_dispose(ws);
}

static void test_the_abort_check_ends_a_lookup(void)
{
    ckws_websocket *ws = ckws_create();
    int count = 0;

    hold_lookups();
    CHECK(ckws_set_heartbeat_ms(ws, 5));
    ckws_set_abort_check(ws, abort_at_last, &count);
    CHECK(!ckws_connect(ws, UNKNOWN_URL));
    expect_failure(ws, CKWS_ERROR_ABORTED);
    CHECK_INT(count, 4);
    let_lookups_go();
    ckws_dispose(ws);
}

static void test_a_lookup_times_out(void)
{
    ckws_websocket *ws = ckws_create();

    hold_lookups();
    CHECK(ckws_set_connect_timeout_ms(ws, 20));
    CHECK(!ckws_connect(ws, UNKNOWN_URL));
    expect_failure(ws, CKWS_ERROR_LOOKUP_TIMEOUT);
    CHECK_INT(ckws_get_connect_stage(ws), CKWS_STAGE_LOOKUP);
    perform_to_failure(ckws_connect_async(ws, UNKNOWN_URL), CKWS_ERROR_LOOKUP_TIMEOUT);
    CHECK_INT(ckws_get_connect_stage(ws), CKWS_STAGE_LOOKUP);
    let_lookups_go();
    ckws_dispose(ws);
}

static void test_a_task_is_cancelled_in_a_lookup(void)
{
    ckws_websocket *ws = ckws_create();
    ckws_task *connect = ckws_connect_async(ws, UNKNOWN_URL);

    hold_lookups();
    run(connect);
    wait_for_lookups(1);
    CHECK(ckws_task_cancel(connect));
    wait_for_end(connect);
    expect_result_failure(connect, CKWS_TASK_ABORTED, CKWS_ERROR_ABORTED);
    let_lookups_go();

    run(connect);
    wait_for_end(connect);
    expect_result_failure(connect, CKWS_TASK_COMPLETED, CKWS_ERROR_LOOKUP_FAILED);
    ckws_task_dispose(connect);
    ckws_dispose(ws);
}

/* A lookup that stands delays neither the reactor nor an address that needs none. */
static void test_others_go_on_meanwhile(void)
{
    ckws_websocket *ws = ckws_create();
    ckws_websocket *other = ckws_create();
    ckws_task *connect = ckws_connect_async(ws, UNKNOWN_URL);

    hold_lookups();
    run(connect);
    wait_for_lookups(1);
    perform(ckws_connect_async(other, ws_url()));
    expect_echo(other, "meanwhile");
    CHECK_INT(ckws_task_get_status_int(connect), CKWS_TASK_RUNNING);
    let_lookups_go();
    wait_for_end(connect);
    ckws_task_dispose(connect);
    ckws_dispose(ws);
    ckws_dispose(other);
}

/* So many lookups go on at a time as the program allows, eight at the most; the others follow. */
static void expect_threads(int max_threads, int at_once)
{
    enum { LOOKUPS = 10 };
    ckws_websocket *ws[LOOKUPS];
    ckws_task *tasks[LOOKUPS];
    ckws_task *clock = ckws_task_create();
    int i;

    /* Without threads of earlier tests. */
    CHECK(ckws_global_finalize_thread_pool());
    hold_lookups();
    CHECK(ckws_global_set_max_threads(max_threads));
    for (i = 0; i < LOOKUPS; i++) {
        ws[i] = ckws_create();
        tasks[i] = ckws_connect_async(ws[i], UNKNOWN_URL);
        run(tasks[i]);
    }
    wait_for_lookups(at_once);
    /* Time for one too many to show itself. */
    ckws_task_sleep_ms(clock, 20);
    CHECK_INT(lookups_begun(), at_once);
    ckws_task_dispose(clock);
    let_lookups_go();
    for (i = 0; i < LOOKUPS; i++) {
        wait_for_end(tasks[i]);
        expect_result_failure(tasks[i], CKWS_TASK_COMPLETED, CKWS_ERROR_LOOKUP_FAILED);
        ckws_task_dispose(tasks[i]);
        ckws_dispose(ws[i]);
    }
    CHECK_INT(lookups_begun(), LOOKUPS);
    CHECK(ckws_global_set_max_threads(100));
}

static void test_max_threads(void)
{
    expect_threads(1, 1);
    expect_threads(3, 3);
    expect_threads(500, 8);
}

/* Nobody waits for a lookup that the system does not answer. */
static void test_finalize_does_not_wait_for_a_lookup(void)
{
    ckws_websocket *ws = ckws_create();
    ckws_task *connect = ckws_connect_async(ws, UNKNOWN_URL);

    hold_lookups();
    run(connect);
    wait_for_lookups(1);
    CHECK(ckws_global_finalize_thread_pool());
    expect_result_failure(connect, CKWS_TASK_ABORTED, CKWS_ERROR_ABORTED);
    let_lookups_go();
    ckws_task_dispose(connect);
    ckws_dispose(ws);
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    test_an_unknown_name_is_told_in_words();
    test_the_abort_check_ends_a_lookup();
    test_a_lookup_times_out();
    test_a_task_is_cancelled_in_a_lookup();
    test_others_go_on_meanwhile();
    test_max_threads();
    test_finalize_does_not_wait_for_a_lookup();
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
