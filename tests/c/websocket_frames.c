/* Data frames and messages: sending them in every way, reading them in every way, and the limits. */
#define _POSIX_C_SOURCE 200809L

#include "check.h"
#include "ckws.h"
#include "client.h"

/* Multi-byte characters, so that cuts and lengths show. */
static const char GREETING[] = "gr\xc3\xbc\xc3\x9f dich, \xe4\xb8\x96\xe7\x95\x8c \xf0\x9f\x91\x8b";

/* Reads one frame and checks its properties. */
static void expect_frame(ckws_websocket *ws, int opcode, const char *name, bool final_frame, int accumulated)
{
    CHECK_TELLING(ckws_read_frame(ws), ckws_get_last_error_text(ws));
    CHECK_INT(ckws_get_read_frame_fail_reason(ws), CKWS_READ_OK);
    CHECK_INT(ckws_get_frame_opcode_int(ws), opcode);
    CHECK_TEXT(ckws_get_frame_opcode(ws), name);
    CHECK(ckws_get_final_frame(ws) == final_frame);
    CHECK_INT(ckws_get_frame_data_len(ws), accumulated);
    CHECK_INT(ckws_get_frame_data_size(ws), accumulated);
}

static void test_text(void)
{
    ckws_websocket *ws = connect_to("");

    CHECK(ckws_send_frame(ws, GREETING, true));
    expect_frame(ws, CKWS_OPCODE_TEXT, "Text", true, (int)strlen(GREETING));
    CHECK_TEXT(ckws_get_frame_data(ws), GREETING);
    CHECK_INT(ckws_get_frame_data_len(ws), 0);
    CHECK_TEXT(ckws_get_frame_data(ws), "");
    ckws_dispose(ws);
}

static void test_string_builder(void)
{
    ckws_websocket *ws = connect_to("");
    ckws_string_builder *sb = ckws_string_builder_create();

    CHECK(ckws_string_builder_set_string(sb, "from a builder"));
    CHECK(ckws_send_frame_sb(ws, sb, true));
    expect_frame(ws, CKWS_OPCODE_TEXT, "Text", true, 14);
    CHECK(ckws_string_builder_set_string(sb, "> "));
    CHECK(ckws_get_frame_data_sb(ws, sb));
    CHECK_TEXT(ckws_string_builder_get_as_string(sb), "> from a builder");
    CHECK_INT(ckws_get_frame_data_len(ws), 0);
    ckws_string_builder_dispose(sb);
    ckws_dispose(ws);
}

static void test_bin_data(void)
{
    static const uint8_t bytes[] = { 0, 1, 0xff, 0, 'x' };
    ckws_websocket *ws = connect_to("");
    ckws_bin_data *bd = ckws_bin_data_create();
    const uint8_t *got;
    size_t len = 0;

    CHECK(ckws_bin_data_append_binary(bd, bytes, sizeof bytes));
    CHECK(ckws_send_frame_bd(ws, bd, true));
    CHECK_INT(ckws_bin_data_get_num_bytes(bd), sizeof bytes);
    expect_frame(ws, CKWS_OPCODE_BINARY, "Binary", true, sizeof bytes);
    CHECK(ckws_get_frame_data_bd(ws, bd));
    got = ckws_bin_data_get_bytes(bd, &len);
    if (CHECK(got != NULL && len == 2 * sizeof bytes)) {
        CHECK(memcmp(got, bytes, sizeof bytes) == 0);
        CHECK(memcmp(got + sizeof bytes, bytes, sizeof bytes) == 0);
    }
    ckws_bin_data_dispose(bd);
    ckws_dispose(ws);
}

static void test_bytes(void)
{
    static const uint8_t bytes[] = { 7, 0, 7 };
    ckws_websocket *ws = connect_to("");
    const uint8_t *got;
    size_t len = 99;

    CHECK(ckws_send_binary(ws, bytes, sizeof bytes));
    expect_frame(ws, CKWS_OPCODE_BINARY, "Binary", true, sizeof bytes);
    got = ckws_get_frame_data_bytes(ws, &len);
    CHECK(got != NULL && len == sizeof bytes && memcmp(got, bytes, len) == 0);
    CHECK(got != NULL && got[len] == 0);
    CHECK_INT(ckws_get_frame_data_len(ws), 0);

    /* Nothing is there now: a pointer that may be kept, and length 0. */
    CHECK_TEXT((const char *)ckws_get_frame_data_bytes(ws, &len), "");
    CHECK_INT(len, 0);
    ckws_dispose(ws);
}

static void test_empty_messages(void)
{
    ckws_websocket *ws = connect_to("");
    const uint8_t *data = NULL;
    size_t len = 99;

    CHECK(ckws_send_text(ws, NULL, 0));
    expect_frame(ws, CKWS_OPCODE_TEXT, "Text", true, 0);
    CHECK_TEXT(ckws_get_frame_data(ws), "");
    CHECK(ckws_send_frame(ws, "", true));
    expect_message(ws, "");
    CHECK(ckws_send_binary(ws, NULL, 0));
    CHECK_INT(ckws_receive(ws, &data, &len), CKWS_OPCODE_BINARY);
    CHECK_INT(len, 0);
    CHECK_TEXT((const char *)data, "");
    ckws_dispose(ws);
}

static void test_receive_lends(void)
{
    ckws_websocket *ws = connect_to("");
    const uint8_t *data = NULL;
    size_t len = 0;

    CHECK(send_whole(ws, GREETING));
    CHECK_INT(ckws_receive(ws, &data, &len), CKWS_OPCODE_TEXT);
    /* What is lent stays while this thread only sends. */
    CHECK(send_whole(ws, "second"));
    CHECK_INT(len, strlen(GREETING));
    CHECK_TEXT((const char *)data, GREETING);
    CHECK_INT(ckws_get_frame_data_len(ws), 0);
    CHECK_INT(ckws_receive(ws, &data, &len), CKWS_OPCODE_TEXT);
    CHECK_INT(len, 6);
    CHECK_TEXT((const char *)data, "second");
    ckws_dispose(ws);
}

static void test_sending_fragments(void)
{
    ckws_websocket *ws = connect_to("");
    ckws_string_builder *sb = ckws_string_builder_create();
    ckws_bin_data *bd = ckws_bin_data_create();

    CHECK(ckws_string_builder_append(sb, "two "));
    CHECK(ckws_bin_data_append_binary(bd, (const uint8_t *)"three ", 6));
    CHECK(ckws_send_frame(ws, "one ", false));

    /* A whole message can't be sent inside an open one; a Ping can. */
    CHECK(!send_whole(ws, "whole"));
    expect_failure(ws, CKWS_ERROR_FRAGMENT_OPEN);
    CHECK(!ckws_send_binary(ws, (const uint8_t *)"whole", 5));
    CHECK(ckws_send_ping(ws, "in between"));

    /* Whichever method comes next continues the message. */
    CHECK(ckws_send_frame_sb(ws, sb, false));
    CHECK(ckws_send_frame_bd(ws, bd, false));
    CHECK(ckws_send_frame(ws, "four", true));
    expect_message(ws, "one two three four");
    expect_echo(ws, "whole messages again");
    ckws_bin_data_dispose(bd);
    ckws_string_builder_dispose(sb);
    ckws_dispose(ws);
}

static void test_reading_fragments_one_by_one(void)
{
    ckws_websocket *ws = connect_to("fragments");

    CHECK(send_whole(ws, "aabbcc"));
    expect_frame(ws, CKWS_OPCODE_TEXT, "Text", false, 2);
    expect_frame(ws, CKWS_OPCODE_CONTINUATION, "Continuation", false, 4);
    expect_frame(ws, CKWS_OPCODE_CONTINUATION, "Continuation", true, 6);
    CHECK_TEXT(ckws_get_frame_data(ws), "aabbcc");

    /* What was taken no longer counts. */
    CHECK(send_whole(ws, "aabbcc"));
    expect_frame(ws, CKWS_OPCODE_TEXT, "Text", false, 2);
    CHECK_TEXT(ckws_get_frame_data(ws), "aa");
    expect_frame(ws, CKWS_OPCODE_CONTINUATION, "Continuation", false, 2);
    CHECK_TEXT(ckws_get_frame_data(ws), "bb");
    expect_frame(ws, CKWS_OPCODE_CONTINUATION, "Continuation", true, 2);
    CHECK_TEXT(ckws_get_frame_data(ws), "cc");
    ckws_dispose(ws);
}

static void test_reading_fragments_as_a_message(void)
{
    ckws_websocket *ws = connect_to("fragments");
    const uint8_t *data = NULL;
    size_t len = 0;

    CHECK(send_whole(ws, GREETING));
    CHECK(ckws_read_message(ws));
    CHECK_INT(ckws_get_frame_opcode_int(ws), CKWS_OPCODE_TEXT);
    CHECK(ckws_get_final_frame(ws));
    CHECK_TEXT(ckws_get_frame_data(ws), GREETING);

    CHECK(send_whole(ws, GREETING));
    CHECK_INT(ckws_receive(ws, &data, &len), CKWS_OPCODE_TEXT);
    CHECK_INT(len, strlen(GREETING));
    CHECK_TEXT((const char *)data, GREETING);

    /* A part that ReadFrame has accumulated is the beginning of what Receive returns. */
    CHECK(send_whole(ws, "aabbcc"));
    expect_frame(ws, CKWS_OPCODE_TEXT, "Text", false, 2);
    CHECK_INT(ckws_receive(ws, &data, &len), CKWS_OPCODE_TEXT);
    CHECK_INT(len, 6);
    CHECK_TEXT((const char *)data, "aabbcc");
    CHECK_INT(ckws_get_frame_data_len(ws), 0);
    ckws_dispose(ws);
}

/* A string never ends inside a character: the rest of one stays for the next call. */
static void test_cut_characters_stay_behind(void)
{
    ckws_websocket *ws = connect_to("fragments");
    ckws_string_builder *sb = ckws_string_builder_create();

    CHECK(send_whole(ws, "\xe4\xb8\x96")); /* three bytes, one in each frame */
    expect_frame(ws, CKWS_OPCODE_TEXT, "Text", false, 1);
    CHECK_TEXT(ckws_get_frame_data(ws), "");
    CHECK(ckws_read_frame(ws));
    CHECK(ckws_get_frame_data_sb(ws, sb));
    CHECK_TEXT(ckws_string_builder_get_as_string(sb), "");
    CHECK(ckws_read_frame(ws));
    CHECK(ckws_get_frame_data_sb(ws, sb));
    CHECK_TEXT(ckws_string_builder_get_as_string(sb), "\xe4\xb8\x96");
    ckws_string_builder_dispose(sb);
    ckws_dispose(ws);
}

static void test_large_message(void)
{
    enum { SIZE = 1000003 };
    ckws_websocket *ws = connect_to("");
    uint8_t *sent = malloc(SIZE);
    const uint8_t *data = NULL;
    size_t len = 0;
    size_t i;

    REQUIRE(sent != NULL);
    for (i = 0; i < SIZE; i++)
        sent[i] = (uint8_t)(i * 31 + i / 256);
    CHECK(ckws_send_binary(ws, sent, SIZE));
    CHECK_INT(ckws_receive(ws, &data, &len), CKWS_OPCODE_BINARY);
    CHECK(data != NULL && len == SIZE && memcmp(data, sent, SIZE) == 0);
    free(sent);
    ckws_dispose(ws);
}

static void test_bad_arguments_send_nothing(void)
{
    ckws_websocket *ws = connect_to("");
    const uint8_t *data;
    size_t len;

    CHECK(!ckws_send_text(ws, "\xc3(", 2));
    expect_failure(ws, CKWS_ERROR_INVALID_UTF8);
    CHECK(!ckws_send_frame(ws, NULL, true));
    expect_failure(ws, CKWS_ERROR_NULL_ARGUMENT);
    CHECK(!ckws_send_frame_bd(ws, NULL, true));
    expect_some_failure(ws);
    CHECK(!ckws_get_frame_data_bd(ws, NULL));
    expect_some_failure(ws);
    CHECK(!ckws_send_binary(ws, (const uint8_t *)"x", (size_t)PTRDIFF_MAX + 1));
    expect_failure(ws, CKWS_ERROR_LENGTH_TOO_LARGE);
    CHECK_INT(ckws_receive(ws, NULL, &len), -1);
    expect_failure(ws, CKWS_ERROR_NULL_ARGUMENT);
    CHECK_INT(ckws_receive(ws, &data, NULL), -1);
    CHECK(ckws_get_frame_data_bytes(ws, NULL) == NULL);
    expect_echo(ws, "the first that was sent");
    ckws_dispose(ws);
}

static void test_too_big_a_message(void)
{
    static char text[2001];
    ckws_websocket *ws = connect_to("");

    memset(text, 'x', sizeof text - 1);
    CHECK(ckws_set_max_message_size(ws, 1000));
    text[1000] = '\0';
    expect_echo(ws, text);
    text[1000] = 'x';
    CHECK(send_whole(ws, text));
    CHECK(!ckws_read_frame(ws));
    expect_failure(ws, CKWS_ERROR_MESSAGE_TOO_BIG);
    CHECK_INT(ckws_get_read_frame_fail_reason(ws), CKWS_READ_INVALID);
    CHECK(!ckws_get_is_connected(ws));
    ckws_dispose(ws);
}

static void test_invalid_frame(void)
{
    ckws_websocket *ws = connect_to("bad");

    CHECK(!ckws_read_frame(ws));
    expect_failure(ws, CKWS_ERROR_RESERVED_BITS);
    CHECK_INT(ckws_get_read_frame_fail_reason(ws), CKWS_READ_INVALID);
    CHECK(!ckws_get_is_connected(ws));
    CHECK(!send_whole(ws, "too late"));
    ckws_dispose(ws);
}

static void test_lost_connection(void)
{
    ckws_websocket *ws = connect_to("cut");

    CHECK(send_whole(ws, "cut now"));
    CHECK(!ckws_read_frame(ws));
    expect_failure(ws, CKWS_ERROR_CONNECTION_LOST);
    CHECK_INT(ckws_get_read_frame_fail_reason(ws), CKWS_READ_LOST);
    CHECK(!ckws_get_is_connected(ws));
    CHECK(!ckws_get_close_received(ws));
    ckws_dispose(ws);
}

static void test_idle_timeout_leaves_the_connection(void)
{
    ckws_websocket *ws = connect_to("");
    const uint8_t *data;
    size_t len;

    CHECK(ckws_set_idle_timeout_ms(ws, 50));
    CHECK(!ckws_read_frame(ws));
    expect_failure(ws, CKWS_ERROR_READ_TIMEOUT);
    CHECK_INT(ckws_get_read_frame_fail_reason(ws), CKWS_READ_TIMEOUT);
    CHECK(!ckws_read_message(ws));
    CHECK_INT(ckws_receive(ws, &data, &len), -1);
    CHECK(ckws_get_is_connected(ws));
    CHECK(ckws_set_idle_timeout_ms(ws, patience_ms()));
    expect_echo(ws, "still here");
    CHECK_INT(ckws_get_read_frame_fail_reason(ws), CKWS_READ_OK);
    ckws_dispose(ws);
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    test_text();
    test_string_builder();
    test_bin_data();
    test_bytes();
    test_empty_messages();
    test_receive_lends();
    test_sending_fragments();
    test_reading_fragments_one_by_one();
    test_reading_fragments_as_a_message();
    test_cut_characters_stay_behind();
    test_large_message();
    test_bad_arguments_send_nothing();
    test_too_big_a_message();
    test_invalid_frame();
    test_lost_connection();
    test_idle_timeout_leaves_the_connection();
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
