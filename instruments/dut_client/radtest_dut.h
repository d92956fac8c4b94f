/* Client of radtest's DUT protocol, version 1: docs/dut-protocol.md. C99, no dependencies, no allocation, no printf.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef RADTEST_DUT_H
#define RADTEST_DUT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Longest line, with its line feed. */
#define RADTEST_DUT_LINE 240

/* What the functions return: 0, what the write function returned if that was not 0, or one of these. */
#define RADTEST_DUT_TOO_LONG (-1001) /* the line would be longer than RADTEST_DUT_LINE; nothing was written */
#define RADTEST_DUT_BAD_TEXT (-1002) /* a text holds something else than printable ASCII without , $ *; nothing was written */

/* Takes `length` bytes to the host; returns 0, or anything else for an error. */
typedef int (*radtest_dut_write)(void *context, const char *bytes, size_t length);

/* Returns the word that the pattern has at an address. */
typedef uint32_t (*radtest_dut_pattern)(uint32_t address);

typedef struct {
    radtest_dut_write write;
    void *context;
    uint32_t sequence;
} radtest_dut;

/* Prepares a client; the first line will have number 0. */
void radtest_dut_start(radtest_dut *dut, radtest_dut_write write, void *context);

/* All times are milliseconds since the start of the program; they may wrap. */

/* Who speaks: the first line after every start. */
int radtest_dut_hello(radtest_dut *dut, uint32_t time_ms, const char *part, const char *serial, uint64_t words,
                      unsigned word_bits);
/* The pattern is written: from here on every mismatch is going to be seen. */
int radtest_dut_ready(radtest_dut *dut, uint32_t time_ms, const char *pattern);
/* Still alive, and how many scans and mismatches there were since the start. At least one each second. */
int radtest_dut_beat(radtest_dut *dut, uint32_t time_ms, uint32_t scans, uint32_t mismatches);
/* A word reads other than it was written. */
int radtest_dut_mismatch(radtest_dut *dut, uint32_t time_ms, uint64_t address, uint64_t expected, uint64_t observed);
/* A comparison of the whole array is complete, with so many mismatched words. */
int radtest_dut_scan(radtest_dut *dut, uint32_t time_ms, uint32_t number, uint64_t words, uint32_t mismatches);
/* Something else happened: kind is one of seu mbu set sel sefi seb segr dd tid. */
int radtest_dut_event(radtest_dut *dut, uint32_t time_ms, const char *kind, const char *text);
/* A remark for people. */
int radtest_dut_info(radtest_dut *dut, uint32_t time_ms, const char *text);
/* The program ends. */
int radtest_dut_bye(radtest_dut *dut, uint32_t time_ms, const char *reason);

/* Compares a whole array with its pattern, reports and rewrites what differs, and reports the scan.
 * Puts the number of mismatched words into *mismatches; returns the first error of a report, and goes on comparing. */
int radtest_dut_compare(radtest_dut *dut, uint32_t time_ms, volatile uint32_t *memory, uint32_t words,
                        radtest_dut_pattern pattern, uint32_t number, uint32_t *mismatches);

/* CRC-16/CCITT-FALSE: polynomial 0x1021, start 0xFFFF. "123456789" gives 0x29B1. */
uint16_t radtest_dut_crc(const char *bytes, size_t length);

#ifdef __cplusplus
}
#endif
#endif
