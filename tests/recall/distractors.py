"""Plausible talk that answers no question of memories.txt, some of it close
to what is asked: other people's pets, numbers, moves and colours.

A template is a line, or a line and its answer, with {slots}.  None is filled
in the same way twice.
"""
import re

SLOTS = {
    "person": """Femke|Rashid|Mrs. Dunning|Piet|Ludovica|old Mr. Haas|Sanne|
        Kwame|Ingeborg|Ms. Brandt|Yannick|Dorota|Mehmet|my cousin Uche|
        Aunt Rosalind|the postman|the new intern|Hamish|Leonie|Babak|
        the caretaker|Ms. Whitlock|Cosmin|Anneliese|the man upstairs|
        Zanele|Fabrice|Gudrun|Mr. Petrakis|the librarian""",
    "thing": """lawn mower|espresso pot|tent|sewing box|tripod|hand drill|
        raincoat|chess clock|toaster|folding ladder|harmonica|record player|
        watering can|picnic basket|projector|typewriter|bread tin|kite|
        barometer|sledge|fondue set|hammock|magnifying lamp|inflatable boat|
        rice cooker|step stool|head torch|pasta machine|globe|accordion""",
    "food": """leek soup|aubergine bake|lentil curry|fish pie|pumpkin risotto|
        dal|shakshuka|onion tart|borscht|ratatouille|potato salad|plum cake|
        gnocchi|miso soup|cheese straws|lemon tart|pea soup|stuffed peppers|
        polenta|tabbouleh|rhubarb crumble|pancakes|chickpea stew|paella""",
    "place": """the town hall|the swimming pool|the flea market|the tram depot|
        the botanical garden|the garage|the post office|the old mill|
        the music school|the station|the library|the registry office|
        the hardware shop|the bakery on the corner|the car park|
        the recycling yard|the community centre|the chemist's|
        the sports hall|the copy shop|the cinema|the ferry pier""",
    "day": """Monday|Tuesday|Thursday|Friday|Saturday|the weekend|
        the day after|next month|the bank holiday|the end of the month""",
    "time": """eight|half past nine|a quarter to ten|noon|two|half past three|
        five|a quarter past six|seven|nine at night""",
    "weather": """fog|drizzle|hail|a dry east wind|sleet|thunder|a heat haze|
        black ice|the first frost|a rainbow|low clouds|a gale""",
    "book": """a thriller set in Oslo|a history of salt|poems about rivers|
        a biography of a mapmaker|a novel about two beekeepers|
        an atlas of islands|a cookbook from Kerala|essays on walking|
        a graphic novel about Mars|a field guide to mosses of the Alps|
        a comedy about a hotel|a manual for kite builders""",
    "show": """the quiz|the documentary about eels|the bake-off|
        the detective series|the football|the snooker final|
        the programme on castles|the silent film|the weather report|
        the cartoon about the hedgehog""",
    "topic": """spreadsheets|the tax on parcels|sourdough starters|
        the offside rule|solar panels|heat pumps|rental contracts|
        the tides|font sizes|compost|double glazing|train delays|
        crosswords|fishing rights|password managers|wool prices|
        street lights|bicycle lanes|the price of butter|origami""",
    "feeling": """tired|in a good mood|a bit cross|relieved|curious|bored|
        quite proud|undecided|hungry|restless|amused|sceptical""",
    "animal": """heron|hedgehog|stray cat|jackdaw|fox|squirrel|toad|
        woodpecker|bat|swan|mole|starling""",
    "body": """shoulder|wrist|neck|back tooth|big toe|elbow|throat|ankle""",
    "city": """Antwerp|Graz|Turku|Bilbao|Cardiff|Rostock|Ghent|Trieste|
        Aarhus|Basel|Bruges|Malaga""",
    "pet": "Biscuit|Waldo|Nettle|Gustav|Pickle|Mokka|Sir Henry|Tilda",
    "colour": "lilac|navy|rust|mint|beige|crimson|silver|mustard",
    "mail": """info@dunning-optics.example|rashid@blueheron.example|
        office@kitehouse.example|piet.v@postbox.example|
        hello@tramdepot.example|zanele@northquay.example""",
}

# Slots that are made up: a pattern in which # is any digit and ^ a letter.
MADE_UP = {
    "amount": "#0 euros", "code": "^###-####", "digit": "#", "digits": "###",
    "number": "##", "phone": "+49 451 ### ####",
}

# What the user says, and under it what the assistant answers.
PAIRS = """{person} borrowed the {thing} again and I had to ask twice for it.
That sounds like {person}. A short, friendly reminder usually does it.
Could you explain {topic} to me as if I were twelve?
In a nutshell, {topic} is about who pays first; everything else is detail.
What goes well with {food} when four people are coming?
A green salad, crusty bread and something sour; {food} is heavy enough.
I walked past {place} today and there was {weather} the whole way.
With {weather} I would take the tram, it stops near {place}.
{person} wants to meet at {place} on {day} at {time}, I said maybe.
Then let {person} know before {time}, so that nobody waits at {place}.
The parcel for {person} has the tracking code {code}, it went to {place}.
If {code} has not moved by {day}, ask at {place}.
I watched {show} last night and fell asleep before the end.
You can see the rest of {show} on {day}, they repeat it at {time}.
Make this friendlier, please: "The {thing} is not yours."
"Would you mind bringing the {thing} back when it suits you?"
How long does {food} keep in the fridge?
About three days in a closed box; {food} can also be frozen in portions.
I'm reading {book} at the moment, it's better than the cover.
Readers praise the first half of it. Tell me how {book} ends!
{person} paid {amount} for a second-hand {thing}, what do you think?
{amount} is a fair price if the {thing} works and nothing is missing.
There was a {animal} in the yard this morning, it looked straight at me.
A {animal} that is not shy has probably been fed in the street.
My {body} hurts a little since I carried the {thing} downstairs.
If the {body} still hurts on {day}, let someone look at it.
Is it cheaper to buy a new {thing} or to have the old one mended?
Mending the {thing} pays as long as it costs less than {amount}.
{person} says that {topic} will be the end of us all.
Some of what {person} says about {topic} is true, most of it is taste.
The meter in the cellar of {person} says {code}, whatever that means.
It is the number of the device, {person} can read the dial below it.
I feel {feeling} today, probably because of {weather}.
Being {feeling} in {weather} is only natural.
Is {place} open on {day}?
As far as I can tell, {place} closes at {time} on ordinary days.
I need a rhyme for "{thing}" for the card for {person}.
Rhymes are scarce; how about a limerick about {person} and the {thing}?
Someone left a {thing} at {place}, nobody knows whose it is.
They keep a box for such finds at {place}, ask there before {day}.
{person} invited everyone to {food} on {day}, I'll bring bread.
Lovely. {food} is always a good reason to come together.
Shorten this: the meeting about {topic} at {place} was moved to {time}.
The short version: {topic}, {place}, {time}.
They raised the fee at {place} to {amount}.
{amount} is steep. Perhaps {place} has a card for ten visits.
I lost a bet with {person} about {topic} and owe {amount}.
Next time bet a cake; {amount} for {topic} is a lot.
The {animal} came back, and this time it took the sandwich of {person}.
Then the {animal} has good taste, and {person} needs a box with a lid.
How do I get the stain of {food} out of a tablecloth?
Cold water first, then a little vinegar; hot water would set {food}.
My colleague locks her bike with {code}, she shouted it across {place}.
She should change it before {day}, all of {place} knows it now.
Do you think {person} would like a {thing} as a present?
A {thing} is a safe choice, and if not, {person} can pass it on.
We had {food} at the canteen and it tasted of nothing.
Canteens are afraid of salt. At home {food} wants lemon at the end.
Why does the radio crackle when there is {weather}?
{weather} makes the contacts damp, hence the crackle.
I'm {feeling} about the meeting with {person} at {place}.
Write down two questions for {person} beforehand, that helps.
{person} forgot the {thing} on the tram, line 14 of all lines.
Let {person} call the lost property office before {time}.
I'm thinking of learning something new, {topic} perhaps.
Give {topic} ten minutes a day for a month before you judge it.
{person} moved to {city} last month and misses {place}.
{city} is a big change. Send {person} a postcard of {place}.
The dog of {person} is called {pet} and eats only carrots.
Carrots are fine, but {pet} needs protein as well.
{person} has a new number: {phone}. I never call anyone anyway.
A message to {phone} will do just as well.
The favourite colour of {person} is {colour}, even the {thing} is {colour}.
Then a {colour} ribbon for the birthday of {person} cannot go wrong.
Letters for {person} go to {mail}, not to the office.
I would still send {person} a copy on paper; {mail} may be full.
{person} can't eat {food} any more, something with the stomach.
Then cook plain rice when {person} comes, and {food} for the others.
{person} got a job at {place} and starts on {day}.
A good reason to bring {person} something to {place} on {day}.
The niece of {person} was born on {day}, 3,{digits} grams.
How nice for {person}! 3,{digits} grams is a good weight.
{person} wants three quotes for a {thing}, reference {code}.
Put {code} into the subject line, then {person} finds them again.
The password at {place} is "{colour}-{animal}-{digits}", says {person}.
They should not tell everyone. But "{colour}-{animal}" is easy to keep.
{person} takes lessons in {topic} on {day} at {time}.
Admirable. After a year of {topic} one usually stops counting.
{person} never wants to hear about {topic} again, I'm to tell everyone.
Consider {person} spared; we will keep {topic} to ourselves.
The train to {city} leaves at {time} from platform 1{digit}.
Then be at the station a little before {time}; {city} is popular."""

ASIDE = """Anyway.|It was a long day.|No hurry.|You know how that goes.|
    I laughed, in the end.|Not that it matters.|I'd like to know, though.|
    {person} disagrees, of course.|And then there was {weather}.|
    We'll see on {day}.|I'm {feeling}, to be honest.|Typical.|
    The {thing} is still missing, by the way.|What would you say?|
    It cost {amount}.|Tell me if that's nonsense.|||||||||"""

PEOPLE = """Did you see the {animal} at {place}?
I'm {feeling} today, no idea why.
{person} asked after you at {place}.
We had {food} and far too much of it.
Remember the {thing} that {person} lent me? It broke.
There was {weather} on the way home, my shoes are still wet.
Have you finished {book}?
I can't stand {topic} any more, everybody talks about it.
{person} is coming on {day} at {time}, want to join?
Ha, that reminds me of {person} and the {thing}.
My {body} is sore from yesterday.
Only if there's {food}.
I watched {show} twice, don't judge me.
They want {amount} for a {thing} at {place}, can you imagine?
The queue at {place} went round the block at {time}.
Could you bring the {thing} on {day}?
Sure, if {weather} doesn't stop me.
{person} still thinks that {topic} is a hobby.
I dreamed of a {animal} with a {thing}.
What was the name of that dish, {food} or something like it?
No way. {person} said the opposite.
The bus to {place} was late again.
I might try {topic} in the new year.
Somebody wrote {code} on the wall of {place}.
Let's talk about something else than {topic}, please.
The {animal} is back on the balcony.
Can I call you at {time}? I'm at {place} now.
{person} sang in {place} and nobody stopped it.
I owe {person} {amount} and a {thing}.
Tell {person} that I said hello.
{person} moved to {city} and nobody helped with the {thing}.
The cat of {person} is called {pet}, can you believe it?
Write to {person} at {mail}, the phone is broken.
{person} quit the job at {place} to do something with {topic}.
If you need {person}: {phone}, but not after {time}.
{person} plays the {thing} in a band now, allegedly.
I gave {person} {amount} for the {thing}, was that too much?
{person} proposed something about {topic} and everybody fell asleep.
The exhibition on {topic} at {place} opens on {day}.
{person} is allergic to {food}, of all things."""

LANGUAGES = {
    "place": """Bergen|Salzburg|Lyon|Valencia|Siena|Coimbra|Gent|Kazan|Osaka|
        Cairo|Daegu|Gdynia|Izmir|Uppsala""",
    "first": "Kim|Maria|Anton|Lena|Omar|Nina|Hugo|Sara|Viktor|Elsa|Ravi|Ida",
}

FOREIGN = """Gestern war ich mit {first} in {place}, wir tranken {number} Tees.
Was kostet ein Ticket nach {place}, ungefähr {number} Euro?
{first} hat mir ein Buch über {place} geliehen.
Das Wetter in {place} soll am Wochenende schlecht werden, sagt {first}.
Hier, nous avons mangé une tarte avec {first}, il en reste {number} parts.
Peux-tu m'expliquer comment aller de {place} à la gare ?
{first} a perdu son parapluie à {place}.
Le train de {place} part du quai {number}, je crois.
Ayer vi a {first} en el mercado de {place}, compró {number} naranjas.
¿Qué tiempo hace en {place} en primavera?
{first} dice que la película dura {number} minutos.
El autobús a {place} pasa cada {number} minutos.
Ieri {first} ha dimenticato l'ombrello a {place}.
Quanto costa spedire un pacco a {place}? Forse {number} euro?
Con {first} ho giocato a carte fino all'una, ho perso {number} punti.
A {first} mandou uma fotografia de {place} com muita neblina.
Quanto tempo leva o ônibus até {place}, uns {number} minutos?
Ontem choveu tanto que {first} ficou em casa.
{first} heeft in {place} een tweedehands fiets gekocht voor {number} euro.
Hoe laat gaat de laatste bus naar {place}?
Gisteren heb ik met {first} soep gekookt.
Вчера {first} ездила в {place} и купила {number} открыток.
Сколько стоит билет до города {place}?
На улице туман, {first} опоздает минут на {number}.
昨天{first}寄来一张{place}的明信片，贴了{number}张邮票。
{place}的天气怎么样？
{first}说电影有{number}分钟，太长了。
昨日{first}と{place}の映画を見ました。
{place}までの切符は{number}円くらいですか。
雨が降ったので、{first}は家にいました。
أمس زرت {place} مع {first} واشترينا {number} كتاباً.
كم تستغرق الرحلة إلى {place}؟
الطقس بارد اليوم وقال {first} إنّه سيتأخّر {number} دقيقة.
어제 {first}와 {place}에 가서 엽서 {number}장을 샀어요.
{place} 날씨는 어때요?
버스가 {number}분 늦어서 {first}가 화를 냈어요.
Wczoraj {first} była w {place} i kupiła {number} pocztówek.
Ile kosztuje bilet do {place}?
Pada deszcz, {first} spóźni się o {number} minut.
Dün {first} ile {place} üzerine bir belgesel izledik, {number} dakika sürdü.
{place} için bilet ne kadar?
Yağmur yağıyor, {first} {number} dakika gecikecek.
Igår skickade {first} ett vykort från {place} med {number} frimärken.
Včera přijela {first} z {place} a přivezla {number} jablek.
Χθες η {first} έστειλε μια κάρτα από {place} με {number} λέξεις.
कल {first} {place} से {number} तस्वीरें लाई।
Could you book a table for {number} in {place}? {first} is hungry.
What's the weather like in {place} when {first} goes there?"""


class Chance:
    """Numbers that look like chance and are the same everywhere."""

    def __init__(self, seed):
        self.state = seed

    def below(self, limit):
        self.state = (self.state * 6364136223846793005 +
                      1442695040888963407) % 2 ** 64
        return (self.state >> 33) % limit

    def of(self, items):
        return items[self.below(len(items))]


def choices(text):
    return [" ".join(one.split()) for one in text.split("|")]


def make_up(chance, pattern):
    """The pattern with digits (no zero) and letters in it."""
    pattern = re.sub("#", lambda _: str(1 + chance.below(9)), pattern)
    return re.sub(r"\^", lambda _: chance.of("BDFGHKMNQRSTVWXZ"), pattern)


def fill(chance, text, slots):
    """The text with a choice for each slot; a slot that stands in it twice
    gets the same."""
    chosen = {}

    def choose(match):
        name = match.group(1)
        if name not in chosen:
            chosen[name] = make_up(chance, MADE_UP[name]) \
                if name in MADE_UP else chance.of(choices(slots[name]))
        return chosen[name]

    return re.sub(r"{(\w+)}", choose, text)


def sentences(text):
    """Each with a capital letter."""
    return re.sub(r"(^|[.!?] )(\w)",
                  lambda match: match.group(1) + match.group(2).upper(),
                  text.strip())


class Source:
    """Texts from templates, none of them twice."""

    def __init__(self, seed):
        self.chance = Chance(seed)
        self.seen = set()
        self.last = []  # templates

    def take(self, templates, slots):
        """The lines of a template, filled; not one of the last six."""
        while True:
            template = self.chance.of(templates)
            text = fill(self.chance, template, slots)
            if text not in self.seen and template not in self.last:
                self.seen.add(text)
                self.last = self.last[-5:] + [template]
                return [sentences(line) for line in text.split("\n")]

    def pair(self):
        """What is said, perhaps with an aside, and the answer."""
        flat = PAIRS.splitlines()
        templates = ["\n".join(flat[i:i + 2])
                     for i in range(0, len(flat), 2)]
        said, answer = self.take(templates, SLOTS)
        aside = fill(self.chance, self.chance.of(choices(ASIDE)), SLOTS)
        return [sentences(said + " " + aside), answer]

    def foreign_pair(self):
        """The same in another language; the answer is English."""
        return self.take(FOREIGN.splitlines(), LANGUAGES) + self.pair()[1:]

    def people(self):
        return self.take(PEOPLE.splitlines(), SLOTS)


def lines(kind, speakers, count):
    """[(speaker, text)] of a kind: assistant, people or languages."""
    source = Source(sum(map(ord, kind + "".join(speakers))))
    take = {"assistant": source.pair, "people": source.people,
            "languages": source.foreign_pair}[kind]
    texts = []
    while len(texts) < count:
        texts += take()
    return [(speakers[number % 2], text)
            for number, text in enumerate(texts[:count])]
