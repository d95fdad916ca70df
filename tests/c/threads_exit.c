/* pthread_exit in every callback: the thread ends there, the call that it was in is given up, and the others go on. */
#define _POSIX_C_SOURCE 200809L

#include <semaphore.h>

#include "check.h"
#include "ckws.h"
#include "client.h"
#include "tasks.h"
#include "ws_peer.h"

/* What a callback leaves when it ends its thread. */
static char token;

static bool exit_in_abort_check(void *user_data)
{
    pthread_exit(user_data);
}

static bool exit_in_percent_done(int percent, void *user_data)
{
    CHECK(percent > 0);
    pthread_exit(user_data);
}

static void exit_in_progress_info(const char *name, const char *value, void *user_data)
{
    CHECK(is_filled(name) && is_filled(value));
    pthread_exit(user_data);
}

static void expect_exit(void *(*main)(void *), void *argument)
{
    pthread_t thread;
    void *result = NULL;

    REQUIRE(pthread_create(&thread, NULL, main, argument) == 0);
    CHECK(pthread_join(thread, &result) == 0);
    CHECK(result == &token);
}

static void *receive(void *ws)
{
    const uint8_t *data;
    size_t len;

    CHECK_INT(ckws_receive(ws, &data, &len), -1);
    return NULL;
}

static void *connect_anew(void *ws)
{
    CHECK(!ckws_connect(ws, ws_url()));
    return NULL;
}

static void *run_synchronously(void *task)
{
    CHECK(!ckws_task_run_synchronously(task));
    return NULL;
}

static void *send_flood(void *ws)
{
    static uint8_t flood[WS_FLOOD];

    CHECK(!ckws_send_binary(ws, flood, sizeof flood));
    return NULL;
}

static void test_abort_check(void)
{
    ckws_websocket *ws = connect_to("");
    ckws_task *task = ckws_read_message_async(ws);

    CHECK(ckws_set_heartbeat_ms(ws, 1));
    ckws_set_abort_check(ws, exit_in_abort_check, &token);
    expect_exit(receive, ws);
    expect_exit(run_synchronously, task);
    CHECK_INT(ckws_task_get_status_int(task), CKWS_TASK_ABORTED);
    ckws_task_dispose(task);
    /* Does not wait for a call of the callback that will never return. */
    ckws_set_abort_check(ws, NULL, NULL);
    expect_echo(ws, "the turn is free");
    ckws_dispose(ws);
}

static void test_percent_done(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);

    ckws_set_percent_done(ws, exit_in_percent_done, &token);
    expect_exit(send_flood, ws);
    ckws_set_percent_done(ws, NULL, NULL);
    /* Part of the frame had left. */
    CHECK(!ckws_get_is_connected(ws));
    CHECK(ckws_connect(ws, ws_url()));
    expect_echo(ws, "connected anew");
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

static void test_progress_info(void)
{
    ckws_websocket *ws = ckws_create();

    ckws_set_progress_info(ws, exit_in_progress_info, &token);
    expect_exit(connect_anew, ws);
    ckws_set_progress_info(ws, NULL, NULL);
    CHECK(ckws_connect(ws, ws_url()));
    expect_echo(ws, "connected");
    ckws_dispose(ws);
}

struct ends {
    sem_t told;
    bool exits;
};

static void note_end(ckws_task *task, void *user_data)
{
    struct ends *ends = user_data;

    CHECK(ckws_task_get_finished(task));
    sem_post(&ends->told);
    if (ends->exits)
        pthread_exit(NULL);
}

static void expect_told(struct ends *ends, int count)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += patience_ms() / 1000;
    while (count-- > 0)
        CHECK(sem_timedwait(&ends->told, &until) == 0);
}

/* The thread of the library ends, and another one tells of the other tasks. */
static void test_task_completed(void)
{
    enum { TASKS = 4 };
    ckws_websocket *ws = connect_to("");
    ckws_task *tasks[TASKS];
    struct ends ends;
    int i;

    REQUIRE(sem_init(&ends.told, 0, 0) == 0);
    ends.exits = true;
    ckws_set_task_completed(ws, note_end, &ends);
    for (i = 0; i < TASKS; i++) {
        tasks[i] = ckws_send_ping_async(ws, "x");
        run(tasks[i]);
        /* Every other end is told with a handle of its own. */
        if (i % 2 == 0)
            ckws_task_dispose(tasks[i]);
    }
    expect_told(&ends, TASKS);
    /* Waits for the last call, which has unwound its thread. */
    ckws_set_task_completed(ws, NULL, NULL);
    for (i = 1; i < TASKS; i += 2)
        ckws_task_dispose(tasks[i]);

    ends.exits = false;
    ckws_set_task_completed(ws, note_end, &ends);
    perform(ckws_send_ping_async(ws, "x"));
    expect_told(&ends, 1);
    CHECK(ckws_global_finalize_thread_pool());
    ckws_set_task_completed(ws, NULL, NULL);
    expect_echo(ws, "the connection stands");
    ckws_dispose(ws);
    sem_destroy(&ends.told);
}

int main(void)
{
    int round;

    for (round = 0; round < 20; round++) {
        test_abort_check();
        test_percent_done();
        test_progress_info();
    }
    for (round = 0; round < 3; round++)
        test_task_completed();
    CHECK_INT((long long)ckws_global_live_handles(), 0);
    return check_summary();
}
