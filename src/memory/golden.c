/* Texts and their vectors under e5-small-v2. */
#include "memory/golden.h"

#include <math.h>

#include "platform/crypto.h"

#include "base/banned.h"

/* A vector as signed bytes in hex: directions are kept to .9999. */
static const struct {
    enum encoder_use use;
    const char      *text;
    const char      *vector;
} texts[GOLDEN_TEXTS] = {
    { ENCODE_QUESTION,
      "What is my favorite color?",
      "c7241f03fe0c55dcff52fbb8e7232408f024b22414c0edd5d9ea1731c582d309"
      "46d233b1ef201314f1c009cb05eeecd71d05f5fc401b12372b1c1838fd128f6f"
      "132cea0fe9f3f72d0a1ae33f1904df0a07d1c41af5f702fddedcf70c12f8f1fc"
      "16fcfa3b1af509d0f0e908f1fdc6f3faf1d3171ae8eff94229260fdc19ca3c3a"
      "1aed3303fdebc4fae6e322f3d1cce8c20125b315d7fed40a09e70216241bf0ff"
      "e8e52a4b0390001839d10d371cfb4bebebd231d333e1f23627e1f3e9e5ecfa01"
      "f33c22f2f4d000d5311ef922f12d28e0e80ee9f802f60bd41bf81b1613bdbba5"
      "fac1f062eef719f8201500f7e80b26f5e144dbfdc4d9d309d64d391edb4015ef"
      "cf49d0f113d3d9440903e85ee2ff12fae417d630e1d7f9c621000de2e00def0a"
      "44f2fae3d0122ce0234a28391413ce01be0f14fafcfbee16e614f33bfd0adc81"
      "f02f16fb100ffbded9080e47e8e6082905e3e303f65e15fa192130e21cffd540"
      "c5243de01f0e13223ef4f048f6bb1de7e2daf6232726e4d4e8edbb0b040ae711" },
    { ENCODE_PASSAGE,
      "Ann: I moved to Lisbon in March 2023 and work as a "
      "nurse there.",
      "b40d2224110e1dcdf931ffdfba1118d6b604db1a02ec14e70f013d32d0a5c8ef"
      "ede938fb1c2c0544f2ca1dcc08fef2ec43f8d5f3254b180624451457f8218f7f"
      "2d22dbeff5e0131fe5290035f73f06dcf7dae725ddae1814e1d7ed07ec11d5d6"
      "f212f1370f160702f6f012051c0ccfe8ebd20b2edac7ed3a092bfbf225dd444b"
      "1cfa32361201dd090ef3180cebbfe0be0824c241c9d7d6021dda05eeed34f9ff"
      "b4e510401f981a1a48ee0a1b1a0638fe1af835d628ede0483df8b7e3f0c8d31e"
      "fa333a1feee8d0142235d7fbfd15f507e7f2c4f80aece6e0f6ef3a3c1df7e296"
      "0dc7f80eddecfde91e1c02e6f9fa1a0a0f3ed9ecb1c6c71fe26e3e2bd614f31c"
      "d84bc3fc1cdef52ff1edce50e3ee2ec500fece01dee6e6e427ca11f6bd1e09ef"
      "15fcfabcd6fc26d8f03a1b04faf2e0ecd00232fbec17fad8f00ff6281bdbc884"
      "032d050208f4f2f3cd29184f05f021522b00d808036f2e031a182e201bfdfd56"
      "090732e11a09de322fcfcb40fdd7f5e3dec7e8413622badc13ceefeddb16cd10" },
    { ENCODE_PASSAGE,
      "Der K\xc3\xbchlschrank im B\xc3\xbcro ist seit Dienstag kaputt; "
      "caf\xc3\xa9 d\xc3\xa9j\xc3\xa0 vu.",
      "cd0c0415fc022ddb13200ef2eff421ca0510f62304ec1fe3011b212addb4fd21"
      "10d722e9e30f111ddef71bc30013d6e11f06d813461017201a203241fbff9752"
      "4212def8e30bf010ed2bed0b1f1aeafcf5ece618f3de10e300dfcfff30e9fefa"
      "1629293a062c2100e4e40b0000ffdce20e04132cfbc5d42a220e09e908f03633"
      "18e824eb0203d9fcd7152301e9b1f0be193edefcd8dccffc2100fd1a004ae1ec"
      "cef9105313cd04f81fe6fb212af8360de6df29dd2de0e1141efbf2f7ecf9b50f"
      "23141bfdd4f7e1f2101be7fadb17030900f0ebfc10d7e8dff91929f723cae6a4"
      "0dc5cf3af7f9faf61628ec07f31a38f6fe24e5ffe2d7fe26ee41590ecf1ffa13"
      "cb1dd9fe06dfdf1cf0fcc940e2ea00dffefedd1df1dbced6d7fdfbdff82e100d"
      "2cf7f1f109f713df11301724e711df07ea062b0bfb07ecfae325f70522e5eb81"
      "dffde40d1c01f8d9d21a1a30fbfc1a2ef1e0d5021e5204f213100a012209df6f"
      "e22b41f10a2ce1232fd6d343e7e3130cdef5d2261e1dced5eae3d60ad821d21e" },
    { ENCODE_PASSAGE,
      "\xe4\xbc\x9a\xe8\xae\xae\xe6\x94\xb9\xe5\x88\xb0\xe6\x98\x9f"
      "\xe6\x9c\x9f\xe4\xba\x94\xe4\xb8\x8b\xe5\x8d\x88\xe4\xb8\x89\xe7\x82\xb9"
      " https://example.org/x?id=42 <b>50%</b>",
      "c8020909061422ce04303feee61b39def42aac1844af19ecec033a3ac6a0e50d"
      "30ef3abfea2df520fadf2ff108fcd6cb3422db25271e08281c0e2b27ea2ca263"
      "5725e6fde5e817180322e92a1547c3ebd8d9ee06f80b07f7e7e6d9f9fbe0e1ed"
      "10111053041ed8d5e6d203e937fce7f501ec0bfee8e4ec1c32000cfd26c91d36"
      "3be43212ede6c0fddfe31b15f5bcfec01835b40fd8d9e5f22bed0512fe44e913"
      "d5f5356b16ae17ee0ddef32131f552d6ddfb1fbc23c8ee1e30e8e2dedccac81f"
      "e523210aecbffccc4632c5efda2c1de7e1daeae705c8e2eafafb071143c7c081"
      "02bfd14f121248e21e39dfebd2053cebf845daf79cdcfa16e67650eff71cf812"
      "b15fd10f2afdb62fdc0ae867d5e013e8fd17ca1612b4fdd213fb05bde730fc20"
      "180314bce6ea38d8151b0331dce4d11fc62454fc04efe40ae42bbd372e07f486"
      "cce31505123cd8c8e114081fe5011d27ecebc3152875f8fffc0d381923dde262"
      "0a2d53dc0119f14b34d6f55c17c9fb1009e6003d151bc7c2ffe9d7fce506de23" },
    { ENCODE_QUESTION,
      "hello",
      "ef200709de0d32d2fd1b1bdce61711e71011b4061ae1f5e1f1ee130de8adf001"
      "1ffb33ee04120615f9ec1ce1fffafaee33eafe151a251f3f1c290e1aff189b3b"
      "1a36fe01d703fa150f26e90c0f28f5df0ae4ec16fdfb05fef4eae6f40ee2f6ef"
      "30fcf7590f05fee6ebf5f6021af4ede9fbe02b17e3ebe0fd230d0de91af4414d"
      "2910250411f2e3e8d4ee2103e4d5fbc80801cd34d3fedff71ef00df52e1ae9db"
      "c5080f232bce08ea17eafb2f06063df4fdea1ad811f2dffe23ead8eafc02eb21"
      "f722200cebf8f5d32b28ff1ff225edf4010cec05f2ded6d3251e070614a9e2a4"
      "2af7e622e1091e01ff39eaddea122ef7e717dce9ceead000da442f03c02a131d"
      "d055df0d02dbe405e40fd843eef2ff09efeadb0cefc7d5d004e207db0129f103"
      "130001d3de0c2ee5222b171ff901e5f0e62a1f100bda011bc31fe81f1de6d681"
      "ea2d17051b19e2d3d508093b02f11232ebfad310064b01ec17f6f5f90bf7f155"
      "e2163bf127120a0531f9f41de1f00bfae0cbed334123d1e90203d5fee822e50c" },
    { ENCODE_PASSAGE,
      "user: From now on answer in short sentences, never use "
      "emoji, and when I ask about my sister Beatriz remember "
      "that she is allergic to peanuts, plays the cello on "
      "Thursdays, and has lived in S\xc3\xa3o Paulo, Toronto and "
      "Reykjav\xc3\xadk before she bought the old lighthouse near "
      "Porto with her husband Miguel in the autumn of 2019.",
      "f2002420e9f631ccf1221ce9e31d00eeec12b41816d811f000fe2954e28ee5fb"
      "03ee32de013c1f20d7dc22cceff8f2d84805d80a171a120704223f580520a470"
      "2514e4feeae61b2ae61c0d231122d4f111e2d739fbe11fe9daf0ccf11601fedf"
      "2427d02a131c09ee00f806e00ff2ede0e7e51909e7e4ef2a1afd03ff2bdc344b"
      "30f33d030805def1eef733e2b8b2e8d21736ed12c0dfd4f517ea1610093af4f1"
      "b6ee276304b316f826d8f628171740ef17e227d420ebfd2035eedeeef7d1e2f4"
      "f3141f07daddfcc0462bdc05dd4e0deeee06cbf8030401f5fb1d232d15d9ce81"
      "f5c4ea14ee0d21012e1ee4d2fde524db1440f3e3aed1d625e63d631beb070231"
      "d338f10528f2be2be00ed93502e90ddbe517e321e9c9f8d718f2f8d5cc32f104"
      "180a0801d20025b7f01c303ed5e0cef1cce7210f0006f1d4d51ff6310606e18d"
      "dd2af3dd010b08e8ed400856dc000634110dc0011278150c26201b0933f4e854"
      "ea310cd80ee6fb3a2ed7dd47f3e40902ddeaec201321b9f3f9dbdc02fe25fc22" },
};

struct str
golden_text(size_t i)
{
    return str_from(texts[i].text);
}

float
golden_cosine(const struct encoder *e, size_t i)
{
    int8_t     wanted[GOLDEN_DIMENSIONS];
    float      got[GOLDEN_DIMENSIONS];
    float      product = 0, length = 0, wanted_length = 0;
    struct str text = golden_text(i);

    if (encoder_dimensions(e) != GOLDEN_DIMENSIONS ||
        !crypto_from_hex(str_from(texts[i].vector), wanted, sizeof(wanted)))
        return 0;
    encoder_run(e, texts[i].use, &text, 1, got);
    for (size_t k = 0; k < GOLDEN_DIMENSIONS; k++) {
        product += got[k] * (float)wanted[k];
        length += got[k] * got[k];
        wanted_length += (float)(wanted[k] * wanted[k]);
    }
    return length > 0 ? product / sqrtf(length * wanted_length) : 0;
}

enum status
golden_check(const struct encoder *e, float least, struct error *err)
{
    for (size_t i = 0; i < GOLDEN_TEXTS; i++) {
        float cosine = golden_cosine(e, i);

        /* Not a number is not right either. */
        if (!(cosine >= least))
            return failed(err, ERR_INPUT, "this is not " GOLDEN_MODEL ": its "
                          "vector of \"%.*s\" has cosine %.4f with the right "
                          "one", STR_ARG(str_slice(golden_text(i), 0, 40)),
                          (double)cosine);
    }
    return OK;
}
