/*
 * phone_lib.cc - libphonenumber, as C; the one C++ file of the house.
 *
 * PhoneNumberUtil is made at the first call (7.5 ms, about 4 MB) and lives as long as the program; its
 * parsing, checking and formatting may run in several threads.  Nothing of it throws; what the standard library
 * throws for want of memory ends the process, as everywhere.
 */
#include "core/value/phone_lib.h"

#include <phonenumbers/phonenumberutil.h>

#include <cstring>
#include <string>

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

size_t phone_lib_e164(const char *raw, size_t n, const char *region, char *out, size_t max)
{
    const PhoneNumberUtil *util = PhoneNumberUtil::GetInstance();
    PhoneNumber number;
    std::string text;
    if (util->Parse(std::string(raw, n), region, &number) != PhoneNumberUtil::NO_PARSING_ERROR ||
        !util->IsValidNumber(number))
        return 0;
    util->Format(number, PhoneNumberUtil::E164, &text);
    if (text.size() > max)
        return 0;
    memcpy(out, text.data(), text.size());
    return text.size();
}
