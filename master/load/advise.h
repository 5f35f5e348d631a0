/* advise.h - what is valid, but an operator should know. */

#pragma once

#include "common/log.h"
#include "common/snapshot.h"

/* One warning for each kind, with the integrations that it is about. */
void advise(struct log *log, const struct snapshot *snapshot);
