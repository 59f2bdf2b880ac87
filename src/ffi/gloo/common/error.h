#include "../context.h"  // where it is said what this is
