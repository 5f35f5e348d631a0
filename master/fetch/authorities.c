/* authorities.c - finds them in the places where systems keep them. */

#include <errno.h>
#include <mbedtls/error.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "master/fetch/authorities.h"

/* Debian and Alpine, Fedora, openSUSE, and the older ones among them. */
static const char *const system_files[] = {
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem",
	"/etc/ssl/cert.pem",
};

static bool is_given(const char *text)
{
	return text != NULL && text[0] != '\0';
}

/* Bundles have now and then a certificate of a kind that mbedTLS does not know: those are left
 * out. */
static int read_file(const char *file, mbedtls_x509_crt *out, struct note *why)
{
	int result = mbedtls_x509_crt_parse_file(out, file);
	char text[120];

	if (result < 0) {
		mbedtls_strerror(result, text, sizeof(text));
		return note_fail(why, -EIO, "certificates of authorities in %s: %s", file, text);
	}
	return 0;
}

static const char *find_system_file(void)
{
	for (size_t i = 0; i < sizeof(system_files) / sizeof(*system_files); i++) {
		if (access(system_files[i], R_OK) == 0) {
			return system_files[i];
		}
	}
	return NULL;
}

int authorities_read(const char *file, mbedtls_x509_crt *out, struct note *why)
{
	const char *folder = getenv("SSL_CERT_DIR");

	if (file != NULL) {
		return read_file(file, out, why);
	}
	file = getenv("SSL_CERT_FILE");
	if (!is_given(file)) {
		file = is_given(folder) ? NULL : find_system_file();
	}
	if (is_given(folder) && mbedtls_x509_crt_parse_path(out, folder) < 0 && file == NULL) {
		return note_fail(why, -EIO, "no certificates of authorities in %s", folder);
	}
	if (file != NULL) {
		return read_file(file, out, why);
	}
	if (out->raw.p == NULL) {
		return note_fail(why, -EIO, "this system has no certificates of authorities");
	}
	return 0;
}
