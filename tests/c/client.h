/* What the WebSocket tests share: connecting to the echo server, sending to it, reading from it. */
#ifndef CKWS_TEST_CLIENT_H
#define CKWS_TEST_CLIENT_H

#include "check.h"
#include "ckws.h"

/* A WebSocket connected to a path of the echo server; tests/support/mod.rs lists the paths. */
static inline ckws_websocket *connect_to(const char *path)
{
    ckws_websocket *ws = ckws_create();
    char url[512];

    snprintf(url, sizeof url, "%s%s", ws_url(), path);
    CHECK(ckws_set_idle_timeout_ms(ws, patience_ms()));
    CHECK_TELLING(ckws_connect(ws, url), ckws_get_last_error_text(ws));
    return ws;
}

static inline bool send_whole(ckws_websocket *ws, const char *text)
{
    return ckws_send_text(ws, text, strlen(text));
}

/* Reads one whole message and compares it. */
static inline void expect_message(ckws_websocket *ws, const char *text)
{
    CHECK_TELLING(ckws_read_message(ws), ckws_get_last_error_text(ws));
    CHECK_TEXT(ckws_get_frame_data(ws), text);
}

/* Sends a text and checks that it comes back: the connection is usable. */
static inline void expect_echo(ckws_websocket *ws, const char *text)
{
    CHECK_TELLING(send_whole(ws, text), ckws_get_last_error_text(ws));
    expect_message(ws, text);
}

/* The latest call on `ws` failed, and `ws` says so everywhere. */
static inline void expect_failure(ckws_websocket *ws, int code)
{
    CHECK_INT(ckws_get_last_error_code(ws), code);
    CHECK(!ckws_get_last_method_success(ws));
    CHECK(contains(ckws_get_last_error_text(ws), "Failed."));
    CHECK(is_message_of(ckws_get_last_error_message(ws), ckws_get_last_error_text(ws)));
}

/* The same where the exact number is of no matter. */
static inline void expect_some_failure(ckws_websocket *ws)
{
    CHECK(ckws_get_last_error_code(ws) != CKWS_ERROR_NONE);
    CHECK(!ckws_get_last_method_success(ws));
    CHECK(contains(ckws_get_last_error_text(ws), "Failed."));
}

/* A setter of `ws` refused a value: it left an account. */
static inline void expect_refusal(ckws_websocket *ws, int code)
{
    CHECK_INT(ckws_get_last_error_code(ws), code);
    CHECK(is_filled(ckws_get_last_error_text(ws)));
}

#endif
