#ifndef IFSIP_CZLIB_SHIM_H
#define IFSIP_CZLIB_SHIM_H

#include <zlib.h>

#endif
