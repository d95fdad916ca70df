/* One WebSocket, several threads. */
#define _POSIX_C_SOURCE 200809L

#include <sched.h>
#include <semaphore.h>
#include <time.h>

#include "check.h"
#include "ckws.h"
#include "client.h"

enum { SENDERS = 3, MESSAGES = 200, ROUNDS = 10 };

struct sender {
    ckws_websocket *ws;
    int number;
};

static void *send_messages(void *argument)
{
    const struct sender *sender = argument;
    char text[32];
    int i;

    for (i = 0; i < MESSAGES; i++) {
        snprintf(text, sizeof text, "%d %d", sender->number, i);
        if (!CHECK(send_whole(sender->ws, text)))
            break;
    }
    return NULL;
}

struct reader {
    ckws_websocket *ws;
    int next[SENDERS];
    sem_t have_all;
    int last_opcode;
};

/* Reads one message of a sender; the messages of each come in order. False when it was something else. */
static bool receive_one(struct reader *reader)
{
    char text[32] = "";
    const uint8_t *data = NULL;
    size_t len = 0;
    int sender = -1;
    int number = -1;

    reader->last_opcode = ckws_receive(reader->ws, &data, &len);
    if (reader->last_opcode != CKWS_OPCODE_TEXT || len >= sizeof text)
        return false;
    memcpy(text, data, len);
    if (!CHECK(sscanf(text, "%d %d", &sender, &number) == 2 && sender >= 0 && sender < SENDERS))
        return false;
    return CHECK_INT(number, reader->next[sender]++);
}

static void *receive_messages(void *argument)
{
    struct reader *reader = argument;
    int count = 0;

    while (count < SENDERS * MESSAGES && receive_one(reader))
        count++;
    CHECK_INT(count, SENDERS * MESSAGES);
    sem_post(&reader->have_all);
    /* The next one is the Close that answers the closer's. */
    CHECK(!receive_one(reader));
    CHECK_INT(reader->last_opcode, CKWS_OPCODE_CLOSE);
    return NULL;
}

static void *close_when_all_is_there(void *argument)
{
    struct reader *reader = argument;

    sem_wait(&reader->have_all);
    CHECK(ckws_send_close(reader->ws, true, 1000, "done"));
    return NULL;
}

static void test_reader_senders_and_closer(void)
{
    ckws_websocket *ws = connect_to("");
    pthread_t threads[SENDERS + 2];
    struct sender senders[SENDERS];
    struct reader reader;
    int i;

    memset(&reader, 0, sizeof reader);
    reader.ws = ws;
    REQUIRE(sem_init(&reader.have_all, 0, 0) == 0);
    REQUIRE(pthread_create(&threads[0], NULL, receive_messages, &reader) == 0);
    REQUIRE(pthread_create(&threads[1], NULL, close_when_all_is_there, &reader) == 0);
    for (i = 0; i < SENDERS; i++) {
        senders[i].ws = ws;
        senders[i].number = i;
        REQUIRE(pthread_create(&threads[2 + i], NULL, send_messages, &senders[i]) == 0);
    }
    for (i = 0; i < SENDERS + 2; i++)
        pthread_join(threads[i], NULL);
    CHECK(!ckws_get_is_connected(ws));
    CHECK_TEXT(ckws_get_close_reason(ws), "done");
    sem_destroy(&reader.have_all);
    ckws_dispose(ws);
}

struct blocked {
    ckws_websocket *ws;
    sem_t begins;
    bool read;
};

static void *read_and_block(void *argument)
{
    struct blocked *blocked = argument;

    sem_post(&blocked->begins);
    blocked->read = ckws_read_frame(blocked->ws);
    return NULL;
}

static long long now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Blocks a thread in a read without time-out, lets it get there, ends it by `end`. In some rounds `end` comes
 * before the thread is blocked: the read fails all the same. */
static void end_blocked_read(int round, ckws_websocket *ws, void (*end)(ckws_websocket *ws))
{
    struct blocked blocked;
    pthread_t thread;
    long long start;
    int i;

    blocked.ws = ws;
    blocked.read = true;
    CHECK(ckws_set_idle_timeout_ms(ws, 0));
    REQUIRE(sem_init(&blocked.begins, 0, 0) == 0);
    REQUIRE(pthread_create(&thread, NULL, read_and_block, &blocked) == 0);
    sem_wait(&blocked.begins);
    for (i = 0; i < round * 500; i++)
        sched_yield();
    start = now_ms();
    end(ws);
    pthread_join(thread, NULL);
    CHECK(!blocked.read);
    CHECK(now_ms() - start < patience_ms() / 2);
    sem_destroy(&blocked.begins);
}

static void test_dispose_ends_a_read(void)
{
    int round;

    for (round = 0; round < ROUNDS; round++)
        end_blocked_read(round, connect_to(""), ckws_dispose);
}

static void close_it(ckws_websocket *ws)
{
    CHECK(ckws_close_connection(ws));
}

static void test_close_connection_ends_a_read(void)
{
    int round;

    for (round = 0; round < ROUNDS; round++) {
        ckws_websocket *ws = connect_to("");

        end_blocked_read(round, ws, close_it);
        CHECK_INT(ckws_get_read_frame_fail_reason(ws), CKWS_READ_LOST);
        CHECK(!ckws_get_is_connected(ws));
        ckws_dispose(ws);
    }
}

struct told {
    ckws_websocket *ws;
    sem_t read_failed;
    sem_t sent;
};

static void *fail_to_read(void *argument)
{
    struct told *told = argument;

    CHECK(!ckws_read_frame(told->ws));
    sem_post(&told->read_failed);
    sem_wait(&told->sent);
    /* Another thread has sent something in the meantime; this one is still told of its read. */
    CHECK(contains(ckws_get_last_error_text(told->ws), "ReadFrame"));
    expect_failure(told->ws, CKWS_ERROR_READ_TIMEOUT);
    return NULL;
}

static void test_each_thread_is_told_its_own(void)
{
    struct told told;
    pthread_t thread;

    told.ws = connect_to("");
    CHECK(ckws_set_idle_timeout_ms(told.ws, 50));
    REQUIRE(sem_init(&told.read_failed, 0, 0) == 0);
    REQUIRE(sem_init(&told.sent, 0, 0) == 0);
    REQUIRE(pthread_create(&thread, NULL, fail_to_read, &told) == 0);
    sem_wait(&told.read_failed);
    CHECK(send_whole(told.ws, "a success"));
    CHECK(ckws_get_last_method_success(told.ws));
    CHECK_INT(ckws_get_last_error_code(told.ws), CKWS_ERROR_NONE);
    CHECK(contains(ckws_get_last_error_text(told.ws), "Success."));
    sem_post(&told.sent);
    pthread_join(thread, NULL);
    CHECK(ckws_get_last_method_success(told.ws));
    sem_destroy(&told.read_failed);
    sem_destroy(&told.sent);
    ckws_dispose(told.ws);
}

static void *look_at_the_latest(void *argument)
{
    expect_failure(argument, CKWS_ERROR_NOT_CONNECTED);
    return NULL;
}

/* A thread that called no method is told of the latest. */
static void test_a_mere_observer_is_told_the_latest(void)
{
    ckws_websocket *ws = ckws_create();
    pthread_t thread;

    CHECK(!ckws_read_frame(ws));
    REQUIRE(pthread_create(&thread, NULL, look_at_the_latest, ws) == 0);
    pthread_join(thread, NULL);
    ckws_dispose(ws);
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    test_reader_senders_and_closer();
    test_dispose_ends_a_read();
    test_close_connection_ends_a_read();
    test_each_thread_is_told_its_own();
    test_a_mere_observer_is_told_the_latest();
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
