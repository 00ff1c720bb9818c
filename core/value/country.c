/*
 * country.c - ISO 3166-1, one list of countries and one of their names.
 *
 * A two-letter code is looked up by its place in an array of 26 x 26 rows.  A name is first made plain: letters
 * and digits alone, lower case, "&" as "and", a leading "the" gone, bytes over 127 as they are; then it is
 * searched for in the sorted list of names, where the alpha-3 codes stand too.
 * Example: "The Netherlands" -> "netherlands" -> NL; "St. Kitts & Nevis" -> "stkittsandnevis" -> KN.
 *
 * Sources: ISO 3166-1 as in Debian's iso-codes 4.15; calling codes as in libphonenumber 8.12; the other
 * spellings are those seen in shops' country lists (official names, former names, "South Korea").
 */
#include "core/value/country.h"

#include "core/value/letters.h"

#include <stdlib.h>

/* Two letters of the code, alpha-3, calling code, name. */
// clang-format off
#define COUNTRIES(X) \
    X(A, D, "AND", 376, "Andorra") \
    X(A, E, "ARE", 971, "United Arab Emirates") \
    X(A, F, "AFG", 93, "Afghanistan") \
    X(A, G, "ATG", 1, "Antigua and Barbuda") \
    X(A, I, "AIA", 1, "Anguilla") \
    X(A, L, "ALB", 355, "Albania") \
    X(A, M, "ARM", 374, "Armenia") \
    X(A, O, "AGO", 244, "Angola") \
    X(A, Q, "ATA", 0, "Antarctica") \
    X(A, R, "ARG", 54, "Argentina") \
    X(A, S, "ASM", 1, "American Samoa") \
    X(A, T, "AUT", 43, "Austria") \
    X(A, U, "AUS", 61, "Australia") \
    X(A, W, "ABW", 297, "Aruba") \
    X(A, X, "ALA", 358, "Åland Islands") \
    X(A, Z, "AZE", 994, "Azerbaijan") \
    X(B, A, "BIH", 387, "Bosnia and Herzegovina") \
    X(B, B, "BRB", 1, "Barbados") \
    X(B, D, "BGD", 880, "Bangladesh") \
    X(B, E, "BEL", 32, "Belgium") \
    X(B, F, "BFA", 226, "Burkina Faso") \
    X(B, G, "BGR", 359, "Bulgaria") \
    X(B, H, "BHR", 973, "Bahrain") \
    X(B, I, "BDI", 257, "Burundi") \
    X(B, J, "BEN", 229, "Benin") \
    X(B, L, "BLM", 590, "Saint Barthélemy") \
    X(B, M, "BMU", 1, "Bermuda") \
    X(B, N, "BRN", 673, "Brunei") \
    X(B, O, "BOL", 591, "Bolivia") \
    X(B, Q, "BES", 599, "Bonaire, Sint Eustatius and Saba") \
    X(B, R, "BRA", 55, "Brazil") \
    X(B, S, "BHS", 1, "Bahamas") \
    X(B, T, "BTN", 975, "Bhutan") \
    X(B, V, "BVT", 0, "Bouvet Island") \
    X(B, W, "BWA", 267, "Botswana") \
    X(B, Y, "BLR", 375, "Belarus") \
    X(B, Z, "BLZ", 501, "Belize") \
    X(C, A, "CAN", 1, "Canada") \
    X(C, C, "CCK", 61, "Cocos (Keeling) Islands") \
    X(C, D, "COD", 243, "Democratic Republic of the Congo") \
    X(C, F, "CAF", 236, "Central African Republic") \
    X(C, G, "COG", 242, "Congo") \
    X(C, H, "CHE", 41, "Switzerland") \
    X(C, I, "CIV", 225, "Côte d'Ivoire") \
    X(C, K, "COK", 682, "Cook Islands") \
    X(C, L, "CHL", 56, "Chile") \
    X(C, M, "CMR", 237, "Cameroon") \
    X(C, N, "CHN", 86, "China") \
    X(C, O, "COL", 57, "Colombia") \
    X(C, R, "CRI", 506, "Costa Rica") \
    X(C, U, "CUB", 53, "Cuba") \
    X(C, V, "CPV", 238, "Cabo Verde") \
    X(C, W, "CUW", 599, "Curaçao") \
    X(C, X, "CXR", 61, "Christmas Island") \
    X(C, Y, "CYP", 357, "Cyprus") \
    X(C, Z, "CZE", 420, "Czechia") \
    X(D, E, "DEU", 49, "Germany") \
    X(D, J, "DJI", 253, "Djibouti") \
    X(D, K, "DNK", 45, "Denmark") \
    X(D, M, "DMA", 1, "Dominica") \
    X(D, O, "DOM", 1, "Dominican Republic") \
    X(D, Z, "DZA", 213, "Algeria") \
    X(E, C, "ECU", 593, "Ecuador") \
    X(E, E, "EST", 372, "Estonia") \
    X(E, G, "EGY", 20, "Egypt") \
    X(E, H, "ESH", 212, "Western Sahara") \
    X(E, R, "ERI", 291, "Eritrea") \
    X(E, S, "ESP", 34, "Spain") \
    X(E, T, "ETH", 251, "Ethiopia") \
    X(F, I, "FIN", 358, "Finland") \
    X(F, J, "FJI", 679, "Fiji") \
    X(F, K, "FLK", 500, "Falkland Islands") \
    X(F, M, "FSM", 691, "Micronesia") \
    X(F, O, "FRO", 298, "Faroe Islands") \
    X(F, R, "FRA", 33, "France") \
    X(G, A, "GAB", 241, "Gabon") \
    X(G, B, "GBR", 44, "United Kingdom") \
    X(G, D, "GRD", 1, "Grenada") \
    X(G, E, "GEO", 995, "Georgia") \
    X(G, F, "GUF", 594, "French Guiana") \
    X(G, G, "GGY", 44, "Guernsey") \
    X(G, H, "GHA", 233, "Ghana") \
    X(G, I, "GIB", 350, "Gibraltar") \
    X(G, L, "GRL", 299, "Greenland") \
    X(G, M, "GMB", 220, "Gambia") \
    X(G, N, "GIN", 224, "Guinea") \
    X(G, P, "GLP", 590, "Guadeloupe") \
    X(G, Q, "GNQ", 240, "Equatorial Guinea") \
    X(G, R, "GRC", 30, "Greece") \
    X(G, S, "SGS", 0, "South Georgia and the South Sandwich Islands") \
    X(G, T, "GTM", 502, "Guatemala") \
    X(G, U, "GUM", 1, "Guam") \
    X(G, W, "GNB", 245, "Guinea-Bissau") \
    X(G, Y, "GUY", 592, "Guyana") \
    X(H, K, "HKG", 852, "Hong Kong") \
    X(H, M, "HMD", 0, "Heard Island and McDonald Islands") \
    X(H, N, "HND", 504, "Honduras") \
    X(H, R, "HRV", 385, "Croatia") \
    X(H, T, "HTI", 509, "Haiti") \
    X(H, U, "HUN", 36, "Hungary") \
    X(I, D, "IDN", 62, "Indonesia") \
    X(I, E, "IRL", 353, "Ireland") \
    X(I, L, "ISR", 972, "Israel") \
    X(I, M, "IMN", 44, "Isle of Man") \
    X(I, N, "IND", 91, "India") \
    X(I, O, "IOT", 246, "British Indian Ocean Territory") \
    X(I, Q, "IRQ", 964, "Iraq") \
    X(I, R, "IRN", 98, "Iran") \
    X(I, S, "ISL", 354, "Iceland") \
    X(I, T, "ITA", 39, "Italy") \
    X(J, E, "JEY", 44, "Jersey") \
    X(J, M, "JAM", 1, "Jamaica") \
    X(J, O, "JOR", 962, "Jordan") \
    X(J, P, "JPN", 81, "Japan") \
    X(K, E, "KEN", 254, "Kenya") \
    X(K, G, "KGZ", 996, "Kyrgyzstan") \
    X(K, H, "KHM", 855, "Cambodia") \
    X(K, I, "KIR", 686, "Kiribati") \
    X(K, M, "COM", 269, "Comoros") \
    X(K, N, "KNA", 1, "Saint Kitts and Nevis") \
    X(K, P, "PRK", 850, "North Korea") \
    X(K, R, "KOR", 82, "South Korea") \
    X(K, W, "KWT", 965, "Kuwait") \
    X(K, Y, "CYM", 1, "Cayman Islands") \
    X(K, Z, "KAZ", 7, "Kazakhstan") \
    X(L, A, "LAO", 856, "Laos") \
    X(L, B, "LBN", 961, "Lebanon") \
    X(L, C, "LCA", 1, "Saint Lucia") \
    X(L, I, "LIE", 423, "Liechtenstein") \
    X(L, K, "LKA", 94, "Sri Lanka") \
    X(L, R, "LBR", 231, "Liberia") \
    X(L, S, "LSO", 266, "Lesotho") \
    X(L, T, "LTU", 370, "Lithuania") \
    X(L, U, "LUX", 352, "Luxembourg") \
    X(L, V, "LVA", 371, "Latvia") \
    X(L, Y, "LBY", 218, "Libya") \
    X(M, A, "MAR", 212, "Morocco") \
    X(M, C, "MCO", 377, "Monaco") \
    X(M, D, "MDA", 373, "Moldova") \
    X(M, E, "MNE", 382, "Montenegro") \
    X(M, F, "MAF", 590, "Saint Martin") \
    X(M, G, "MDG", 261, "Madagascar") \
    X(M, H, "MHL", 692, "Marshall Islands") \
    X(M, K, "MKD", 389, "North Macedonia") \
    X(M, L, "MLI", 223, "Mali") \
    X(M, M, "MMR", 95, "Myanmar") \
    X(M, N, "MNG", 976, "Mongolia") \
    X(M, O, "MAC", 853, "Macao") \
    X(M, P, "MNP", 1, "Northern Mariana Islands") \
    X(M, Q, "MTQ", 596, "Martinique") \
    X(M, R, "MRT", 222, "Mauritania") \
    X(M, S, "MSR", 1, "Montserrat") \
    X(M, T, "MLT", 356, "Malta") \
    X(M, U, "MUS", 230, "Mauritius") \
    X(M, V, "MDV", 960, "Maldives") \
    X(M, W, "MWI", 265, "Malawi") \
    X(M, X, "MEX", 52, "Mexico") \
    X(M, Y, "MYS", 60, "Malaysia") \
    X(M, Z, "MOZ", 258, "Mozambique") \
    X(N, A, "NAM", 264, "Namibia") \
    X(N, C, "NCL", 687, "New Caledonia") \
    X(N, E, "NER", 227, "Niger") \
    X(N, F, "NFK", 672, "Norfolk Island") \
    X(N, G, "NGA", 234, "Nigeria") \
    X(N, I, "NIC", 505, "Nicaragua") \
    X(N, L, "NLD", 31, "Netherlands") \
    X(N, O, "NOR", 47, "Norway") \
    X(N, P, "NPL", 977, "Nepal") \
    X(N, R, "NRU", 674, "Nauru") \
    X(N, U, "NIU", 683, "Niue") \
    X(N, Z, "NZL", 64, "New Zealand") \
    X(O, M, "OMN", 968, "Oman") \
    X(P, A, "PAN", 507, "Panama") \
    X(P, E, "PER", 51, "Peru") \
    X(P, F, "PYF", 689, "French Polynesia") \
    X(P, G, "PNG", 675, "Papua New Guinea") \
    X(P, H, "PHL", 63, "Philippines") \
    X(P, K, "PAK", 92, "Pakistan") \
    X(P, L, "POL", 48, "Poland") \
    X(P, M, "SPM", 508, "Saint Pierre and Miquelon") \
    X(P, N, "PCN", 0, "Pitcairn") \
    X(P, R, "PRI", 1, "Puerto Rico") \
    X(P, S, "PSE", 970, "Palestine") \
    X(P, T, "PRT", 351, "Portugal") \
    X(P, W, "PLW", 680, "Palau") \
    X(P, Y, "PRY", 595, "Paraguay") \
    X(Q, A, "QAT", 974, "Qatar") \
    X(R, E, "REU", 262, "Réunion") \
    X(R, O, "ROU", 40, "Romania") \
    X(R, S, "SRB", 381, "Serbia") \
    X(R, U, "RUS", 7, "Russia") \
    X(R, W, "RWA", 250, "Rwanda") \
    X(S, A, "SAU", 966, "Saudi Arabia") \
    X(S, B, "SLB", 677, "Solomon Islands") \
    X(S, C, "SYC", 248, "Seychelles") \
    X(S, D, "SDN", 249, "Sudan") \
    X(S, E, "SWE", 46, "Sweden") \
    X(S, G, "SGP", 65, "Singapore") \
    X(S, H, "SHN", 290, "Saint Helena, Ascension and Tristan da Cunha") \
    X(S, I, "SVN", 386, "Slovenia") \
    X(S, J, "SJM", 47, "Svalbard and Jan Mayen") \
    X(S, K, "SVK", 421, "Slovakia") \
    X(S, L, "SLE", 232, "Sierra Leone") \
    X(S, M, "SMR", 378, "San Marino") \
    X(S, N, "SEN", 221, "Senegal") \
    X(S, O, "SOM", 252, "Somalia") \
    X(S, R, "SUR", 597, "Suriname") \
    X(S, S, "SSD", 211, "South Sudan") \
    X(S, T, "STP", 239, "Sao Tome and Principe") \
    X(S, V, "SLV", 503, "El Salvador") \
    X(S, X, "SXM", 1, "Sint Maarten") \
    X(S, Y, "SYR", 963, "Syria") \
    X(S, Z, "SWZ", 268, "Eswatini") \
    X(T, C, "TCA", 1, "Turks and Caicos Islands") \
    X(T, D, "TCD", 235, "Chad") \
    X(T, F, "ATF", 0, "French Southern Territories") \
    X(T, G, "TGO", 228, "Togo") \
    X(T, H, "THA", 66, "Thailand") \
    X(T, J, "TJK", 992, "Tajikistan") \
    X(T, K, "TKL", 690, "Tokelau") \
    X(T, L, "TLS", 670, "Timor-Leste") \
    X(T, M, "TKM", 993, "Turkmenistan") \
    X(T, N, "TUN", 216, "Tunisia") \
    X(T, O, "TON", 676, "Tonga") \
    X(T, R, "TUR", 90, "Türkiye") \
    X(T, T, "TTO", 1, "Trinidad and Tobago") \
    X(T, V, "TUV", 688, "Tuvalu") \
    X(T, W, "TWN", 886, "Taiwan") \
    X(T, Z, "TZA", 255, "Tanzania") \
    X(U, A, "UKR", 380, "Ukraine") \
    X(U, G, "UGA", 256, "Uganda") \
    X(U, M, "UMI", 0, "United States Minor Outlying Islands") \
    X(U, S, "USA", 1, "United States") \
    X(U, Y, "URY", 598, "Uruguay") \
    X(U, Z, "UZB", 998, "Uzbekistan") \
    X(V, A, "VAT", 39, "Vatican City") \
    X(V, C, "VCT", 1, "Saint Vincent and the Grenadines") \
    X(V, E, "VEN", 58, "Venezuela") \
    X(V, G, "VGB", 1, "British Virgin Islands") \
    X(V, I, "VIR", 1, "U.S. Virgin Islands") \
    X(V, N, "VNM", 84, "Vietnam") \
    X(V, U, "VUT", 678, "Vanuatu") \
    X(W, F, "WLF", 681, "Wallis and Futuna") \
    X(W, S, "WSM", 685, "Samoa") \
    X(X, K, "XKX", 383, "Kosovo") \
    X(Y, E, "YEM", 967, "Yemen") \
    X(Y, T, "MYT", 262, "Mayotte") \
    X(Z, A, "ZAF", 27, "South Africa") \
    X(Z, M, "ZMB", 260, "Zambia") \
    X(Z, W, "ZWE", 263, "Zimbabwe")
// clang-format on

#define PLACE(a, b) (((a)-LETTER_A) * LETTERS + (b)-LETTER_A)

static const struct country rows[LETTERS * LETTERS] = {
#define X(a, b, alpha3, calling, name) [PLACE(LETTER_##a, LETTER_##b)] = { #a #b, alpha3, calling, name },
    COUNTRIES(X)
#undef X
        /* What the EU writes in VAT numbers. */
        [PLACE(LETTER_E, LETTER_L)] = { "GR", "GRC", 30, "Greece" },
    [PLACE(LETTER_U, LETTER_K)] = { "GB", "GBR", 44, "United Kingdom" },
};

enum { NAME_MAX_PLAIN = 48 };

/* Sorted by bytes. */
static const struct name {
    const char *plain;
    char alpha2[3];
} names[] = {
    // clang-format off
    { "abw", "AW" }, { "afg", "AF" }, { "afghanistan", "AF" }, { "ago", "AO" }, { "aia", "AI" }, { "ala", "AX" },
    { "aland", "AX" }, { "alandislands", "AX" }, { "alb", "AL" }, { "albania", "AL" }, { "algeria", "DZ" },
    { "america", "US" }, { "americansamoa", "AS" }, { "and", "AD" }, { "andorra", "AD" }, { "angola", "AO" },
    { "anguilla", "AI" }, { "antarctica", "AQ" }, { "antigua", "AG" }, { "antiguaandbarbuda", "AG" }, { "are", "AE" },
    { "arg", "AR" }, { "argentina", "AR" }, { "arm", "AM" }, { "armenia", "AM" }, { "aruba", "AW" }, { "asm", "AS" },
    { "ata", "AQ" }, { "atf", "TF" }, { "atg", "AG" }, { "aus", "AU" }, { "australia", "AU" }, { "austria", "AT" },
    { "aut", "AT" }, { "aze", "AZ" }, { "azerbaijan", "AZ" }, { "bahamas", "BS" }, { "bahrain", "BH" },
    { "bangladesh", "BD" }, { "barbados", "BB" }, { "bdi", "BI" }, { "bel", "BE" }, { "belarus", "BY" },
    { "belgie", "BE" }, { "belgique", "BE" }, { "belgium", "BE" }, { "belgi\xc3\xab", "BE" }, { "belize", "BZ" },
    { "ben", "BJ" }, { "benin", "BJ" }, { "bermuda", "BM" }, { "bes", "BQ" }, { "bfa", "BF" }, { "bgd", "BD" },
    { "bgr", "BG" }, { "bhr", "BH" }, { "bhs", "BS" }, { "bhutan", "BT" }, { "bih", "BA" }, { "blm", "BL" },
    { "blr", "BY" }, { "blz", "BZ" }, { "bmu", "BM" }, { "bol", "BO" }, { "bolivarianrepublicofvenezuela", "VE" },
    { "bolivia", "BO" }, { "boliviaplurinationalstateof", "BO" }, { "bonaire", "BQ" },
    { "bonairesinteustatiusandsaba", "BQ" }, { "bosnia", "BA" }, { "bosniaandherzegovina", "BA" },
    { "bosniaherzegovina", "BA" }, { "botswana", "BW" }, { "bouvetisland", "BV" }, { "bra", "BR" },
    { "brasil", "BR" }, { "brazil", "BR" }, { "brb", "BB" }, { "britain", "GB" },
    { "britishindianoceanterritory", "IO" }, { "britishvirginislands", "VG" }, { "brn", "BN" }, { "brunei", "BN" },
    { "bruneidarussalam", "BN" }, { "btn", "BT" }, { "bulgaria", "BG" }, { "burkinafaso", "BF" }, { "burma", "MM" },
    { "burundi", "BI" }, { "bvt", "BV" }, { "bwa", "BW" }, { "caboverde", "CV" }, { "caf", "CF" },
    { "cambodia", "KH" }, { "cameroon", "CM" }, { "can", "CA" }, { "canada", "CA" }, { "capeverde", "CV" },
    { "caribbeannetherlands", "BQ" }, { "caymanislands", "KY" }, { "cck", "CC" }, { "centralafricanrepublic", "CF" },
    { "chad", "TD" }, { "che", "CH" }, { "chile", "CL" }, { "china", "CN" }, { "chl", "CL" }, { "chn", "CN" },
    { "christmasisland", "CX" }, { "civ", "CI" }, { "cmr", "CM" }, { "cocosislands", "CC" },
    { "cocoskeelingislands", "CC" }, { "cod", "CD" }, { "cog", "CG" }, { "cok", "CK" }, { "col", "CO" },
    { "colombia", "CO" }, { "com", "KM" }, { "comoros", "KM" }, { "congo", "CG" }, { "congobrazzaville", "CG" },
    { "congodemocraticrepublic", "CD" }, { "congodemocraticrepublicofthe", "CD" }, { "congokinshasa", "CD" },
    { "congorepublic", "CG" }, { "congorepublicofthe", "CG" }, { "congothedemocraticrepublicofthe", "CD" },
    { "cookislands", "CK" }, { "costarica", "CR" }, { "cotedivoire", "CI" }, { "cpv", "CV" }, { "cri", "CR" },
    { "croatia", "HR" }, { "cub", "CU" }, { "cuba", "CU" }, { "curacao", "CW" }, { "cura\xc3\xa7" "ao", "CW" },
    { "cuw", "CW" }, { "cxr", "CX" }, { "cym", "KY" }, { "cyp", "CY" }, { "cyprus", "CY" }, { "cze", "CZ" },
    { "czechia", "CZ" }, { "czechrepublic", "CZ" }, { "c\xc3\xb4tedivoire", "CI" }, { "danmark", "DK" },
    { "democraticpeoplesrepublicofkorea", "KP" }, { "democraticrepublicofthecongo", "CD" }, { "denmark", "DK" },
    { "deu", "DE" }, { "deutschland", "DE" }, { "dji", "DJ" }, { "djibouti", "DJ" }, { "dma", "DM" }, { "dnk", "DK" },
    { "dom", "DO" }, { "dominica", "DM" }, { "dominicanrepublic", "DO" }, { "dprk", "KP" }, { "drc", "CD" },
    { "drcongo", "CD" }, { "dza", "DZ" }, { "easttimor", "TL" }, { "ecu", "EC" }, { "ecuador", "EC" },
    { "egy", "EG" }, { "egypt", "EG" }, { "eire", "IE" }, { "elsalvador", "SV" }, { "emirates", "AE" },
    { "england", "GB" }, { "equatorialguinea", "GQ" }, { "eri", "ER" }, { "eritrea", "ER" }, { "esh", "EH" },
    { "esp", "ES" }, { "espana", "ES" }, { "espa\xc3\xb1" "a", "ES" }, { "est", "EE" }, { "estonia", "EE" },
    { "eswatini", "SZ" }, { "eth", "ET" }, { "ethiopia", "ET" }, { "falklandislands", "FK" },
    { "falklandislandsmalvinas", "FK" }, { "faroeislands", "FO" }, { "federalrepublicofgermany", "DE" },
    { "federatedstatesofmicronesia", "FM" }, { "fiji", "FJ" }, { "fin", "FI" }, { "finland", "FI" }, { "fji", "FJ" },
    { "flk", "FK" }, { "fra", "FR" }, { "france", "FR" }, { "frenchguiana", "GF" }, { "frenchpolynesia", "PF" },
    { "frenchsouthernandantarcticlands", "TF" }, { "frenchsouthernterritories", "TF" }, { "fro", "FO" },
    { "fsm", "FM" }, { "fyrom", "MK" }, { "gab", "GA" }, { "gabon", "GA" }, { "gambia", "GM" }, { "gambiathe", "GM" },
    { "gbr", "GB" }, { "geo", "GE" }, { "georgia", "GE" }, { "germany", "DE" }, { "ggy", "GG" }, { "gha", "GH" },
    { "ghana", "GH" }, { "gib", "GI" }, { "gibraltar", "GI" }, { "gin", "GN" }, { "glp", "GP" }, { "gmb", "GM" },
    { "gnb", "GW" }, { "gnq", "GQ" }, { "grc", "GR" }, { "grd", "GD" }, { "greatbritain", "GB" },
    { "greatbritainuk", "GB" }, { "greece", "GR" }, { "greenland", "GL" }, { "grenada", "GD" }, { "grl", "GL" },
    { "gtm", "GT" }, { "guadeloupe", "GP" }, { "guam", "GU" }, { "guatemala", "GT" }, { "guernsey", "GG" },
    { "guf", "GF" }, { "guinea", "GN" }, { "guineabissau", "GW" }, { "gum", "GU" }, { "guy", "GY" },
    { "guyana", "GY" }, { "haiti", "HT" }, { "heardandmcdonaldislands", "HM" },
    { "heardislandandmcdonaldislands", "HM" }, { "hellenicrepublic", "GR" }, { "hkg", "HK" }, { "hmd", "HM" },
    { "hnd", "HN" }, { "holland", "NL" }, { "holysee", "VA" }, { "holyseevaticancitystate", "VA" },
    { "honduras", "HN" }, { "hongkong", "HK" }, { "hongkongchina", "HK" }, { "hongkongsar", "HK" },
    { "hongkongsarchina", "HK" }, { "hrv", "HR" }, { "hti", "HT" }, { "hun", "HU" }, { "hungary", "HU" },
    { "iceland", "IS" }, { "idn", "ID" }, { "imn", "IM" }, { "ind", "IN" }, { "india", "IN" }, { "indonesia", "ID" },
    { "iot", "IO" }, { "iran", "IR" }, { "iranislamicrepublicof", "IR" }, { "iraq", "IQ" }, { "ireland", "IE" },
    { "irl", "IE" }, { "irn", "IR" }, { "irq", "IQ" }, { "isl", "IS" }, { "islamicrepublicofiran", "IR" },
    { "isleofman", "IM" }, { "isr", "IL" }, { "israel", "IL" }, { "ita", "IT" }, { "italia", "IT" },
    { "italy", "IT" }, { "ivorycoast", "CI" }, { "jam", "JM" }, { "jamaica", "JM" }, { "janmayen", "SJ" },
    { "japan", "JP" }, { "jersey", "JE" }, { "jey", "JE" }, { "jor", "JO" }, { "jordan", "JO" }, { "jpn", "JP" },
    { "kaz", "KZ" }, { "kazakhstan", "KZ" }, { "keelingislands", "CC" }, { "ken", "KE" }, { "kenya", "KE" },
    { "kgz", "KG" }, { "khm", "KH" }, { "kir", "KI" }, { "kiribati", "KI" }, { "kna", "KN" }, { "kor", "KR" },
    { "korea", "KR" }, { "koreademocraticpeoplesrepublicof", "KP" }, { "korearepublicof", "KR" },
    { "koreasouth", "KR" }, { "kosovo", "XK" }, { "kuwait", "KW" }, { "kwt", "KW" }, { "kyrgyzstan", "KG" },
    { "lao", "LA" }, { "laopdr", "LA" }, { "laopeoplesdemocraticrepublic", "LA" }, { "laos", "LA" },
    { "latvia", "LV" }, { "lbn", "LB" }, { "lbr", "LR" }, { "lby", "LY" }, { "lca", "LC" }, { "lebanon", "LB" },
    { "lesotho", "LS" }, { "liberia", "LR" }, { "libya", "LY" }, { "lie", "LI" }, { "liechtenstein", "LI" },
    { "lithuania", "LT" }, { "lka", "LK" }, { "lso", "LS" }, { "ltu", "LT" }, { "lux", "LU" }, { "luxembourg", "LU" },
    { "lva", "LV" }, { "mac", "MO" }, { "macao", "MO" }, { "macaosarchina", "MO" }, { "macau", "MO" },
    { "macausar", "MO" }, { "macedonia", "MK" }, { "macedoniatheformeryugoslavrepublicof", "MK" },
    { "madagascar", "MG" }, { "maf", "MF" }, { "mainlandchina", "CN" }, { "malawi", "MW" }, { "malaysia", "MY" },
    { "maldives", "MV" }, { "mali", "ML" }, { "malta", "MT" }, { "malvinas", "FK" }, { "mar", "MA" },
    { "marshallislands", "MH" }, { "martinique", "MQ" }, { "mauritania", "MR" }, { "mauritius", "MU" },
    { "mayotte", "YT" }, { "mco", "MC" }, { "mda", "MD" }, { "mdg", "MG" }, { "mdv", "MV" }, { "mex", "MX" },
    { "mexico", "MX" }, { "mhl", "MH" }, { "micronesia", "FM" }, { "micronesiafederatedstatesof", "FM" },
    { "mkd", "MK" }, { "mli", "ML" }, { "mlt", "MT" }, { "mmr", "MM" }, { "mne", "ME" }, { "mng", "MN" },
    { "mnp", "MP" }, { "moldova", "MD" }, { "moldovarepublicof", "MD" }, { "monaco", "MC" }, { "mongolia", "MN" },
    { "montenegro", "ME" }, { "montserrat", "MS" }, { "morocco", "MA" }, { "moz", "MZ" }, { "mozambique", "MZ" },
    { "mrt", "MR" }, { "msr", "MS" }, { "mtq", "MQ" }, { "mus", "MU" }, { "mwi", "MW" }, { "myanmar", "MM" },
    { "myanmarburma", "MM" }, { "mys", "MY" }, { "myt", "YT" }, { "m\xc3\xa9xico", "MX" }, { "nam", "NA" },
    { "namibia", "NA" }, { "nauru", "NR" }, { "ncl", "NC" }, { "nederland", "NL" }, { "nepal", "NP" },
    { "ner", "NE" }, { "netherlands", "NL" }, { "newcaledonia", "NC" }, { "newzealand", "NZ" }, { "nfk", "NF" },
    { "nga", "NG" }, { "nic", "NI" }, { "nicaragua", "NI" }, { "niger", "NE" }, { "nigeria", "NG" }, { "niu", "NU" },
    { "niue", "NU" }, { "nld", "NL" }, { "nor", "NO" }, { "norfolkisland", "NF" }, { "norge", "NO" },
    { "northernireland", "GB" }, { "northernmarianaislands", "MP" }, { "northkorea", "KP" },
    { "northmacedonia", "MK" }, { "norway", "NO" }, { "npl", "NP" }, { "nru", "NR" }, { "nzl", "NZ" },
    { "oesterreich", "AT" }, { "oman", "OM" }, { "omn", "OM" }, { "pak", "PK" }, { "pakistan", "PK" },
    { "palau", "PW" }, { "palestine", "PS" }, { "palestinestateof", "PS" }, { "palestinianterritories", "PS" },
    { "palestinianterritoryoccupied", "PS" }, { "pan", "PA" }, { "panama", "PA" }, { "papuanewguinea", "PG" },
    { "paraguay", "PY" }, { "pcn", "PN" }, { "peoplesrepublicofchina", "CN" }, { "per", "PE" }, { "peru", "PE" },
    { "philippines", "PH" }, { "phl", "PH" }, { "pitcairn", "PN" }, { "pitcairnislands", "PN" },
    { "plurinationalstateofbolivia", "BO" }, { "plw", "PW" }, { "png", "PG" }, { "pol", "PL" }, { "poland", "PL" },
    { "polska", "PL" }, { "portugal", "PT" }, { "prc", "CN" }, { "pri", "PR" }, { "prk", "KP" }, { "prt", "PT" },
    { "pry", "PY" }, { "pse", "PS" }, { "puertorico", "PR" }, { "pyf", "PF" }, { "qat", "QA" }, { "qatar", "QA" },
    { "republicofireland", "IE" }, { "republicofkorea", "KR" }, { "republicofmoldova", "MD" },
    { "republicofnorthmacedonia", "MK" }, { "republicofthecongo", "CG" }, { "reu", "RE" }, { "reunion", "RE" },
    { "romania", "RO" }, { "rou", "RO" }, { "rus", "RU" }, { "russia", "RU" }, { "russianfederation", "RU" },
    { "rwa", "RW" }, { "rwanda", "RW" }, { "r\xc3\xa9union", "RE" }, { "saintbarthelemy", "BL" },
    { "saintbarth\xc3\xa9lemy", "BL" }, { "sainthelena", "SH" }, { "sainthelenaascensionandtristandacunha", "SH" },
    { "saintkitts", "KN" }, { "saintkittsandnevis", "KN" }, { "saintlucia", "LC" }, { "saintmartin", "MF" },
    { "saintmartinfrenchpart", "MF" }, { "saintpierreandmiquelon", "PM" }, { "saintvincent", "VC" },
    { "saintvincentandthegrenadines", "VC" }, { "samoa", "WS" }, { "sanmarino", "SM" },
    { "saotomeandprincipe", "ST" }, { "sau", "SA" }, { "saudiarabia", "SA" }, { "schweiz", "CH" },
    { "scotland", "GB" }, { "sdn", "SD" }, { "sen", "SN" }, { "senegal", "SN" }, { "serbia", "RS" },
    { "seychelles", "SC" }, { "sgp", "SG" }, { "sgs", "GS" }, { "shn", "SH" }, { "sierraleone", "SL" },
    { "singapore", "SG" }, { "sintmaarten", "SX" }, { "sintmaartendutchpart", "SX" }, { "sjm", "SJ" },
    { "slb", "SB" }, { "sle", "SL" }, { "slovakia", "SK" }, { "slovakrepublic", "SK" }, { "slovenia", "SI" },
    { "slv", "SV" }, { "smr", "SM" }, { "socialistrepublicofvietnam", "VN" }, { "solomonislands", "SB" },
    { "som", "SO" }, { "somalia", "SO" }, { "southafrica", "ZA" }, { "southgeorgia", "GS" },
    { "southgeorgiaandsouthsandwichislands", "GS" }, { "southgeorgiaandthesouthsandwichislands", "GS" },
    { "southkorea", "KR" }, { "southkorearepublicofkorea", "KR" }, { "southsudan", "SS" }, { "spain", "ES" },
    { "spm", "PM" }, { "srb", "RS" }, { "srilanka", "LK" }, { "ssd", "SS" }, { "stateofpalestine", "PS" },
    { "stbarthelemy", "BL" }, { "stbarth\xc3\xa9lemy", "BL" }, { "stbarts", "BL" }, { "sthelena", "SH" },
    { "stkitts", "KN" }, { "stkittsandnevis", "KN" }, { "stlucia", "LC" }, { "stmaarten", "SX" },
    { "stmartin", "MF" }, { "stmartinfrenchpart", "MF" }, { "stp", "ST" }, { "stpierreandmiquelon", "PM" },
    { "stvincent", "VC" }, { "stvincentandthegrenadines", "VC" }, { "sudan", "SD" }, { "suisse", "CH" },
    { "suomi", "FI" }, { "sur", "SR" }, { "suriname", "SR" }, { "svalbard", "SJ" }, { "svalbardandjanmayen", "SJ" },
    { "sverige", "SE" }, { "svizzera", "CH" }, { "svk", "SK" }, { "svn", "SI" }, { "swaziland", "SZ" },
    { "swe", "SE" }, { "sweden", "SE" }, { "switzerland", "CH" }, { "swz", "SZ" }, { "sxm", "SX" }, { "syc", "SC" },
    { "syr", "SY" }, { "syria", "SY" }, { "syrianarabrepublic", "SY" }, { "s\xc3\xa3otom\xc3\xa9", "ST" },
    { "s\xc3\xa3otom\xc3\xa9" "andpr\xc3\xadncipe", "ST" }, { "taiwan", "TW" }, { "taiwanprovinceofchina", "TW" },
    { "taiwanrepublicofchina", "TW" }, { "tajikistan", "TJ" }, { "tanzania", "TZ" },
    { "tanzaniaunitedrepublicof", "TZ" }, { "tca", "TC" }, { "tcd", "TD" }, { "tgo", "TG" }, { "tha", "TH" },
    { "thailand", "TH" }, { "timorleste", "TL" }, { "tjk", "TJ" }, { "tkl", "TK" }, { "tkm", "TM" }, { "tls", "TL" },
    { "togo", "TG" }, { "tokelau", "TK" }, { "ton", "TO" }, { "tonga", "TO" }, { "trinidad", "TT" },
    { "trinidadandtobago", "TT" }, { "tto", "TT" }, { "tun", "TN" }, { "tunisia", "TN" }, { "tur", "TR" },
    { "turkey", "TR" }, { "turkiye", "TR" }, { "turkmenistan", "TM" }, { "turksandcaicosislands", "TC" },
    { "tuv", "TV" }, { "tuvalu", "TV" }, { "twn", "TW" }, { "tza", "TZ" }, { "t\xc3\xbcrkiye", "TR" },
    { "uae", "AE" }, { "uga", "UG" }, { "uganda", "UG" }, { "ukr", "UA" }, { "ukraine", "UA" }, { "umi", "UM" },
    { "unitedarabemirates", "AE" }, { "unitedkingdom", "GB" },
    { "unitedkingdomofgreatbritainandnorthernireland", "GB" }, { "unitedkingdomuk", "GB" },
    { "unitedrepublicoftanzania", "TZ" }, { "unitedstates", "US" }, { "unitedstatesminoroutlyingislands", "UM" },
    { "unitedstatesofamerica", "US" }, { "unitedstatesus", "US" }, { "unitedstatesvirginislands", "VI" },
    { "uruguay", "UY" }, { "ury", "UY" }, { "usa", "US" }, { "usminoroutlyingislands", "UM" },
    { "usoutlyingislands", "UM" }, { "usvirginislands", "VI" }, { "uzb", "UZ" }, { "uzbekistan", "UZ" },
    { "vanuatu", "VU" }, { "vat", "VA" }, { "vatican", "VA" }, { "vaticancity", "VA" }, { "vaticancitystate", "VA" },
    { "vct", "VC" }, { "ven", "VE" }, { "venezuela", "VE" }, { "venezuelabolivarianrepublicof", "VE" },
    { "vgb", "VG" }, { "vietnam", "VN" }, { "vir", "VI" }, { "virginislandsbritish", "VG" },
    { "virginislandsus", "VI" }, { "vnm", "VN" }, { "vut", "VU" }, { "wales", "GB" }, { "wallis", "WF" },
    { "wallisandfutuna", "WF" }, { "westernsahara", "EH" }, { "westernsamoa", "WS" }, { "wlf", "WF" },
    { "wsm", "WS" }, { "xkx", "XK" }, { "yem", "YE" }, { "yemen", "YE" }, { "zaf", "ZA" }, { "zaire", "CD" },
    { "zambia", "ZM" }, { "zimbabwe", "ZW" }, { "zmb", "ZM" }, { "zwe", "ZW" }, { "\xc3\x85landislands", "AX" },
    { "\xc3\x96sterreich", "AT" },
    // clang-format on
};

const struct country *country_code(struct span alpha2)
{
    if (alpha2.n != 2)
        return NULL;
    unsigned a = (unsigned char)alpha2.p[0] | 32u, b = (unsigned char)alpha2.p[1] | 32u;
    if (a - LETTER_A >= LETTERS || b - LETTER_A >= LETTERS)
        return NULL;
    const struct country *row = &rows[PLACE(a, b)];
    return row->name ? row : NULL;
}

static bool add_plain(char *plain, size_t *n, const char *text, size_t length)
{
    if (length > NAME_MAX_PLAIN - *n)
        return false;
    memcpy(plain + *n, text, length);
    *n += length;
    return true;
}

/* False: longer than any name. */
static bool make_plain(struct span text, char plain[NAME_MAX_PLAIN], size_t *n)
{
    *n = 0;
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (c >= 'A' && c <= 'Z')
            c |= 32;
        bool kept = c >= 128 || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (kept && !add_plain(plain, n, (char *)&c, 1))
            return false;
        if (c == '&' && !add_plain(plain, n, "and", 3))
            return false;
    }
    return true;
}

static int by_name(const void *key, const void *row)
{
    const struct span *plain = key;
    const char *name = ((const struct name *)row)->plain;
    size_t n = strlen(name);
    int order = memcmp(plain->p, name, plain->n < n ? plain->n : n);
    return order ? order : (plain->n > n) - (plain->n < n);
}

static const struct country *by_plain(struct span plain)
{
    const struct name *row = bsearch(&plain, names, sizeof names / sizeof *names, sizeof *names, by_name);
    return row ? country_code((struct span){ row->alpha2, 2 }) : NULL;
}

const struct country *country_find(struct span text)
{
    char plain[NAME_MAX_PLAIN];
    size_t n;
    const struct country *country = country_code(text);
    if (country || !make_plain(text, plain, &n))
        return country;
    if (n == 2)
        return country_code((struct span){ plain, n });
    if (n > 3 && memcmp(plain, "the", 3) == 0) {
        memmove(plain, plain + 3, n - 3);
        n -= 3;
    }
    return n ? by_plain((struct span){ plain, n }) : NULL;
}
