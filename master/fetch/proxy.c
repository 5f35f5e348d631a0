/* proxy.c - reads HTTP_PROXY and its like as Go's net/http does. */

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "master/fetch/proxy.h"

/* An address in its bytes. */
struct address {
	unsigned char bytes[16];
	size_t len; /* 4 or 16; 0: it is none */
};

static struct address read_address(struct slice text)
{
	struct address address = { .len = 0 };
	char copy[INET6_ADDRSTRLEN] = "";

	if (text.len == 0 || text.len >= sizeof(copy)) {
		return address;
	}
	memcpy(copy, text.at, text.len);
	if (inet_pton(AF_INET, copy, address.bytes) == 1) {
		address.len = 4;
	} else if (inet_pton(AF_INET6, copy, address.bytes) == 1) {
		address.len = 16;
	}
	return address;
}

static bool is_within(const struct address *network, size_t bits, const struct address *address)
{
	size_t whole = bits / 8;
	unsigned char mask = (unsigned char)(0xff00u >> bits % 8);

	return network->len == address->len && memcmp(network->bytes, address->bytes, whole) == 0 &&
	       (bits % 8 == 0 || ((network->bytes[whole] ^ address->bytes[whole]) & mask) == 0);
}

/* Never through a proxy, whatever the settings say. */
static bool is_ourselves(struct slice name, const struct address *address)
{
	static const struct address loopback6 = { { [15] = 1 }, 16 };

	return slice_equal(name, SLICE("localhost")) ||
	       (address->len == 4 && address->bytes[0] == 127) ||
	       is_within(&loopback6, 128, address);
}

/* "10.0.0.0/8" */
static bool is_network(struct slice exception, const struct address *address)
{
	size_t slash = slice_find(exception, '/', 0);
	struct address network = read_address(slice_sub(exception, 0, slash));
	unsigned long long bits;

	return network.len > 0 &&
	       slice_to_number(
		       slice_sub(exception, slash + 1, exception.len), 8 * network.len, &bits) &&
	       is_within(&network, bits, address);
}

/* Takes ":8080" off the end, and brackets; an IPv6 address alone has no port. */
static struct slice take_port(struct slice *host)
{
	struct slice port = { NULL, 0 };
	const char *colon = host->len == 0 ? NULL : memrchr(host->at, ':', host->len);

	if (colon != NULL && read_address(*host).len == 0) {
		size_t len = (size_t)(colon - host->at);

		port = slice_sub(*host, len + 1, host->len);
		host->len = len;
	}
	if (slice_starts_with(*host, SLICE("[")) && slice_ends_with(*host, SLICE("]"))) {
		*host = slice_sub(*host, 1, host->len - 1);
	}
	return port;
}

/* "example.com" means its subdomains, too; ".example.com" and "*.example.com" only those. */
static bool is_domain(struct slice exception, struct slice name)
{
	size_t before = name.len - exception.len;

	if (slice_starts_with(exception, SLICE("*."))) {
		exception = slice_sub(exception, 1, exception.len);
	}
	if (slice_starts_with(exception, SLICE("."))) {
		return slice_ends_with(name, exception);
	}
	return slice_equal(name, exception) ||
	       (slice_ends_with(name, exception) && name.at[before - 1] == '.');
}

static bool is_exception(
	struct slice exception, struct slice name, const struct address *address, uint16_t port)
{
	struct slice wanted_port;
	struct address wanted;
	unsigned long long number;

	if (slice_equal(exception, SLICE("*"))) {
		return true;
	}
	if (slice_find(exception, '/', 0) < exception.len) {
		return is_network(exception, address);
	}
	wanted_port = take_port(&exception);
	if (exception.len == 0 ||
		(wanted_port.len > 0 &&
			(!slice_to_number(wanted_port, UINT16_MAX, &number) || number != port))) {
		return false;
	}
	wanted = read_address(exception);
	return wanted.len > 0 ? is_within(&wanted, 8 * wanted.len, address)
			      : is_domain(exception, name);
}

static bool goes_direct(
	const struct proxy_settings *settings, const struct url *target, struct arena *arena)
{
	struct slice name = text_lower(target->host_name, arena);
	struct slice rest = text_lower(settings->exceptions, arena), exception;
	struct address address = read_address(name);

	if (is_ourselves(name, &address)) {
		return true;
	}
	while (slice_next(&rest, ',', &exception)) {
		if (is_exception(text_trim(exception), name, &address, url_port(target))) {
			return true;
		}
	}
	return false;
}

static struct slice environment(const char *name, const char *other)
{
	const char *value = getenv(name);

	return slice_of(value != NULL && value[0] != '\0' ? value : getenv(other));
}

struct proxy_settings proxy_from_environment(void)
{
	return (struct proxy_settings){
		.http = environment("HTTP_PROXY", "http_proxy"),
		.https = environment("HTTPS_PROXY", "https_proxy"),
		.exceptions = environment("NO_PROXY", "no_proxy"),
	};
}

/* "proxy.local:3128" is short for a URL. */
static int read_proxy(struct slice text, struct arena *arena, struct url *out)
{
	if (memmem(text.at, text.len, "://", 3) == NULL) {
		text = arena_join(arena, SLICE("http://"), text);
	}
	return url_parse(text, arena, out, NULL);
}

int proxy_choose(const struct proxy_settings *settings, const struct url *target,
	struct arena *arena, struct url *out, struct note *why)
{
	bool secure = slice_equal(target->scheme, SLICE("https"));
	struct slice text = secure ? settings->https : settings->http;
	const char *name = secure ? "HTTPS_PROXY" : "HTTP_PROXY";

	*out = (struct url){ 0 };
	if (text.len == 0 || goes_direct(settings, target, arena)) {
		return 0;
	}
	if (read_proxy(text, arena, out) < 0 || out->host_name.len == 0 || url_port(out) == 0) {
		return note_fail(why, -EINVAL, "%s is no address of a proxy", name);
	}
	if (!slice_equal(out->scheme, SLICE("http"))) {
		return note_fail(why, -ENOTSUP, "%s: only proxies with http:// are served", name);
	}
	return 0;
}
