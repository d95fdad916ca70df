/* Names with several addresses, some of which do not answer: which are tried, when, and what is left of the attempts.
 * The library calls this program's getaddrinfo instead of the system's. */
#define _POSIX_C_SOURCE 200809L

#include <dirent.h>
#include <netdb.h>

#include "net.h"
#include "tasks.h"

#define NAME "name.example"

enum { MOST_ADDRESSES = 8, SILENT_ADDRESSES = 6 };

/* What NAME resolves to: numeric addresses. */
static const char *const *resolved;

/* All servers have it, each at its own loopback address. */
static int port;

static void fill(struct addrinfo *entry, struct sockaddr_storage *place, const char *address)
{
    struct sockaddr_in *ipv4 = (struct sockaddr_in *)place;
    struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)place;

    memset(place, 0, sizeof *place);
    memset(entry, 0, sizeof *entry);
    place->ss_family = strchr(address, ':') != NULL ? AF_INET6 : AF_INET;
    if (place->ss_family == AF_INET)
        REQUIRE(inet_pton(AF_INET, address, &ipv4->sin_addr) == 1);
    else
        REQUIRE(inet_pton(AF_INET6, address, &ipv6->sin6_addr) == 1);
    entry->ai_family = place->ss_family;
    entry->ai_socktype = SOCK_STREAM;
    entry->ai_addr = (struct sockaddr *)place;
    entry->ai_addrlen = place->ss_family == AF_INET ? sizeof *ipv4 : sizeof *ipv6;
}

int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **found)
{
    static struct addrinfo entries[MOST_ADDRESSES];
    static struct sockaddr_storage places[MOST_ADDRESSES];
    int i;

    (void)service;
    (void)hints;
    CHECK_TEXT(host, NAME);
    for (i = 0; resolved[i] != NULL; i++) {
        fill(&entries[i], &places[i], resolved[i]);
        if (i > 0)
            entries[i - 1].ai_next = &entries[i];
    }
    *found = entries;
    return 0;
}

void freeaddrinfo(struct addrinfo *found)
{
    (void)found;
}

/* A server at the port; -1 where there is no such address. */
static int listen_at(const char *address, int backlog)
{
    struct addrinfo entry;
    struct sockaddr_storage place;
    int fd;

    fill(&entry, &place, address);
    if (entry.ai_family == AF_INET)
        ((struct sockaddr_in *)&place)->sin_port = htons((uint16_t)port);
    else
        ((struct sockaddr_in6 *)&place)->sin6_port = htons((uint16_t)port);
    fd = socket(entry.ai_family, SOCK_STREAM, 0);
    if (fd >= 0 && (bind(fd, entry.ai_addr, entry.ai_addrlen) != 0 || listen(fd, backlog) != 0)) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Addresses that answer no request for a connection, as those of struct silent_address. */
static const char *const silent[] = { "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5", "127.0.0.6", "127.0.0.7", NULL };

static void silence(const char *address)
{
    struct sockaddr_in place;
    socklen_t size = sizeof place;
    int listener = listen_at(address, 0);
    int filler = socket(AF_INET, SOCK_STREAM, 0);

    REQUIRE(listener >= 0 && filler >= 0);
    REQUIRE(getsockname(listener, (struct sockaddr *)&place, &size) == 0);
    REQUIRE(connect(filler, (struct sockaddr *)&place, size) == 0);
}

static int open_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    int count = 0;

    REQUIRE(directory != NULL);
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

/* Waits until so many descriptors are open. */
static void wait_for_descriptors(int count)
{
    long long until = now_ms() + patience_ms();

    while (open_descriptors() != count && now_ms() < until)
        poll(NULL, 0, 1);
    CHECK_INT(open_descriptors(), count);
}

/* The call log names the address as one that was tried. */
static bool is_tried(const char *log, const char *address)
{
    char line[80];

    snprintf(line, sizeof line, strchr(address, ':') != NULL ? "address: [%s]:%d\n" : "address: %s:%d\n", address, port);
    return contains(log, line);
}

static ckws_rest *client(int timeout_ms)
{
    ckws_rest *rest = ckws_rest_create();

    CHECK(ckws_rest_set_connect_timeout_ms(rest, timeout_ms));
    return rest;
}

static void expect_overtaken(const char *log)
{
    CHECK_TELLING(is_tried(log, "127.0.0.2") && is_tried(log, "127.0.0.1"), log);
    CHECK_TELLING(contains(log, "elapsedMs: "), log);
    CHECK_TELLING(contains(log, "Another address answered first."), log);
}

static void test_a_silent_address_is_overtaken(void)
{
    static const char *const addresses[] = { "127.0.0.2", "127.0.0.1", NULL };
    /* Half of it for each address would be twice the patience. */
    ckws_rest *rest = client(4 * patience_ms());
    int descriptors = open_descriptors();
    long long start = now_ms();
    ckws_task *task;

    resolved = addresses;
    CHECK_TELLING(ckws_rest_connect(rest, NAME, port, false, false), ckws_rest_get_last_error_text(rest));
    CHECK(now_ms() - start < patience_ms());
    expect_overtaken(ckws_rest_get_last_error_text(rest));
    CHECK_INT(open_descriptors(), descriptors + 1);

    task = ckws_rest_connect_async(rest, NAME, port, false, false);
    run_to_success(task);
    expect_overtaken(ckws_task_get_result_error_text(task));
    CHECK_INT(open_descriptors(), descriptors + 1);
    ckws_task_dispose(task);
    ckws_rest_dispose(rest);
    CHECK_INT(open_descriptors(), descriptors);
}

static void append_address(const char *name, const char *value, void *user_data)
{
    char *tried = user_data;

    if (strcmp(name, "tcp") == 0)
        snprintf(tried + strlen(tried), 200 - strlen(tried), "%.*s ", (int)(strrchr(value, ':') - value), value);
}

/* Connects to addresses which all refuse; in which order they are tried. */
static void expect_tried(const char *const *addresses, const char *order)
{
    ckws_rest *rest = client(patience_ms());
    char tried[200] = "";

    resolved = addresses;
    ckws_rest_set_progress_info(rest, append_address, tried);
    CHECK(!ckws_rest_connect(rest, NAME, closed_port(), false, false));
    CHECK_TEXT(tried, order);
    ckws_rest_dispose(rest);
}

static void test_families_alternate(void)
{
    static const char *const ipv6_first[] = { "::1", "::ffff:127.0.0.10", "127.0.0.8", "127.0.0.9", NULL };
    static const char *const ipv4_first[] = { "127.0.0.8", "127.0.0.9", "::1", NULL };

    expect_tried(ipv6_first, "[::1] 127.0.0.8 [::ffff:127.0.0.10] 127.0.0.9 ");
    expect_tried(ipv4_first, "127.0.0.8 [::1] 127.0.0.9 ");
}

/* A server that listens at one of the two addresses of localhost. */
static void test_one_family_is_enough(void)
{
    static const char *const ipv6_first[] = { "::1", "127.0.0.1", NULL };
    static const char *const ipv4_first[] = { "127.0.0.8", "::1", NULL };
    ckws_rest *rest = client(patience_ms());
    int ipv6;

    resolved = ipv6_first;
    CHECK_TELLING(ckws_rest_connect(rest, NAME, port, false, false), ckws_rest_get_last_error_text(rest));
    perform(ckws_rest_connect_async(rest, NAME, port, false, false));
    ipv6 = listen_at("::1", 1);
    if (ipv6 >= 0) {
        resolved = ipv4_first;
        CHECK_TELLING(ckws_rest_connect(rest, NAME, port, false, false), ckws_rest_get_last_error_text(rest));
        close(ipv6);
    }
    ckws_rest_dispose(rest);
}

static void test_all_addresses_get_their_share_of_a_short_time_out(void)
{
    ckws_rest *rest = client(600);
    int descriptors = open_descriptors();
    const char *log;
    int i;

    resolved = silent;
    CHECK(!ckws_rest_connect(rest, NAME, port, false, false));
    CHECK_INT(ckws_rest_get_last_error_code(rest), CKWS_ERROR_CONNECT_TIMEOUT);
    log = ckws_rest_get_last_error_text(rest);
    for (i = 0; i < SILENT_ADDRESSES; i++)
        CHECK_TELLING(is_tried(log, silent[i]), log);
    CHECK_TELLING(contains(log, "was given up for others."), log);
    CHECK_INT(open_descriptors(), descriptors);
    ckws_rest_dispose(rest);
}

static void test_a_cancelled_task_leaves_no_attempt(void)
{
    ckws_rest *rest = client(0);
    int descriptors = open_descriptors();
    ckws_task *task = ckws_rest_connect_async(rest, NAME, port, false, false);

    resolved = silent;
    run(task);
    /* Not more at once, of six addresses. */
    wait_for_descriptors(descriptors + 4);
    CHECK(ckws_task_cancel(task));
    wait_for_end(task);
    wait_for_descriptors(descriptors);
    ckws_task_dispose(task);
    ckws_rest_dispose(rest);
}

static void *connect_in_vain(void *rest)
{
    CHECK(!ckws_rest_connect(rest, NAME, port, false, false));
    return NULL;
}

static void test_dispose_ends_all_attempts(void)
{
    ckws_rest *rest = client(0);
    int descriptors = open_descriptors();
    pthread_t thread;

    resolved = silent;
    REQUIRE(pthread_create(&thread, NULL, connect_in_vain, rest) == 0);
    /* One more is what the thread is woken by. */
    wait_for_descriptors(descriptors + 5);
    ckws_rest_dispose(rest);
    REQUIRE(pthread_join(thread, NULL) == 0);
    CHECK_INT(open_descriptors(), descriptors);
}

int main(void)
{
    size_t handles = ckws_global_live_handles();
    int server = listen_on_loopback(&port);
    int i;

    for (i = 0; i < SILENT_ADDRESSES; i++)
        silence(silent[i]);
    /* What the library opens once for a thread, and for tasks, is open from here on. */
    test_one_family_is_enough();
    test_families_alternate();
    test_a_silent_address_is_overtaken();
    test_all_addresses_get_their_share_of_a_short_time_out();
    test_a_cancelled_task_leaves_no_attempt();
    test_dispose_ends_all_attempts();
    close(server);
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
