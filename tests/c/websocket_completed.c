/* TaskCompleted of a WebSocket: called on a thread of the library for each end of a task. */
#define _POSIX_C_SOURCE 200809L

#include <semaphore.h>

#include "check.h"
#include "ckws.h"
#include "client.h"
#include "tasks.h"
#include "ws_peer.h"

enum { MOST_CALLS = 64 };

/* What the callback has been called with, one after the other. */
struct calls {
    sem_t came;
    pthread_t main;
    int count;
    ckws_task *tasks[MOST_CALLS];
    int statuses[MOST_CALLS];
    char user_data[MOST_CALLS][16];
};

static void note_call(ckws_task *task, void *user_data)
{
    struct calls *calls = user_data;

    CHECK(!pthread_equal(pthread_self(), calls->main));
    REQUIRE(calls->count < MOST_CALLS);
    calls->tasks[calls->count] = task;
    calls->statuses[calls->count] = ckws_task_get_status_int(task);
    snprintf(calls->user_data[calls->count], sizeof calls->user_data[0], "%s", ckws_task_get_user_data(task));
    calls->count++;
    sem_post(&calls->came);
}

static void listen_to_calls(ckws_websocket *ws, struct calls *calls)
{
    memset(calls, 0, sizeof *calls);
    calls->main = pthread_self();
    REQUIRE(sem_init(&calls->came, 0, 0) == 0);
    ckws_set_task_completed(ws, note_call, calls);
}

static void end_calls(ckws_websocket *ws, struct calls *calls)
{
    ckws_set_task_completed(ws, NULL, NULL);
    sem_destroy(&calls->came);
}

/* Waits for the next call, the `number`th from 0. */
static void expect_call(struct calls *calls, int number, ckws_task *task, int status)
{
    sem_wait(&calls->came);
    if (task != NULL)
        CHECK(calls->tasks[number] == task);
    CHECK_INT(calls->statuses[number], status);
}

static void test_each_end_is_told(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task *first = ckws_read_frame_async(ws);
    ckws_task *second = ckws_read_frame_async(ws);
    ckws_task *flush = ckws_flush_async(ws);
    struct calls calls;

    listen_to_calls(ws, &calls);
    run_and_let_wait(first);
    run(second);
    CHECK(ckws_task_cancel(second));
    expect_call(&calls, 0, second, CKWS_TASK_CANCELED);
    CHECK(ckws_task_cancel(first));
    expect_call(&calls, 1, first, CKWS_TASK_ABORTED);
    run(first);
    ws_peer_send_text(&peer, "text");
    expect_call(&calls, 2, first, CKWS_TASK_COMPLETED);
    run(flush);
    expect_call(&calls, 3, flush, CKWS_TASK_COMPLETED);
    /* Also of one that ran on the program's own thread. */
    CHECK(ckws_task_run_synchronously(flush));
    expect_call(&calls, 4, flush, CKWS_TASK_COMPLETED);
    end_calls(ws, &calls);
    CHECK_INT(calls.count, 5);

    /* Nobody listens any more. */
    run_to_success(flush);
    CHECK_INT(calls.count, 5);
    ckws_task_dispose(first);
    ckws_task_dispose(second);
    ckws_task_dispose(flush);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

/* The handle of a callback that is no handle of the program's: the same task, for the time of the call. */
static void test_a_task_without_a_handle_gets_one_for_the_call(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task *read = ckws_read_frame_async(ws);
    size_t handles = ckws_global_live_handles();
    struct calls calls;

    listen_to_calls(ws, &calls);
    CHECK(ckws_task_set_user_data(read, "known"));
    run_and_let_wait(read);
    ckws_task_dispose(read);
    ws_peer_send_text(&peer, "text");
    expect_call(&calls, 0, NULL, CKWS_TASK_COMPLETED);
    end_calls(ws, &calls);
    CHECK_TEXT(calls.user_data[0], "known");
    CHECK(calls.tasks[0] != read);
    CHECK_INT(ckws_task_get_status_int(calls.tasks[0]), -1);
    CHECK(ckws_global_live_handles() == handles - 1);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

struct again {
    sem_t over;
    int left;
    bool dispose;
};

static void run_again(ckws_task *task, void *user_data)
{
    struct again *again = user_data;

    if (--again->left > 0)
        run(task);
    else
        sem_post(&again->over);
    if (again->dispose)
        ckws_task_dispose(task);
}

/* In its callback a task can be run again, and disposed, the program's own handle or the temporary one. */
static void test_a_callback_runs_and_disposes_the_task(void)
{
    ckws_websocket *ws = ckws_create();
    struct again again;
    int dispose;

    REQUIRE(sem_init(&again.over, 0, 0) == 0);
    for (dispose = 0; dispose < 2; dispose++) {
        ckws_task *task = ckws_flush_async(ws);

        again.left = 50;
        again.dispose = dispose != 0;
        ckws_set_task_completed(ws, run_again, &again);
        run(task);
        sem_wait(&again.over);
        ckws_set_task_completed(ws, NULL, NULL);
        CHECK_INT(again.left, 0);
        CHECK_INT(ckws_task_get_status_int(task), dispose ? -1 : CKWS_TASK_COMPLETED);
        ckws_task_dispose(task);
    }
    sem_destroy(&again.over);
    ckws_dispose(ws);
}

struct held {
    sem_t entered;
    sem_t go_on;
    bool has_ended;
    int count;
};

static void be_held(ckws_task *task, void *user_data)
{
    struct held *held = user_data;

    (void)task;
    held->count++;
    sem_post(&held->entered);
    sem_wait(&held->go_on);
    held->has_ended = true;
}

static void held_open(struct held *held)
{
    memset(held, 0, sizeof *held);
    REQUIRE(sem_init(&held->entered, 0, 0) == 0 && sem_init(&held->go_on, 0, 0) == 0);
}

static void held_close(struct held *held)
{
    sem_destroy(&held->entered);
    sem_destroy(&held->go_on);
}

static void test_a_slow_callback_delays_no_task(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task *flush = ckws_flush_async(ws);
    ckws_task *read = ckws_read_frame_async(ws);
    struct held held;
    int i;

    held_open(&held);
    ckws_set_task_completed(ws, be_held, &held);
    run(flush);
    sem_wait(&held.entered);
    for (i = 0; i < 3; i++) {
        run(read);
        ws_peer_send_text(&peer, "text");
        wait_for_end(read);
        expect_completed(read);
        run_to_success(flush);
    }
    /* Those ends are told afterwards. */
    CHECK_INT(held.count, 1);
    for (i = 0; i < 7; i++)
        sem_post(&held.go_on);
    for (i = 0; i < 6; i++)
        sem_wait(&held.entered);
    ckws_set_task_completed(ws, NULL, NULL);
    CHECK_INT(held.count, 7);
    held_close(&held);
    ckws_task_dispose(flush);
    ckws_task_dispose(read);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

static void *let_go_after_a_while(void *argument)
{
    struct held *held = argument;
    ckws_task *clock = ckws_task_create();

    /* Time for a call that does not wait to show it. */
    ckws_task_sleep_ms(clock, 20);
    ckws_task_dispose(clock);
    sem_post(&held->go_on);
    return NULL;
}

static void remove_callback(ckws_websocket *ws)
{
    ckws_set_task_completed(ws, NULL, NULL);
}

/* After `end` the callback neither runs nor starts, though two more ends are to be told. */
static void expect_to_wait_for_the_callback(void (*end)(ckws_websocket *ws))
{
    ckws_websocket *ws = ckws_create();
    ckws_task *tasks[3];
    struct held held;
    pthread_t helper;
    int i;

    held_open(&held);
    ckws_set_task_completed(ws, be_held, &held);
    for (i = 0; i < 3; i++) {
        tasks[i] = ckws_flush_async(ws);
        run(tasks[i]);
        wait_for_end(tasks[i]);
    }
    sem_wait(&held.entered);
    REQUIRE(pthread_create(&helper, NULL, let_go_after_a_while, &held) == 0);
    end(ws);
    CHECK(held.has_ended);
    CHECK_INT(held.count, 1);
    pthread_join(helper, NULL);
    for (i = 0; i < 3; i++)
        ckws_task_dispose(tasks[i]);
    ckws_dispose(ws);
    /* Whatever was still to be told has been by now. */
    CHECK(ckws_global_finalize_thread_pool());
    CHECK_INT(held.count, 1);
    held_close(&held);
}

static void test_setter_and_dispose_wait_for_the_callback(void)
{
    expect_to_wait_for_the_callback(remove_callback);
    expect_to_wait_for_the_callback(ckws_dispose);
}

struct last {
    sem_t over;
    ckws_websocket *ws;
};

static void dispose_the_object(ckws_task *task, void *user_data)
{
    struct last *last = user_data;

    CHECK(ckws_task_get_result_bool(task));
    ckws_dispose(last->ws);
    sem_post(&last->over);
}

/* No wait for itself, and no deadlock. */
static void test_a_callback_disposes_the_object(void)
{
    struct ws_peer peer;
    struct last last;
    ckws_task *read;

    last.ws = ws_peer_open(&peer);
    read = ckws_read_frame_async(last.ws);
    REQUIRE(sem_init(&last.over, 0, 0) == 0);
    ckws_set_task_completed(last.ws, dispose_the_object, &last);
    run(read);
    ws_peer_send_text(&peer, "text");
    sem_wait(&last.over);
    ws_peer_expect_end(&peer);
    CHECK(!ckws_get_is_connected(last.ws));
    ckws_task_dispose(read);
    sem_destroy(&last.over);
    ws_peer_close(&peer);
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    test_each_end_is_told();
    test_a_task_without_a_handle_gets_one_for_the_call();
    test_a_callback_runs_and_disposes_the_task();
    test_a_slow_callback_delays_no_task();
    test_setter_and_dispose_wait_for_the_callback();
    test_a_callback_disposes_the_object();
    CHECK(ckws_global_finalize_thread_pool());
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
