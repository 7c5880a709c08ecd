/*
 * Words that carry no meaning of their own in languages other than English
 * (english.h): articles, pronouns, auxiliaries, what questions start with.
 * Pure functions on folded words.
 */
#ifndef MEMORY_STOPWORDS_H
#define MEMORY_STOPWORDS_H

#include "base/str.h"
#include "memory/language.h"

/* The languages in which the word says nothing, as a set. */
uint32_t stopwords_languages(struct str word);

/* True when the word, which some language has on its list, is an English word
 * or name of weight, so that it tells nothing of the language: "die". */
bool stopwords_is_english_too(struct str word);

#endif
