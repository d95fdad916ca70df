/* The smallest whole program: sends one message to an echo server, prints the answer, closes.
 *
 *     hello URL
 */
#include <ckws.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    ckws_websocket *ws = ckws_create();
    const uint8_t *data; /* lent by the library until the next ckws_receive */
    size_t len;

    bool ok = ckws_connect(ws, argc > 1 ? argv[1] : "ws://127.0.0.1:9001/")
           && ckws_send_text(ws, "Hello!", 6)
           && ckws_receive(ws, &data, &len) == CKWS_OPCODE_TEXT
           && printf("received: %.*s\n", (int)len, (const char *)data) > 0
           && ckws_send_close(ws, true, 1000, "bye")
           && ckws_receive(ws, &data, &len) == CKWS_OPCODE_CLOSE;
    if (!ok)
        fputs(ckws_get_last_error_text(ws), stderr);

    ckws_dispose(ws);
    return ok ? 0 : 1;
}
