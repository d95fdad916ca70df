/* What TLS of a Socket may be: versions, cipher suites, ALPN, the server's name, pins, and the file of keys. */
#define _POSIX_C_SOURCE 200809L

#include "socket.h"

#define NO_SUCH_PIN "sha256, hex, e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* A certificate that nobody trusts, and its key, which the password "secret" decrypts. */
static const char client_certificate[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBkzCCATmgAwIBAgIUbOfDBz9KdMNBlQtC3Y9rppUWm3kwCgYIKoZIzj0EAwIw\n"
    "HjEcMBoGA1UEAwwTY2xpZW50IG9mIHRoZSB0ZXN0czAgFw0yNjExMjgxMjU2MDNa\n"
    "GA8yMTI2MTEwNDEyNTYwM1owHjEcMBoGA1UEAwwTY2xpZW50IG9mIHRoZSB0ZXN0\n"
    "czBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABG9PevKujR/SsmB8RiVHPjV9Mwe1\n"
    "zWob8HWohjGcXzJSla2b/wOx0cCGV9DYK7vPDP78RdEvwoR6P+FNpW7bVWyjUzBR\n"
    "MB0GA1UdDgQWBBRZfIINADFeZ5L5LRj12MKsnWgg/DAfBgNVHSMEGDAWgBRZfIIN\n"
    "ADFeZ5L5LRj12MKsnWgg/DAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gA\n"
    "MEUCIDnhI52hBajYWBgGq9n2KBUCmGg6VReM8sJt8w/oRjQwAiEA0+xRhqhY6vVI\n"
    "3V0i3IYBSoFAvIx/tn9EqtJ+N3U0hUU=\n"
    "-----END CERTIFICATE-----\n";
static const char client_key[] =
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
    "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAhiemdp5oiLugICCAAw\n"
    "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEOwQxZlyZHppHFVsZBfxtjQEgZCU\n"
    "P2erQDCFw4DsK0uZqioQ9ZNrF7BVJbFK2fFtAwEEDbmoDEr5EneDQhFt9odS57cg\n"
    "dvaqG0P1hVdwj4ybugMVPj8YmgXak+cARZqiOu1XABDGTvLMIMyqzcBhqUVLi+s8\n"
    "V1huV7INzqOGcbTG2JmKf4iYncYA+q0ra3Z0l3bmRyL5KYd9FlDKZ6rf52OaGMc=\n"
    "-----END ENCRYPTED PRIVATE KEY-----\n";

/* A Socket that trusts the authority of the echo server. */
static ckws_socket *create_socket(void)
{
    ckws_socket *socket = ckws_socket_create();

    CHECK(ckws_socket_add_trusted_roots_pem(socket, ca_path()));
    return socket;
}

static bool connect_tls(ckws_socket *socket)
{
    return ckws_socket_connect(socket, "localhost", port_of(wss_url()), true, patience_ms());
}

static void expect_tls(ckws_socket *socket)
{
    CHECK_TELLING(connect_tls(socket), ckws_socket_get_last_error_text(socket));
    CHECK(ckws_socket_close(socket, patience_ms()));
}

static void expect_refusal(ckws_socket *socket, bool is_set, const char *told)
{
    CHECK(!is_set);
    expect_socket_failure(socket, CKWS_ERROR_INVALID_ARGUMENT);
    CHECK_TELLING(contains(ckws_socket_get_last_error_message(socket), told),
                  ckws_socket_get_last_error_message(socket));
}

static void test_defaults_and_refusals(void)
{
    ckws_socket *socket = ckws_socket_create();

    CHECK_TEXT(ckws_socket_get_ssl_protocol(socket), "default");
    CHECK_TEXT(ckws_socket_get_ssl_allowed_ciphers(socket), "");
    CHECK_TEXT(ckws_socket_get_alpn_protocol(socket), "");
    CHECK_TEXT(ckws_socket_get_sni_hostname(socket), "");
    CHECK_TEXT(ckws_socket_get_tls_pin_set(socket), "");
    CHECK(!ckws_socket_get_tls_key_log(socket));

    CHECK(ckws_socket_set_ssl_protocol(socket, "TLS 1.2 or higher"));
    expect_refusal(socket, ckws_socket_set_ssl_protocol(socket, "TLS 1.1"), "older");
    expect_refusal(socket, ckws_socket_set_ssl_protocol(socket, "SSL 3.0 or higher"), "older");
    CHECK_TEXT(ckws_socket_get_ssl_protocol(socket), "TLS 1.2 or higher");
    expect_refusal(socket, ckws_socket_set_ssl_allowed_ciphers(socket, "TLS_RSA_WITH_RC4_128_MD5"), "RC4_128_MD5");
    expect_refusal(socket, ckws_socket_set_tls_pin_set(socket, "sha1, hex, 00"), "sha256");
    expect_refusal(socket, ckws_socket_set_tls_pin_set(socket, "sha256, hex, 00"), "32 bytes");
    expect_refusal(socket, ckws_socket_set_sni_hostname(socket, "not a name"), "not a name");
    CHECK_TEXT(ckws_socket_get_sni_hostname(socket), "");
    ckws_socket_dispose(socket);
}

static void test_versions(void)
{
    ckws_socket *socket = create_socket();

    CHECK(ckws_socket_set_ssl_protocol(socket, "TLS 1.2"));
    expect_tls(socket);
    CHECK_TEXT(ckws_socket_get_tls_version(socket), "TLS 1.2");
    CHECK(strncmp(ckws_socket_get_tls_cipher_suite(socket), "TLS_ECDHE_", 10) == 0);
    CHECK(ckws_socket_set_ssl_protocol(socket, "TLS 1.3"));
    expect_tls(socket);
    CHECK_TEXT(ckws_socket_get_tls_version(socket), "TLS 1.3");
    ckws_socket_dispose(socket);
}

static void test_cipher_suites(void)
{
    ckws_socket *socket = create_socket();

    CHECK(ckws_socket_set_ssl_allowed_ciphers(socket, "TLS_CHACHA20_POLY1305_SHA256"));
    CHECK_TEXT(ckws_socket_get_ssl_allowed_ciphers(socket), "TLS_CHACHA20_POLY1305_SHA256");
    expect_tls(socket);
    CHECK_TEXT(ckws_socket_get_tls_cipher_suite(socket), "TLS_CHACHA20_POLY1305_SHA256");
    /* It is of TLS 1.3. */
    CHECK(ckws_socket_set_ssl_protocol(socket, "TLS 1.2"));
    CHECK(!connect_tls(socket));
    expect_socket_failure(socket, CKWS_ERROR_TLS_NO_COMMON_VERSION);
    CHECK_INT(ckws_socket_get_connect_fail_reason(socket), 107);
    CHECK(ckws_socket_set_ssl_allowed_ciphers(socket, ""));
    expect_tls(socket);
    ckws_socket_dispose(socket);
}

static void test_alpn(void)
{
    ckws_socket *socket = create_socket();

    CHECK(ckws_socket_set_alpn_protocol(socket, "http/1.1"));
    CHECK_TEXT(ckws_socket_get_alpn_protocol(socket), "http/1.1");
    expect_tls(socket);
    ckws_socket_dispose(socket);
}

/* The server's certificate is for localhost; the address is not in its name. */
static void test_the_name_of_the_server(void)
{
    ckws_socket *socket = create_socket();

    CHECK(ckws_socket_set_sni_hostname(socket, "other.example"));
    CHECK(!connect_tls(socket));
    expect_socket_failure(socket, CKWS_ERROR_CERTIFICATE_WRONG_HOST);
    CHECK(contains(ckws_socket_get_last_error_message(socket), "other.example"));
    CHECK(ckws_socket_set_sni_hostname(socket, "localhost"));
    CHECK_TEXT(ckws_socket_get_sni_hostname(socket), "localhost");
    CHECK_TELLING(ckws_socket_connect(socket, "127.0.0.1", port_of(wss_url()), true, patience_ms()),
                  ckws_socket_get_last_error_text(socket));
    ckws_socket_dispose(socket);
}

static void test_pins(void)
{
    ckws_socket *socket = create_socket();
    char pins[256];
    const char *pin;

    CHECK(ckws_socket_set_tls_pin_set(socket, NO_SUCH_PIN));
    CHECK_TEXT(ckws_socket_get_tls_pin_set(socket), NO_SUCH_PIN);
    CHECK(!connect_tls(socket));
    expect_socket_failure(socket, CKWS_ERROR_CERTIFICATE_NOT_PINNED);
    CHECK_INT(ckws_socket_get_connect_fail_reason(socket), 108);
    /* The log has the server's own: 44 characters of Base64. */
    pin = strstr(ckws_socket_get_last_error_message(socket), "its pin is ");
    REQUIRE(pin != NULL);
    snprintf(pins, sizeof pins, "sha256, base64, 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=, %.44s",
             pin + strlen("its pin is "));

    CHECK(ckws_socket_set_tls_pin_set(socket, pins));
    expect_tls(socket);
    ckws_socket_dispose(socket);

    /* A pin is asked for whether or not the certificate is verified, and takes the place of no other check. */
    socket = ckws_socket_create();
    CHECK(ckws_socket_set_tls_pin_set(socket, pins));
    CHECK(!connect_tls(socket));
    expect_socket_failure(socket, CKWS_ERROR_CERTIFICATE_UNKNOWN_ISSUER);
    CHECK(ckws_socket_set_require_ssl_cert_verify(socket, false));
    expect_tls(socket);
    CHECK(ckws_socket_set_tls_pin_set(socket, NO_SUCH_PIN));
    CHECK(!connect_tls(socket));
    expect_socket_failure(socket, CKWS_ERROR_CERTIFICATE_NOT_PINNED);
    CHECK(ckws_socket_set_tls_pin_set(socket, ""));
    expect_tls(socket);
    ckws_socket_dispose(socket);
}

/* Servers that want one are in tests/link/client_certificate.rs. */
static void test_a_client_certificate(void)
{
    ckws_socket *socket = create_socket();
    char pem[4096];

    snprintf(pem, sizeof pem, "%s%s", client_certificate, client_key);
    CHECK(!ckws_socket_set_ssl_client_cert_pem(socket, pem, "wrong"));
    expect_socket_failure(socket, CKWS_ERROR_INVALID_PEM);
    CHECK(!ckws_socket_set_ssl_client_cert_pem(socket, client_certificate, "secret"));
    expect_socket_failure(socket, CKWS_ERROR_INVALID_PEM);
    CHECK(!ckws_socket_set_ssl_client_cert_pem(socket, "/no/such/file.pem", ""));
    expect_socket_failure(socket, CKWS_ERROR_FILE_ACCESS);
    CHECK_TELLING(ckws_socket_set_ssl_client_cert_pem(socket, pem, "secret"),
                  ckws_socket_get_last_error_text(socket));
    /* A server that asks for none gets none. */
    expect_tls(socket);
    ckws_socket_dispose(socket);
}

static void test_the_file_of_keys(void)
{
    ckws_socket *socket = create_socket();
    char path[64];
    char text[8192];

    snprintf(path, sizeof path, "/tmp/ckws-test-%ld.keys", (long)getpid());
    REQUIRE(setenv("SSLKEYLOGFILE", path, 1) == 0);
    expect_tls(socket);
    CHECK(access(path, F_OK) != 0);
    CHECK(ckws_socket_set_tls_key_log(socket, true));
    CHECK(ckws_socket_get_tls_key_log(socket));
    CHECK_TELLING(connect_tls(socket), ckws_socket_get_last_error_text(socket));
    CHECK(contains(ckws_socket_get_last_error_text(socket), "SSLKEYLOGFILE"));
    read_text_file(path, text, sizeof text);
    CHECK(contains(text, "CLIENT_TRAFFIC_SECRET_0"));
    CHECK(unlink(path) == 0);
    CHECK(unsetenv("SSLKEYLOGFILE") == 0);
    ckws_socket_dispose(socket);
}

int main(void)
{
    size_t handles = ckws_global_live_handles();

    test_defaults_and_refusals();
    test_versions();
    test_cipher_suites();
    test_alpn();
    test_the_name_of_the_server();
    test_pins();
    test_a_client_certificate();
    test_the_file_of_keys();
    CHECK(ckws_global_live_handles() == handles);
    return check_summary();
}
