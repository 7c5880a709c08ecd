/*
 * The vocabulary: rows of words with one meaning, and rows that count.  Of two
 * meanings in the languages asked for, the earlier row wins.
 */
#include "memory/timewords.h"

#include <pthread.h>

#include "base/error.h"
#include "memory/hash.h"

#include "base/banned.h"

enum {
    E = LANGUAGE_BIT(LANGUAGE_ENGLISH),
    D = LANGUAGE_BIT(LANGUAGE_GERMAN),
    F = LANGUAGE_BIT(LANGUAGE_FRENCH),
    S = LANGUAGE_BIT(LANGUAGE_SPANISH),
    I = LANGUAGE_BIT(LANGUAGE_ITALIAN),
    P = LANGUAGE_BIT(LANGUAGE_PORTUGUESE),
    N = LANGUAGE_BIT(LANGUAGE_DUTCH),
};

/* The words of a counting row mean value, value + step ...; "=" stands between
 * two that mean the same, "*" behind one that is TIME_AMBIGUOUS. */
static const struct row {
    enum timeword_kind kind;
    int                value;
    int                step;
    uint32_t           languages;
    const char        *words;
} rows[] = {
    { TIME_MONTH, 1, 1, E,
      "january february march* april* may* june* july august* september "
      "october november december" },
    { TIME_MONTH, 1, 1, D,
      "januar=janner februar marz=maerz april* mai* juni juli august* "
      "september oktober november dezember" },
    { TIME_MONTH, 1, 1, F,
      "janvier fevrier mars* avril* mai* juin juillet aout septembre octobre "
      "novembre decembre" },
    { TIME_MONTH, 1, 1, S,
      "enero febrero marzo abril* mayo* junio julio* agosto "
      "septiembre=setiembre octubre noviembre diciembre" },
    { TIME_MONTH, 1, 1, I,
      "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre "
      "ottobre novembre dicembre" },
    { TIME_MONTH, 1, 1, P,
      "janeiro fevereiro marco* abril* maio junho julho agosto setembro "
      "outubro novembro dezembro" },
    { TIME_MONTH, 1, 1, N,
      "januari februari maart april* mei* juni juli augustus* september "
      "oktober november december" },
    { TIME_MONTH, TIME_SHORT + 1, 1, E | D,
      "jan feb mar apr may jun jul aug sep=sept oct=okt nov dec=dez" },

    { TIME_WEEKDAY, 1, 1, E,
      "monday tuesday=tues wednesday=weds thursday=thurs friday saturday "
      "sunday" },
    { TIME_WEEKDAY, 1, 1, D,
      "montag dienstag mittwoch donnerstag freitag samstag=sonnabend "
      "sonntag" },
    { TIME_WEEKDAY, 1, 1, F,
      "lundi mardi mercredi jeudi vendredi samedi dimanche" },
    { TIME_WEEKDAY, 1, 1, S,
      "lunes martes miercoles jueves viernes sabado domingo" },
    { TIME_WEEKDAY, 1, 1, I,
      "lunedi martedi mercoledi giovedi venerdi sabato domenica" },
    { TIME_WEEKDAY, 1, 1, P,
      "segunda-feira terca-feira quarta-feira quinta-feira sexta-feira "
      "sabado domingo" },
    { TIME_WEEKDAY, 1, 1, N,
      "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag" },

    { TIME_NUMBER, 1, 1, E,
      "one=a=an=first two three four five six seven eight nine ten eleven "
      "twelve" },
    { TIME_NUMBER, 15, 5, E, "fifteen twenty - thirty" },

    { TIME_UNIT, 0, 1, E,
      "minute=min hour day week weekend=week-end month year" },
    { TIME_UNIT, TIME_PLURAL, 1, E,
      "minutes=mins hours=hrs days weeks weekends months years" },
    { TIME_UNIT, 0, 1, D,
      "minute stunde tag=tages woche wochenende monat=monats jahr=jahres" },
    { TIME_UNIT, TIME_PLURAL, 1, D,
      "minuten stunden tage=tagen wochen wochenenden monate=monaten "
      "jahre=jahren" },
    { TIME_UNIT, 0, 1, F,
      "minute heure jour semaine weekend=week-end mois an=annee" },
    { TIME_UNIT, TIME_PLURAL, 1, F,
      "minutes heures jours semaines weekends=week-ends - ans=annees" },
    { TIME_UNIT, 0, 1, S,
      "minuto hora dia semana fin-de-semana mes ano" },
    { TIME_UNIT, TIME_PLURAL, 1, S,
      "minutos horas dias semanas fines-de-semana meses anos" },
    { TIME_UNIT, 0, 1, I,
      "minuto ora giorno settimana weekend=fine-settimana mese anno" },
    { TIME_UNIT, TIME_PLURAL, 1, I,
      "minuti ore giorni settimane - mesi anni" },
    { TIME_UNIT, 0, 1, P,
      "minuto hora dia semana fim-de-semana mes ano" },
    { TIME_UNIT, TIME_PLURAL, 1, P,
      "minutos horas dias semanas fins-de-semana meses anos" },
    { TIME_UNIT, 0, 1, N, "minuut uur dag week weekend maand jaar" },
    { TIME_UNIT, TIME_PLURAL, 1, N,
      "minuten uren dagen weken weekenden maanden jaren" },

    { TIME_NUMBER, 1, 1, D,
      "ein=eine=einem=einen=einer=eines=ersten zwei drei vier funf sechs "
      "sieben acht neun zehn elf zwolf" },
    { TIME_NUMBER, 1, 1, F,
      "un=une=premier deux trois quatre cinq six sept huit neuf dix onze "
      "douze" },
    { TIME_NUMBER, 1, 1, S,
      "un=una=uno=primero dos tres cuatro cinco seis siete ocho nueve diez "
      "once doce" },
    { TIME_NUMBER, 1, 1, I,
      "un=una=uno=primo due tre quattro cinque sei sette otto nove dieci "
      "undici dodici" },
    { TIME_NUMBER, 1, 1, P,
      "um=uma=primeiro dois=duas tres quatro cinco seis sete oito nove dez "
      "onze doze" },
    { TIME_NUMBER, 1, 1, N,
      "een twee drie vier vijf zes zeven acht negen tien elf twaalf" },
    { TIME_FEW, 2, 1, E, "couple few=several" },
    { TIME_FEW, 3, 0, D, "paar einigen einige wenigen" },
    { TIME_FEW, 3, 0, F, "quelques" },
    { TIME_FEW, 3, 0, S, "unos unas pocos algunos algunas" },
    { TIME_FEW, 3, 0, I, "pochi alcuni alcune qualche" },
    { TIME_FEW, 3, 0, P, "uns umas poucos alguns algumas" },
    { TIME_FEW, 3, 0, N, "paar enkele" },

    { TIME_DAY, 0, -1, E, "today yesterday" },
    { TIME_DAY, 0, -1, D, "heute gestern vorgestern" },
    { TIME_DAY, 0, -1, F, "aujourd-hui hier avant-hier" },
    { TIME_DAY, 0, -1, S, "hoy ayer anteayer=antier" },
    { TIME_DAY, 0, -1, I, "oggi ieri altroieri=altro-ieri" },
    { TIME_DAY, 0, -1, P, "hoje ontem anteontem" },
    { TIME_DAY, 0, -1, N, "vandaag gisteren eergisteren" },
    { TIME_SPAN, TIME_SPAN_OF(0, PART_NIGHT), 0, E | I | N,
      "tonight stanotte vannacht" },
    { TIME_SPAN, TIME_SPAN_OF(0, PART_MORNING), 0, I | N,
      "stamattina stamani vanochtend vanmorgen" },
    { TIME_SPAN, TIME_SPAN_OF(0, PART_AFTERNOON), 0, N, "vanmiddag" },
    { TIME_SPAN, TIME_SPAN_OF(0, PART_EVENING), 0, I | N,
      "stasera vanavond" },
    { TIME_SPAN, TIME_SPAN_OF(1, PART_EVENING), 0, N, "gisteravond" },
    { TIME_SPAN, TIME_SPAN_OF(1, PART_NIGHT), 0, S | N,
      "anoche gisternacht" },
    { TIME_PART, 0, 1, E, "morning afternoon evening night" },
    { TIME_PART, 0, 1, D, "morgen=vormittag=fruh nachmittag abend nacht" },
    { TIME_PART, 0, 1, F, "matin=matinee apres-midi soir=soiree nuit" },
    { TIME_PART, 0, 1, S, "manana tarde - noche" },
    { TIME_PART, 0, 1, I, "mattina pomeriggio sera notte" },
    { TIME_PART, 0, 1, P, "manha tarde - noite" },
    { TIME_PART, 0, 1, N, "ochtend=morgen middag avond nacht" },

    { TIME_SEASON, 3, 3, E, "spring summer autumn=fall winter" },
    { TIME_SEASON, 3, 3, D, "fruhling=fruhjahr sommer herbst winter" },
    { TIME_SEASON, 3, 3, F, "printemps ete automne hiver" },
    { TIME_SEASON, 3, 3, S, "primavera verano otono invierno" },
    { TIME_SEASON, 3, 3, I, "primavera estate autunno inverno" },
    { TIME_SEASON, 3, 3, P, "primavera verao outono inverno" },
    { TIME_SEASON, 3, 3, N, "lente=voorjaar zomer herfst=najaar winter" },
    { TIME_HOLIDAY, 12 * 32 + 24, 0, E | D | F | S | I | P | N,
      "christmas xmas weihnachten noel navidad natale natal kerst kerstmis" },
    { TIME_HOLIDAY, 12 * 32 + 31, 0, D | S | I,
      "silvester nochevieja capodanno" },
    { TIME_HOLIDAY, 10 * 32 + 31, 0, E, "halloween" },

    { TIME_LAST, 0, 0, E, "last previous" },
    { TIME_LAST, TIME_ROLLING, 0, E, "past" },
    { TIME_LAST, 0, 0, D,
      "letzte letzten letzter letztes letztem vorige vorigen voriger voriges "
      "vorigem vergangene vergangenen vergangener vergangenes vergangenem" },
    { TIME_LAST, TIME_BEHIND, 0, F,
      "dernier derniere passe passee precedent precedente" },
    { TIME_LAST, TIME_BEHIND | TIME_ROLLING, 0, F, "derniers dernieres" },
    { TIME_LAST, TIME_BEHIND, 0, S | P,
      "pasado pasada pasados pasadas passado passada passados passadas" },
    { TIME_LAST, TIME_BEHIND, 0, I,
      "scorso scorsa scorsi scorse passato passata" },
    { TIME_LAST, TIME_ROLLING, 0, S | I | P,
      "ultimo ultima ultimos ultimas ultimi ultime" },
    { TIME_LAST, 0, 0, N, "vorige laatste" },
    { TIME_LAST, TIME_ROLLING, 0, N, "afgelopen" },
    { TIME_THIS, 0, 0, E, "this these" },
    { TIME_THIS, 0, 0, D, "diese diesen dieser dieses diesem" },
    { TIME_THIS, 0, 0, F, "ce cet cette ces" },
    { TIME_THIS, 0, 0, S | P, "este esta estos estas neste nesta" },
    { TIME_THIS, 0, 0, I, "questo questa questi queste" },
    { TIME_THIS, 0, 0, N, "deze dit" },
    { TIME_NEXT, 0, 0, E, "next coming upcoming following" },
    { TIME_NEXT, 0, 0, D,
      "nachste nachsten nachster nachstes nachstem kommende kommenden" },
    { TIME_NEXT, 0, 0, F | S | I | P | N,
      "prochain prochaine proximo proxima prossimo prossima volgende "
      "komende" },
    { TIME_EVERY, 0, 0, E | D | F | S | I | P | N,
      "every each jeden jede jedes jeder chaque cada todos todas ogni elke "
      "iedere" },

    { TIME_AGO, 0, 0, E | I | N | S | P, "ago fa geleden atras" },
    { TIME_AGO_IS, 0, 0, S, "hace" },
    { TIME_AGO_IS, 0, 0, P, "ha faz" },
    { TIME_AGO_IS, 0, 0, F, "il-y-a" },
    { TIME_IN, 0, 0, E, "in during on at over around for" },
    { TIME_IN, 0, 0, D, "im in am wahrend zu an" },
    { TIME_IN, 0, 0, F, "en au pendant" },
    { TIME_IN, 0, 0, S, "en durante" },
    { TIME_IN, 0, 0, I, "in a nel durante" },
    { TIME_IN, 0, 0, P, "em no na durante" },
    { TIME_IN, 0, 0, N, "in op tijdens met" },
    { TIME_SINCE, 0, 0, E | D | F | S | P | N,
      "since seit depuis desde sinds vanaf" },
    { TIME_SINCE, 0, 0, I, "da dal dalla" },
    { TIME_BEFORE, 1, 0, D, "vor" },
    { TIME_BEFORE, 0, 0, E | F | S | P, "before avant antes" },
    { TIME_BEFORE, 0, 0, I, "prima" },
    { TIME_BEFORE, 0, 0, N, "voor" },
    { TIME_AFTER, 0, 0, E | F | S | P, "after apres despues depois" },
    { TIME_AFTER, 0, 0, D, "nach" },
    { TIME_AFTER, 0, 0, I, "dopo" },
    { TIME_AFTER, 0, 0, N, "na" },
    { TIME_UNTIL, 0, 0, E | D | F | S, "until till bis jusqu hasta" },
    { TIME_UNTIL, 0, 0, I, "fino" },
    { TIME_UNTIL, 0, 0, P, "ate" },
    { TIME_UNTIL, 0, 0, N, "tot" },
    { TIME_BETWEEN, 0, 0, E | D | F | S | P | N,
      "between zwischen entre tussen" },
    { TIME_BETWEEN, 0, 0, I, "tra fra" },
    { TIME_FROM, 1, 0, E, "from" },
    { TIME_FROM, 0, 0, D, "von vom" },
    { TIME_FROM, 0, 0, F, "de du" },
    { TIME_FROM, 0, 0, S | P, "de del" },
    { TIME_FROM, 0, 0, N, "van" },
    { TIME_AND, 0, 0, E | D | F, "and und et" },
    { TIME_AND, 0, 0, S | I | P, "y e ed" },
    { TIME_AND, 0, 0, N, "en" },
    { TIME_TO, 0, 0, E, "to through" },
    { TIME_TO, 0, 0, F | S, "a au al" },
    { TIME_RECENT, 14, 0, E | D | F | S | I | P | N,
      "recently lately neulich kurzlich recemment dernierement recientemente "
      "ultimamente recentemente onlangs recentelijk" },
    { TIME_FILL, 0, 0, E,
      "the of early mid late earlier end beginning start" },
    { TIME_FILL, 0, 0, D, "der die das den dem des anfang ende mitte" },
    { TIME_FILL, 0, 0, F, "le la les l d debut fin" },
    { TIME_FILL, 0, 0, S, "la el las los lo por" },
    { TIME_FILL, 0, 0, I, "il lo la le i gli l di del della nella" },
    { TIME_FILL, 0, 0, P, "o a os as do da dos pela" },
    { TIME_FILL, 0, 0, N, "de het begin eind" },
    { TIME_MEASURE, 0, 0, E,
      "words characters letters dollars euros pounds people pages steps lines "
      "files items meters miles kilometers km calories points users rows "
      "percent bytes times" },
};

enum { SLOTS = 2048 }; /* a power of two, more than twice the words */

struct slot {
    struct str      word;  /* ptr NULL: free */
    uint32_t        languages;
    struct timeword meaning;
};

static struct slot    slots[SLOTS];
static pthread_once_t made = PTHREAD_ONCE_INIT;

static size_t
first_slot(struct str word)
{
    uint64_t h = hash_more(HASH_START, word);

    return (h ^ h >> 29) % SLOTS;
}

static void
enter(const struct row *row, struct str word, int value)
{
    size_t i = first_slot(word);

    if (str_ends(word, STR("*"))) {
        word = str_slice(word, 0, word.len - 1);
        value |= TIME_AMBIGUOUS;
        i = first_slot(word);
    }
    while (slots[i].word.ptr)
        i = (i + 1) % SLOTS;
    slots[i] = (struct slot){ word, row->languages, { row->kind, value } };
}

static void
make(void)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct str group, word, rest = str_from(rows[i].words);
        int        value = rows[i].value;

        while (rest.len) {
            (void)str_cut(rest, ' ', &group, &rest);
            while (group.len) {
                (void)str_cut(group, '=', &word, &group);
                enter(&rows[i], word, value);
            }
            value += rows[i].step;
        }
    }
}

struct timeword
timewords_find(struct str word, uint32_t languages)
{
    (void)pthread_once(&made, make); /* fails only if misused */
    for (size_t i = first_slot(word); slots[i].word.ptr; i = (i + 1) % SLOTS)
        if (slots[i].languages & languages && str_equal(slots[i].word, word))
            return slots[i].meaning;
    return (struct timeword){ TIME_OTHER, 0 };
}
