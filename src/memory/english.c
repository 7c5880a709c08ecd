/* Word lists of the tokeniser; each is sorted by its bytes. */
#include "memory/english.h"

#include <stdlib.h>

#include "base/error.h"

#include "base/banned.h"

/* Articles, pronouns, auxiliaries, greetings and thanks; how URLs start. */
static const char *const stop_words[] = {
    "a", "about", "above", "after", "again", "against", "ain", "aint", "all",
    "also", "although", "am", "an", "and", "any", "are", "aren", "around",
    "as", "at", "away", "be", "because", "been", "before", "being", "below",
    "between", "both", "but", "by", "bye", "can", "cannot", "cant", "could",
    "couldn", "did", "didn", "didnt", "do", "does", "doesn", "doesnt", "doing",
    "done", "dont", "down", "during", "e", "each", "else", "even", "ever",
    "few", "for", "from", "further", "get", "gets", "getting", "gonna",
    "goodbye", "got", "gotta", "greetings", "had", "hadn", "has", "hasn",
    "have", "haven", "having", "he", "hello", "her", "here", "hers", "herself",
    "hes", "hey", "hi", "him", "himself", "his", "hiya", "hmm", "how", "howdy",
    "http", "https", "i", "id", "if", "im", "in", "into", "is", "isn", "isnt",
    "it", "its", "itself", "ive", "just", "let", "lets", "ll", "lol", "lot",
    "lots", "many", "may", "me", "might", "mine", "more", "most", "much",
    "must", "my", "myself", "no", "nope", "nor", "not", "now", "nt", "o", "of",
    "off", "oh", "ok", "okay", "on", "once", "only", "onto", "or", "other",
    "our", "ours", "ourselves", "out", "over", "own", "please", "quite", "re",
    "really", "same", "shall", "she", "shes", "should", "shouldn", "so",
    "some", "still", "such", "than", "thank", "thanks", "that", "thats", "the",
    "their", "theirs", "them", "themselves", "then", "there", "theres",
    "these", "they", "this", "those", "though", "through", "thx", "to", "too",
    "uh", "um", "under", "until", "up", "upon", "us", "ve", "very", "wanna",
    "was", "wasn", "wasnt", "we", "well", "were", "weren", "what", "whatever",
    "whats", "when", "where", "which", "while", "who", "whom", "whose", "why",
    "will", "with", "within", "without", "wont", "would", "wouldn", "wow",
    "www", "y", "yeah", "yep", "yes", "yet", "you", "your", "youre", "yours",
    "yourself", "yourselves",
};

/* Words that ask without saying for what, and the commonest of all others. */
static const char *const weak_words[] = {
    "answer", "anyone", "anything", "ask", "chat", "come", "create", "day",
    "describe", "everyone", "everything", "explain", "feel", "find", "give",
    "go", "good", "great", "help", "know", "lead", "like", "list", "look",
    "make", "maybe", "mention", "month", "need", "new", "nothing", "one",
    "people", "perhaps", "person", "question", "recall", "remember", "remind",
    "said", "say", "see", "show", "someone", "something", "start", "take",
    "talk", "tell", "thing", "think", "time", "today", "tomorrow", "try",
    "two", "use", "want", "way", "week", "work", "write", "year", "yesterday",
};

/* Irregular forms, British spellings, and everyday names of one thing. */
static const struct form {
    const char *form;
    const char *base;
} forms[] = {
    { "ate", "eat" }, { "bday", "birthday" }, { "became", "become" },
    { "began", "begin" }, { "begun", "begin" }, { "behaviour", "behavior" },
    { "bike", "bicycle" }, { "bikes", "bicycle" }, { "bought", "buy" },
    { "broke", "break" }, { "broken", "break" }, { "brought", "bring" },
    { "built", "build" }, { "came", "come" }, { "caught", "catch" },
    { "centre", "center" }, { "centres", "center" }, { "children", "child" },
    { "chose", "choose" }, { "chosen", "choose" }, { "colors", "color" },
    { "colour", "color" }, { "coloured", "color" }, { "colours", "color" },
    { "dad", "father" }, { "daddy", "father" }, { "dealt", "deal" },
    { "drank", "drink" }, { "drawn", "draw" }, { "dreamt", "dream" },
    { "drew", "draw" }, { "driven", "drive" }, { "drove", "drive" },
    { "drunk", "drink" }, { "eaten", "eat" }, { "fallen", "fall" },
    { "fave", "favorite" }, { "favourite", "favorite" },
    { "favourites", "favorite" }, { "feet", "foot" }, { "fell", "fall" },
    { "felt", "feel" }, { "film", "movie" }, { "films", "movie" },
    { "flavour", "flavor" }, { "flavours", "flavor" }, { "flew", "fly" },
    { "flown", "fly" }, { "forgot", "forget" }, { "forgotten", "forget" },
    { "fought", "fight" }, { "found", "find" }, { "fridge", "refrigerator" },
    { "gave", "give" }, { "geese", "goose" }, { "given", "give" },
    { "goes", "go" }, { "gone", "go" }, { "grew", "grow" }, { "grey", "gray" },
    { "grown", "grow" }, { "heard", "hear" }, { "held", "hold" },
    { "hid", "hide" }, { "hidden", "hide" }, { "honour", "honor" },
    { "humour", "humor" }, { "jewellery", "jewelry" }, { "kept", "keep" },
    { "kid", "child" }, { "kids", "child" }, { "knew", "know" },
    { "knives", "knife" }, { "known", "know" }, { "learnt", "learn" },
    { "leaves", "leaf" }, { "led", "lead" }, { "left", "leave" },
    { "lent", "lend" }, { "lives", "life" }, { "lost", "lose" },
    { "made", "make" }, { "meant", "mean" }, { "men", "man" },
    { "mice", "mouse" }, { "mom", "mother" }, { "mommy", "mother" },
    { "mum", "mother" }, { "neighbour", "neighbor" },
    { "neighbours", "neighbor" }, { "organise", "organize" },
    { "organised", "organize" }, { "organising", "organize" },
    { "paid", "pay" }, { "people", "person" }, { "persons", "person" },
    { "phone", "telephone" }, { "phones", "telephone" },
    { "photo", "photograph" }, { "photos", "photograph" },
    { "pic", "photograph" }, { "pics", "photograph" },
    { "picture", "photograph" }, { "pictures", "photograph" },
    { "programme", "program" }, { "programmes", "program" },
    { "pyjamas", "pajamas" }, { "ran", "run" }, { "rang", "ring" },
    { "reads", "read" }, { "ridden", "ride" }, { "risen", "rise" },
    { "rode", "ride" }, { "rose", "rise" }, { "rung", "ring" },
    { "said", "say" }, { "sang", "sing" }, { "sat", "sit" }, { "saw", "see" },
    { "seen", "see" }, { "sent", "send" }, { "shot", "shoot" },
    { "shown", "show" }, { "slept", "sleep" }, { "sold", "sell" },
    { "spent", "spend" }, { "spoke", "speak" }, { "spoken", "speak" },
    { "stole", "steal" }, { "stolen", "steal" }, { "stood", "stand" },
    { "sung", "sing" }, { "swam", "swim" }, { "swum", "swim" },
    { "taken", "take" }, { "taught", "teach" }, { "teeth", "tooth" },
    { "theatre", "theater" }, { "theatres", "theater" },
    { "thought", "think" }, { "threw", "throw" }, { "thrown", "throw" },
    { "told", "tell" }, { "took", "take" }, { "travelled", "traveled" },
    { "travelling", "traveling" }, { "tv", "television" },
    { "understood", "understand" }, { "went", "go" }, { "wives", "wife" },
    { "woke", "wake" }, { "woken", "wake" }, { "wolves", "wolf" },
    { "women", "woman" }, { "wore", "wear" }, { "worn", "wear" },
    { "written", "write" }, { "wrote", "write" },
};

/* Each table starts its rows with the text that it is sorted by. */
static int
by_text(const void *key, const void *row)
{
    return str_compare(*(const struct str *)key,
                       str_from(*(const char *const *)row));
}

static bool
is_in(struct str word, const char *const *list, size_t count)
{
    return bsearch(&word, list, count, sizeof(*list), by_text) != NULL;
}

bool
english_is_stop(struct str word)
{
    return is_in(word, stop_words, COUNT(stop_words));
}

bool
english_is_weak(struct str word)
{
    return is_in(word, weak_words, COUNT(weak_words));
}

struct str
english_base(struct str word)
{
    const struct form *f;

    f = bsearch(&word, forms, COUNT(forms), sizeof(*forms), by_text);
    return f ? str_from(f->base) : word;
}
