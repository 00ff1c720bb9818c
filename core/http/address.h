/*
 * address.h - which addresses a store may have: the check on the socket, after DNS.
 *
 * Whoever can register a store could make the gateway talk to what only the gateway can reach: the
 * cloud's metadata service, a database on loopback, the office's printers.  So an address that is not
 * plainly public is refused unless the store carries the admin's allow_private flag.
 *
 * The table follows the IANA special-purpose registries (RFC 6890 and its updates).  An IPv6 address
 * that carries an IPv4 one (mapped, NAT64, 6to4) is judged by what it carries.
 */
#ifndef CARTWAY_ADDRESS_H
#define CARTWAY_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/* Why this address is not public ("loopback", "link-local", ...); NULL if it is.  Families other than
 * IPv4 and IPv6 are never public. */
const char *address_private(const struct sockaddr *address);

#endif
