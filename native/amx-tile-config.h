/* Included before ggml's AMX code where GCC compiles it. */
#pragma once

#include <immintrin.h>

#ifdef __AMX_TILE__
/*
 * GCC before 11.5, 12.4, 13.3 and 14 (PR 114098) believes that _tile_loadconfig reads 8 of its 64
 * bytes. It leaves out what ggml writes to the others, and the first use of a tile is an illegal
 * instruction. Here the instruction is said to read them all.
 */
static inline void hutch_tile_loadconfig(const void * config) {
    __asm__ volatile("ldtilecfg %0" ::"m"(*(const char(*)[64]) config));
}
#define _tile_loadconfig hutch_tile_loadconfig
#endif
