/* SPDX-License-Identifier: MIT */
/*
 * wdm_debug.c: debug output. Windows' formats are not C's on Linux: a long is 32 bits there, I64 is
 * a length, and strings may be counted or wide. Handing them to printf would read arguments of the
 * wrong width, so each conversion is taken apart, and its argument fetched, here.
 */
#include "wdm_debug.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wdm_rtl.h"

struct output {
    char *text;
    size_t size, length;
};

struct conversion {
    char flags[8]; /* of "-+ #0" */
    int width;     /* -1: none */
    int precision; /* -1: none */
    bool is_64_bit, is_wide;
    char kind;
};

static void put(struct output *out, const char *bytes, size_t nr)
{
    size_t room = out->size - out->length - 1;

    nr = nr < room ? nr : room;
    memcpy(out->text + out->length, bytes, nr);
    out->length += nr;
    out->text[out->length] = '\0';
}

static void pad(struct output *out, const struct conversion *conversion, size_t length)
{
    for (size_t i = length; conversion->width > 0 && i < (size_t)conversion->width; i++)
        put(out, " ", 1);
}

static void put_text(struct output *out, const struct conversion *conversion, const char *bytes,
                     size_t nr)
{
    bool left = strchr(conversion->flags, '-');

    if (conversion->precision >= 0 && nr > (size_t)conversion->precision)
        nr = (size_t)conversion->precision;
    if (!left)
        pad(out, conversion, nr);
    put(out, bytes, nr);
    if (left)
        pad(out, conversion, nr);
}

/* Wide characters beyond ASCII are shown as '?': the terminal's encoding is not known here. */
static void put_wide(struct output *out, const struct conversion *conversion, PCWSTR wide,
                     size_t nr)
{
    char bytes[512];

    if (nr > sizeof bytes)
        nr = sizeof bytes;
    for (size_t i = 0; i < nr; i++)
        bytes[i] = wide[i] > 0 && wide[i] < 0x80 ? (char)wide[i] : '?';
    put_text(out, conversion, bytes, nr);
}

static void put_counted(struct output *out, const struct conversion *conversion,
                        PCUNICODE_STRING string)
{
    if (!string || !string->Buffer)
        put_text(out, conversion, "(null)", 6);
    else
        put_wide(out, conversion, string->Buffer, string->Length / sizeof(WCHAR));
}

static size_t bounded_length(const char *bytes, int precision)
{
    return precision >= 0 ? strnlen(bytes, (size_t)precision) : strlen(bytes);
}

static void put_string(struct output *out, const struct conversion *conversion, const void *string)
{
    PCWSTR wide = string;
    size_t nr = 0;

    if (!string) {
        put_text(out, conversion, "(null)", 6);
    } else if (!conversion->is_wide) {
        put_text(out, conversion, string, bounded_length(string, conversion->precision));
    } else {
        while ((conversion->precision < 0 || nr < (size_t)conversion->precision) && wide[nr])
            nr++;
        put_wide(out, conversion, wide, nr);
    }
}

#pragma GCC diagnostic push
/* The format is put together from checked parts, for the one argument that is passed. */
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void put_number(struct output *out, const struct conversion *conversion, long long value)
{
    char format[32], text[512];
    int precision = conversion->precision > 256 ? 256 : conversion->precision;
    int width = conversion->width > 256 ? 256 : conversion->width;
    int length;

    snprintf(format, sizeof format, "%%%s*.*ll%c", conversion->flags, conversion->kind);
    length = snprintf(text, sizeof text, format, width > 0 ? width : 0, precision, value);
    if (length > 0)
        put(out, text, (size_t)length < sizeof text ? (size_t)length : sizeof text - 1);
}
#pragma GCC diagnostic pop

static void put_pointer(struct output *out, const void *pointer)
{
    char text[2 * sizeof(void *) + 1];
    int length = snprintf(text, sizeof text, "%016llX", (ULONGLONG)(uintptr_t)pointer);

    put(out, text, (size_t)length);
}

static const char *read_number(const char *at, int *number, bool *starred)
{
    char *end;
    long value;

    *starred = *at == '*';
    if (*starred)
        return at + 1;
    value = strtol(at, &end, 10);
    *number = end == at ? *number : value > 0xFFFF ? 0xFFFF : (int)value;
    return end;
}

static const char *read_flags(const char *at, struct conversion *conversion)
{
    size_t nr = 0;

    for (; *at && strchr("-+ #0", *at); at++) {
        if (nr + 1 < sizeof conversion->flags)
            conversion->flags[nr++] = *at;
    }
    return at;
}

/* h and a single l change nothing for numbers: both are passed in 32 bits. */
static const char *read_length(const char *at, struct conversion *conversion)
{
    if (strncmp(at, "I64", 3) == 0 || strncmp(at, "I32", 3) == 0) {
        conversion->is_64_bit = at[1] == '6';
        return at + 3;
    }
    if (strncmp(at, "ll", 2) == 0 || *at == 'I' || *at == 'z') {
        conversion->is_64_bit = true;
        return at + (*at == 'l' ? 2 : 1);
    }
    if (*at == 'w' || *at == 'l')
        conversion->is_wide = true;
    while (*at == 'h' || *at == 'l' || *at == 'w')
        at++;
    return at;
}

struct arguments {
    va_list list;
};

static long long take_number(struct arguments *arguments, const struct conversion *conversion)
{
    bool is_signed = conversion->kind == 'd' || conversion->kind == 'i';

    if (conversion->is_64_bit)
        return va_arg(arguments->list, long long);
    return is_signed ? va_arg(arguments->list, int)
                     : (long long)va_arg(arguments->list, unsigned int);
}

static const char *read_conversion(const char *at, struct conversion *conversion,
                                   struct arguments *arguments)
{
    bool starred;

    *conversion = (struct conversion){.width = -1, .precision = -1};
    at = read_flags(at, conversion);
    at = read_number(at, &conversion->width, &starred);
    if (starred)
        conversion->width = va_arg(arguments->list, int);
    if (*at == '.') {
        conversion->precision = 0;
        at = read_number(at + 1, &conversion->precision, &starred);
        if (starred)
            conversion->precision = va_arg(arguments->list, int);
    }
    at = read_length(at, conversion);
    conversion->kind = *at;
    return *at ? at + 1 : at;
}

static void put_conversion(struct output *out, struct conversion *conversion,
                           struct arguments *arguments)
{
    char character;

    switch (conversion->kind) {
    case 'd':
    case 'i':
    case 'u':
    case 'x':
    case 'X':
    case 'o':
        put_number(out, conversion, take_number(arguments, conversion));
        break;
    case 'c':
        character = (char)va_arg(arguments->list, int);
        put_text(out, conversion, &character, 1);
        break;
    case 'p':
        put_pointer(out, va_arg(arguments->list, void *));
        break;
    case 'S':
        conversion->is_wide = true;
        put_string(out, conversion, va_arg(arguments->list, void *));
        break;
    case 's':
        put_string(out, conversion, va_arg(arguments->list, void *));
        break;
    case 'Z':
        put_counted(out, conversion, va_arg(arguments->list, PCUNICODE_STRING));
        break;
    case '%':
        put(out, "%", 1);
        break;
    default:
        /* Its argument's width is not known, so nothing after it can be read. */
        put(out, "%?", 2);
        conversion->kind = '\0';
        break;
    }
}

size_t la_wdm_format(char *text, size_t size, const char *format, va_list arguments)
{
    struct output out = {.text = text, .size = size};
    struct arguments copy;

    text[0] = '\0';
    va_copy(copy.list, arguments);
    while (*format) {
        size_t literal = strcspn(format, "%");
        struct conversion conversion;

        put(&out, format, literal);
        format += literal;
        if (!*format)
            break;
        format = read_conversion(format + 1, &conversion, &copy);
        put_conversion(&out, &conversion, &copy);
        if (conversion.kind == '\0')
            break;
    }
    va_end(copy.list);
    return out.length;
}

/* One write per call, so that threads' lines do not mix. Windows cuts messages at 512 bytes. */
static ULONG print(const char *format, va_list arguments)
{
    char text[512];
    size_t length = la_wdm_format(text, sizeof text, format, arguments);

    fwrite(text, 1, length, stderr);
    return STATUS_SUCCESS;
}

ULONG DbgPrint(PCSTR Format, ...)
{
    va_list arguments;

    va_start(arguments, Format);
    print(Format, arguments);
    va_end(arguments);
    return STATUS_SUCCESS;
}

ULONG DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...)
{
    va_list arguments;

    UNREFERENCED_PARAMETER(ComponentId);
    UNREFERENCED_PARAMETER(Level);
    va_start(arguments, Format);
    print(Format, arguments);
    va_end(arguments);
    return STATUS_SUCCESS;
}

VOID RtlAssert(PVOID FailedAssertion, PVOID FileName, ULONG LineNumber, PSTR Message)
{
    fprintf(stderr, "lookaside: assertion failed: %s%s%s, %s:%u\n", (const char *)FailedAssertion,
            Message ? ": " : "", Message ? Message : "", (const char *)FileName, LineNumber);
    abort();
}
