/* authorities.h - the certificates of those who may vouch for a server. */

#pragma once

#include <mbedtls/x509_crt.h>

#include "common/note.h"

/* Those of `file`; NULL: the system's, or what SSL_CERT_FILE and SSL_CERT_DIR name instead. */
int authorities_read(const char *file, mbedtls_x509_crt *out, struct note *why);
