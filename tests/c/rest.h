/* What the Rest tests share: connecting to a server of the test, and checking failures. */
#ifndef CKWS_TEST_REST_H
#define CKWS_TEST_REST_H

#include "check.h"
#include "ckws.h"
#include "http_server.h"

#define OK_HELLO "HTTP/1.1 200 OK\r\nX-Field: a value\r\nContent-Length: 5\r\n\r\nhello"
#define OK_WORLD "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nworld"

/* The latest call on `rest` failed, and `rest` says so everywhere. */
static inline void expect_failure(ckws_rest *rest, int code)
{
    CHECK_INT(ckws_rest_get_last_error_code(rest), code);
    CHECK(!ckws_rest_get_last_method_success(rest));
    CHECK(contains(ckws_rest_get_last_error_text(rest), "Failed."));
}

static inline ckws_rest *connect_to(const struct http_server *server, bool auto_reconnect)
{
    ckws_rest *rest = ckws_rest_create();

    CHECK(ckws_rest_set_idle_timeout_ms(rest, patience_ms()));
    CHECK_TELLING(ckws_rest_connect(rest, "127.0.0.1", server->port, false, auto_reconnect),
                  ckws_rest_get_last_error_text(rest));
    CHECK_INT(ckws_rest_get_connect_fail_reason(rest), 0);
    return rest;
}

/* A Rest connected to a server that gives one answer. */
static inline ckws_rest *connect_to_answer(struct http_server *server, const char *const *answer)
{
    http_server_start(server, answer, 1, false);
    return connect_to(server, false);
}

static inline void expect_body(ckws_rest *rest, const char *body)
{
    CHECK_TELLING(check_text(ckws_rest_full_request_no_body(rest, "GET", "/"), body, "the body", __FILE__, __LINE__),
                  ckws_rest_get_last_error_text(rest));
}

static inline void done(struct http_server *server, ckws_rest *rest)
{
    ckws_rest_dispose(rest);
    http_server_join(server);
}

#endif
