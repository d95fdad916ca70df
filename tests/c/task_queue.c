/* TaskQueue: the ends of many tasks in one place. */
#define _POSIX_C_SOURCE 200809L

#include <sched.h>
#include <semaphore.h>

#include "check.h"
#include "ckws.h"
#include "client.h"
#include "tasks.h"
#include "ws_peer.h"

/* The latest call on `queue` by this thread was refused. */
static void expect_queue_failure(ckws_task_queue *queue, int code)
{
    CHECK_INT(ckws_task_queue_get_last_error_code(queue), code);
    CHECK(is_message_of(ckws_task_queue_get_last_error_message(queue), ckws_task_queue_get_last_error_text(queue)));
}

static void add(ckws_task_queue *queue, ckws_task *task)
{
    CHECK_TELLING(ckws_task_queue_add(queue, task), ckws_task_queue_get_last_error_text(queue));
}

static void expect_next(ckws_task_queue *queue, ckws_task *task)
{
    CHECK_TELLING(ckws_task_queue_next(queue, patience_ms()) == task, ckws_task_queue_get_last_error_text(queue));
    CHECK_INT(ckws_task_queue_get_last_error_code(queue), CKWS_ERROR_NONE);
}

/* Nothing waits and nothing will come: also a wait without limit returns. */
static void expect_nothing_to_wait_for(ckws_task_queue *queue)
{
    CHECK_INT(ckws_task_queue_get_count(queue), 0);
    CHECK(ckws_task_queue_next(queue, 0) == NULL);
    expect_queue_failure(queue, CKWS_ERROR_TASK_STATE);
    CHECK(ckws_task_queue_try_next(queue) == NULL);
    expect_queue_failure(queue, CKWS_ERROR_WOULD_BLOCK);
}

static void expect_run_refused(ckws_task *task)
{
    CHECK(!ckws_task_run(task));
    expect_task_failure(task, CKWS_ERROR_TASK_STATE);
    CHECK(!ckws_task_run_synchronously(task));
    expect_task_failure(task, CKWS_ERROR_TASK_STATE);
}

/* A task that ends as soon as it is run: there is nothing to flush. */
static ckws_task *quick_task(ckws_websocket *ws)
{
    ckws_task *task = ckws_flush_async(ws);

    REQUIRE(task != NULL);
    return task;
}

static void test_an_empty_queue(void)
{
    ckws_task_queue *queue = ckws_task_queue_create();
    long long began = now_ms();

    REQUIRE(queue != NULL);
    CHECK_INT(ckws_task_queue_get_last_error_code(queue), CKWS_ERROR_NONE);
    CHECK(is_empty(ckws_task_queue_get_last_error_text(queue)));
    CHECK(is_empty(ckws_task_queue_get_last_error_message(queue)));
    expect_nothing_to_wait_for(queue);
    CHECK(now_ms() - began < patience_ms());
    CHECK(ckws_task_queue_next(queue, -1) == NULL);
    expect_queue_failure(queue, CKWS_ERROR_TASK_STATE);
    CHECK(ckws_task_queue_next(queue, -2) == NULL);
    expect_queue_failure(queue, CKWS_ERROR_INVALID_ARGUMENT);
    ckws_task_queue_dispose(queue);
    ckws_task_queue_dispose(queue);
    ckws_task_queue_dispose(NULL);
    CHECK(ckws_task_queue_next(queue, 0) == NULL);
    CHECK_INT(ckws_task_queue_get_count(queue), -1);
    CHECK_INT(ckws_task_queue_get_fd(queue), -1);
    CHECK_INT(ckws_task_queue_get_last_error_code(queue), -1);
}

static void test_each_end_is_handed_out_once(void)
{
    ckws_websocket *ws = ckws_create();
    ckws_task_queue *queue = ckws_task_queue_create();
    ckws_task *task = quick_task(ws);
    int i;

    add(queue, task);
    /* Not run yet, it does not count. */
    expect_nothing_to_wait_for(queue);
    for (i = 0; i < 3; i++) {
        run(task);
        wait_for_end(task);
        CHECK_INT(ckws_task_queue_get_count(queue), 1);
        if (i == 1)
            CHECK(ckws_task_queue_try_next(queue) == task);
        else
            expect_next(queue, task);
        expect_nothing_to_wait_for(queue);
    }
    ckws_task_dispose(task);
    ckws_task_queue_dispose(queue);
    ckws_dispose(ws);
}

static void test_ends_come_in_their_order(void)
{
    ckws_websocket *ws = ckws_create();
    ckws_task_queue *queue = ckws_task_queue_create();
    ckws_task *tasks[3];
    int i;

    for (i = 0; i < 3; i++) {
        tasks[i] = quick_task(ws);
        add(queue, tasks[i]);
    }
    for (i = 2; i >= 0; i--) {
        run(tasks[i]);
        wait_for_end(tasks[i]);
    }
    CHECK_INT(ckws_task_queue_get_count(queue), 3);
    for (i = 2; i >= 0; i--)
        expect_next(queue, tasks[i]);
    expect_nothing_to_wait_for(queue);
    for (i = 0; i < 3; i++)
        ckws_task_dispose(tasks[i]);
    ckws_task_queue_dispose(queue);
    ckws_dispose(ws);
}

static void test_a_finished_task_is_handed_out_at_once(void)
{
    ckws_websocket *ws = ckws_create();
    ckws_task_queue *queue = ckws_task_queue_create();
    ckws_task *task = quick_task(ws);

    run_to_success(task);
    add(queue, task);
    CHECK_INT(ckws_task_queue_get_count(queue), 1);
    expect_run_refused(task);
    expect_next(queue, task);
    expect_nothing_to_wait_for(queue);
    run(task);
    expect_next(queue, task);
    ckws_task_dispose(task);
    ckws_task_queue_dispose(queue);
    ckws_dispose(ws);
}

static void test_a_running_task_can_be_added(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task_queue *queue = ckws_task_queue_create();
    ckws_task *read = ckws_read_frame_async(ws);

    run_and_let_wait(read);
    add(queue, read);
    CHECK(ckws_task_queue_try_next(queue) == NULL);
    expect_queue_failure(queue, CKWS_ERROR_WOULD_BLOCK);
    CHECK(ckws_task_queue_next(queue, 10) == NULL);
    expect_queue_failure(queue, CKWS_ERROR_WAIT_TIMEOUT);
    ws_peer_send_text(&peer, "text");
    expect_next(queue, read);
    expect_completed(read);
    ckws_task_dispose(read);
    ckws_task_queue_dispose(queue);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

/* Every kind of end counts: completed, canceled, aborted, and that of a run on the program's own thread. */
static void test_every_end_counts(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task_queue *queue = ckws_task_queue_create();
    ckws_task *running = ckws_read_frame_async(ws);
    ckws_task *queued = ckws_read_frame_async(ws);
    ckws_task *synchronous = quick_task(ws);

    add(queue, running);
    add(queue, queued);
    add(queue, synchronous);
    run_and_let_wait(running);
    run(queued);
    CHECK(ckws_task_cancel(queued));
    expect_next(queue, queued);
    CHECK_INT(ckws_task_get_status_int(queued), CKWS_TASK_CANCELED);
    CHECK(ckws_task_cancel(running));
    expect_next(queue, running);
    CHECK_INT(ckws_task_get_status_int(running), CKWS_TASK_ABORTED);
    CHECK(ckws_task_run_synchronously(synchronous));
    CHECK_INT(ckws_task_queue_get_count(queue), 1);
    expect_next(queue, synchronous);
    expect_nothing_to_wait_for(queue);
    ckws_task_dispose(running);
    ckws_task_dispose(queued);
    ckws_task_dispose(synchronous);
    ckws_task_queue_dispose(queue);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

static void test_run_is_refused_while_the_end_waits(void)
{
    ckws_websocket *ws = ckws_create();
    ckws_task_queue *queue = ckws_task_queue_create();
    ckws_task *task = quick_task(ws);

    add(queue, task);
    run_to_success(task);
    expect_run_refused(task);
    CHECK_INT(ckws_task_get_status_int(task), CKWS_TASK_COMPLETED);
    CHECK_INT(ckws_task_queue_get_count(queue), 1);
    expect_next(queue, task);
    run_to_success(task);

    /* Taken out with the end that waits, it can be run as well. */
    expect_run_refused(task);
    CHECK(ckws_task_queue_remove(queue, task));
    expect_nothing_to_wait_for(queue);
    run_to_success(task);
    expect_nothing_to_wait_for(queue);
    ckws_task_dispose(task);
    ckws_task_queue_dispose(queue);
    ckws_dispose(ws);
}

static void test_a_task_is_in_one_queue(void)
{
    ckws_websocket *ws = ckws_create();
    ckws_task_queue *queue = ckws_task_queue_create();
    ckws_task_queue *other = ckws_task_queue_create();
    ckws_task *task = quick_task(ws);

    add(queue, task);
    CHECK(!ckws_task_queue_add(queue, task));
    expect_queue_failure(queue, CKWS_ERROR_TASK_STATE);
    CHECK(!ckws_task_queue_add(other, task));
    expect_queue_failure(other, CKWS_ERROR_TASK_STATE);
    CHECK(!ckws_task_queue_remove(other, task));
    expect_queue_failure(other, CKWS_ERROR_TASK_STATE);
    run_to_success(task);
    CHECK_INT(ckws_task_queue_get_count(other), 0);
    CHECK_INT(ckws_task_queue_get_count(queue), 1);
    CHECK(ckws_task_queue_remove(queue, task));
    CHECK(!ckws_task_queue_remove(queue, task));
    expect_queue_failure(queue, CKWS_ERROR_TASK_STATE);

    /* The other one hands out the end that was there. */
    add(other, task);
    expect_next(other, task);
    /* A queue that goes lets its tasks go. */
    ckws_task_queue_dispose(other);
    add(queue, task);
    expect_next(queue, task);
    ckws_task_dispose(task);
    ckws_task_queue_dispose(queue);
    ckws_dispose(ws);
}

static void test_refused_arguments(void)
{
    ckws_task_queue *queue = ckws_task_queue_create();
    ckws_task *task = ckws_task_create();

    CHECK(!ckws_task_queue_add(queue, NULL));
    expect_queue_failure(queue, CKWS_ERROR_INVALID_HANDLE);
    CHECK(!ckws_task_queue_remove(queue, NULL));
    expect_queue_failure(queue, CKWS_ERROR_INVALID_HANDLE);
    /* An empty task never ends, but it may be there. */
    add(queue, task);
    expect_nothing_to_wait_for(queue);
    ckws_task_dispose(task);
    CHECK(!ckws_task_queue_add(queue, task));
    expect_queue_failure(queue, CKWS_ERROR_INVALID_HANDLE);
    CHECK(!ckws_task_queue_remove(queue, task));
    expect_queue_failure(queue, CKWS_ERROR_INVALID_HANDLE);
    ckws_task_queue_dispose(queue);
}

/* A handle that is gone is never handed out. */
static void test_dispose_of_a_task(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task_queue *queue = ckws_task_queue_create();
    ckws_task *ended = quick_task(ws);
    ckws_task *running = ckws_read_frame_async(ws);
    ckws_task *loaded = quick_task(ws);

    add(queue, ended);
    add(queue, running);
    add(queue, loaded);
    run_to_success(ended);
    run_and_let_wait(running);
    CHECK_INT(ckws_task_queue_get_count(queue), 1);
    ckws_task_dispose(ended);
    CHECK_INT(ckws_task_queue_get_count(queue), 0);
    ckws_task_dispose(loaded);
    CHECK(ckws_task_queue_next(queue, 10) == NULL);
    expect_queue_failure(queue, CKWS_ERROR_WAIT_TIMEOUT);
    ckws_task_dispose(running);
    expect_nothing_to_wait_for(queue);
    /* It runs on all the same, and takes the first of these. */
    ws_peer_send_text(&peer, "1");
    ws_peer_send_text(&peer, "2");
    expect_message(ws, "12");
    ckws_task_queue_dispose(queue);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

static void test_dispose_of_a_queue(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task_queue *queue = ckws_task_queue_create();
    ckws_task *ended = quick_task(ws);
    ckws_task *running = ckws_read_frame_async(ws);

    add(queue, ended);
    add(queue, running);
    run_to_success(ended);
    run_and_let_wait(running);
    ckws_task_queue_dispose(queue);
    /* Its end waits nowhere any more, and the other goes on. */
    run_to_success(ended);
    ws_peer_send_text(&peer, "text");
    wait_for_end(running);
    expect_completed(running);
    run_and_let_wait(running);
    cancel_and_dispose(running);
    ckws_task_dispose(ended);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

static bool is_readable(int fd)
{
    struct pollfd entry;

    entry.fd = fd;
    entry.events = POLLIN;
    entry.revents = 0;
    return poll(&entry, 1, 0) == 1;
}

static void test_the_descriptor_is_readable_while_an_end_waits(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task_queue *queue = ckws_task_queue_create();
    ckws_task *read = ckws_read_frame_async(ws);
    ckws_task *quick = quick_task(ws);
    int fd = ckws_task_queue_get_fd(queue);

    REQUIRE(fd >= 0);
    CHECK_INT(ckws_task_queue_get_fd(queue), fd);
    CHECK(!is_readable(fd));
    add(queue, read);
    add(queue, quick);
    run_and_let_wait(read);
    CHECK(!is_readable(fd));
    run_to_success(quick);
    CHECK(is_readable(fd));
    ws_peer_send_text(&peer, "text");
    wait_for_end(read);
    CHECK(is_readable(fd));
    CHECK(ckws_task_queue_try_next(queue) == quick);
    CHECK(is_readable(fd));
    CHECK(ckws_task_queue_try_next(queue) == read);
    CHECK(!is_readable(fd));

    /* It wakes a program that waits for nothing else. */
    run(read);
    ws_peer_send_text(&peer, "text");
    CHECK(wait_for(fd, POLLIN));
    /* An end that is forgotten is none: removed, or gone with its task. */
    CHECK(ckws_task_queue_remove(queue, read));
    CHECK(!is_readable(fd));
    run_to_success(quick);
    CHECK(is_readable(fd));
    ckws_task_dispose(quick);
    CHECK(!is_readable(fd));
    ckws_task_dispose(read);
    ckws_task_queue_dispose(queue);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

/* Asked for late, the descriptor knows of what waits. */
static void test_a_descriptor_that_is_asked_for_late(void)
{
    ckws_websocket *ws = ckws_create();
    ckws_task_queue *queue = ckws_task_queue_create();
    ckws_task *task = quick_task(ws);

    add(queue, task);
    run_to_success(task);
    CHECK(is_readable(ckws_task_queue_get_fd(queue)));
    expect_next(queue, task);
    CHECK(!is_readable(ckws_task_queue_get_fd(queue)));
    ckws_task_dispose(task);
    ckws_task_queue_dispose(queue);
    ckws_dispose(ws);
}

/* A thread in ckws_task_queue_next without limit, and how that ended. */
struct taker {
    ckws_task_queue *queue;
    sem_t begins;
    ckws_task *task;
    int code;
};

static void *take_one(void *argument)
{
    struct taker *taker = argument;

    sem_post(&taker->begins);
    taker->task = ckws_task_queue_next(taker->queue, 0);
    taker->code = ckws_task_queue_get_last_error_code(taker->queue);
    return NULL;
}

static pthread_t begin_to_take(struct taker *taker, ckws_task_queue *queue)
{
    pthread_t thread;

    taker->queue = queue;
    REQUIRE(sem_init(&taker->begins, 0, 0) == 0);
    REQUIRE(pthread_create(&thread, NULL, take_one, taker) == 0);
    sem_wait(&taker->begins);
    return thread;
}

static ckws_task *end_to_take(struct taker *taker, pthread_t thread)
{
    pthread_join(thread, NULL);
    sem_destroy(&taker->begins);
    return taker->task;
}

static void test_what_ends_a_blocked_next(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task_queue *queue = ckws_task_queue_create();
    ckws_task *read = ckws_read_frame_async(ws);
    struct taker taker;
    pthread_t thread;

    add(queue, read);
    run_and_let_wait(read);
    thread = begin_to_take(&taker, queue);
    ws_peer_send_text(&peer, "text");
    CHECK(end_to_take(&taker, thread) == read);

    /* The last one that could end is taken away. */
    run_and_let_wait(read);
    thread = begin_to_take(&taker, queue);
    CHECK(ckws_task_queue_remove(queue, read));
    CHECK(end_to_take(&taker, thread) == NULL);
    CHECK_INT(taker.code, CKWS_ERROR_TASK_STATE);

    /* The queue goes. */
    add(queue, read);
    thread = begin_to_take(&taker, queue);
    ckws_task_queue_dispose(queue);
    CHECK(end_to_take(&taker, thread) == NULL);

    /* The task goes. */
    queue = ckws_task_queue_create();
    add(queue, read);
    thread = begin_to_take(&taker, queue);
    ckws_task_dispose(read);
    CHECK(end_to_take(&taker, thread) == NULL);
    CHECK_INT(taker.code, CKWS_ERROR_TASK_STATE);
    ckws_task_queue_dispose(queue);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

enum { THREADS = 4, TASKS = 16, RUNS = 100 };

/* Threads that share a queue: each end goes to one of them, which runs the task again. */
struct shared {
    ckws_task_queue *queue;
    pthread_mutex_t lock;
    int taken[TASKS];
    int twice;
    bool is_out[TASKS];
};

static int number_of(ckws_task *task)
{
    return atoi(ckws_task_get_user_data(task));
}

/* Whether the task is to be run again. Until it is, nobody else may get it. */
static bool note_taken(struct shared *shared, int number)
{
    bool goes_on;

    pthread_mutex_lock(&shared->lock);
    shared->twice += shared->is_out[number];
    shared->taken[number]++;
    goes_on = shared->taken[number] < RUNS;
    shared->is_out[number] = true;
    pthread_mutex_unlock(&shared->lock);
    return goes_on;
}

static void note_given_back(struct shared *shared, int number)
{
    pthread_mutex_lock(&shared->lock);
    shared->is_out[number] = false;
    pthread_mutex_unlock(&shared->lock);
}

static void *take_and_run(void *argument)
{
    struct shared *shared = argument;
    ckws_task *task;

    while ((task = ckws_task_queue_next(shared->queue, 0)) != NULL) {
        int number = number_of(task);
        bool goes_on = note_taken(shared, number);

        sched_yield();
        note_given_back(shared, number);
        if (goes_on)
            run(task);
    }
    return NULL;
}

static void test_several_threads_take(void)
{
    ckws_websocket *ws[TASKS];
    ckws_task *tasks[TASKS];
    ckws_task *keeps_them_waiting;
    pthread_t threads[THREADS];
    struct ws_peer peer;
    ckws_websocket *silent = ws_peer_open(&peer);
    struct shared shared;
    char name[16];
    int i;

    memset(&shared, 0, sizeof shared);
    pthread_mutex_init(&shared.lock, NULL);
    shared.queue = ckws_task_queue_create();
    /* While this one runs, no thread leaves for want of work. */
    keeps_them_waiting = ckws_read_frame_async(silent);
    add(shared.queue, keeps_them_waiting);
    run(keeps_them_waiting);
    for (i = 0; i < TASKS; i++) {
        ws[i] = ckws_create();
        tasks[i] = quick_task(ws[i]);
        snprintf(name, sizeof name, "%d", i);
        CHECK(ckws_task_set_user_data(tasks[i], name));
        add(shared.queue, tasks[i]);
    }
    for (i = 0; i < THREADS; i++)
        REQUIRE(pthread_create(&threads[i], NULL, take_and_run, &shared) == 0);
    for (i = 0; i < TASKS; i++)
        run(tasks[i]);
    for (i = 0; i < TASKS; i++) {
        int taken = 0;

        while (taken < RUNS) {
            ckws_task_sleep_ms(tasks[i], 1);
            pthread_mutex_lock(&shared.lock);
            taken = shared.taken[i];
            pthread_mutex_unlock(&shared.lock);
        }
    }
    ckws_task_dispose(keeps_them_waiting);
    for (i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    CHECK_INT(shared.twice, 0);
    for (i = 0; i < TASKS; i++) {
        CHECK_INT(shared.taken[i], RUNS);
        ckws_task_dispose(tasks[i]);
        ckws_dispose(ws[i]);
    }
    ckws_task_queue_dispose(shared.queue);
    pthread_mutex_destroy(&shared.lock);
    ckws_dispose(silent);
    ws_peer_close(&peer);
}

enum { ROUNDS = 20000 };

static void *take_until_it_goes(void *argument)
{
    ckws_task_queue *queue = argument;

    while (ckws_task_queue_get_count(queue) >= 0)
        ckws_task_queue_try_next(queue);
    return NULL;
}

/* One thread takes an end while another moves its task to a second queue: there the end waits all the same. */
static void test_a_task_changes_queues_as_its_end_is_taken(void)
{
    ckws_websocket *ws = ckws_create();
    ckws_task_queue *queue = ckws_task_queue_create();
    ckws_task_queue *second = ckws_task_queue_create();
    ckws_task *task = quick_task(ws);
    pthread_t thread;
    int i;

    run_to_success(task);
    REQUIRE(pthread_create(&thread, NULL, take_until_it_goes, queue) == 0);
    for (i = 0; i < ROUNDS; i++) {
        if (!CHECK(ckws_task_queue_add(queue, task) && ckws_task_queue_remove(queue, task) &&
                   ckws_task_queue_add(second, task)))
            break;
        if (!CHECK(!ckws_task_run(task)))
            break;
        CHECK(ckws_task_queue_try_next(second) == task);
        CHECK(ckws_task_queue_remove(second, task));
    }
    ckws_task_queue_dispose(queue);
    pthread_join(thread, NULL);
    ckws_task_queue_dispose(second);
    ckws_task_dispose(task);
    ckws_dispose(ws);
}

/* Many connections, one thread: each read is run again as it is handed out; the program's own object tells which. */
static void test_many_connections_by_one_thread(void)
{
    enum { CONNECTIONS = 20, MESSAGES = 20 };
    struct connection {
        ckws_websocket *ws;
        ckws_task *read;
        int received;
    } connections[CONNECTIONS];
    ckws_task_queue *queue = ckws_task_queue_create();
    ckws_task *read;
    int open = CONNECTIONS;
    int i;

    for (i = 0; i < CONNECTIONS; i++) {
        connections[i].ws = connect_to("");
        connections[i].received = 0;
        connections[i].read = ckws_read_frame_async(connections[i].ws);
        CHECK(ckws_task_set_user_pointer(connections[i].read, &connections[i]));
        add(queue, connections[i].read);
        run(connections[i].read);
        CHECK(send_whole(connections[i].ws, "0"));
    }
    while (open > 0 && (read = ckws_task_queue_next(queue, patience_ms())) != NULL) {
        struct connection *connection = ckws_task_get_user_pointer(read);
        char text[16];

        CHECK(read == connection->read);
        expect_completed(read);
        snprintf(text, sizeof text, "%d", connection->received++);
        CHECK_TEXT(ckws_get_frame_data(connection->ws), text);
        if (connection->received < MESSAGES) {
            snprintf(text, sizeof text, "%d", connection->received);
            CHECK(send_whole(connection->ws, text));
            run(read);
        } else {
            open--;
        }
    }
    CHECK_INT(open, 0);
    expect_nothing_to_wait_for(queue);
    for (i = 0; i < CONNECTIONS; i++) {
        CHECK_INT(connections[i].received, MESSAGES);
        ckws_task_dispose(connections[i].read);
        ckws_dispose(connections[i].ws);
    }
    ckws_task_queue_dispose(queue);
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    test_an_empty_queue();
    test_each_end_is_handed_out_once();
    test_ends_come_in_their_order();
    test_a_finished_task_is_handed_out_at_once();
    test_a_running_task_can_be_added();
    test_every_end_counts();
    test_run_is_refused_while_the_end_waits();
    test_a_task_is_in_one_queue();
    test_refused_arguments();
    test_dispose_of_a_task();
    test_dispose_of_a_queue();
    test_the_descriptor_is_readable_while_an_end_waits();
    test_a_descriptor_that_is_asked_for_late();
    test_what_ends_a_blocked_next();
    test_several_threads_take();
    test_a_task_changes_queues_as_its_end_is_taken();
    test_many_connections_by_one_thread();
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
