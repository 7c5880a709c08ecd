// The official Google client for Node.
import { ApiError, GoogleGenAI } from "@google/genai";
import {
    MEMORY_KEY, PARAMETERS, PNG, QUESTION, SCHEMA, TEXT, URL_, VECTOR,
    WEATHER, WRONG_KEY, check, equal, holds, raises, runAll,
} from "./checks.mjs";

const model = "gemini-2.5-flash";
const newClient = (apiKey = MEMORY_KEY, headers = {}) => new GoogleGenAI(
    { apiKey, httpOptions: { baseUrl: URL_, headers } });
const client = newClient();
const ask = (contents = QUESTION, more = {}, using = client) =>
    using.models.generateContent({ model, contents, ...more });
const collect = async (stream) => {
    let text = "";
    for await (const piece of await stream)
        text += piece.text;
    return text;
};
const tools = [{
    functionDeclarations: [{
        name: "weather", description: "The weather of a city.",
        parametersJsonSchema: PARAMETERS,
    }],
}];

check("plain", { memory: true }, async () => {
    const reply = await ask();
    equal(reply.text, TEXT);
    equal(reply.usageMetadata.totalTokenCount, 18);
});

check("stream", { memory: true }, async () => {
    equal(await collect(client.models.generateContentStream(
        { model, contents: QUESTION })), TEXT);
});

check("chat session as a stream", { memory: true }, async () => {
    const chat = client.chats.create({ model });
    equal(await collect(chat.sendMessageStream({ message: QUESTION })), TEXT);
    equal(await collect(chat.sendMessageStream(
        { message: "Again: " + QUESTION })), TEXT);
});

check("tools, round trip", { memory: true, loop: true }, async () => {
    const first = await ask(QUESTION, { config: { tools } });
    equal(first.functionCalls[0].args, { city: "Paris" });
    const second = await ask([
        { role: "user", parts: [{ text: QUESTION }] },
        first.candidates[0].content,
        {
            role: "user", parts: [{
                functionResponse:
                    { name: "weather", response: { result: "21 degrees" } },
            }],
        },
    ], { config: { tools } });
    equal(second.text, 'The tool said: {"result": "21 degrees"}.');
});

check("structured output", { memory: true }, async () => {
    const reply = await ask(QUESTION, {
        config: {
            responseMimeType: "application/json",
            responseJsonSchema: SCHEMA,
        },
    });
    equal(JSON.parse(reply.text), WEATHER);
});

check("vision", { memory: true }, async () => {
    const reply = await ask([
        { inlineData: { mimeType: "image/png", data: PNG } },
        { text: QUESTION },
    ]);
    equal(reply.text, TEXT);
});

check("count tokens", { memory: false }, async () => {
    const reply = await client.models.countTokens(
        { model, contents: "Hello." });
    equal(reply.totalTokens, 42);
});

check("embeddings", { memory: false }, async () => {
    const reply = await client.models.embedContent(
        { model: "gemini-embedding-001", contents: ["one", "two"] });
    equal(reply.embeddings.map((one) => one.values), [VECTOR, VECTOR]);
});

check("X-Memory-Key beside the provider's key",
    { memory: true, key: ["x-goog-api-key", "AIza-own"] }, async () => {
        const own = newClient("AIza-own", { "X-Memory-Key": MEMORY_KEY });
        equal((await ask(QUESTION, {}, own)).text, TEXT);
    });

check("X-Provider-Key beside the memory key",
    { memory: true, key: ["x-goog-api-key", "AIza-other"] }, async () => {
        const own = newClient(MEMORY_KEY, { "X-Provider-Key": "AIza-other" });
        equal((await ask(QUESTION, {}, own)).text, TEXT);
    });

check("a wrong key", { forwarded: 0 }, async () => {
    const error = await raises(ApiError, () => ask(
        "Hello.", {}, newClient(WRONG_KEY)), { status: 401 });
    holds(error.message.includes("memory key"), error.message);
});

for (const status of [404, 429, 500, 503])
    check(`${status} of the vendor`, { sent: 1 }, async () => {
        const error = await raises(ApiError, () => ask(
            "Hello.", { model: "gemini-fail-" + status }), { status });
        holds(error.message.includes(`The vendor says ${status}.`),
            error.message);
    });

check("a stream that breaks off", {}, () => raises(ApiError, () => collect(
    client.models.generateContentStream(
        { model: "gemini-ends-early", contents: "Hello." }))));

check("list of models", { forwarded: 0 }, async () => {
    const found = [];
    for await (const one of await client.models.list())
        found.push(one.name);
    holds(found.some((name) => name.includes("gemini")),
        `a gemini in ${found.slice(0, 5)}`);
});

await runAll();
