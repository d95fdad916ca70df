/* pthread_cancel of threads that are in a call: the thread ends where the call waits, its locks, turns and places in
 * queues are given back, and the others go on. */
#define _GNU_SOURCE

#include <sched.h>
#include <sys/syscall.h>

#include "check.h"
#include "ckws.h"
#include "client.h"
#include "tasks.h"
#include "ws_peer.h"

/* A thread that is about to be cancelled. */
struct victim {
    void (*wait)(struct victim *victim);
    ckws_websocket *ws;
    ckws_task *task;
    ckws_task_queue *queue;
    ckws_rest *rest;
    char url[64];
    pthread_t thread;
    int tid;
    bool cleaned_up;
};

static void note_clean_up(void *place)
{
    *(bool *)place = true;
}

static void *victim_main(void *argument)
{
    struct victim *victim = argument;

    pthread_cleanup_push(note_clean_up, &victim->cleaned_up);
    __atomic_store_n(&victim->tid, (int)syscall(SYS_gettid), __ATOMIC_RELEASE);
    victim->wait(victim);
    pthread_cleanup_pop(0);
    return NULL;
}

static void start(struct victim *victim, void (*wait)(struct victim *))
{
    victim->wait = wait;
    victim->tid = 0;
    victim->cleaned_up = false;
    REQUIRE(pthread_create(&victim->thread, NULL, victim_main, victim) == 0);
}

/* The state of a thread of this process, as the kernel tells it: 'S' if it sleeps; 0 if it has ended. */
static int state_of(int tid)
{
    char path[64];
    char stat[256] = "";
    const char *behind_name;
    FILE *file;

    snprintf(path, sizeof path, "/proc/self/task/%d/stat", tid);
    file = fopen(path, "r");
    if (file == NULL)
        return 0;
    stat[fread(stat, 1, sizeof stat - 1, file)] = '\0';
    fclose(file);
    behind_name = strrchr(stat, ')');
    return behind_name != NULL && behind_name[1] == ' ' ? behind_name[2] : 0;
}

static void wait_until_asleep(const struct victim *victim)
{
    long long until = now_ms() + patience_ms();
    int tid = 0;

    while (tid == 0 || state_of(tid) != 'S') {
        tid = __atomic_load_n(&victim->tid, __ATOMIC_ACQUIRE);
        if (now_ms() >= until || (tid != 0 && state_of(tid) == 0)) {
            CHECK(!"the thread waits");
            return;
        }
        sched_yield();
    }
}

static void end(struct victim *victim)
{
    void *result = NULL;

    CHECK(pthread_cancel(victim->thread) == 0);
    CHECK(pthread_join(victim->thread, &result) == 0);
    CHECK(result == PTHREAD_CANCELED);
}

/* A thread is cancelled while it waits in `wait`. */
static void cancel_in(struct victim *victim, void (*wait)(struct victim *))
{
    start(victim, wait);
    wait_until_asleep(victim);
    end(victim);
    CHECK(victim->cleaned_up);
}

static void wait_in_read_frame(struct victim *victim)
{
    CHECK(!ckws_read_frame(victim->ws));
}

static void wait_in_read_message(struct victim *victim)
{
    CHECK(!ckws_read_message(victim->ws));
}

static void wait_in_receive(struct victim *victim)
{
    const uint8_t *data;
    size_t len;

    CHECK_INT(ckws_receive(victim->ws, &data, &len), -1);
}

static void test_reads(const char *url, bool tls)
{
    void (*const reads[])(struct victim *) = { wait_in_read_frame, wait_in_read_message, wait_in_receive };
    struct victim victim = { 0 };
    size_t i;

    victim.ws = ckws_create();
    if (tls)
        CHECK(ckws_add_trusted_roots_pem(victim.ws, ca_path()));
    CHECK(ckws_connect(victim.ws, url));
    CHECK(ckws_set_idle_timeout_ms(victim.ws, 0));
    for (i = 0; i < 3 * sizeof reads / sizeof *reads; i++) {
        cancel_in(&victim, reads[i % 3]);
        CHECK(ckws_get_is_connected(victim.ws));
        expect_echo(victim.ws, "nothing is lost");
    }
    ckws_dispose(victim.ws);
}

/* A message of which a part has arrived goes on in the next read. */
static void test_half_a_frame(void)
{
    struct ws_peer peer;
    struct victim victim = { 0 };

    victim.ws = ws_peer_open(&peer);
    ws_peer_write(&peer, "\x81\x06" "abc", 5);
    cancel_in(&victim, wait_in_receive);
    ws_peer_write(&peer, "def", 3);
    expect_message(victim.ws, "abcdef");
    ckws_dispose(victim.ws);
    ws_peer_close(&peer);
}

/* The thread waits for its turn behind a task. */
static void test_turn_to_read(void)
{
    struct victim victim = { 0 };
    ckws_task *first;

    victim.ws = connect_to("");
    first = ckws_read_message_async(victim.ws);
    run_and_let_wait(first);
    cancel_in(&victim, wait_in_receive);
    CHECK(send_whole(victim.ws, "for the task"));
    wait_for_end(first);
    CHECK_TEXT(ckws_get_frame_data(victim.ws), "for the task");
    ckws_task_dispose(first);
    expect_echo(victim.ws, "the turn is free");
    ckws_dispose(victim.ws);
}

static uint8_t flood[WS_FLOOD];

static void wait_in_send(struct victim *victim)
{
    CHECK(!ckws_send_binary(victim->ws, flood, sizeof flood));
}

static void wait_in_send_text(struct victim *victim)
{
    CHECK(!ckws_send_text(victim->ws, "small", 5));
}

/* A frame that was cut ends the connection, and the handle can be connected anew. */
static void test_send(void)
{
    struct ws_peer peer;
    struct victim victim = { 0 };

    victim.ws = ws_peer_open(&peer);
    CHECK(ckws_set_idle_timeout_ms(victim.ws, 0));
    cancel_in(&victim, wait_in_send);
    CHECK(!ckws_get_is_connected(victim.ws));
    CHECK(ckws_set_idle_timeout_ms(victim.ws, patience_ms()));
    CHECK_TELLING(ckws_connect(victim.ws, ws_url()), ckws_get_last_error_text(victim.ws));
    expect_echo(victim.ws, "connected anew");
    ckws_dispose(victim.ws);
    ws_peer_close(&peer);
}

/* A frame that waited for its turn is withdrawn, and the task before it goes on. */
static void test_turn_to_send(void)
{
    void (*const waits[])(struct victim *) = { wait_in_send_text, wait_in_send };
    struct ws_peer peer;
    struct victim victim = { 0 };
    ckws_task *first;
    size_t left = sizeof flood + 14;
    size_t i;

    victim.ws = ws_peer_open(&peer);
    CHECK(ckws_set_idle_timeout_ms(victim.ws, 0));
    first = ckws_send_binary_async(victim.ws, flood, sizeof flood);
    run_and_let_wait(first);
    for (i = 0; i < sizeof waits / sizeof *waits; i++)
        cancel_in(&victim, waits[i]);
    CHECK(ckws_get_is_connected(victim.ws));
    while (left > 0) {
        static char heap[65536];
        ssize_t got = read(peer.fd, heap, left < sizeof heap ? left : sizeof heap);

        REQUIRE(got > 0);
        left -= (size_t)got;
    }
    wait_for_end(first);
    expect_completed(first);
    ckws_task_dispose(first);
    CHECK(send_whole(victim.ws, "next"));
    ws_peer_expect_text(&peer, "next");
    ckws_dispose(victim.ws);
    ws_peer_close(&peer);
}

static void wait_in_connect(struct victim *victim)
{
    CHECK(!ckws_connect(victim->ws, victim->url));
}

static void wait_in_rest_connect(struct victim *victim)
{
    CHECK(!ckws_rest_connect(victim->rest, "127.0.0.1", atoi(victim->url), false, false));
}

static void wait_in_response(struct victim *victim)
{
    CHECK_INT(ckws_rest_read_response_header(victim->rest), -1);
}

static void test_connect(void)
{
    struct silent_address silent;
    struct victim victim = { 0 };
    int port;
    int listener = listen_on_loopback(&port);

    silent_address_open(&silent);
    victim.ws = ckws_create();
    snprintf(victim.url, sizeof victim.url, "ws://127.0.0.1:%d/", silent.port);
    cancel_in(&victim, wait_in_connect);
    snprintf(victim.url, sizeof victim.url, "ws://127.0.0.1:%d/", port);
    cancel_in(&victim, wait_in_connect);
    snprintf(victim.url, sizeof victim.url, "wss://127.0.0.1:%d/", port);
    cancel_in(&victim, wait_in_connect);
    CHECK_TELLING(ckws_connect(victim.ws, ws_url()), ckws_get_last_error_text(victim.ws));
    expect_echo(victim.ws, "connected");
    ckws_dispose(victim.ws);

    victim.rest = ckws_rest_create();
    snprintf(victim.url, sizeof victim.url, "%d", silent.port);
    cancel_in(&victim, wait_in_rest_connect);
    CHECK(ckws_rest_connect(victim.rest, "127.0.0.1", port, false, false));
    CHECK(ckws_rest_send_req_no_body(victim.rest, "GET", "/"));
    cancel_in(&victim, wait_in_response);
    ckws_rest_dispose(victim.rest);
    silent_address_close(&silent);
    close(listener);
}

static void wait_in_task_wait(struct victim *victim)
{
    CHECK(!ckws_task_wait(victim->task, 0));
}

static void wait_in_sleep(struct victim *victim)
{
    ckws_task_sleep_ms(victim->task, 1000000);
    CHECK(false);
}

static void wait_in_next(struct victim *victim)
{
    CHECK(ckws_task_queue_next(victim->queue, 0) == NULL);
}

static void wait_in_run_synchronously(struct victim *victim)
{
    CHECK(!ckws_task_run_synchronously(victim->task));
}

static void test_tasks(void)
{
    struct victim victim = { 0 };

    victim.ws = connect_to("");
    CHECK(ckws_set_idle_timeout_ms(victim.ws, 0));
    victim.task = ckws_read_message_async(victim.ws);
    victim.queue = ckws_task_queue_create();
    cancel_in(&victim, wait_in_run_synchronously);
    CHECK_INT(ckws_task_get_status_int(victim.task), CKWS_TASK_ABORTED);
    cancel_in(&victim, wait_in_sleep);
    CHECK(ckws_task_queue_add(victim.queue, victim.task));
    CHECK(ckws_task_queue_next(victim.queue, patience_ms()) == victim.task);
    run_and_let_wait(victim.task);
    cancel_in(&victim, wait_in_task_wait);
    cancel_in(&victim, wait_in_next);
    CHECK_INT(ckws_task_get_status_int(victim.task), CKWS_TASK_RUNNING);
    CHECK(send_whole(victim.ws, "for the task"));
    CHECK(ckws_task_queue_next(victim.queue, patience_ms()) == victim.task);
    expect_completed(victim.task);
    CHECK_TEXT(ckws_get_frame_data(victim.ws), "for the task");
    ckws_task_dispose(victim.task);
    ckws_task_queue_dispose(victim.queue);
    ckws_dispose(victim.ws);
}

static void dispose_websocket(void *ws)
{
    ckws_dispose(ws);
}

static void wait_and_dispose(struct victim *victim)
{
    pthread_cleanup_push(dispose_websocket, victim->ws);
    wait_in_receive(victim);
    pthread_cleanup_pop(0);
}

/* What a program does on its way out: it disposes the handle in which the thread has waited. */
static void test_clean_up_handler(void)
{
    size_t before = ckws_global_live_handles();
    struct victim victim = { 0 };
    struct ws_peer peer;

    victim.ws = ws_peer_open(&peer);
    cancel_in(&victim, wait_and_dispose);
    ws_peer_expect_end(&peer);
    CHECK(ckws_global_live_handles() == before);
    ws_peer_close(&peer);
}

static void wait_with_a_pending_cancel(struct victim *victim)
{
    const char *path = "threads-cancelled.tmp";
    ckws_string_builder *text = ckws_string_builder_create();
    ckws_websocket *ws = ckws_create();
    ckws_task_queue *queue = ckws_task_queue_create();
    ckws_task *task = ckws_flush_async(ws);

    CHECK(pthread_cancel(pthread_self()) == 0);
    CHECK(ckws_set_debug_log_file_path(victim->ws, path));
    CHECK(ckws_string_builder_append(text, "text"));
    CHECK(ckws_string_builder_write_file(text, path, "utf-8", false));
    CHECK(ckws_string_builder_load_file(text, path, "utf-8"));
    CHECK(!ckws_try_read_frame(victim->ws));
    CHECK(send_whole(victim->ws, "sent"));
    CHECK(ckws_task_queue_get_fd(queue) >= 0);
    CHECK(ckws_task_queue_add(queue, task));
    CHECK(ckws_task_run(task));
    CHECK(ckws_close_connection(victim->ws));
    ckws_task_queue_dispose(queue);
    ckws_task_dispose(task);
    ckws_string_builder_dispose(text);
    ckws_dispose(ws);
    CHECK(ckws_set_debug_log_file_path(victim->ws, ""));
    unlink(path);
    ckws_connect(victim->ws, ws_url());
    CHECK(false);
}

/* A cancel takes effect where a call waits, and not in the system calls of what cannot wait. */
static void test_pending_cancel(void)
{
    struct victim victim = { 0 };

    victim.ws = connect_to("");
    start(&victim, wait_with_a_pending_cancel);
    CHECK(pthread_join(victim.thread, NULL) == 0);
    CHECK(victim.cleaned_up);
    CHECK(ckws_connect(victim.ws, ws_url()));
    expect_echo(victim.ws, "connected");
    ckws_dispose(victim.ws);
}

static void talk(struct victim *victim)
{
    static const char text[] = "again and again";
    const uint8_t *data;
    size_t len;

    for (;;) {
        /* After a cancel in the middle of it the next one connects anew. */
        CHECK(ckws_connect(victim->ws, victim->url));
        CHECK(ckws_send_text(victim->ws, text, sizeof text - 1));
        CHECK_INT(ckws_receive(victim->ws, &data, &len), CKWS_OPCODE_TEXT);
        CHECK(ckws_send_close(victim->ws, true, 1000, "done"));
        CHECK_INT(ckws_receive(victim->ws, &data, &len), CKWS_OPCODE_CLOSE);
    }
}

/* A cancel at any moment, while another thread uses the same handle's tasks. */
static void test_any_moment(const char *url, bool tls)
{
    int rounds = getenv("CKWS_TEST_SLOW") != NULL ? 20 : 200;
    struct victim victim = { 0 };
    unsigned seed = 1;
    int round;

    victim.ws = ckws_create();
    if (tls)
        CHECK(ckws_add_trusted_roots_pem(victim.ws, ca_path()));
    snprintf(victim.url, sizeof victim.url, "%s", url);
    for (round = 0; round < rounds; round++) {
        volatile unsigned spin = (unsigned)rand_r(&seed) % 2000000;

        start(&victim, talk);
        while (spin > 0)
            spin--;
        end(&victim);
    }
    CHECK(ckws_set_idle_timeout_ms(victim.ws, patience_ms()));
    CHECK_TELLING(ckws_connect(victim.ws, url), ckws_get_last_error_text(victim.ws));
    expect_echo(victim.ws, "connected");
    ckws_dispose(victim.ws);
}

int main(void)
{
    int round;

    for (round = 0; round < 3; round++) {
        test_reads(ws_url(), false);
        test_half_a_frame();
        test_turn_to_read();
        test_send();
        test_turn_to_send();
        test_connect();
        test_tasks();
        test_clean_up_handler();
        test_pending_cancel();
    }
    test_reads(wss_url(), true);
    test_any_moment(ws_url(), false);
    test_any_moment(wss_url(), true);
    CHECK_INT((long long)ckws_global_live_handles(), 0);
    return check_summary();
}
