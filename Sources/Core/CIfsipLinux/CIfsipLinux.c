#include "CIfsipLinux.h"
