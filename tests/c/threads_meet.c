/* What happens when calls of several threads meet on one object; docs/threads.md lists it. */
#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <time.h>

#include "check.h"
#include "ckws.h"
#include "client.h"

enum { MESSAGES = 200, PIECES = 500 };

static void sleep_ms(long milliseconds)
{
    struct timespec time = { milliseconds / 1000, milliseconds % 1000 * 1000000 };

    nanosleep(&time, NULL);
}

/* A thread that reads one message, or is told why not. */
struct reader {
    ckws_websocket *ws;
    bool has_read;
    int code;
    pthread_t thread;
};

static void *read_one(void *argument)
{
    struct reader *reader = argument;

    reader->has_read = ckws_read_message(reader->ws);
    reader->code = ckws_get_last_error_code(reader->ws);
    return NULL;
}

/* Starts it and lets it get to where it waits, which nobody can see from here. */
static void start_reader(struct reader *reader, ckws_websocket *ws)
{
    reader->ws = ws;
    REQUIRE(pthread_create(&reader->thread, NULL, read_one, reader) == 0);
    sleep_ms(50);
}

static void end_reader(struct reader *reader)
{
    REQUIRE(pthread_join(reader->thread, NULL) == 0);
}

static void test_a_read_that_never_waits_meets_one_that_does(void)
{
    ckws_websocket *ws = connect_to("");
    struct reader reader;

    start_reader(&reader, ws);
    CHECK(!ckws_try_read_frame(ws));
    CHECK_INT(ckws_get_read_frame_fail_reason(ws), CKWS_READ_TIMEOUT);
    CHECK_INT(ckws_get_last_error_code(ws), CKWS_ERROR_WOULD_BLOCK);
    CHECK(!ckws_poll_data_available(ws));
    CHECK(send_whole(ws, "for the other"));
    end_reader(&reader);
    CHECK(reader.has_read);
    CHECK_TEXT(ckws_get_frame_data(ws), "for the other");
    ckws_dispose(ws);
}

/* Nobody flushes: without this both would wait. */
static void test_what_is_gathered_leaves_while_a_read_waits(void)
{
    ckws_websocket *ws = connect_to("");
    struct reader reader;

    CHECK(ckws_set_auto_flush(ws, false));
    start_reader(&reader, ws);
    CHECK(send_whole(ws, "gathered"));
    end_reader(&reader);
    CHECK(reader.has_read);
    CHECK_TEXT(ckws_get_frame_data(ws), "gathered");
    ckws_dispose(ws);
}

/* A reader that came too late, and reads from the new connection, is given something; then all is tried again. */
static void test_a_connect_ends_a_read_that_waits(void)
{
    ckws_websocket *ws = connect_to("");
    struct reader reader = { .has_read = true };

    for (int attempts = 0; reader.has_read && attempts < 10; attempts++) {
        start_reader(&reader, ws);
        CHECK_TELLING(ckws_connect(ws, ws_url()), ckws_get_last_error_text(ws));
        CHECK(send_whole(ws, "to the new connection"));
        end_reader(&reader);
    }
    CHECK(!reader.has_read);
    CHECK_INT(reader.code, CKWS_ERROR_CLOSED_LOCALLY);
    expect_message(ws, "to the new connection");
    ckws_dispose(ws);
}

static void *read_its_share(void *ws)
{
    for (int i = 0; i < MESSAGES / 2; i++)
        CHECK_TELLING(ckws_read_message(ws), ckws_get_last_error_text(ws));
    return NULL;
}

/* Opcode and data are those of the handle, so they are looked at when both have ended. */
static void test_two_reads_take_turns(void)
{
    ckws_websocket *ws = connect_to("");
    pthread_t readers[2];

    for (int i = 0; i < 2; i++)
        REQUIRE(pthread_create(&readers[i], NULL, read_its_share, ws) == 0);
    for (int i = 0; i < MESSAGES; i++)
        CHECK(send_whole(ws, "tick"));
    for (int i = 0; i < 2; i++)
        REQUIRE(pthread_join(readers[i], NULL) == 0);
    CHECK_INT(ckws_get_frame_data_len(ws), MESSAGES * 4);
    CHECK(!ckws_try_read_frame(ws));
    ckws_dispose(ws);
}

static void *append_pieces(void *bd)
{
    static const uint8_t piece[] = { 1, 2, 3, 4, 5, 6, 7 };

    for (int i = 0; i < PIECES; i++)
        CHECK(ckws_bin_data_append_binary(bd, piece, sizeof piece));
    return NULL;
}

static void test_each_call_on_a_container_is_one_step(void)
{
    ckws_bin_data *bd = ckws_bin_data_create();
    pthread_t threads[4];

    for (int i = 0; i < 4; i++)
        REQUIRE(pthread_create(&threads[i], NULL, append_pieces, bd) == 0);
    for (int i = 0; i < 4; i++)
        REQUIRE(pthread_join(threads[i], NULL) == 0);
    CHECK_INT(ckws_bin_data_get_num_bytes(bd), 4 * PIECES * 7);
    for (int i = 0; i < 4 * PIECES * 7; i++)
        if (!CHECK_INT(ckws_bin_data_get_byte(bd, i), i % 7 + 1))
            break;
    ckws_bin_data_dispose(bd);
}

int main(void)
{
    test_a_read_that_never_waits_meets_one_that_does();
    test_what_is_gathered_leaves_while_a_read_waits();
    test_a_connect_ends_a_read_that_waits();
    test_two_reads_take_turns();
    test_each_call_on_a_container_is_one_step();
    return check_summary();
}
