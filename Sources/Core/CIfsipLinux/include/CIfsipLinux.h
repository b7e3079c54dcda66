#ifndef CIFSIPLINUX_H
#define CIFSIPLINUX_H
#endif
