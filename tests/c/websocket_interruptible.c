/* Interruptible: a signal handler ends the wait of a call, or does not. */
#define _POSIX_C_SOURCE 200809L

#include <signal.h>

#include "check.h"
#include "ckws.h"
#include "client.h"
#include "tasks.h"
#include "ws_peer.h"

static volatile sig_atomic_t handled;

static void handle(int number)
{
    (void)number;
    handled = 1;
}

static void install(int flags)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = handle;
    action.sa_flags = flags;
    sigemptyset(&action.sa_mask);
    REQUIRE(sigaction(SIGUSR1, &action, NULL) == 0);
}

/* A thread that sends signals to the one that waits, until it is told to stop: the first may come before the wait. */
struct sender {
    pthread_t target;
    pthread_t thread;
    int stop;
};

static void *send_signals(void *argument)
{
    struct sender *sender = argument;
    struct timespec pause = { 0, 2000000 };

    while (!__atomic_load_n(&sender->stop, __ATOMIC_ACQUIRE)) {
        CHECK(pthread_kill(sender->target, SIGUSR1) == 0);
        nanosleep(&pause, NULL);
    }
    return NULL;
}

static void start_signals(struct sender *sender)
{
    handled = 0;
    sender->target = pthread_self();
    sender->stop = 0;
    REQUIRE(pthread_create(&sender->thread, NULL, send_signals, sender) == 0);
}

static void stop_signals(struct sender *sender)
{
    __atomic_store_n(&sender->stop, 1, __ATOMIC_RELEASE);
    CHECK(pthread_join(sender->thread, NULL) == 0);
    CHECK(handled);
}

static void expect_interrupted_read(ckws_websocket *ws)
{
    expect_failure(ws, CKWS_ERROR_INTERRUPTED);
    CHECK_INT(ckws_get_read_frame_fail_reason(ws), CKWS_READ_ABORTED);
    CHECK(ckws_get_is_connected(ws));
}

static void test_property(void)
{
    ckws_websocket *ws = ckws_create();

    CHECK(!ckws_get_interruptible(ws));
    CHECK(ckws_set_interruptible(ws, true));
    CHECK(ckws_get_interruptible(ws));
    CHECK(ckws_set_interruptible(ws, false));
    CHECK(!ckws_get_interruptible(ws));
    ckws_dispose(ws);
    CHECK(!ckws_get_interruptible(ws));
    CHECK(!ckws_set_interruptible(ws, true));
}

/* Half a message has arrived, and stays. */
static void test_reads(void)
{
    struct ws_peer peer;
    struct sender sender;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task *task = ckws_read_message_async(ws);
    const uint8_t *data;
    size_t len;

    CHECK(ckws_set_idle_timeout_ms(ws, 0));
    CHECK(ckws_set_interruptible(ws, true));
    ws_peer_write(&peer, "\x81\x06" "abc", 5);
    start_signals(&sender);
    CHECK_INT(ckws_receive(ws, &data, &len), -1);
    expect_interrupted_read(ws);
    CHECK(!ckws_read_frame(ws));
    expect_interrupted_read(ws);
    CHECK(!ckws_read_message(ws));
    expect_interrupted_read(ws);
    CHECK(ckws_task_run_synchronously(task));
    CHECK_INT(ckws_task_get_result_error_code(task), CKWS_ERROR_INTERRUPTED);
    /* Behind a task it waits for its turn. */
    run_and_let_wait(task);
    CHECK_INT(ckws_receive(ws, &data, &len), -1);
    expect_interrupted_read(ws);
    stop_signals(&sender);
    cancel_and_dispose(task);
    ws_peer_write(&peer, "def", 3);
    expect_message(ws, "abcdef");
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

/* Without the property a call goes on, and its time-out is what it was. */
static void test_time_out(void)
{
    struct sender sender;
    ckws_websocket *ws = connect_to("");
    long long began;

    CHECK(ckws_set_idle_timeout_ms(ws, 100));
    start_signals(&sender);
    began = now_ms();
    CHECK(!ckws_read_frame(ws));
    CHECK(now_ms() - began >= 100);
    CHECK(now_ms() - began < patience_ms() / 2);
    stop_signals(&sender);
    expect_failure(ws, CKWS_ERROR_READ_TIMEOUT);
    CHECK(ckws_set_idle_timeout_ms(ws, patience_ms()));
    expect_echo(ws, "as before");
    ckws_dispose(ws);
}

static void test_connect(void)
{
    struct silent_address silent;
    struct sender sender;
    ckws_websocket *ws = ckws_create();
    int port;
    int listener = listen_on_loopback(&port);
    char urls[3][64];
    int i;

    silent_address_open(&silent);
    snprintf(urls[0], sizeof urls[0], "ws://127.0.0.1:%d/", silent.port);
    snprintf(urls[1], sizeof urls[1], "ws://127.0.0.1:%d/", port);
    snprintf(urls[2], sizeof urls[2], "wss://127.0.0.1:%d/", port);
    CHECK(ckws_set_interruptible(ws, true));
    start_signals(&sender);
    for (i = 0; i < 3; i++) {
        CHECK(!ckws_connect(ws, urls[i]));
        expect_failure(ws, CKWS_ERROR_INTERRUPTED);
    }
    stop_signals(&sender);
    CHECK_TELLING(ckws_connect(ws, ws_url()), ckws_get_last_error_text(ws));
    ckws_dispose(ws);
    silent_address_close(&silent);
    close(listener);
}

static void skip(struct ws_peer *peer, size_t length)
{
    static char heap[65536];

    while (length > 0) {
        ssize_t got = read(peer->fd, heap, length < sizeof heap ? length : sizeof heap);

        REQUIRE(got > 0);
        length -= (size_t)got;
    }
}

/* A frame that had begun to leave is sent to its end by the next call that writes; one that had not is withdrawn. */
static void test_send(void)
{
    static uint8_t flood[WS_FLOOD];
    struct ws_peer peer;
    struct sender sender;
    ckws_websocket *ws = ws_peer_open(&peer);
    ckws_task *last;

    CHECK(ckws_set_idle_timeout_ms(ws, 0));
    CHECK(ckws_set_interruptible(ws, true));
    start_signals(&sender);
    CHECK(!ckws_send_binary(ws, flood, sizeof flood));
    expect_failure(ws, CKWS_ERROR_INTERRUPTED);
    CHECK(ckws_get_is_connected(ws));
    CHECK(ckws_get_pending_send_bytes(ws) > 0);
    CHECK(!send_whole(ws, "withdrawn"));
    expect_failure(ws, CKWS_ERROR_INTERRUPTED);
    stop_signals(&sender);
    CHECK(ckws_get_is_connected(ws));
    last = ckws_send_frame_async(ws, "last", true);
    run(last);
    skip(&peer, 14 + sizeof flood);
    ws_peer_expect_text(&peer, "last");
    wait_for_end(last);
    expect_completed(last);
    ckws_task_dispose(last);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

int main(void)
{
    const int flags[] = { 0, SA_RESTART };
    int i;

    test_property();
    for (i = 0; i < 2; i++) {
        install(flags[i]);
        test_reads();
        test_time_out();
        test_connect();
        test_send();
    }
    return check_summary();
}
