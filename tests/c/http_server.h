/* A small HTTP server in a thread of the test: it answers with canned bytes and keeps what it was asked. */
#ifndef CKWS_TEST_HTTP_SERVER_H
#define CKWS_TEST_HTTP_SERVER_H

#include "check.h"
#include "net.h"

enum { HTTP_REQUESTS_MAX = 4, HTTP_REQUEST_SIZE = 4096 };

/* In an answer: the server goes on behind it after http_server_go_on. */
#define HTTP_PAUSE "\001"

struct http_server {
    int listener;
    int port;
    pthread_t thread;
    /* A pipe through which the test says that the server shall go on, and one through which the server says that
     * it has ended a connection. */
    int go_on[2];
    int ended[2];
    /* How many connections there were. For the time behind http_server_join. */
    int connections;
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

static inline void http_write(int fd, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t written = send(fd, text, length, MSG_NOSIGNAL);

        if (written <= 0)
            return;
        text += written;
        length -= (size_t)written;
    }
}

static inline void http_answer(struct http_server *server, int fd, const char *answer)
{
    for (;;) {
        size_t length = strcspn(answer, HTTP_PAUSE);
        char word;

        http_write(fd, answer, length);
        if (answer[length] == '\0' || read(server->go_on[0], &word, 1) != 1)
            return;
        answer += length + 1;
    }
}

/* Says that no more comes, and reads to the client's end so that no reset overtakes the answer. */
static inline void http_hang_up(struct http_server *server, int fd, bool at_once)
{
    char rest[256];

    if (at_once) {
        shutdown(fd, SHUT_WR);
        CHECK(write(server->ended[1], "", 1) == 1);
    }
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
        if (fd < 0) {
            fd = accept(server->listener, NULL, NULL);
            server->connections += fd >= 0;
        }
        if (!http_read_head(fd, server->requests[i]))
            break;
        if (server->answers[i] != NULL)
            http_answer(server, fd, server->answers[i]);
        if (!server->keep_alive || i == server->answer_count - 1) {
            http_hang_up(server, fd, server->answers[i] != NULL);
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
    REQUIRE(pipe(server->go_on) == 0 && pipe(server->ended) == 0);
    server->answers = answers;
    server->answer_count = answer_count;
    server->keep_alive = keep_alive;
    REQUIRE(pthread_create(&server->thread, NULL, http_serve, server) == 0);
}

/* Lets the server go on behind an HTTP_PAUSE. */
static inline void http_server_go_on(struct http_server *server)
{
    CHECK(write(server->go_on[1], "", 1) == 1);
}

/* Waits until the server has ended its side of a connection: the client's kernel knows it, then. */
static inline void http_server_wait_for_end(struct http_server *server)
{
    char word;

    CHECK(read(server->ended[0], &word, 1) == 1);
}

/* Waits for the server's thread. The client must have ended its connections. */
static inline void http_server_join(struct http_server *server)
{
    /* Wakes an accept for a connection that never came. */
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->listener);
    close(server->go_on[0]);
    close(server->go_on[1]);
    close(server->ended[0]);
    close(server->ended[1]);
}

#endif
