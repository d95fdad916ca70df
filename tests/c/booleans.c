/* A bool as programs in other languages pass it: every byte but 0 is true, and what lies above it in the register means
 * nothing. That results are whole registers is what misuse.rs looks at. */
#define _POSIX_C_SOURCE 200809L

#include "check.h"
#include "ckws.h"
#include "client.h"
#include "ws_peer.h"

/* The functions as a caller has them that takes a bool for an int. */
int append_line(ckws_string_builder *sb, const char *text, int crlf) __asm__("ckws_string_builder_append_line");
int string_contains(ckws_string_builder *sb, const char *text, int case_sensitive) __asm__(
    "ckws_string_builder_contains");
int send_frame(ckws_websocket *ws, const char *text, int final_frame) __asm__("ckws_send_frame");
ckws_task *send_frame_async(ckws_websocket *ws, const char *text, int final_frame) __asm__("ckws_send_frame_async");
int send_close(ckws_websocket *ws, int include_status, int status_code, const char *reason) __asm__("ckws_send_close");

static const int TRUE_VALUES[] = { 1, 2, 128, 255, -1, 0x7f00ff };
enum { TRUE_COUNT = sizeof TRUE_VALUES / sizeof TRUE_VALUES[0] };

/* Its lowest byte is 0. */
enum { FALSE_VALUE = 0x7fff0100 };

static void test_string_builder(void)
{
    ckws_string_builder *sb = ckws_string_builder_create();
    int i;

    for (i = 0; i < TRUE_COUNT; i++) {
        ckws_string_builder_clear(sb);
        CHECK_INT(append_line(sb, "Hello", TRUE_VALUES[i]), 1);
        CHECK_TEXT(ckws_string_builder_get_as_string(sb), "Hello\r\n");
        CHECK_INT(string_contains(sb, "hello", TRUE_VALUES[i]), 0);
    }
    ckws_string_builder_clear(sb);
    CHECK_INT(append_line(sb, "Hello", FALSE_VALUE), 1);
    CHECK_TEXT(ckws_string_builder_get_as_string(sb), "Hello\n");
    CHECK_INT(string_contains(sb, "hello", FALSE_VALUE), 1);
    ckws_string_builder_dispose(sb);
}

static void test_send_frame(void)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    char payload[126];
    int i;

    for (i = 0; i < TRUE_COUNT; i++) {
        ckws_task *task = send_frame_async(ws, "as a task", TRUE_VALUES[i]);

        CHECK_INT(send_frame(ws, "whole", TRUE_VALUES[i]), 1);
        ws_peer_expect_text(&peer, "whole");
        CHECK(ckws_task_run_synchronously(task));
        ws_peer_expect_text(&peer, "as a task");
        ckws_task_dispose(task);
    }
    CHECK_INT(send_frame(ws, "begun, ", FALSE_VALUE), 1);
    CHECK_INT(ws_peer_receive(&peer, payload), CKWS_OPCODE_TEXT);
    CHECK_INT(send_frame(ws, "ended", -1), 1);
    CHECK_INT(ws_peer_receive(&peer, payload), 0x80 | CKWS_OPCODE_CONTINUATION);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

static void expect_close(int include_status, const char *payload)
{
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);
    char got[126];

    CHECK_INT(send_close(ws, include_status, 1000, "bye"), 1);
    CHECK_INT(ws_peer_receive(&peer, got), 0x80 | CKWS_OPCODE_CLOSE);
    CHECK_TEXT(got, payload);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

static void test_send_close(void)
{
    int i;

    for (i = 0; i < TRUE_COUNT; i++)
        expect_close(TRUE_VALUES[i], "\x03\xe8" "bye");
    expect_close(FALSE_VALUE, "");
}

/* What callbacks answer, one after the other; the last one for ever. */
struct answers {
    const int *values;
    int count;
    int asked;
};

static int next_answer(struct answers *answers)
{
    int at = answers->asked < answers->count ? answers->asked : answers->count - 1;

    answers->asked++;
    return answers->values[at];
}

static int answer_abort_check(void *user_data)
{
    return next_answer(user_data);
}

static int answer_percent_done(int percent, void *user_data)
{
    (void)percent;
    return next_answer(user_data);
}

static void expect_abort_by(int value)
{
    const int values[] = { FALSE_VALUE, FALSE_VALUE, value };
    struct answers answers = { values, 3, 0 };
    struct ws_peer peer;
    ckws_websocket *ws = ws_peer_open(&peer);

    CHECK(ckws_set_heartbeat_ms(ws, 1));
    ckws_set_abort_check(ws, (bool (*)(void *))(void (*)(void))answer_abort_check, &answers);
    CHECK(!ckws_read_frame(ws));
    expect_failure(ws, CKWS_ERROR_ABORTED);
    CHECK_INT(answers.asked, 3);
    ckws_dispose(ws);
    ws_peer_close(&peer);
}

static void test_abort_check(void)
{
    int i;

    for (i = 0; i < TRUE_COUNT; i++)
        expect_abort_by(TRUE_VALUES[i]);
}

static void test_percent_done(void)
{
    static const uint8_t payload[1 << 20];
    const int values[] = { FALSE_VALUE, 128 };
    struct answers answers = { values, 2, 0 };
    ckws_websocket *ws = connect_to("");

    ckws_set_percent_done(ws, (bool (*)(int, void *))(void (*)(void))answer_percent_done, &answers);
    CHECK(!ckws_send_binary(ws, payload, sizeof payload));
    CHECK_INT(answers.asked, 2);
    ckws_dispose(ws);
}

int main(void)
{
    test_string_builder();
    test_send_frame();
    test_send_close();
    test_abort_check();
    test_percent_done();
    return check_summary();
}
