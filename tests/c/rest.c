/* The Rest object by itself: settings, connecting, and whole requests. rest_*.c test the rest; how it opens a
 * WebSocket is in websocket_connect.c. */
#define _POSIX_C_SOURCE 200809L

#include "markup.h"
#include "rest.h"

/* Asks a server that gives one answer, and returns the body. `server` keeps the request. */
static const char *ask(struct http_server *server, ckws_rest **rest, const char *verb, const char *answer)
{
    const char *answers[1];
    const char *body;

    answers[0] = answer;
    http_server_start(server, answers, 1, false);
    *rest = connect_to(server, false);
    body = ckws_rest_full_request_no_body(*rest, verb, "/path?query=1");
    CHECK(ckws_rest_get_last_method_success(*rest) == (body != NULL));
    return body;
}

static void test_defaults(void)
{
    ckws_rest *rest = ckws_rest_create();

    REQUIRE(rest != NULL);
    CHECK_INT(ckws_rest_get_connect_timeout_ms(rest), 30000);
    CHECK_INT(ckws_rest_get_idle_timeout_ms(rest), 30000);
    CHECK_INT(ckws_rest_get_connect_fail_reason(rest), 0);
    CHECK_INT(ckws_rest_get_response_status_code(rest), 0);
    CHECK_INT(ckws_rest_get_last_error_code(rest), CKWS_ERROR_NONE);
    CHECK_TEXT(ckws_rest_get_last_error_message(rest), "");
    CHECK_INT(ckws_rest_get_num_response_headers(rest), 0);
    CHECK_INT(ckws_rest_get_max_response_size(rest), 64 * 1024 * 1024);
    CHECK(ckws_rest_get_require_ssl_cert_verify(rest));
    CHECK(ckws_rest_get_allow_header_folding(rest));
    CHECK(!ckws_rest_get_debug_mode(rest));
    CHECK(!ckws_rest_get_verbose_logging(rest));
    CHECK_TEXT(ckws_rest_get_authorization(rest), "");
    CHECK_TEXT(ckws_rest_get_debug_log_file_path(rest), "");
    CHECK_TEXT(ckws_rest_get_host(rest), "");
    CHECK_TEXT(ckws_rest_get_last_request_header(rest), "");
    CHECK_TEXT(ckws_rest_get_last_request_start_line(rest), "");
    CHECK_TEXT(ckws_rest_get_response_header(rest), "");
    CHECK_TEXT(ckws_rest_get_response_status_text(rest), "");
    CHECK_TEXT(ckws_rest_get_uncommon_options(rest), "");
    CHECK_TEXT(ckws_rest_get_version(rest), ckws_version());
    CHECK(ckws_rest_response_hdr_by_name(rest, "Host") == NULL);
    ckws_rest_dispose(rest);
}

static void test_values_are_kept(void)
{
    ckws_rest *rest = ckws_rest_create();

    CHECK(ckws_rest_set_connect_timeout_ms(rest, 0));
    CHECK_INT(ckws_rest_get_connect_timeout_ms(rest), 0);
    CHECK(ckws_rest_set_idle_timeout_ms(rest, 2147483647));
    CHECK_INT(ckws_rest_get_idle_timeout_ms(rest), 2147483647);
    CHECK(ckws_rest_set_authorization(rest, "Bearer abc"));
    CHECK_TEXT(ckws_rest_get_authorization(rest), "Bearer abc");
    CHECK(ckws_rest_set_host(rest, "example.com:8080"));
    CHECK_TEXT(ckws_rest_get_host(rest), "example.com:8080");
    CHECK(ckws_rest_set_uncommon_options(rest, "AllowInsecureBasicAuth"));
    CHECK_TEXT(ckws_rest_get_uncommon_options(rest), "AllowInsecureBasicAuth");
    CHECK(ckws_rest_set_require_ssl_cert_verify(rest, false));
    CHECK(!ckws_rest_get_require_ssl_cert_verify(rest));
    CHECK(ckws_rest_set_allow_header_folding(rest, false) && !ckws_rest_get_allow_header_folding(rest));
    CHECK(ckws_rest_set_debug_mode(rest, true) && ckws_rest_get_debug_mode(rest));
    CHECK(ckws_rest_set_max_response_size(rest, INT64_MAX));
    CHECK_INT(ckws_rest_get_max_response_size(rest), INT64_MAX);
    CHECK(ckws_rest_set_max_response_size(rest, 0));
    CHECK_INT(ckws_rest_get_max_response_size(rest), 0);
    CHECK(ckws_rest_set_verbose_logging(rest, true) && ckws_rest_get_verbose_logging(rest));
    CHECK(ckws_rest_set_last_method_success(rest, false) && !ckws_rest_get_last_method_success(rest));
    CHECK(ckws_rest_set_last_method_success(rest, true) && ckws_rest_get_last_method_success(rest));
    ckws_rest_dispose(rest);
}

static void test_minus_one_is_no_limit(void)
{
    ckws_rest *rest = ckws_rest_create();

    CHECK(ckws_rest_set_connect_timeout_ms(rest, -1));
    CHECK_INT(ckws_rest_get_connect_timeout_ms(rest), 0);
    CHECK(ckws_rest_set_idle_timeout_ms(rest, -1));
    CHECK_INT(ckws_rest_get_idle_timeout_ms(rest), 0);
    CHECK(ckws_rest_set_max_response_size(rest, -1));
    CHECK_INT(ckws_rest_get_max_response_size(rest), 0);
    ckws_rest_dispose(rest);
}

static void test_refused_setters_keep_the_old_value(void)
{
    ckws_rest *rest = ckws_rest_create();

    CHECK(!ckws_rest_set_connect_timeout_ms(rest, -2));
    CHECK_INT(ckws_rest_get_last_error_code(rest), CKWS_ERROR_INVALID_ARGUMENT);
    CHECK(is_message_of(ckws_rest_get_last_error_message(rest), ckws_rest_get_last_error_text(rest)));
    CHECK_INT(ckws_rest_get_connect_timeout_ms(rest), 30000);
    CHECK(!ckws_rest_set_idle_timeout_ms(rest, -2));
    CHECK_INT(ckws_rest_get_idle_timeout_ms(rest), 30000);
    CHECK(!ckws_rest_set_max_response_size(rest, -2));
    CHECK_INT(ckws_rest_get_last_error_code(rest), CKWS_ERROR_INVALID_ARGUMENT);
    CHECK_INT(ckws_rest_get_max_response_size(rest), 64 * 1024 * 1024);
    CHECK(!ckws_rest_set_host(rest, NULL));
    CHECK_INT(ckws_rest_get_last_error_code(rest), CKWS_ERROR_NULL_ARGUMENT);
    CHECK(!ckws_rest_set_uncommon_options(rest, "\xff"));
    CHECK_INT(ckws_rest_get_last_error_code(rest), CKWS_ERROR_INVALID_UTF8);
    CHECK_TEXT(ckws_rest_get_uncommon_options(rest), "");
    ckws_rest_dispose(rest);
}

/* What would reach the request is refused where it is given. */
static void test_line_breaks_are_refused(void)
{
    ckws_rest *rest = ckws_rest_create();

    CHECK(!ckws_rest_add_header(rest, "X-Name", "a\r\nX-Evil: b"));
    expect_failure(rest, CKWS_ERROR_FORBIDDEN_CHARACTER);
    CHECK(!ckws_rest_add_header(rest, "X-Name\r", "a"));
    expect_failure(rest, CKWS_ERROR_FORBIDDEN_CHARACTER);
    CHECK(!ckws_rest_set_host(rest, "a\nb"));
    CHECK_INT(ckws_rest_get_last_error_code(rest), CKWS_ERROR_FORBIDDEN_CHARACTER);
    CHECK(!ckws_rest_set_authorization(rest, "Bearer a\r\nX-Evil: b"));
    CHECK_INT(ckws_rest_get_last_error_code(rest), CKWS_ERROR_FORBIDDEN_CHARACTER);
    CHECK_TEXT(ckws_rest_get_host(rest), "");
    CHECK_TEXT(ckws_rest_get_authorization(rest), "");
    ckws_rest_dispose(rest);
}

static void test_body_by_length(void)
{
    struct http_server server;
    ckws_rest *rest;

    CHECK_TEXT(ask(&server, &rest, "GET", OK_HELLO), "hello");
    CHECK_INT(ckws_rest_get_response_status_code(rest), 200);
    CHECK_TEXT(ckws_rest_get_response_status_text(rest), "OK");
    CHECK(contains(ckws_rest_get_response_header(rest), "X-Field: a value"));
    CHECK(!contains(ckws_rest_get_response_header(rest), "200"));
    CHECK_TEXT(ckws_rest_response_hdr_by_name(rest, "x-FIELD"), "a value");
    CHECK(ckws_rest_response_hdr_by_name(rest, "X-Absent") == NULL);
    done(&server, rest);
    CHECK(strncmp(server.requests[0], "GET /path?query=1 HTTP/1.1\r\n", 28) == 0);
    CHECK(contains(server.requests[0], "\r\nHost: 127.0.0.1:"));
}

static void test_other_bodies(void)
{
    struct http_server server;
    ckws_rest *rest;

    CHECK_TEXT(ask(&server, &rest, "GET",
                   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "5\r\nhello\r\n6;extension=1\r\n world\r\n0\r\nX-Trailer: x\r\n\r\n"),
               "hello world");
    done(&server, rest);

    CHECK_TEXT(ask(&server, &rest, "GET", "HTTP/1.1 200 OK\r\n\r\nuntil the end"), "until the end");
    done(&server, rest);

    CHECK_TEXT(ask(&server, &rest, "DELETE", "HTTP/1.1 204 No Content\r\n\r\n"), "");
    CHECK_INT(ckws_rest_get_response_status_code(rest), 204);
    CHECK_TEXT(ckws_rest_get_response_status_text(rest), "No Content");
    done(&server, rest);

    CHECK_TEXT(ask(&server, &rest, "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), "");
    done(&server, rest);

    CHECK_TEXT(ask(&server, &rest, "GET", "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone"), "gone");
    CHECK_INT(ckws_rest_get_response_status_code(rest), 404);
    done(&server, rest);
}

static void test_bad_answers(void)
{
    struct http_server server;
    ckws_rest *rest;

    CHECK(ask(&server, &rest, "GET", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello") == NULL);
    expect_failure(rest, CKWS_ERROR_HTTP_TRUNCATED);
    done(&server, rest);

    CHECK(ask(&server, &rest, "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n") == NULL);
    expect_failure(rest, CKWS_ERROR_HTTP_BODY_INVALID);
    done(&server, rest);

    CHECK(ask(&server, &rest, "GET", "what was the question?\r\n\r\n") == NULL);
    expect_failure(rest, CKWS_ERROR_HTTP_INVALID);
    done(&server, rest);
}

static void test_no_answer(void)
{
    static const char *const answers[] = { NULL };
    struct http_server server;
    ckws_rest *rest;

    http_server_start(&server, answers, 1, false);
    rest = connect_to(&server, false);
    CHECK(ckws_rest_set_idle_timeout_ms(rest, 50));
    CHECK(ckws_rest_full_request_no_body(rest, "GET", "/") == NULL);
    expect_failure(rest, CKWS_ERROR_HTTP_TIMEOUT);
    done(&server, rest);
}

/* No form of the account shows a secret. */
static void expect_not_in_log(ckws_rest *rest, const char *secret)
{
    CHECK(!contains(ckws_rest_get_last_error_text(rest), secret));
    CHECK(!contains(ckws_rest_get_last_error_xml(rest), secret));
    CHECK(!contains(ckws_rest_get_last_error_html(rest), secret));
}

static void test_forms_of_the_log(void)
{
    static const char HOSTILE[] = "HTTP/1.1 200 <b>&]]>\r\nX-Field: <script>\"'</script>\r\n"
                                  "Set-Cookie: s3cret\r\nContent-Length: 0\r\n\r\n";
    struct http_server server;
    ckws_rest *rest = ckws_rest_create();

    CHECK(is_xml(ckws_rest_get_last_error_xml(rest)));
    CHECK(is_html(ckws_rest_get_last_error_html(rest)));
    ckws_rest_dispose(rest);
    CHECK(is_xml(ckws_rest_get_last_error_xml(rest)));
    CHECK(is_html(ckws_rest_get_last_error_html(rest)));

    http_server_start(&server, (const char *const[]) { HOSTILE }, 1, false);
    rest = connect_to(&server, false);
    CHECK(ckws_rest_set_verbose_logging(rest, true));
    CHECK_TEXT(ckws_rest_full_request_no_body(rest, "GET", "/<path>?t0ken"), "");
    CHECK_TELLING(is_xml(ckws_rest_get_last_error_xml(rest)), ckws_rest_get_last_error_xml(rest));
    CHECK(contains(ckws_rest_get_last_error_xml(rest), "X-Field: &lt;script&gt;"));
    CHECK_TELLING(is_html(ckws_rest_get_last_error_html(rest)), ckws_rest_get_last_error_html(rest));
    CHECK(contains(ckws_rest_get_last_error_html(rest), "X-Field: &lt;script&gt;"));
    expect_not_in_log(rest, "s3cret");
    expect_not_in_log(rest, "t0ken");
    done(&server, rest);
}

static void test_basic_authentication(void)
{
    static const char *const answers[] = { OK_HELLO, OK_HELLO };
    struct http_server server;
    ckws_rest *rest;

    http_server_start(&server, answers, 2, true);
    rest = connect_to(&server, false);
    CHECK(ckws_rest_set_auth_basic(rest, "user", "p\xc3\xa4ss"));
    CHECK_TEXT(ckws_rest_full_request_no_body(rest, "GET", "/"), "hello");
    expect_not_in_log(rest, "p\xc3\xa4ss");
    expect_not_in_log(rest, "dXNlcjpww6Rzcw==");
    CHECK(ckws_rest_clear_auth(rest));
    CHECK_TEXT(ckws_rest_full_request_no_body(rest, "GET", "/"), "hello");
    done(&server, rest);
    CHECK(contains(server.requests[0], "\r\nAuthorization: Basic dXNlcjpww6Rzcw==\r\n"));
    CHECK(!contains(server.requests[1], "Authorization"));
}

static void test_disconnect(void)
{
    static const char *const answers[] = { OK_HELLO };
    struct http_server server;
    ckws_rest *rest;

    http_server_start(&server, answers, 1, false);
    rest = connect_to(&server, false);
    CHECK_TEXT(ckws_rest_full_request_no_body(rest, "GET", "/"), "hello");
    CHECK(!ckws_rest_disconnect(rest, -2));
    expect_failure(rest, CKWS_ERROR_INVALID_ARGUMENT);
    CHECK(ckws_rest_disconnect(rest, -1));
    CHECK(ckws_rest_full_request_no_body(rest, "GET", "/") == NULL);
    expect_failure(rest, CKWS_ERROR_NOT_CONNECTED);
    done(&server, rest);
}

static void test_failed_connects(void)
{
    ckws_rest *rest = ckws_rest_create();

    CHECK(!ckws_rest_connect(rest, "127.0.0.1", closed_port(), false, false));
    expect_failure(rest, CKWS_ERROR_CONNECT_REFUSED);
    CHECK_INT(ckws_rest_get_connect_fail_reason(rest), 7);
    CHECK(!ckws_rest_connect(rest, "", 80, false, false));
    expect_failure(rest, CKWS_ERROR_HOST_EMPTY);
    CHECK_INT(ckws_rest_get_connect_fail_reason(rest), 1);
    CHECK(!ckws_rest_connect(rest, "127.0.0.1", 70000, false, false));
    expect_failure(rest, CKWS_ERROR_INVALID_ARGUMENT);
    CHECK(ckws_rest_full_request_no_body(rest, "GET", "/") == NULL);
    expect_failure(rest, CKWS_ERROR_NOT_CONNECTED);
    ckws_rest_dispose(rest);
}

static void test_tls(void)
{
    ckws_rest *rest = ckws_rest_create();

    CHECK(!ckws_rest_connect(rest, "localhost", port_of(wss_url()), true, false));
    expect_failure(rest, CKWS_ERROR_CERTIFICATE_UNKNOWN_ISSUER);
    CHECK_INT(ckws_rest_get_connect_fail_reason(rest), 106);
    CHECK(!ckws_rest_add_trusted_roots_pem(rest, "/nowhere/roots.pem"));
    expect_failure(rest, CKWS_ERROR_FILE_ACCESS);
    CHECK(ckws_rest_add_trusted_roots_pem(rest, ca_path()));
    CHECK_TELLING(ckws_rest_connect(rest, "localhost", port_of(wss_url()), true, false),
                  ckws_rest_get_last_error_text(rest));
    CHECK_INT(ckws_rest_get_connect_fail_reason(rest), 0);
    ckws_rest_dispose(rest);
}

static void test_debug_log(void)
{
    static char text[65536];
    char path[] = "/tmp/ckws-log-XXXXXX";
    int fd = mkstemp(path);
    ckws_rest *rest = ckws_rest_create();

    REQUIRE(fd >= 0);
    close(fd);
    CHECK(ckws_rest_set_debug_log_file_path(rest, path));
    CHECK_TEXT(ckws_rest_get_debug_log_file_path(rest), path);
    CHECK(!ckws_rest_connect(rest, "127.0.0.1", closed_port(), false, false));
    read_text_file(path, text, sizeof text);
    CHECK(contains(text, "Connect"));
    CHECK(contains(text, "Failed."));
    CHECK(unlink(path) == 0);
    ckws_rest_dispose(rest);
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    test_defaults();
    test_values_are_kept();
    test_minus_one_is_no_limit();
    test_refused_setters_keep_the_old_value();
    test_line_breaks_are_refused();
    test_body_by_length();
    test_other_bodies();
    test_bad_answers();
    test_no_answer();
    test_forms_of_the_log();
    test_basic_authentication();
    test_disconnect();
    test_failed_connects();
    test_tls();
    test_debug_log();
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
