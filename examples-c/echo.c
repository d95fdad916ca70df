/* Sends one of everything to a WebSocket echo server, checks each answer and says how long it took.
 *
 *     echo [URL [CA.pem]]     (scripts/echo-server unless another is named)
 *     echo wss://echo.example.org/
 *
 * CA.pem: certificates to trust beside those of the operating system.
 */
#define _POSIX_C_SOURCE 200809L /* clock_gettime */

#include <ckws.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static double now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static const char *name_of(int opcode)
{
    switch (opcode) {
    case CKWS_OPCODE_TEXT: return "text";
    case CKWS_OPCODE_BINARY: return "binary";
    case CKWS_OPCODE_PONG: return "pong";
    default: return "?";
    }
}

/* Binary data is not for a terminal, and a large message neither. */
static void print_payload(int opcode, const void *data, size_t len)
{
    if (opcode == CKWS_OPCODE_BINARY || len > 100)
        printf(" %zu bytes", len);
    else
        printf(" \"%.*s\"", (int)len, (const char *)data);
}

/* Says why the latest call failed; `false`, so that a step can return it. */
static bool failed(ckws_websocket *ws, const char *step)
{
    fprintf(stderr, "%s: %s\n", step, ckws_get_last_error_message(ws));
    return false;
}

/* Reads until the wanted message comes. Some servers greet first, so up to two others may come before it. */
static bool expect(ckws_websocket *ws, int opcode, const void *data, size_t len, double start)
{
    const uint8_t *got; /* valid until the next read */
    size_t got_len;

    for (int tries = 0; tries < 3; tries++) {
        int got_opcode = ckws_receive(ws, &got, &got_len);
        if (got_opcode < 0)
            return failed(ws, "ckws_receive");
        if (got_opcode == CKWS_OPCODE_CLOSE) {
            fprintf(stderr, "the server closed: %d %s\n", ckws_get_close_status_code(ws), ckws_get_close_reason(ws));
            return false;
        }

        bool same = got_opcode == opcode && got_len == len && memcmp(got, data, len) == 0;
        printf("  received %s", name_of(got_opcode));
        print_payload(got_opcode, got, got_len);
        if (same) {
            printf(", the same, after %.3f ms\n", now_ms() - start);
            return true;
        }
        printf(", something else\n");
    }
    fprintf(stderr, "no %s with the same content came back\n", name_of(opcode));
    return false;
}

static bool connect_to(ckws_websocket *ws, const char *url, const char *ca_file)
{
    if (ca_file && !ckws_add_trusted_roots_pem(ws, ca_file))
        return failed(ws, "ckws_add_trusted_roots_pem");

    ckws_set_idle_timeout_ms(ws, 10000);
    ckws_set_pong_auto_consume(ws, false); /* this program wants to see its Pong */

    printf("connect to %s\n", url);
    double start = now_ms();
    if (!ckws_connect(ws, url))
        return failed(ws, "ckws_connect");
    printf("  connected after %.3f ms\n", now_ms() - start);
    return true;
}

static bool text_message(ckws_websocket *ws)
{
    const char *text = "Hello, W\xC3\xB6rld!"; /* UTF-8 */
    size_t len = strlen(text);
    double start = now_ms();

    printf("send text \"%s\"\n", text);
    if (!ckws_send_text(ws, text, len))
        return failed(ws, "ckws_send_text");
    return expect(ws, CKWS_OPCODE_TEXT, text, len, start);
}

static bool binary_message(ckws_websocket *ws)
{
    uint8_t bytes[4096];
    double start;

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;

    printf("send binary %zu bytes\n", sizeof bytes);
    start = now_ms();
    if (!ckws_send_binary(ws, bytes, sizeof bytes))
        return failed(ws, "ckws_send_binary");
    return expect(ws, CKWS_OPCODE_BINARY, bytes, sizeof bytes, start);
}

/* One message in three frames: `true` marks the last. */
static bool fragmented_message(ckws_websocket *ws)
{
    const char *whole = "One message, three frames.";
    double start = now_ms();

    printf("send text \"One \" + \"message, \" + \"three frames.\"\n");
    if (!ckws_send_frame(ws, "One ", false)
        || !ckws_send_frame(ws, "message, ", false)
        || !ckws_send_frame(ws, "three frames.", true))
        return failed(ws, "ckws_send_frame");
    return expect(ws, CKWS_OPCODE_TEXT, whole, strlen(whole), start);
}

static bool ping(ckws_websocket *ws)
{
    const char *data = "are you there?";
    double start = now_ms();

    printf("send ping \"%s\"\n", data);
    if (!ckws_send_ping(ws, data))
        return failed(ws, "ckws_send_ping");
    return expect(ws, CKWS_OPCODE_PONG, data, strlen(data), start);
}

/* The close is clean when the server's Close has answered ours. */
static bool clean_close(ckws_websocket *ws)
{
    const uint8_t *data;
    size_t len;
    int opcode;
    double start = now_ms();

    printf("send close 1000 \"bye\"\n");
    if (!ckws_send_close(ws, true, 1000, "bye"))
        return failed(ws, "ckws_send_close");
    do {
        opcode = ckws_receive(ws, &data, &len);
    } while (opcode >= 0 && opcode != CKWS_OPCODE_CLOSE);
    if (opcode < 0)
        return failed(ws, "ckws_receive");

    printf("  received close %d \"%s\" after %.3f ms\n",
           ckws_get_close_status_code(ws), ckws_get_close_reason(ws), now_ms() - start);
    return ckws_get_close_status_code(ws) == 1000;
}

int main(int argc, char **argv)
{
    if (argc > 3) {
        fprintf(stderr, "usage: %s [URL [CA.pem]]\n", argv[0]);
        return 2;
    }
    const char *url = argc > 1 ? argv[1] : "ws://127.0.0.1:9001/";

    setvbuf(stdout, NULL, _IOLBF, 0); /* each line at once, into a file or a pipe too */

    ckws_websocket *ws = ckws_create();
    bool ok = connect_to(ws, url, argc > 2 ? argv[2] : NULL)
           && text_message(ws)
           && binary_message(ws)
           && fragmented_message(ws)
           && ping(ws)
           && clean_close(ws);

    ckws_dispose(ws);
    puts(ok ? "all as expected" : "FAILED");
    return ok ? 0 : 1;
}
