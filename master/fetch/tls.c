/* tls.c - mbedTLS over a non-blocking descriptor. */

#include <errno.h>
#include <mbedtls/error.h>
#include <mbedtls/psa_util.h>
#include <mbedtls/ssl.h>
#include <poll.h>
#include <psa/crypto.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "common/check.h"
#include "master/fetch/authorities.h"
#include "master/fetch/tls.h"

enum { HOST_BYTES = 255 };

struct tls {
	int fd;
	char host[HOST_BYTES + 1];
	mbedtls_ssl_context ssl;
	mbedtls_ssl_config config;
	mbedtls_x509_crt authorities;
};

static int on_send(void *self, const unsigned char *bytes, size_t len)
{
	const struct tls *tls = self;
	ssize_t sent = send(tls->fd, bytes, len, MSG_NOSIGNAL);

	if (sent < 0) {
		return errno == EAGAIN || errno == EINTR ? MBEDTLS_ERR_SSL_WANT_WRITE
							 : MBEDTLS_ERR_SSL_CONN_EOF;
	}
	return (int)sent;
}

static int on_receive(void *self, unsigned char *to, size_t room)
{
	const struct tls *tls = self;
	ssize_t got = recv(tls->fd, to, room, 0);

	if (got < 0) {
		return errno == EAGAIN || errno == EINTR ? MBEDTLS_ERR_SSL_WANT_READ
							 : MBEDTLS_ERR_SSL_CONN_EOF;
	}
	return (int)got;
}

/* What is wrong with the server's certificate; there may be several things. */
static int fail_certificate(const struct tls *tls, struct note *why)
{
	static const struct {
		uint32_t flag;
		const char *text;
	} faults[] = {
		{ MBEDTLS_X509_BADCERT_MISSING, "is missing" },
		{ MBEDTLS_X509_BADCERT_EXPIRED, "has expired" },
		{ MBEDTLS_X509_BADCERT_FUTURE, "is not valid yet" },
		{ MBEDTLS_X509_BADCERT_CN_MISMATCH, "is for another host" },
		{ MBEDTLS_X509_BADCERT_NOT_TRUSTED, "is signed by nobody whom we trust" },
	};
	uint32_t flags = mbedtls_ssl_get_verify_result(&tls->ssl);
	const char *before = "";
	int err = note_fail(why, -EACCES, "the certificate of %s ", tls->host);

	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		if ((flags & faults[i].flag) != 0) {
			note_append(why, "%s%s", before, faults[i].text);
			before = " and ";
			flags &= ~faults[i].flag;
		}
	}
	if (flags != 0) {
		note_append(why, "%sis not acceptable (flags 0x%x)", before, flags);
	}
	return err;
}

/* mbedTLS did not finish: waits for what it needs, or says why it never will. */
static int settle(const struct tls *tls, int result, struct patience patience, struct note *why)
{
	char text[120];

	switch (result) {
	case MBEDTLS_ERR_SSL_WANT_READ:
		return patience_wait(patience, tls->fd, POLLIN, why);
	case MBEDTLS_ERR_SSL_WANT_WRITE:
		return patience_wait(patience, tls->fd, POLLOUT, why);
	case MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET:
		return 0; /* TLS 1.3 has them between the bytes; we keep none */
	case MBEDTLS_ERR_SSL_CONN_EOF:
		return note_fail(why, -ECONNRESET, "TLS: the connection was cut off");
	case MBEDTLS_ERR_X509_CERT_VERIFY_FAILED:
		return fail_certificate(tls, why);
	default:
		mbedtls_strerror(result, text, sizeof(text));
		return note_fail(why, -EPROTO, "TLS: %s", text);
	}
}

static int shake_hands(struct tls *tls, struct patience patience, struct note *why)
{
	int result, err = 0;

	while (err == 0 && (result = mbedtls_ssl_handshake(&tls->ssl)) != 0) {
		err = settle(tls, result, patience, why);
	}
	return err;
}

/* Without a host name mbedTLS would take any certificate that an authority has signed. */
static int configure(struct tls *tls)
{
	static const char *protocols[] = { "http/1.1", NULL };
	int result = mbedtls_ssl_config_defaults(&tls->config, MBEDTLS_SSL_IS_CLIENT,
		MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);

	mbedtls_ssl_conf_authmode(&tls->config, MBEDTLS_SSL_VERIFY_REQUIRED);
	mbedtls_ssl_conf_ca_chain(&tls->config, &tls->authorities, NULL);
	mbedtls_ssl_conf_rng(&tls->config, mbedtls_psa_get_random, MBEDTLS_PSA_RANDOM_STATE);
	mbedtls_ssl_conf_session_tickets(&tls->config, MBEDTLS_SSL_SESSION_TICKETS_DISABLED);
	if (result == 0) {
		result = mbedtls_ssl_conf_alpn_protocols(&tls->config, protocols);
	}
	if (result == 0) {
		result = mbedtls_ssl_setup(&tls->ssl, &tls->config);
	}
	if (result == 0) {
		result = mbedtls_ssl_set_hostname(&tls->ssl, tls->host);
	}
	mbedtls_ssl_set_bio(&tls->ssl, tls, on_send, on_receive, NULL);
	return result;
}

int tls_open(int fd, struct slice host, const char *ca_file, struct patience patience,
	struct tls **out, struct note *why)
{
	struct tls *tls;
	int err;

	if (host.len > HOST_BYTES) {
		return note_fail(why, -EINVAL, "this can't be a host's name");
	}
	tls = calloc(1, sizeof(*tls));
	check(tls != NULL && psa_crypto_init() == PSA_SUCCESS);
	tls->fd = fd;
	memcpy(tls->host, host.at, host.len);
	mbedtls_ssl_init(&tls->ssl);
	mbedtls_ssl_config_init(&tls->config);
	mbedtls_x509_crt_init(&tls->authorities);
	err = authorities_read(ca_file, &tls->authorities, why);
	if (err < 0) {
		goto fail;
	}
	check(configure(tls) == 0);
	err = shake_hands(tls, patience, why);
	if (err < 0) {
		goto fail;
	}
	*out = tls;
	return 0;

fail:
	tls_close(&tls);
	return err;
}

void tls_close(struct tls **tls)
{
	struct tls *t = *tls;

	if (t == NULL) {
		return;
	}
	(void)mbedtls_ssl_close_notify(&t->ssl);
	mbedtls_ssl_free(&t->ssl);
	mbedtls_ssl_config_free(&t->config);
	mbedtls_x509_crt_free(&t->authorities);
	free(t);
	*tls = NULL;
}

ssize_t tls_write(struct tls *tls, struct slice bytes, struct patience patience, struct note *why)
{
	int result, err = 0;

	while ((result = mbedtls_ssl_write(
			&tls->ssl, (const unsigned char *)bytes.at, bytes.len)) <= 0) {
		err = settle(tls, result, patience, why);
		if (err < 0) {
			return err;
		}
	}
	return result;
}

ssize_t tls_read(struct tls *tls, char *to, size_t room, struct patience patience, struct note *why)
{
	int result, err;

	while ((result = mbedtls_ssl_read(&tls->ssl, (unsigned char *)to, room)) < 0) {
		if (result == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) {
			return 0;
		}
		err = settle(tls, result, patience, why);
		if (err < 0) {
			return err;
		}
	}
	/* A bare end of the connection, which anybody between us could make. */
	return result == 0 ? settle(tls, MBEDTLS_ERR_SSL_CONN_EOF, patience, why) : result;
}
