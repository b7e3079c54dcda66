#ifndef IFSIP_CCARES_SHIM_H
#define IFSIP_CCARES_SHIM_H

#include <ares.h>

#endif
