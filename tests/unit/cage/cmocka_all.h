#ifndef ASSAY_TESTS_CMOCKA_ALL_H
#define ASSAY_TESTS_CMOCKA_ALL_H

/* cmocka wants these before itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
