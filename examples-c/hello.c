/* The smallest whole program: sends one message to an echo server, prints the answer, closes. */
#include <ckws.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    const char *url = argc > 1 ? argv[1] : "ws://127.0.0.1:9001/";
    const uint8_t *data; /* valid until the next ckws_receive */
    size_t len;
    int opcode = -1;

    ckws_websocket *ws = ckws_create();
    if (ckws_connect(ws, url) && ckws_send_text(ws, "Hello!", 6))
        opcode = ckws_receive(ws, &data, &len);
    if (opcode == CKWS_OPCODE_TEXT)
        printf("received: %.*s\n", (int)len, (const char *)data);

    if (opcode >= 0)
        ckws_send_close(ws, true, 1000, "bye");
    while (opcode >= 0 && opcode != CKWS_OPCODE_CLOSE)
        opcode = ckws_receive(ws, &data, &len); /* until the server has answered our Close */
    if (opcode == CKWS_OPCODE_CLOSE)
        printf("closed: %d %s\n", ckws_get_close_status_code(ws), ckws_get_close_reason(ws));
    else
        fprintf(stderr, "%s: %s\n", url, ckws_get_last_error_message(ws));

    ckws_dispose(ws);
    return opcode == CKWS_OPCODE_CLOSE ? 0 : 1;
}
