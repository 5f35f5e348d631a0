/* http1.h - a caller that speaks HTTP/1: its connection's bytes become a request, its answer
 * becomes bytes. */

#pragma once

#include "worker/accept/connection.h"

extern const struct connection_protocol connection_http1;
