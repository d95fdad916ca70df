/* A proxy in a thread of the test: it answers with canned bytes, then passes on to a server of this machine. */
#ifndef CKWS_TEST_PROXY_H
#define CKWS_TEST_PROXY_H

#include "check.h"
#include "ckws.h"
#include "net.h"
#include "relay.h"

/* What it reads, and what it answers. */
struct turn {
    /* How many bytes come; 0 for an HTTP head. */
    size_t expected;
    const char *answer;
    size_t answer_size;
    /* It ends the connection then; what is left is for the next one. */
    bool ends;
};

#define ANSWER(bytes) (bytes), sizeof(bytes) - 1

struct proxy {
    int listener;
    int port;
    pthread_t thread;
    const struct turn *turns;
    int turn_count;
    /* Where it passes on to after the last turn; 0 to wait for the client's end instead. */
    int target_port;
    /* All that it has read in its turns, NUL-terminated. For the time after proxy_join. */
    char received[4096];
    size_t received_size;
};

static inline bool proxy_has_read(const struct proxy *proxy, const struct turn *turn, size_t begin)
{
    if (turn->expected == 0)
        return strstr(proxy->received + begin, "\r\n\r\n") != NULL;
    return proxy->received_size - begin == turn->expected;
}

/* Reads what a turn has, no more where that has a length. False at the end of the stream. */
static inline bool proxy_read(struct proxy *proxy, const struct turn *turn, int fd)
{
    size_t begin = proxy->received_size;

    while (!proxy_has_read(proxy, turn, begin)) {
        size_t most = sizeof proxy->received - 1 - proxy->received_size;
        ssize_t got;

        if (turn->expected != 0)
            most = turn->expected - (proxy->received_size - begin);
        got = read(fd, proxy->received + proxy->received_size, most);
        if (got <= 0)
            return false;
        proxy->received_size += (size_t)got;
        proxy->received[proxy->received_size] = '\0';
    }
    return true;
}

/* Says that no more comes, and waits for the client's end so that no reset overtakes the answer. */
static inline void proxy_hang_up(int fd)
{
    char rest[256];

    shutdown(fd, SHUT_WR);
    while (read(fd, rest, sizeof rest) > 0)
        ;
    close(fd);
}

static inline void *proxy_serve(void *argument)
{
    struct proxy *proxy = argument;
    char rest[256];
    int fd = -1;
    int i;

    for (i = 0; i < proxy->turn_count; i++) {
        const struct turn *turn = &proxy->turns[i];

        if (fd < 0)
            fd = accept(proxy->listener, NULL, NULL);
        if (!proxy_read(proxy, turn, fd))
            break;
        CHECK(send(fd, turn->answer, turn->answer_size, MSG_NOSIGNAL) == (ssize_t)turn->answer_size);
        if (turn->ends) {
            proxy_hang_up(fd);
            fd = -1;
        }
    }
    if (fd >= 0 && i == proxy->turn_count && proxy->target_port != 0) {
        relay(fd, proxy->target_port);
    } else if (fd >= 0) {
        while (read(fd, rest, sizeof rest) > 0)
            ;
        close(fd);
    }
    return NULL;
}

static inline void proxy_start(struct proxy *proxy, const struct turn *turns, int turn_count, int target_port)
{
    memset(proxy, 0, sizeof *proxy);
    proxy->turns = turns;
    proxy->turn_count = turn_count;
    proxy->target_port = target_port;
    proxy->listener = listen_on_loopback(&proxy->port);
    REQUIRE(pthread_create(&proxy->thread, NULL, proxy_serve, proxy) == 0);
}

/* Waits for the proxy's thread. The client must have ended its connections. */
static inline void proxy_join(struct proxy *proxy)
{
    /* Wakes an accept for a connection that never came. */
    shutdown(proxy->listener, SHUT_RDWR);
    pthread_join(proxy->thread, NULL);
    close(proxy->listener);
}

static inline void expect_received(const struct proxy *proxy, const char *bytes, size_t size)
{
    CHECK_INT(proxy->received_size, size);
    CHECK(memcmp(proxy->received, bytes, size) == 0);
}

#endif
