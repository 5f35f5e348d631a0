/* resolve.h - gets the secrets themselves, before anything is served with them. */

#pragma once

#include "common/secret.h"
#include "master/load/slots.h"

/* Fills `secrets`, one for each slot. A secret that can't be had, is blank or too long is an error;
 * what was filled until then is the caller's all the same. */
int resolve(const struct slots *slots, struct secret **secrets, struct note *why);
