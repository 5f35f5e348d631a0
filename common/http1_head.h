/* http1_head.h - between http1.c, which finds the end of a head, and http1_head.c, which knows what
 * it means. For nobody else. */

#pragma once

#include "common/http1.h"

enum http1_event http1_refuse(struct http1 *h, int status, const char *reason);

/* A header that frames the message, or says whose it is: kept by itself, and no part of the
 * headers. False: another one. */
bool http1_head_takes(struct http1 *h, struct slice name, struct slice value);

/* Fills the message from what llhttp found, and sets where the parser goes on. HTTP1_HEAD, or
 * HTTP1_REFUSED. */
enum http1_event http1_head_read(struct http1 *h);
