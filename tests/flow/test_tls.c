/*
 * test_tls.c - core/http/http.c and certificates: a shop of the test's own speaks TLS with a certificate made on the
 * spot for 127.0.0.1; who trusts it gets an answer, who does not has provably sent nothing.
 */
#include "tests/flow/talk.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

struct tls_shop {
    SSL_CTX *context;
    int fd;
    uint16_t port;
    char ca_file[64];
    pthread_t thread;
    atomic_bool ends;
    atomic_uint handshakes, requests;
};

static void add_extension(X509 *certificate, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    assert_non_null(extension);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

/* Self-signed, for an hour, for the address and for no name. */
static X509 *make_certificate(EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME *name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"shop", -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(certificate, NID_subject_alt_name, "IP:127.0.0.1");
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
    return certificate;
}

static void save_certificate(struct tls_shop *shop, X509 *certificate)
{
    snprintf(shop->ca_file, sizeof shop->ca_file, "/tmp/cartway-test-ca-XXXXXX");
    int fd = mkstemp(shop->ca_file);
    assert_true(fd >= 0);
    FILE *file = fdopen(fd, "w");
    assert_true(PEM_write_X509(file, certificate));
    fclose(file);
}

static void serve(struct tls_shop *shop, int fd)
{
    static const char fine[] = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine";
    char request[8192];
    SSL *ssl = SSL_new(shop->context);
    SSL_set_fd(ssl, fd);
    if (SSL_accept(ssl) == 1) {
        shop->handshakes++;
        while (SSL_read(ssl, request, sizeof request) > 0) {
            shop->requests++;
            SSL_write(ssl, fine, sizeof fine - 1);
        }
    }
    SSL_free(ssl);
    close(fd);
}

static void *tls_main(void *user)
{
    struct tls_shop *shop = user;
    const struct timeval patience = { .tv_sec = 10 };
    while (!shop->ends) {
        struct pollfd fd = { .fd = shop->fd, .events = POLLIN };
        if (poll(&fd, 1, 20) <= 0)
            continue;
        int peer = accept(shop->fd, NULL, NULL);
        setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        serve(shop, peer); /* one at a time: the tests ask one by one */
    }
    return NULL;
}

static void tls_shop_start(struct tls_shop *shop)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t n = sizeof address;
    memset(shop, 0, sizeof *shop);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = make_certificate(key);
    save_certificate(shop, certificate);
    shop->context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(shop->context, certificate);
    SSL_CTX_use_PrivateKey(shop->context, key);
    X509_free(certificate);
    EVP_PKEY_free(key);
    shop->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(shop->fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(shop->fd, 16), 0);
    assert_int_equal(getsockname(shop->fd, (struct sockaddr *)&address, &n), 0);
    shop->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&shop->thread, NULL, tls_main, shop), 0);
}

static void tls_shop_stop(struct tls_shop *shop)
{
    shop->ends = true;
    pthread_join(shop->thread, NULL);
    close(shop->fd);
    unlink(shop->ca_file);
    SSL_CTX_free(shop->context);
}

/* Asks through a relay with that CA file (NULL: the system's) for an address on the shop's port. */
static void ask_through(struct tls_shop *shop, const char *ca_file, const char *host, const char *told)
{
    struct gate gate;
    struct answer answer = { 0 };
    char text[256];
    gate_start(&gate, (struct relay_options){ .upstream = "", .http = { .ca_file = ca_file } });
    snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: g\r\nX-Upstream: https://%s:%u\r\n\r\n", host, shop->port);
    for (int i = 0; i < 2; i++) {
        ask(gate.port, text, &answer);
        if (strncmp(answer.body, told, strlen(told)) != 0)
            fail_msg("%s: expected %s, found %s", host, told, answer.body);
    }
    answer_free(&answer);
    gate_stop(&gate);
}

static void who_trusts_it_gets_an_answer(void **state)
{
    struct tls_shop *shop = *state;
    ask_through(shop, shop->ca_file, "127.0.0.1", "fine");
    assert_int_equal(shop->requests, 2);
    assert_int_equal(shop->handshakes, 1); /* the connection is used again */
}

static void who_does_not_has_sent_nothing(void **state)
{
    struct tls_shop *shop = *state;
    ask_through(shop, NULL, "127.0.0.1", "tls sent=0 first=0");
    assert_int_equal(shop->requests, 0);
}

static void a_certificate_for_another_name_is_refused(void **state)
{
    struct tls_shop *shop = *state;
    ask_through(shop, shop->ca_file, "localhost", "tls sent=0 first=0");
    assert_int_equal(shop->requests, 0);
}

static void a_shop_that_waits_for_plain_text_is_a_time_out(void **state)
{
    struct tls_shop *shop = *state;
    struct shop plain;
    struct tls_shop stand_in = { 0 };
    shop_start(&plain);
    stand_in.port = plain.port;
    ask_through(&stand_in, shop->ca_file, "127.0.0.1", "timeout sent=0 first=0");
    shop_stop(&plain);
}

static int set_up(void **state)
{
    static struct tls_shop shop;
    tls_shop_start(&shop);
    *state = &shop;
    return 0;
}

static int tear_down(void **state)
{
    tls_shop_stop(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_trusts_it_gets_an_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_does_not_has_sent_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_certificate_for_another_name_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_shop_that_waits_for_plain_text_is_a_time_out, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
