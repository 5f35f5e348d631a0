/* load.h - from three YAML documents to a snapshot and its secrets: fetch, parse, plan, resolve.
 * The files of this folder stand in that order of work (source.c reads a document, parse.c turns
 * YAML into structs by the field tables, plan.c checks what spans keys and documents, resolve.c
 * gets the secrets). serve.c does this for the server, in a process of its own; seal.c is for what
 * the master does with the result. */

#pragma once

#include "master/load/load_request.h"
#include "master/load/loaded.h"

/* Nothing has changed when it fails; `why` begins with the document's file:line:column where one is
 * to blame. Blocks for as long as sources and stores take. */
int load(const struct load_request *request, struct loaded **out, struct note *why);
