/* What belongs to no object: versions, the count of handles, settings of threads, constants. */
#include <limits.h>

#include "check.h"
#include "ckws.h"

static void test_version(void)
{
    char text[64];

    snprintf(text, sizeof text, "%d.%d.%d", CKWS_VERSION_MAJOR, CKWS_VERSION_MINOR, CKWS_VERSION_PATCH);
    CHECK_TEXT(ckws_version(), text);
    CHECK_INT(ckws_version_number(), CKWS_VERSION_NUMBER);
    CHECK_INT(CKWS_VERSION_NUMBER,
              CKWS_VERSION_MAJOR * 1000000 + CKWS_VERSION_MINOR * 1000 + CKWS_VERSION_PATCH);
}

static void test_live_handles(void)
{
    size_t before = ckws_global_live_handles();
    ckws_websocket *ws = ckws_create();
    ckws_rest *rest = ckws_rest_create();
    ckws_bin_data *bd = ckws_bin_data_create();
    ckws_string_builder *sb = ckws_string_builder_create();

    CHECK(ckws_global_live_handles() == before + 4);
    ckws_dispose(ws);
    CHECK(ckws_global_live_handles() == before + 3);
    ckws_dispose(ws);
    ckws_dispose(NULL);
    CHECK(ckws_global_live_handles() == before + 3);
    ckws_rest_dispose(rest);
    ckws_bin_data_dispose(bd);
    ckws_string_builder_dispose(sb);
    CHECK(ckws_global_live_handles() == before);
}

/* Handles come and go; none is given out twice while it is remembered. */
static void test_handles_are_not_reused_soon(void)
{
    size_t before = ckws_global_live_handles();
    ckws_bin_data *first = ckws_bin_data_create();
    int i;

    ckws_bin_data_dispose(first);
    for (i = 0; i < 10000; i++) {
        ckws_bin_data *bd = ckws_bin_data_create();

        if (!CHECK(bd != NULL && bd != first))
            break;
        ckws_bin_data_dispose(bd);
    }
    CHECK_INT(ckws_bin_data_get_num_bytes(first), -1);
    CHECK(ckws_global_live_handles() == before);
}

/* Some languages keep pointers in a double, which holds integers below 2^53. */
static void test_handles_fit_into_a_double(void)
{
    ckws_websocket *ws = ckws_create();
    ckws_rest *rest = ckws_rest_create();
    ckws_bin_data *bd = ckws_bin_data_create();
    ckws_string_builder *sb = ckws_string_builder_create();
    ckws_task *task = ckws_read_frame_async(ws);
    ckws_task_queue *queue = ckws_task_queue_create();
    const uintptr_t handles[] = { (uintptr_t)ws, (uintptr_t)rest, (uintptr_t)bd,
                                  (uintptr_t)sb, (uintptr_t)task, (uintptr_t)queue };
    size_t i;

    for (i = 0; i < sizeof handles / sizeof handles[0]; i++)
        CHECK(handles[i] != 0 && handles[i] < (uintptr_t)1 << 52);
    ckws_task_queue_dispose(queue);
    ckws_task_dispose(task);
    ckws_string_builder_dispose(sb);
    ckws_bin_data_dispose(bd);
    ckws_rest_dispose(rest);
    ckws_dispose(ws);
}

/* What the number does is tested in websocket_lookup.c. */
static void test_max_threads(void)
{
    CHECK_INT(ckws_global_get_max_threads(), 100);
    CHECK(ckws_global_set_max_threads(1) && ckws_global_get_max_threads() == 1);
    CHECK(ckws_global_set_max_threads(500) && ckws_global_get_max_threads() == 500);
    CHECK(!ckws_global_set_max_threads(0));
    CHECK(!ckws_global_set_max_threads(501));
    CHECK(!ckws_global_set_max_threads(-1));
    CHECK_INT(ckws_global_get_max_threads(), 500);
    CHECK(ckws_global_set_max_threads(100));
}

/* Where there are no threads, none has to end. */
static void test_finalize_thread_pool(void)
{
    CHECK(ckws_global_finalize_thread_pool());
    CHECK(ckws_global_finalize_thread_pool());
}

static void test_constants(void)
{
    CHECK_INT(CKWS_OPCODE_CONTINUATION, 0);
    CHECK_INT(CKWS_OPCODE_TEXT, 1);
    CHECK_INT(CKWS_OPCODE_BINARY, 2);
    CHECK_INT(CKWS_OPCODE_CLOSE, 8);
    CHECK_INT(CKWS_OPCODE_PING, 9);
    CHECK_INT(CKWS_OPCODE_PONG, 10);
    CHECK_INT(CKWS_READ_OK, 0);
    CHECK_INT(CKWS_READ_TIMEOUT, 1);
    CHECK_INT(CKWS_READ_ABORTED, 2);
    CHECK_INT(CKWS_READ_LOST, 3);
    CHECK_INT(CKWS_READ_INVALID, 4);
    CHECK_INT(CKWS_READ_OTHER, 99);
    CHECK_INT(CKWS_TASK_EMPTY, 1);
    CHECK_INT(CKWS_TASK_LOADED, 2);
    CHECK_INT(CKWS_TASK_QUEUED, 3);
    CHECK_INT(CKWS_TASK_RUNNING, 4);
    CHECK_INT(CKWS_TASK_CANCELED, 5);
    CHECK_INT(CKWS_TASK_ABORTED, 6);
    CHECK_INT(CKWS_TASK_COMPLETED, 7);
    CHECK_INT(CKWS_ERROR_NONE, 0);
}

static void test_error_names(void)
{
    CHECK_TEXT(ckws_global_error_name(CKWS_ERROR_CERTIFICATE_SELF_SIGNED), "CKWS_ERROR_CERTIFICATE_SELF_SIGNED");
    CHECK_TEXT(ckws_global_error_name(CKWS_ERROR_NONE), "CKWS_ERROR_NONE");
    CHECK_TEXT(ckws_global_error_name(-1), "unknown");
    CHECK_TEXT(ckws_global_error_name(99), "unknown");
    CHECK_TEXT(ckws_global_error_name(INT_MAX), "unknown");
    CHECK(ckws_global_error_name(203) == ckws_global_error_name(203));
}

static void test_error_descriptions(void)
{
    const char *self_signed = ckws_global_error_description(CKWS_ERROR_CERTIFICATE_SELF_SIGNED);
    int code;

    CHECK(contains(self_signed, "self-signed") && contains(self_signed, "ckws_add_trusted_roots_pem"));
    CHECK_TEXT(ckws_global_error_description(CKWS_ERROR_HOST_EMPTY),
               "The host name is empty. Pass a host name or an IP address.");
    for (code = -1; code < 1000; code++) {
        const char *description = ckws_global_error_description(code);

        /* What has a name has a description, in one line. */
        CHECK((strcmp(ckws_global_error_name(code), "unknown") == 0) == (strcmp(description, "unknown") == 0));
        CHECK(is_filled(description) && !contains(description, "\n"));
    }
    CHECK_TEXT(ckws_global_error_description(INT_MIN), "unknown");
}

#if CKWS_OPCODE_PONG != 10 || CKWS_READ_OTHER != 99 || CKWS_TASK_COMPLETED != 7 || !defined CKWS_VERSION_NUMBER
#error "the constants are not what the preprocessor needs"
#endif

/* The macros away, the enumerators of the same names are left. */
#undef CKWS_OPCODE_PONG
#undef CKWS_READ_OTHER
#undef CKWS_TASK_COMPLETED
#undef CKWS_VERSION_NUMBER

static void test_enums(void)
{
    const ckws_opcode opcode = CKWS_OPCODE_PONG;
    const ckws_read_frame_fail_reason reason = CKWS_READ_OTHER;
    const ckws_task_status status = CKWS_TASK_COMPLETED;
    const enum ckws_header_version version = CKWS_VERSION_NUMBER;

    CHECK_INT(opcode, 10);
    CHECK_INT(reason, 99);
    CHECK_INT(status, 7);
    CHECK_INT(version, ckws_version_number());
}

static void test_features(void)
{
    static const char *const WORDS[] = { "client-certificates", "http", "tasks", "tls1.2", "tls1.3", "ws", "wss" };
    char list[512];
    size_t i;

    snprintf(list, sizeof list, ",%s,", ckws_global_features());
    for (i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++) {
        char word[64];

        snprintf(word, sizeof word, ",%s,", WORDS[i]);
        CHECK(contains(list, word));
    }
    CHECK(!contains(list, " ") && !contains(list, ",,"));
    CHECK(ckws_global_features() == ckws_global_features());
}

int main(void)
{
    test_version();
    test_live_handles();
    test_handles_are_not_reused_soon();
    test_handles_fit_into_a_double();
    test_max_threads();
    test_finalize_thread_pool();
    test_constants();
    test_error_names();
    test_error_descriptions();
    test_enums();
    test_features();
    return check_summary();
}
