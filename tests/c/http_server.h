/* A small HTTP server in a thread of the test: it answers with canned bytes and keeps what it was asked. */
#ifndef CKWS_TEST_HTTP_SERVER_H
#define CKWS_TEST_HTTP_SERVER_H

#include "check.h"
#include "net.h"

enum { HTTP_REQUESTS_MAX = 4, HTTP_REQUEST_SIZE = 4096 };

struct http_server {
    int listener;
    int port;
    pthread_t thread;
    /* One answer for each request; NULL: none, the server waits until the client gives up. */
    const char *const *answers;
    int answer_count;
    /* Whether all requests come over one connection, or each over its own. */
    bool keep_alive;
    char requests[HTTP_REQUESTS_MAX][HTTP_REQUEST_SIZE];
};

/* Reads a request's head. False at the end of the stream. */
static inline bool http_read_head(int fd, char *head)
{
    size_t length = 0;

    head[0] = '\0';
    while (strstr(head, "\r\n\r\n") == NULL) {
        ssize_t got = 0;

        if (length < HTTP_REQUEST_SIZE - 1)
            got = read(fd, head + length, HTTP_REQUEST_SIZE - 1 - length);
        if (got <= 0)
            return false;
        length += (size_t)got;
        head[length] = '\0';
    }
    return true;
}

static inline void http_write(int fd, const char *text)
{
    size_t length = strlen(text);

    while (length > 0) {
        ssize_t written = send(fd, text, length, MSG_NOSIGNAL);

        if (written <= 0)
            return;
        text += written;
        length -= (size_t)written;
    }
}

/* Says that no more comes, and reads to the client's end so that no reset overtakes the answer. */
static inline void http_hang_up(int fd, bool at_once)
{
    char rest[256];

    if (at_once)
        shutdown(fd, SHUT_WR);
    while (read(fd, rest, sizeof rest) > 0)
        ;
    close(fd);
}

static inline void *http_serve(void *argument)
{
    struct http_server *server = argument;
    int fd = -1;
    int i;

    for (i = 0; i < server->answer_count; i++) {
        if (fd < 0)
            fd = accept(server->listener, NULL, NULL);
        if (!http_read_head(fd, server->requests[i]))
            break;
        if (server->answers[i] != NULL)
            http_write(fd, server->answers[i]);
        if (!server->keep_alive || i == server->answer_count - 1) {
            http_hang_up(fd, server->answers[i] != NULL);
            fd = -1;
        }
    }
    if (fd >= 0)
        close(fd);
    return NULL;
}

static inline void http_server_start(struct http_server *server, const char *const *answers, int answer_count,
                                     bool keep_alive)
{
    memset(server, 0, sizeof *server);
    REQUIRE(answer_count <= HTTP_REQUESTS_MAX);
    server->listener = listen_on_loopback(&server->port);
    server->answers = answers;
    server->answer_count = answer_count;
    server->keep_alive = keep_alive;
    REQUIRE(pthread_create(&server->thread, NULL, http_serve, server) == 0);
}

/* Waits for the server's thread. The client must have ended its connections. */
static inline void http_server_join(struct http_server *server)
{
    /* Wakes an accept for a connection that never came. */
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->listener);
}

#endif
