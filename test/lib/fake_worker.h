/* fake_worker.h - a worker for tests of the master: speaks the protocol, and misbehaves on request.
 *
 * The snapshot has a text of words, each perhaps for one slot only ("crash@1"):
 *   crash           ends instead of READY              fail        says FAILED
 *   silent          never says READY                   garbage     says what is no message
 *   crash-from:A-B  ends instead of READY when A to B workers were started before it
 *   secrets:N       FAILED unless it was told N secrets
 *   stubborn        does not hear DRAIN                lingers     says DRAINING and stays
 *   busy            says DRAINING and hands each caller over when that one has said something
 *   resolve         asks for 127.0.0.1 when it starts; the answer counts as an auth failure
 * It greets each caller with "g<generation> s<slot>\n", each adopted one with "adopted by
 * g<generation> <number of unread bytes>\n", and hands every caller over with `unread` bytes
 * ("unread:N").
 */

#pragma once

/* For main() of a test: a test program is its own worker. Does not return when it was started as
 * one. */
void fake_worker_if_started_as_one(char **argv);
