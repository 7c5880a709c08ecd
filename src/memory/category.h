/*
 * General categories of code points as the tokenisers of published models see
 * them: with Unicode 8.0, whatever utf8proc has.  What came later is a letter
 * there, also where it is a mark or punctuation; the models were trained so.
 * Pure function.
 */
#ifndef MEMORY_CATEGORY_H
#define MEMORY_CATEGORY_H

#include <stdint.h>

#include <utf8proc.h>

utf8proc_category_t category_of(uint32_t point);

#endif
