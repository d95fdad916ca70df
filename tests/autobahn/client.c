/* The client that the Autobahn suite tests: echoes every message of every case.
 *
 *     client URL AGENT messages|frames [FIRST LAST] [CA_FILE]
 *
 * "messages" reads with ckws_receive; "frames" reads frame by frame, as programs of the original API do, and
 * sends an echo when the accumulated message is whole. FIRST and LAST choose among the cases as the server
 * numbers them (from 1; 0 0 is all). CA_FILE is trusted, for wss. What is found wrong the server writes into its
 * report; this program fails only when it cannot do its part. */
#include "ckws.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Longer than any pause that a case makes. */
#define IDLE_MS 60000

typedef struct {
    const char *url;
    const char *agent;
    bool by_frames;
    long first;
    long last;
} options;

static int fail(ckws_websocket *ws, const char *what)
{
    fprintf(stderr, "client: %s\n%s\n", what, ckws_get_last_error_text(ws));
    return 1;
}

static bool connect_to(ckws_websocket *ws, const char *base, const char *path)
{
    char url[512];

    snprintf(url, sizeof url, "%s%s", base, path);
    return ckws_connect(ws, url);
}

/* Sends the message back with its type. A failure is not looked at: a case may cut the connection at any
 * moment, and the next read tells of it. */
static void echo(ckws_websocket *ws, int opcode, const uint8_t *data, size_t len)
{
    if (opcode == CKWS_OPCODE_TEXT)
        ckws_send_text(ws, (const char *)data, len);
    else
        ckws_send_binary(ws, data, len);
}

/* Until the connection ends. */
static void echo_messages(ckws_websocket *ws)
{
    const uint8_t *data;
    size_t len;
    int opcode;

    while ((opcode = ckws_receive(ws, &data, &len)) >= 0 && opcode != CKWS_OPCODE_CLOSE)
        echo(ws, opcode, data, len);
}

/* The same with ReadFrame. The first frame of a message tells its type, and the accumulated data is taken into
 * `message` after each frame, so that the parts of a message meet there and not inside the library. */
static void echo_frames(ckws_websocket *ws, ckws_bin_data *message)
{
    int type = CKWS_OPCODE_BINARY;

    while (ckws_read_frame(ws)) {
        int opcode = ckws_get_frame_opcode_int(ws);
        const uint8_t *data;
        size_t len;

        if (opcode == CKWS_OPCODE_CLOSE)
            return;
        if (opcode != CKWS_OPCODE_CONTINUATION) {
            type = opcode;
            ckws_bin_data_clear(message);
        }
        ckws_get_frame_data_bd(ws, message);
        if (ckws_get_final_frame(ws)) {
            data = ckws_bin_data_get_bytes(message, &len);
            echo(ws, type, data, len);
        }
    }
}

/* Runs one case; false when the server cannot be reached. */
static bool run_case(ckws_websocket *ws, const options *opts, long number)
{
    ckws_bin_data *message;
    char path[128];

    snprintf(path, sizeof path, "/runCase?case=%ld&agent=%s", number, opts->agent);
    if (!connect_to(ws, opts->url, path))
        return false;
    if (!opts->by_frames) {
        echo_messages(ws);
        return true;
    }
    message = ckws_bin_data_create();
    echo_frames(ws, message);
    ckws_bin_data_dispose(message);
    return true;
}

/* How many cases the server has; 0 on failure. Read the classical way: one frame, as a string. */
static long case_count(ckws_websocket *ws, const options *opts)
{
    long count;

    if (!connect_to(ws, opts->url, "/getCaseCount") || !ckws_read_frame(ws))
        return 0;
    count = strtol(ckws_get_frame_data(ws), NULL, 10);
    echo_messages(ws);
    return count;
}

/* The server closes when the reports are complete. */
static bool update_reports(ckws_websocket *ws, const options *opts)
{
    char path[128];

    snprintf(path, sizeof path, "/updateReports?agent=%s", opts->agent);
    if (!connect_to(ws, opts->url, path))
        return false;
    echo_messages(ws);
    return ckws_get_close_received(ws);
}

static int run(ckws_websocket *ws, options *opts)
{
    long count = case_count(ws, opts);
    long number;

    if (count == 0)
        return fail(ws, "the server tells no number of cases");
    if (opts->first == 0)
        opts->first = 1;
    if (opts->last == 0 || opts->last > count)
        opts->last = count;
    for (number = opts->first; number <= opts->last; number++)
        if (!run_case(ws, opts, number))
            return fail(ws, "a case could not be begun");
    if (!update_reports(ws, opts))
        return fail(ws, "the reports were not written");
    printf("%ld cases\n", opts->last - opts->first + 1);
    return 0;
}

int main(int argc, char **argv)
{
    options opts = {NULL, NULL, false, 0, 0};
    ckws_websocket *ws;
    int status;

    if (argc < 4 || (strcmp(argv[3], "messages") != 0 && strcmp(argv[3], "frames") != 0)) {
        fprintf(stderr, "usage: %s URL AGENT messages|frames [FIRST LAST] [CA_FILE]\n", argv[0]);
        return 2;
    }
    opts.url = argv[1];
    opts.agent = argv[2];
    opts.by_frames = strcmp(argv[3], "frames") == 0;
    if (argc > 5) {
        opts.first = strtol(argv[4], NULL, 10);
        opts.last = strtol(argv[5], NULL, 10);
    }

    /* One object for all cases: it has to be as new after each of them. */
    ws = ckws_create();
    ckws_set_idle_timeout_ms(ws, IDLE_MS);
    if (argc > 6 && !ckws_add_trusted_roots_pem(ws, argv[6]))
        status = fail(ws, "the certificates cannot be used");
    else
        status = run(ws, &opts);
    ckws_dispose(ws);
    return status;
}
