/* The smallest whole program: sends one message to an echo server, prints the answer, closes. */
#include <ckws.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    const char *url = argc > 1 ? argv[1] : "ws://127.0.0.1:9001/";
    const uint8_t *data; /* lent by the library until the next ckws_receive */
    size_t len;

    ckws_websocket *ws = ckws_create();
    bool ok = ckws_connect(ws, url)
           && ckws_send_text(ws, "Hello!", 6)
           && ckws_receive(ws, &data, &len) == CKWS_OPCODE_TEXT;
    if (ok) {
        printf("received: %.*s\n", (int)len, (const char *)data);
        ok = ckws_send_close(ws, true, 1000, "bye")
          && ckws_receive(ws, &data, &len) == CKWS_OPCODE_CLOSE;
    }
    if (!ok)
        fputs(ckws_get_last_error_text(ws), stderr);

    ckws_dispose(ws);
    return ok ? 0 : 1;
}
