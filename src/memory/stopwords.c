/*
 * Lists of words, each in order of its bytes, with a space behind every word.
 * Languages that share a script share a list.
 */
#include "memory/stopwords.h"

#include <pthread.h>

#include "memory/hash.h"

#include "base/banned.h"

static const char spanish[] =
    "a adios al algo alguna algunas alguno algunos ante antes aquel aquella "
    "aqui asi aun aunque bien cada como con contra cual cuales cualquier "
    "cuando cuantas cuanto cuantos de del desde donde dos durante e el ella "
    "ellas ellos en entre era eran eras eres es esa esas ese eso esos esta "
    "estaba estaban estado estamos estan estar estas este esto estos estoy "
    "favor fue fueron fui gracias ha habia hace han has hasta hay he hemos "
    "hola la las le les llama llaman llamo lo los mas me mi mia mio mis "
    "mucho muy nada ni no nos nosotros nuestra nuestro o otra otro otros "
    "para pero poco por porque puedes pues que quien quienes se sea segun "
    "ser si sido sin sobre solo son soy su sus suyo tambien tan tanto te "
    "tengo ti tiene tienen todo todos tu tus tuyo un una unas uno unos usted "
    "ustedes va y ya yo ";

static const char french[] =
    "a afin ai aie ainsi alors appelle apres as au aucun aussi autre autres "
    "aux avait avec avez avoir avons bien bonjour c ca car ce cela celle "
    "celui ces cet cette ceux chez combien comme comment d dans de depuis "
    "des deux doit donc dont du elle elles en encore entre es est et etaient "
    "etait etant ete etes etre eu eux fait faut il ils j je jusque l la "
    "laquelle le lequel les leur leurs lors lui m ma mais me meme memes "
    "merci mes moi moins mon n ne ni nos notre nous on ont ou ouais oui par "
    "parce pas pendant peu peut peux plus pour pourquoi puis qu quand que "
    "quel quelle quelles quels qui quoi sa salut sans se sera serait ses si "
    "sien son sont sous suis sur ta tandis te tel tes toi ton toujours tous "
    "tout toute toutes tres trop tu un une va vers voici voila vos votre "
    "vous y ";

static const char german[] =
    "aber alle allem allen aller alles als also am an andere anderen auch "
    "auf aus bei beim bin bis bist bitte da dabei dafur damit danke dann "
    "daran darauf das dass dein deine deinem deinen deiner dem den denn der "
    "deren des dessen dich die dies diese diesem diesen dieser dieses dir "
    "doch dort du durch ein eine einem einen einer eines einige er es etwas "
    "euch euer eure fur gegen hab habe haben hallo hast hat hatte hatten "
    "hier hin hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im immer "
    "in ins ist ja jede jedem jeden jeder jedes jene jetzt kann kein keine "
    "keinem keinen keiner konnen konnte man manche mehr mein meine meinem "
    "meinen meiner mich mir mit muss nach nachdem nein nicht nichts noch nun "
    "nur ob oder ohne schon sehr sein seine seinem seinen seiner seit sich "
    "sie sind so soll sollte sondern sonst uber um und uns unser unsere "
    "unter viel viele vom von vor wann war waren warum was weil welche "
    "welchem welchen welcher welches wem wen wenn wer werde werden wessen "
    "wie wieder wieviel will wir wird wirst wo woher wohin wollte worden "
    "wurde wurden zu zum zur zwar zwischen ";

static const char portuguese[] =
    "a agora ainda ao aos aquela aquele aquilo as ate cada chama com como da "
    "das de dela dele deles depois do dos e ela elas ele eles em entao entre "
    "era eram essa essas esse esses esta estao estar estas estava este estes "
    "estou eu foi for foram fui ha havia isso isto ja la lhe lhes logo mais "
    "mas me mesmo meu meus minha minhas muita muito muitos na nada nao nas "
    "nem no nos nossa nosso num numa o obrigada obrigado ola onde os ou "
    "outra outro para pela pelo per pois por porque quais qual quando "
    "quantas quanto quantos que quem sao se sem sempre ser sera seu seus si "
    "sido so sobre sou sua suas tambem tao te tem tenho tens ter teu teus "
    "teve ti tinha todo todos tu tua um uma umas uns vai voce voces vos ";

static const char italian[] =
    "a abbiamo agli ai al alla alle allo altra altri altro anche ancora "
    "avere aveva c che chi chiama ci ciao cio coi col come con contro cosa "
    "cosi cui da dagli dai dal dalla dalle degli dei del della delle dello "
    "di dopo dove e ed era erano essere fa fra gia gli grazie ha hai hanno "
    "ho i il in io l la le lei li lo loro lui ma me mi mia mie miei mio "
    "molto ne negli nei nel nella nelle nello no noi non nostra nostro o "
    "ogni oppure ora per perche piu poi possono prego prima puo puoi qual "
    "quale quali quando quanta quante quanti quanto quella quelle quelli "
    "quello questa queste questi questo qui se sei sempre senza si sia siamo "
    "sono sta stata stati stato su sua sue sugli sui sul sulla suo suoi ti "
    "tra tu tua tue tuo tuoi tutti tutto un una uno vi voi ";

static const char dutch[] =
    "aan al alle alles als altijd andere bedankt ben bent bij daar dag dan "
    "dank dat de der deze die dit doch doen door dus een en er ge geen "
    "geweest haar had hadden hallo heb hebben hebt heeft heet hem het heten "
    "hier hij hoe hoeveel hun iemand iets ik in is ja je jij jou jouw jullie "
    "kan kon kunnen maar me meer men met mij mijn moet na naar niet niets "
    "noemt nog nu of om omdat onder ons onze ook op over reeds te tegen toch "
    "toen tot tussen u uit uw van vanaf veel voor waar waarom wanneer want "
    "waren was wat we wel welk welke werd wezen wie wij wil worden wordt zal "
    "ze zei zelf zich zij zijn zo zonder zou ";

static const char polish[] =
    "a aby albo ale ani az bardzo bez bo bowiem by byc byl byla bylo byly "
    "bym cala co cos czesc czy dla dlaczego do dziekuje dzien gdy gdyby "
    "gdzie go i ich ile im inne ja jak jaka jakas jaki jakie jako je jeden "
    "jedna jego jej jem jesli jest jestem jeszcze juz kazdy kiedy kto ktora "
    "ktore ktorego ktory ktorych lub ma maja mam mi mna mnie moj moja moje "
    "mojego mojej moze mozna mu my na nad nam nas nasz nazywa nia nic nich "
    "nie niego niej nim niz o od ona one oni ono oraz po pod poniewaz przed "
    "przez przy sa sie skad swoj swoje ta tak takie tam te tego tej ten to "
    "tobie tu twoj twoja twoje ty tylko tym w we wiec wszystko wy z za "
    "zawsze ze zeby ";

static const char turkish[] =
    "acaba adi adim ama aslında az bana bazi belki ben benden beni benim bir "
    "biraz biri birsey biz bize bizi bizim bu buna bunda bundan bunlar bunu "
    "bunun cok cunku da daha de defa degil diye dolayi en evet gibi hangi "
    "hangisi hayir hem hep hepsi her hic icin ile ise kac kadar ki kim kime "
    "kimin kimse merhaba mi midir misin miyim mu mı nasil ne neden nedir "
    "nerde nerede nereden nereye nicin niye o olan olarak oldu olur ona "
    "onlar onlarin onu onun orada sana sen senden seni senin siz size sizin "
    "sonra su tesekkur tesekkurler tum var vardi ve veya ya yani yok zaman ";

static const char swedish[] =
    "alla allt alltid att av bara blev bli blir bort da dar de dem den denna "
    "deras dess dessa det detta dig din dina ditt du efter ej eller en er "
    "ett fick finns for fran gar genom ha hade han hans har hej henne hennes "
    "heter hon honom hur i icke ifall igen in ingen inget inte jag ju kan "
    "kunde man manga med mellan men mer mig min mina mitt mot mycket nagon "
    "nagot nagra nar nej ni nu och ocksa om oss pa redan sa samma sedan sig "
    "sin sina sitt skulle som tack till under upp ut utan vad valdigt var "
    "vara varfor varit varje vem vems vi vid vilka vilken vilket vill ";

static const char danish[] =
    "ad af aldrig alle alt altid anden at bare blev blive bliver da de dem "
    "den denne der deres det dette dig din dine disse dit dog du efter eller "
    "en end er et for fordi fra gar ham han hans har havde have hedder hej "
    "hende hendes her hos hun hvad hvem hver hvilke hvilken hvis hvor "
    "hvordan hvorfor hvornar i ikke ind ingen intet ja jeg jer jo kan kunne "
    "lige ma man mange med meget men mere mig min mine mit mod nar ned nej "
    "nogen noget nogle nu og ogsa om op os over pa sa sadan selv sig sin "
    "sine sit skal skulle som tak til ud uden under vaere var ved vi vil "
    "ville vor vores været ";

static const char norwegian[] =
    "alle alltid alt at av bare begge ble blei bli blir da de deg dei dem "
    "den denne der dere deres det dette di din disse ditt du dykk eg ein eit "
    "eller en er et etter for fordi forst fra gar ha hadde han hans har hei "
    "hennar henne hennes her heter hos hun hva hvem hver hvilke hvilken hvis "
    "hvor hvordan hvorfor i ikke ikkje ingen inn ja jeg kan kom kunne kva "
    "kvifor ma man mange med meg meget mellom men mer min mine mitt mot mye "
    "na naa nar nei no noe noen og ogsa om opp oss over pa sa samme seg selv "
    "si sin sine sitt skal skulle slik som takk til um under ut uten var ved "
    "vi vil ville vore være vært ";

static const char finnish[] =
    "aina ehka ei eika eivat eli en ennen enta et etta ette han hanen he hei "
    "heidan heille ihan itse ja jo joita joka jonka jos jotka jotta kai "
    "kaikki kanssa kenen kiitos koska koskaan kuin kuinka kuka kun me mihin "
    "mika miksi milla milloin mina minka minne minua minulla minulle minulta "
    "minun minut missa mista mita mitka moi monta mukaan mutta myos ne niin "
    "niita noin nuo nyt ole olen olet oletko oli olin olivat olla ollut on "
    "onko ovat poikki saa se seka sen siita siksi sina sinulla sinun sita "
    "sitten taa tai tama taman tassa te tuo vaan vai vain voi vuoksi ";

static const char czech[] =
    "a aby ahoj ale ani ano asi az bez bude budem budes by byl byla byli "
    "bylo byt ci clanek co coz dekuji dnes do ho i ja jak jaka jake jaky je "
    "jeho jej jeji jejich jen jeste ji jine jiz jmenuje jsem jsi jsme jsou "
    "jste k kam kde kdo kdy kdyz kolik ktera ktere kteri ktery ku ma mam "
    "mate me mezi mit mne mnou moje moji muj muze my na nad nam napiste nas "
    "nasi ne nebo nebot necht nejsou neni nez ni nic o od ode on ona oni ono "
    "pak po pod podle pokud potom pouze prave pred pres pri pro proc proto "
    "protoze prvni s se si sice sve svou svuj svych svym ta tak take takze "
    "tam te tedy tema ten tento teto tim to tohle toho tohoto tom tomto "
    "tomuto tu tuto tvoje tvuj ty tyto u uz v vam vas vase ve vedle vice "
    "vsak vsechno vy z za zda zde ze ";

static const char hungarian[] =
    "a abban ahhoz ahogy aki akik akkor alatt amely amelyek amelyet ami "
    "amikor amit annak arra az azert azok azon azt aztan azutan azzal bar be "
    "belul benne csak de e ebben egesz egy egyik ehhez ekkor el elott elso "
    "en ennek erre es et ez ezek ezen ezert ezt ezzel fel fele ha hanem hany "
    "hat hivjak hogy hogyan hol honnan hova igen igy illetve ilyen is itt jo "
    "jol kell kellett keresztul ki kivel koszonom kozott kozul le legalabb "
    "lehet lenne lesz lett ma maga majd mar mas meg mely melyek melyik mert "
    "mi miatt miert mikor milyen minden mindig mint mit mivel most nagyon "
    "nalam ne neha nekem neki nelkul nem nincs ok ot ott pedig persze sajat "
    "sem semmi sok sokat szamara szerint szia talan te tehat teljes tobb "
    "tovabb ugy ugyanis uj ujra utan vagy vagyok valaki valami van vannak "
    "vele volna volt voltak voltam ";

static const char romanian[] =
    "a acea aceasta aceea acei aceia acel acela acele acest acesta aceste "
    "acestea ai aia al ale alt alta am ar are as asa asta astfel atat atunci "
    "au avea avem bine buna ca cand care carei carui cat cate cati catre ce "
    "cea cei cel cele cine cu cum da daca dar de decat deci deoarece despre "
    "din dintr dintre doar dupa ea ei el ele era erau este eu fara fi fie "
    "foarte fost i ia iar ii il im in inainte intr intre isi l la le li lor "
    "lui ma mai mea mei mele meu mi mie multi multumesc ne nici niste "
    "noastra noi nostru nu numeste o ori oricare orice pana pe pentru peste "
    "poate prin sa sai sale salut sau se si sub sunt suntem sunteti ta tale "
    "tau te tine toate tot toti tu un una unde unei unele unor unui va "
    "voastra vom vor vostru vreo ";

static const char indonesian[] =
    "ada adalah agar akan aku anda apa apabila apakah atas atau bagaimana "
    "bagi bahwa banyak bawah beberapa belum berapa bisa boleh bukan dalam "
    "dan dapat dari dengan di dia dimana halo hanya harus hingga ia ini itu "
    "jika juga kalau kalian kami kamu kapan karena kasih ke kenapa kepada "
    "ketika kita lagi lain lalu maka mana masih mengapa mereka milik mu "
    "namanya namun nya oleh pada para pernah pun saat saja sampai sangat "
    "saya sebagai sebuah sedang sehingga sejak selalu selama semua seorang "
    "seperti serta setelah setiap siapa suatu sudah supaya tadi tanpa telah "
    "tentang terhadap terima tetap tetapi tidak untuk yaitu yang ";

static const char catalan[] =
    "a abans adeu aixi aixo al algun alguna alguns als altra altre altres "
    "amb aquell aquella aquest aquesta aquestes aquests aqui be ca cada com "
    "contra d dalt de del dels des despres dins dius dona donat durant e ell "
    "ella elles ells els em en encara ens entre era eren es etc ets fa fan "
    "fer fins fos gracies ha han has he hem hi ho i ja jo l la les li "
    "llavors lo m ma malgrat mateix me mentre meu meus meva meves molt molta "
    "molts n ni no nosaltres nostra nostre o on os pel pels per pero perque "
    "poc pot potser qual quan quant quants que quelcom qui quin quina quins "
    "s sa se sempre sense ser seu seus seva si sobre soc som son sota t tal "
    "tambe tan tant te tens teu teus teva tinc tot tota tots tu un una unes "
    "uns us va vaig van vosaltres vostra vostre ";

static const char cyrillic[] =
    "а або але багато без беше более був була було бути бы был была были "
    "было быть бях більш в вам вами вас весь ви во вона вони воно вот все "
    "всегда вы від він где да даже де для до дуже е его ее если есть еще же "
    "з за зашто защо здесь зі и из или им их й його к када как какая какво "
    "какие какой кем кога когда кого който коли колико колко которая которые "
    "который котра котрий кто куда куди къде ли мене меня мені ми мне много "
    "мной мое моего моей моем моему моето мои моих мой моя моят моята моє "
    "мої мој моја моје му мы мій на над нам нас наш наша не него нее немає "
    "нет ни них но ну ні о об однако он она они оно ось от очень по под "
    "после потому почему при про с са сам саме се себя сейчас си сколько "
    "скільки смо со спасибо сте су съм та так также також такой там твое "
    "твой твоя твій те тебе тебя тем ти то тобой тобі того тоже только тот "
    "ту ты тільки у уже хотя хто це цей ця чего чей чем чи чий чому что "
    "чтобы чье чья шта ще що щоб эта эти это этого этой этом этот я як яка "
    "яке який які є і із її је ће ѝ ";

static const char greek[] =
    "αλλα αν απο αυτα αυτεσ αυτη αυτο αυτοι αυτοσ γεια για γιατι δε δεν εγω "
    "εδω ειμαι ειμαστε ειναι εισαι ειστε ειχα ειχε εκει εμεισ ενα ενασ "
    "επισησ εσεισ εσυ ευχαριστω εχει εχεισ εχουμε εχουν εχω η ημουν ηταν θα "
    "ισωσ και κατα κι λενε λοιπον μασ με μετα μη μην μια μου να ναι ο οι "
    "ομωσ οπωσ οταν οτι οχι παντα ποια ποιεσ ποιο ποιοι ποιοσ πολυ ποσα "
    "ποσεσ ποσο ποσοι ποτε που πριν προσ πωσ σασ σε σου στα στη στην στισ "
    "στο στον στουσ τα την τησ τι τισ το τον τοτε του τουσ των τωρα χωρισ ωσ ";

static const char arabic[] =
    "اذا از است اسم التي الذي الذين الي ان انا انت انتم انها او اور اي ايضا "
    "اين اپ اگر ب با براي بعد بعض بل به بود بين تا تحت تكون تلك تو تھا تھي "
    "ثم جدا حتي حول ذلك را سلام سے شد شكرا شما علي عليه عن عند عندما عندي "
    "غير ف فقط فوق في فيه قبل قد ك كا كان كانت كب كجا كدام كل كم كما كنت كه "
    "كو كون كي كيا كيف كيوں كہاں كے ل لا لقد لك لكن لم لماذا لمن لن لنا له "
    "لها لهم لي ليس ما ماذا متي مرحبا مع من منذ منه مي ميرا ميري ميرے ميں "
    "نحن نعم نيست نے هاي هذا هذه هست هل هم هن هنا هناك هو هي و وہ يا يكون يہ "
    "پر چرا چند چه چي چگونه ہم ہيں ہے ";

static const char hebrew[] =
    "אבל או אחרי איזה איזו איך אין איפה אל אם אנו אנחנו אני אצל אשר את אתה "
    "אתם בבקשה בין גם האם הוא היא היה היו היכן היתה הם הן זאת זה זו יהיה יש "
    "כאן כבר כי כל כמה כן לא לה להיות להם לו לי לך לכם למה לנו לפני מאוד "
    "מדוע מה מי מן מתי עוד על עם רק של שלה שלהם שלו שלום שלי שלך שלנו שם "
    "תודה תחת ";

static const char armenian[] =
    "այդ այն այո այս բայց դու դուք եթե եմ են ենք ես երբ եւ եք է էի էին էլ էր "
    "թե ի իմ ինչ ինչու ինչպես կա կամ համար հետ ձեր մեկ մենք մեջ մեր մի նա "
    "նաեւ նրա նրանց նրանք ոչ ով որ որը որոնք որտեղ որքան ու ում չէ պետք վրա "
    "քանի քո ";

static const char devanagari[] =
    "अगर अपना अपनी अपने आणि आप आपका आपकी आहे आहेत इस इसका इसकी इसके उस उसका "
    "उसकी उसके एक और कति कधी कब कर करता करती करते कसे कहाँ कहां कहिले का काय "
    "कि कितना कितनी कितने किती किन किया किस किसका किसकी की कुछ कुठे के कैसे "
    "को कौन क्या क्यों गई गए गया छ छन् जब जो तक तब तिम्रो ती तुझा तुम "
    "तुम्हारा तू ते तो था थी थे दिया द्वारा धन्यवाद न नमस्ते नहीं नाही ने पर "
    "पहले बहुत बाद भी म मगर माझा माझी माझे मी मुझको मुझे में मेरा मेरी मेरे "
    "मेरो मैं यह यहाँ या ये र रहा रही रहे लिए लेकिन व वह वहाँ वे सब सभी साथ "
    "से हम हमारा ही हुआ हुई हूँ हूं है हैं हो होता होती ";

static const char tamil[] =
    "அங்கு அங்கே அதன் அதற்கு அதிக அதில் அது அதே அதை அந்த அந்தப் அன்று அல்லது "
    "அவன் அவரது அவர் அவர்கள் அவள் அவை ஆகிய ஆகியோர் ஆகும் இங்கு இங்கே "
    "இடத்தில் இடம் இதனால் இதன் இதில் இது இந்த இந்தக் இன்னும் இப்போது இரு "
    "இருக்கும் இருந்த இருந்தது இருந்து இவர் இவை உன் உள்ள உள்ளது உள்ளன எங்கே "
    "எது எத்தனை என எனக்கு எனவே எனும் என் என்ன என்னும் என்பது என்பதை என்ற "
    "என்று என்றும் எப்படி எப்போது எல்லாம் ஏன் ஒரு ஒரே ஓர் கொண்ட கொண்டு "
    "சிறு சில சேர்ந்த தனது தன் தான் நான் நாம் நீ பற்றி பற்றிய பல பலரும் "
    "பல்வேறு பின் பின்னர் பிற பிறகு பெரும் பேர் போது போன்ற போல் மட்டுமே "
    "மட்டும் மற்ற மற்றும் மிக மிகவும் மீது முதல் முறை மேலும் மேல் யார் வந்த "
    "வந்து வரும் வரை விட்டு வேண்டும் வேறு ";

/* English words and names that are on a list above. */
static const char english_too[] =
    "a ad alla also am an are as at au bar bare be ben bin by car care cat "
    "com come comment dalt dan den die dies dig din dina dine do dog door ed "
    "ella elle end era etc fan for fra go had ham han hans has hat have he "
    "hem her hi ho i in inn ins is jo kai kan kim lei li lui majd man mar "
    "mea meg mei men mer mere met mia min mina mine mint mit mod most mot mu "
    "my non o ok om on one over pa par para per plus po poco pod pot pour "
    "pro sale salut sans sea sin sit so soc solo son sub sue tak tam tan tel "
    "ten tens till tim tine to tom ton tot una under upp us van ve vice want "
    "war was we will ya yo ";

static const char *const lists[LANGUAGE_COUNT] = {
    [LANGUAGE_SPANISH] = spanish,
    [LANGUAGE_FRENCH] = french,
    [LANGUAGE_GERMAN] = german,
    [LANGUAGE_PORTUGUESE] = portuguese,
    [LANGUAGE_ITALIAN] = italian,
    [LANGUAGE_DUTCH] = dutch,
    [LANGUAGE_POLISH] = polish,
    [LANGUAGE_TURKISH] = turkish,
    [LANGUAGE_SWEDISH] = swedish,
    [LANGUAGE_DANISH] = danish,
    [LANGUAGE_NORWEGIAN] = norwegian,
    [LANGUAGE_FINNISH] = finnish,
    [LANGUAGE_CZECH] = czech,
    [LANGUAGE_HUNGARIAN] = hungarian,
    [LANGUAGE_ROMANIAN] = romanian,
    [LANGUAGE_INDONESIAN] = indonesian,
    [LANGUAGE_CATALAN] = catalan,
    [LANGUAGE_CYRILLIC] = cyrillic,
    [LANGUAGE_GREEK] = greek,
    [LANGUAGE_ARABIC] = arabic,
    [LANGUAGE_HEBREW] = hebrew,
    [LANGUAGE_ARMENIAN] = armenian,
    [LANGUAGE_DEVANAGARI] = devanagari,
    [LANGUAGE_TAMIL] = tamil,
};

/* All of them by their hash, made once. */
enum { SLOTS = 8192 }; /* a power of two, more than twice the words */

struct slot {
    struct str word;      /* ptr NULL: free */
    uint32_t   languages;
    bool       english_too;
};

static struct slot    slots[SLOTS];
static pthread_once_t made = PTHREAD_ONCE_INIT;

/* The slot of the word, or the free one where it belongs. */
static struct slot *
probe(struct str word)
{
    uint64_t h = hash_more(HASH_START, word);
    size_t   i = (h ^ h >> 29) % SLOTS;

    while (slots[i].word.ptr && !str_equal(slots[i].word, word))
        i = (i + 1) % SLOTS;
    return &slots[i];
}

static void
enter(const char *words, uint32_t languages, bool is_english)
{
    struct str word, rest = str_from(words);

    while (str_cut(rest, ' ', &word, &rest)) {
        struct slot *slot = probe(word);

        slot->word = word;
        slot->languages |= languages;
        slot->english_too |= is_english;
    }
}

static void
make(void)
{
    for (size_t i = 0; i < LANGUAGE_COUNT; i++)
        if (lists[i])
            enter(lists[i], LANGUAGE_BIT(i), false);
    enter(english_too, 0, true);
}

static const struct slot *
find(struct str word)
{
    (void)pthread_once(&made, make); /* fails only if misused */
    return probe(word);
}

uint32_t
stopwords_languages(struct str word)
{
    return find(word)->languages;
}

bool
stopwords_is_english_too(struct str word)
{
    return find(word)->english_too;
}
