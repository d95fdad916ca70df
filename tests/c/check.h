/* A tiny test harness: checks that count, say where they failed, and never stop the program.
 * Checks may be made by several threads at once. */
#ifndef CKWS_TEST_CHECK_H
#define CKWS_TEST_CHECK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t check_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned long check_count;
static unsigned long check_failures;

static inline bool check_that(bool held, const char *what, const char *file, int line)
{
    pthread_mutex_lock(&check_lock);
    check_count++;
    if (!held) {
        check_failures++;
        printf("%s:%d: does not hold: %s\n", file, line, what);
        /* A program that hangs later is ended by force: what it said must be out. */
        fflush(stdout);
    }
    pthread_mutex_unlock(&check_lock);
    return held;
}

static inline bool check_text(const char *actual, const char *expected, const char *what, const char *file,
                              int line)
{
    bool held = actual != NULL && strcmp(actual, expected) == 0;

    if (!check_that(held, what, file, line))
        printf("    is \"%s\", not \"%s\"\n", actual != NULL ? actual : "(NULL)", expected);
    return held;
}

static inline bool check_int(long long actual, long long expected, const char *what, const char *file, int line)
{
    bool held = actual == expected;

    if (!check_that(held, what, file, line))
        printf("    is %lld, not %lld\n", actual, expected);
    return held;
}

/* Each is an expression that tells whether the check held. */
#define CHECK(condition) check_that((condition), #condition, __FILE__, __LINE__)
#define CHECK_TEXT(actual, expected) check_text((actual), (expected), #actual, __FILE__, __LINE__)
#define CHECK_INT(actual, expected) check_int((actual), (expected), #actual, __FILE__, __LINE__)

/* A check that prints `text`, looked up only then, when it does not hold. */
#define CHECK_TELLING(condition, text)                          \
    do {                                                        \
        if (!check_that((condition), #condition, __FILE__, __LINE__)) \
            printf("    %s\n", (text));                         \
    } while (0)

/* For what the rest of a program can't do without. */
#define REQUIRE(condition)                                      \
    do {                                                        \
        if (!check_that((condition), #condition, __FILE__, __LINE__)) \
            exit(check_summary());                              \
    } while (0)

/* Prints the summary line and returns the program's exit code. */
static inline int check_summary(void)
{
    printf("%lu checks, %lu failed\n", check_count, check_failures);
    fflush(stdout);
    return check_failures == 0 ? 0 : 1;
}

/* An environment variable that the harness sets. */
static inline const char *check_env(const char *name)
{
    const char *value = getenv(name);

    if (value == NULL) {
        printf("the environment variable %s is missing: run this program by cargo test\n", name);
        exit(2);
    }
    return value;
}

/* The URL of the echo server, ending in a slash. */
static inline const char *ws_url(void)
{
    return check_env("CKWS_TEST_WS_URL");
}

static inline const char *wss_url(void)
{
    return check_env("CKWS_TEST_WSS_URL");
}

/* The path of the PEM file with the authority of the wss server. */
static inline const char *ca_path(void)
{
    return check_env("CKWS_TEST_CA");
}

/* How long to wait for what must come: longer where CKWS_TEST_SLOW is set, as under valgrind. */
static inline int patience_ms(void)
{
    return getenv("CKWS_TEST_SLOW") != NULL ? 60000 : 10000;
}

static inline bool contains(const char *text, const char *part)
{
    return text != NULL && strstr(text, part) != NULL;
}

static inline bool is_empty(const char *text)
{
    return text != NULL && text[0] == '\0';
}

static inline bool is_filled(const char *text)
{
    return text != NULL && text[0] != '\0';
}

/* Whether `message` is the failure that a call log tells, alone and in one line. */
static inline bool is_message_of(const char *message, const char *log)
{
    return is_filled(message) && !contains(message, "\n") && contains(log, message) && contains(log, "Failed.");
}

#endif
