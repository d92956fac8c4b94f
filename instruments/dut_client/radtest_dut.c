/* SPDX-License-Identifier: Apache-2.0 */
#include "radtest_dut.h"

/* A line that is being put together. */
typedef struct {
    char bytes[RADTEST_DUT_LINE];
    size_t length;
    int error;
} line;

uint16_t radtest_dut_crc(const char *bytes, size_t length)
{
    uint16_t crc = 0xFFFFu;
    for (size_t i = 0; i < length; i++) {
        crc = (uint16_t)(crc ^ (uint16_t)((unsigned char)bytes[i] << 8));
        for (int bit = 0; bit < 8; bit++)
            crc = (uint16_t)(((unsigned)crc << 1) ^ ((crc & 0x8000u) ? 0x1021u : 0u));
    }
    return crc;
}

static void put(line *out, char byte)
{
    /* Six bytes stay for "*", the CRC and the line feed. */
    if (out->length >= RADTEST_DUT_LINE - 6)
        out->error = RADTEST_DUT_TOO_LONG;
    else
        out->bytes[out->length++] = byte;
}

static void put_number(line *out, uint64_t value, unsigned base)
{
    char digits[20];
    size_t count = 0;
    do {
        unsigned digit = (unsigned)(value % base);
        digits[count++] = (char)(digit < 10 ? '0' + digit : 'a' + digit - 10);
        value /= base;
    } while (value);
    while (count)
        put(out, digits[--count]);
}

static void add_number(line *out, uint64_t value, unsigned base)
{
    put(out, ',');
    put_number(out, value, base);
}

static void add_text(line *out, const char *text)
{
    put(out, ',');
    for (; *text; text++) {
        if (*text < 0x20 || *text > 0x7e || *text == ',' || *text == '$' || *text == '*')
            out->error = RADTEST_DUT_BAD_TEXT;
        put(out, *text);
    }
}

static void begin(line *out, const radtest_dut *dut, uint32_t time_ms, const char *kind)
{
    out->length = 0;
    out->error = 0;
    put(out, '$');
    put_number(out, dut->sequence, 10);
    add_number(out, time_ms, 10);
    add_text(out, kind);
}

static int finish(line *out, radtest_dut *dut)
{
    static const char hex[] = "0123456789ABCDEF";
    if (out->error)
        return out->error;
    uint16_t crc = radtest_dut_crc(out->bytes + 1, out->length - 1);
    out->bytes[out->length++] = '*';
    for (int shift = 12; shift >= 0; shift -= 4)
        out->bytes[out->length++] = hex[(crc >> shift) & 0xF];
    out->bytes[out->length++] = '\n';
    /* A line that could not be written has used its number: the host sees that it is missing. */
    dut->sequence++;
    return dut->write(dut->context, out->bytes, out->length);
}

void radtest_dut_start(radtest_dut *dut, radtest_dut_write write, void *context)
{
    dut->write = write;
    dut->context = context;
    dut->sequence = 0;
}

int radtest_dut_hello(radtest_dut *dut, uint32_t time_ms, const char *part, const char *serial, uint64_t words,
                      unsigned word_bits)
{
    line out;
    begin(&out, dut, time_ms, "HELLO");
    add_number(&out, 1, 10);
    add_text(&out, part);
    add_text(&out, serial);
    add_number(&out, words, 10);
    add_number(&out, word_bits, 10);
    return finish(&out, dut);
}

int radtest_dut_ready(radtest_dut *dut, uint32_t time_ms, const char *pattern)
{
    line out;
    begin(&out, dut, time_ms, "READY");
    add_text(&out, pattern);
    return finish(&out, dut);
}

int radtest_dut_beat(radtest_dut *dut, uint32_t time_ms, uint32_t scans, uint32_t mismatches)
{
    line out;
    begin(&out, dut, time_ms, "BEAT");
    add_number(&out, scans, 10);
    add_number(&out, mismatches, 10);
    return finish(&out, dut);
}

int radtest_dut_mismatch(radtest_dut *dut, uint32_t time_ms, uint64_t address, uint64_t expected, uint64_t observed)
{
    line out;
    begin(&out, dut, time_ms, "ERR");
    add_number(&out, address, 16);
    add_number(&out, expected, 16);
    add_number(&out, observed, 16);
    return finish(&out, dut);
}

int radtest_dut_scan(radtest_dut *dut, uint32_t time_ms, uint32_t number, uint64_t words, uint32_t mismatches)
{
    line out;
    begin(&out, dut, time_ms, "SCAN");
    add_number(&out, number, 10);
    add_number(&out, words, 10);
    add_number(&out, mismatches, 10);
    return finish(&out, dut);
}

static int say(radtest_dut *dut, uint32_t time_ms, const char *kind, const char *first, const char *second)
{
    line out;
    begin(&out, dut, time_ms, kind);
    add_text(&out, first);
    if (second)
        add_text(&out, second);
    return finish(&out, dut);
}

int radtest_dut_event(radtest_dut *dut, uint32_t time_ms, const char *kind, const char *text)
{
    return say(dut, time_ms, "EVENT", kind, text);
}

int radtest_dut_info(radtest_dut *dut, uint32_t time_ms, const char *text)
{
    return say(dut, time_ms, "INFO", text, NULL);
}

int radtest_dut_bye(radtest_dut *dut, uint32_t time_ms, const char *reason)
{
    return say(dut, time_ms, "BYE", reason, NULL);
}

int radtest_dut_compare(radtest_dut *dut, uint32_t time_ms, volatile uint32_t *memory, uint32_t words,
                        radtest_dut_pattern pattern, uint32_t number, uint32_t *mismatches)
{
    int first_error = 0;
    uint32_t found = 0;
    for (uint32_t address = 0; address < words; address++) {
        uint32_t expected = pattern(address);
        uint32_t observed = memory[address];
        if (observed == expected)
            continue;
        found++;
        memory[address] = expected;
        int error = radtest_dut_mismatch(dut, time_ms, address, expected, observed);
        if (error && !first_error)
            first_error = error;
    }
    *mismatches = found;
    int error = radtest_dut_scan(dut, time_ms, number, words, found);
    return first_error ? first_error : error;
}
