/* FinalizeThreadPool: what is pending ends, the threads go, and a later run has them come anew. */
#define _POSIX_C_SOURCE 200809L

#include <dirent.h>
#include <sched.h>
#include <semaphore.h>

#include "check.h"
#include "ckws.h"
#include "client.h"
#include "tasks.h"
#include "ws_peer.h"

/* How many threads of this process are the library's, by their names. */
static int count_threads(void)
{
    DIR *directory = opendir("/proc/self/task");
    struct dirent *entry;
    int count = 0;

    REQUIRE(directory != NULL);
    while ((entry = readdir(directory)) != NULL) {
        char path[300];
        char name[64] = "";
        FILE *file;

        snprintf(path, sizeof path, "/proc/self/task/%s/comm", entry->d_name);
        file = entry->d_name[0] != '.' ? fopen(path, "r") : NULL;
        if (file == NULL)
            continue;
        if (fgets(name, sizeof name, file) != NULL && strncmp(name, "ckws-", 5) == 0)
            count++;
        fclose(file);
    }
    closedir(directory);
    return count;
}

/* The kernel lists a thread for a moment after pthread_join has returned. */
static void expect_no_thread(void)
{
    long long until = now_ms() + patience_ms();

    while (count_threads() > 0 && now_ms() < until)
        sched_yield();
    CHECK_INT(count_threads(), 0);
}

/* Counts the ends by how they came. */
struct ends {
    int completed;
    int canceled;
    int aborted;
    bool finalized_inside;
};

static void count_end(ckws_task *task, void *user_data)
{
    struct ends *ends = user_data;
    int status = ckws_task_get_status_int(task);

    ends->completed += status == CKWS_TASK_COMPLETED;
    ends->canceled += status == CKWS_TASK_CANCELED;
    ends->aborted += status == CKWS_TASK_ABORTED;
    ends->finalized_inside |= ckws_global_finalize_thread_pool();
}

static void test_no_thread_before_the_first_task(void)
{
    ckws_websocket *ws = connect_to("");

    expect_echo(ws, "blocking calls need none");
    expect_no_thread();
    CHECK(ckws_global_finalize_thread_pool());
    expect_no_thread();
    ckws_dispose(ws);
}

static void test_what_is_pending_ends(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task *running = ckws_read_frame_async(ws);
    ckws_task *queued = ckws_read_frame_async(ws);
    ckws_task *loaded = ckws_read_frame_async(ws);
    ckws_task *flush = ckws_flush_async(ws);
    struct ends ends;

    memset(&ends, 0, sizeof ends);
    ckws_set_task_completed(ws, count_end, &ends);
    run_and_let_wait(running);
    run(queued);
    run_to_success(flush);
    CHECK(count_threads() >= 1);
    CHECK(ckws_global_finalize_thread_pool());
    expect_no_thread();
    expect_result_failure(running, CKWS_TASK_ABORTED, CKWS_ERROR_ABORTED);
    expect_result_failure(queued, CKWS_TASK_CANCELED, CKWS_ERROR_ABORTED);
    CHECK_INT(ckws_task_get_status_int(loaded), CKWS_TASK_LOADED);
    /* Everything has been told, and inside a callback nothing was ended. */
    CHECK_INT(ends.completed, 1);
    CHECK_INT(ends.canceled, 1);
    CHECK_INT(ends.aborted, 1);
    CHECK(!ends.finalized_inside);

    /* The connection is as it was, and tasks work again. */
    CHECK(ckws_get_is_connected(ws));
    run(running);
    run(loaded);
    ws_peer_send_text(&peer, "1");
    ws_peer_send_text(&peer, "2");
    wait_for_end(running);
    wait_for_end(loaded);
    expect_completed(running);
    expect_completed(loaded);
    CHECK_TEXT(ckws_get_frame_data(ws), "12");
    CHECK(ckws_global_finalize_thread_pool());
    CHECK_INT(ends.completed, 3);
    ckws_task_dispose(running);
    ckws_task_dispose(queued);
    ckws_task_dispose(loaded);
    ckws_task_dispose(flush);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

/* What tasks alone have kept goes with them. */
static void test_connections_of_forgotten_tasks_are_closed(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task *read = ckws_read_frame_async(ws);
    ckws_task *behind = ckws_read_frame_async(ws);

    run_and_let_wait(read);
    run(behind);
    ckws_task_dispose(read);
    ckws_task_dispose(behind);
    ckws_dispose(ws);
    CHECK(ws_peer_is_quiet(&peer));
    CHECK(ckws_global_finalize_thread_pool());
    ws_peer_expect_end(&peer);
    ws_peer_close(&peer);
}

static void test_the_end_comes_out_of_a_queue(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task_queue *queue = ckws_task_queue_create();
    ckws_task *read = ckws_read_frame_async(ws);

    CHECK(ckws_task_queue_add(queue, read));
    run_and_let_wait(read);
    CHECK(ckws_global_finalize_thread_pool());
    CHECK(ckws_task_queue_next(queue, 0) == read);
    CHECK_INT(ckws_task_get_status_int(read), CKWS_TASK_ABORTED);
    ckws_task_dispose(read);
    ckws_task_queue_dispose(queue);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

static bool finalize_and_abort(void *user_data)
{
    int *refused = user_data;

    *refused += !ckws_global_finalize_thread_pool();
    return true;
}

static void test_refused_inside_every_callback(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    int refused = 0;

    CHECK(ckws_set_heartbeat_ms(ws, 1));
    ckws_set_abort_check(ws, finalize_and_abort, &refused);
    CHECK(!ckws_read_frame(ws));
    expect_failure(ws, CKWS_ERROR_ABORTED);
    CHECK_INT(refused, 1);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

enum { RUNNERS = 3, RUNS = 300 };

/* Runs a task again and again, whatever becomes of it. */
static void *run_often(void *argument)
{
    ckws_task *task = argument;
    int i;

    for (i = 0; i < RUNS; i++) {
        if (ckws_task_run(task))
            CHECK(ckws_task_wait(task, patience_ms()));
    }
    return NULL;
}

/* Each run comes to an end, in whichever moment the threads go. */
static void test_runs_while_the_threads_go(void)
{
    ckws_websocket *ws = ckws_create();
    ckws_task *tasks[RUNNERS];
    pthread_t threads[RUNNERS];
    int i;

    for (i = 0; i < RUNNERS; i++) {
        tasks[i] = ckws_flush_async(ws);
        REQUIRE(pthread_create(&threads[i], NULL, run_often, tasks[i]) == 0);
    }
    for (i = 0; i < 50; i++)
        CHECK(ckws_global_finalize_thread_pool());
    for (i = 0; i < RUNNERS; i++)
        pthread_join(threads[i], NULL);
    for (i = 0; i < RUNNERS; i++) {
        run_to_success(tasks[i]);
        ckws_task_dispose(tasks[i]);
    }
    ckws_dispose(ws);
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    test_no_thread_before_the_first_task();
    test_what_is_pending_ends();
    test_connections_of_forgotten_tasks_are_closed();
    test_the_end_comes_out_of_a_queue();
    test_refused_inside_every_callback();
    test_runs_while_the_threads_go();
    CHECK(ckws_global_finalize_thread_pool());
    expect_no_thread();
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
