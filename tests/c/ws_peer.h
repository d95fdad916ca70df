/* The server's end of a WebSocket in the hands of the test: it reads and writes only when it is told to, and its
 * kernel keeps little of what it does not read. */
#ifndef CKWS_TEST_WS_PEER_H
#define CKWS_TEST_WS_PEER_H

#include "check.h"
#include "ckws.h"
#include "net.h"

/* WS_FLOOD: more than the kernel keeps of what the peer does not read. */
enum { WS_REQUEST_SIZE = 4096, WS_FLOOD = 8 << 20 };

struct ws_peer {
    int listener;
    int fd;
    char url[64];
};

static inline uint32_t sha1_rotate(uint32_t word, unsigned bits)
{
    return word << bits | word >> (32 - bits);
}

static inline void sha1_block(uint32_t state[5], const unsigned char *block)
{
    static const uint32_t constants[4] = { 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6 };
    uint32_t words[80];
    uint32_t v[5];
    int i;

    for (i = 0; i < 16; i++)
        words[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
                   (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
    for (; i < 80; i++)
        words[i] = sha1_rotate(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
    memcpy(v, state, sizeof v);
    for (i = 0; i < 80; i++) {
        uint32_t mixed = i < 20   ? (v[1] & v[2]) | (~v[1] & v[3])
                         : i < 40 ? v[1] ^ v[2] ^ v[3]
                         : i < 60 ? (v[1] & v[2]) | (v[1] & v[3]) | (v[2] & v[3])
                                  : v[1] ^ v[2] ^ v[3];
        uint32_t next = sha1_rotate(v[0], 5) + mixed + v[4] + constants[i / 20] + words[i];

        v[4] = v[3];
        v[3] = v[2];
        v[2] = sha1_rotate(v[1], 30);
        v[1] = v[0];
        v[0] = next;
    }
    for (i = 0; i < 5; i++)
        state[i] += v[i];
}

/* Sec-WebSocket-Accept of a key (RFC 6455 section 4.2.2). The 60 bytes of key and GUID take two blocks. */
static inline void ws_accept_value(const char *key, char *accept)
{
    unsigned char blocks[128] = { 0 };
    uint32_t state[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 };
    ckws_bin_data *digest = ckws_bin_data_create();
    int i;

    memcpy(blocks, key, 24);
    memcpy(blocks + 24, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", 36);
    blocks[60] = 0x80;
    blocks[126] = 60 * 8 >> 8;
    blocks[127] = (60 * 8) & 0xff;
    sha1_block(state, blocks);
    sha1_block(state, blocks + 64);
    for (i = 0; i < 20; i++)
        CHECK(ckws_bin_data_append_byte(digest, (int)(state[i / 4] >> (24 - 8 * (i % 4)) & 0xff)));
    snprintf(accept, 32, "%s", ckws_bin_data_get_encoded(digest, "base64"));
    ckws_bin_data_dispose(digest);
}

static inline void ws_peer_listen(struct ws_peer *peer)
{
    int room = 64 * 1024;
    int port;

    peer->listener = listen_on_loopback(&port);
    CHECK(setsockopt(peer->listener, SOL_SOCKET, SO_RCVBUF, &room, sizeof room) == 0);
    peer->fd = -1;
    snprintf(peer->url, sizeof peer->url, "ws://127.0.0.1:%d/", port);
}

/* Accepts a connection and reads the client's request, which ends with an empty line. */
static inline void ws_peer_accept(struct ws_peer *peer, char *request)
{
    size_t length = 0;

    peer->fd = accept(peer->listener, NULL, NULL);
    REQUIRE(peer->fd >= 0);
    request[0] = '\0';
    while (strstr(request, "\r\n\r\n") == NULL) {
        ssize_t got = read(peer->fd, request + length, WS_REQUEST_SIZE - 1 - length);

        REQUIRE(got > 0);
        length += (size_t)got;
        request[length] = '\0';
    }
}

static inline void ws_peer_write(struct ws_peer *peer, const void *data, size_t length)
{
    const char *next = data;

    while (length > 0) {
        ssize_t written = send(peer->fd, next, length, MSG_NOSIGNAL);

        if (!CHECK(written > 0))
            return;
        next += written;
        length -= (size_t)written;
    }
}

/* Reads exactly so many bytes; false at the end of the stream. */
static inline bool ws_peer_read(struct ws_peer *peer, void *data, size_t length)
{
    char *next = data;

    while (length > 0) {
        ssize_t got = read(peer->fd, next, length);

        if (got <= 0)
            return false;
        next += got;
        length -= (size_t)got;
    }
    return true;
}

static inline void ws_peer_answer(struct ws_peer *peer, const char *request)
{
    const char *key = strstr(request, "Sec-WebSocket-Key: ");
    char accept[32];
    char response[256];

    REQUIRE(key != NULL);
    ws_accept_value(key + strlen("Sec-WebSocket-Key: "), accept);
    snprintf(response, sizeof response,
             "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Accept: %s\r\n\r\n",
             accept);
    ws_peer_write(peer, response, strlen(response));
}

/* A WebSocket that is connected to the peer. */
static inline ckws_websocket *ws_peer_open(struct ws_peer *peer)
{
    ckws_websocket *ws = ckws_create();
    ckws_task *connect;
    char request[WS_REQUEST_SIZE];

    ws_peer_listen(peer);
    CHECK(ckws_set_idle_timeout_ms(ws, patience_ms()));
    connect = ckws_connect_async(ws, peer->url);
    REQUIRE(ckws_task_run(connect));
    ws_peer_accept(peer, request);
    ws_peer_answer(peer, request);
    CHECK(ckws_task_wait(connect, patience_ms()));
    CHECK_TELLING(ckws_task_get_result_bool(connect), ckws_task_get_result_error_text(connect));
    ckws_task_dispose(connect);
    return ws;
}

/* Sends a frame without a mask: first byte, short payload. */
static inline void ws_peer_send(struct ws_peer *peer, int first, const char *payload)
{
    unsigned char frame[2 + 125];
    size_t length = strlen(payload);

    REQUIRE(length <= 125);
    frame[0] = (unsigned char)first;
    frame[1] = (unsigned char)length;
    memcpy(frame + 2, payload, length);
    ws_peer_write(peer, frame, 2 + length);
}

static inline void ws_peer_send_text(struct ws_peer *peer, const char *text)
{
    ws_peer_send(peer, 0x80 | CKWS_OPCODE_TEXT, text);
}

/* Reads a frame of up to 125 bytes, and its first byte; the payload without its mask. */
static inline int ws_peer_receive(struct ws_peer *peer, char *payload)
{
    unsigned char head[6];
    size_t length;
    size_t i;

    payload[0] = '\0';
    if (!ws_peer_read(peer, head, sizeof head))
        return -1;
    length = head[1] & 0x7f;
    REQUIRE(length <= 125 && (head[1] & 0x80) != 0);
    if (!ws_peer_read(peer, payload, length))
        return -1;
    for (i = 0; i < length; i++)
        payload[i] = (char)(payload[i] ^ head[2 + i % 4]);
    payload[length] = '\0';
    return head[0];
}

static inline void ws_peer_expect_text(struct ws_peer *peer, const char *text)
{
    char payload[126];

    CHECK_INT(ws_peer_receive(peer, payload), 0x80 | CKWS_OPCODE_TEXT);
    CHECK_TEXT(payload, text);
}

/* Whether the client is still there: nothing has come from it, not even its end. */
static inline bool ws_peer_is_quiet(struct ws_peer *peer)
{
    struct pollfd entry;

    entry.fd = peer->fd;
    entry.events = POLLIN;
    entry.revents = 0;
    return poll(&entry, 1, 0) == 0;
}

/* Waits for the client's end; what it has sent before goes unseen. */
static inline void ws_peer_expect_end(struct ws_peer *peer)
{
    char byte[4096];
    ssize_t got = 1;

    while (got > 0 && CHECK(wait_for(peer->fd, POLLIN)))
        got = read(peer->fd, byte, sizeof byte);
    CHECK(got <= 0);
}

static inline void ws_peer_close(struct ws_peer *peer)
{
    if (peer->fd >= 0)
        close(peer->fd);
    close(peer->listener);
}

#endif
