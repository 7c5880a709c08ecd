// The Vercel AI SDK with its OpenAI provider, by responses and by chat.
import { createOpenAI } from "@ai-sdk/openai";
import {
    APICallError, embedMany, experimental_generateSpeech, generateObject,
    generateText, stepCountIs, streamText, tool,
} from "ai";
import { z } from "zod";
import {
    AUDIO, MEMORY_KEY, PNG, QUESTION, TEXT, URL_, VECTOR, WEATHER, WRONG_KEY,
    check, equal, holds, raises, runAll,
} from "./checks.mjs";

globalThis.AI_SDK_LOG_WARNINGS = false;
const newProvider = (more = {}) => createOpenAI(
    { baseURL: URL_ + "/v1", apiKey: MEMORY_KEY, ...more });
const openai = newProvider();
const Weather = z.object({ city: z.string(), degrees: z.number().int() });
const tools = {
    weather: tool({
        description: "The weather of a city.",
        inputSchema: z.object({ city: z.string() }),
        execute: async () => "21 degrees",
    }),
};

for (const [label, model] of [
    ["responses", openai("openai/gpt-4o")],
    ["chat", openai.chat("openai/gpt-4o")],
]) {
    check(`${label}, plain`, { memory: true }, async () => {
        const reply = await generateText(
            { model, prompt: QUESTION, system: "Be brief." });
        equal(reply.text, TEXT);
        equal(reply.usage.outputTokens, 7);
    });

    check(`${label}, stream`, { memory: true }, async () => {
        const reply = streamText({ model, prompt: QUESTION });
        let text = "";
        for await (const piece of reply.textStream)
            text += piece;
        equal(text, TEXT);
        equal((await reply.usage).outputTokens, 7);
    });

    check(`${label}, tools round trip`,
        { memory: true, loop: true, sent: 2 }, async () => {
            const reply = await generateText({
                model, prompt: QUESTION, tools, stopWhen: stepCountIs(3),
            });
            equal(reply.text, "The tool said: 21 degrees.");
        });

    check(`${label}, tools as streams`,
        { memory: true, loop: true, sent: 2 }, async () => {
            const reply = streamText({
                model, prompt: QUESTION, tools, stopWhen: stepCountIs(3),
            });
            let text = "";
            for await (const piece of reply.textStream)
                text += piece;
            equal(text, "The tool said: 21 degrees.");
        });

    check(`${label}, structured output`, { memory: true }, async () => {
        const reply = await generateObject(
            { model, prompt: QUESTION, schema: Weather });
        equal(reply.object, WEATHER);
    });

    check(`${label}, vision`, { memory: true }, async () => {
        const reply = await generateText({
            model, messages: [{
                role: "user", content: [
                    { type: "text", text: QUESTION },
                    { type: "image", image: Buffer.from(PNG, "base64") },
                ],
            }],
        });
        equal(reply.text, TEXT);
    });
}

check("embeddings", { memory: false }, async () => {
    const reply = await embedMany({
        model: openai.embedding("openai/text-embedding-3-small"),
        values: ["one", "two"],
    });
    equal(reply.embeddings, [VECTOR, VECTOR]);
});

check("audio speech", { memory: false }, async () => {
    const reply = await experimental_generateSpeech(
        { model: openai.speech("openai/gpt-4o-mini-tts"), text: "Hello." });
    holds(AUDIO.equals(reply.audio.uint8Array), "the bytes");
});

check("X-Memory-Key beside the provider's key",
    { memory: true, key: ["authorization", "Bearer sk-own"] }, async () => {
        const own = newProvider({
            apiKey: "sk-own", headers: { "X-Memory-Key": MEMORY_KEY },
        });
        const reply = await generateText(
            { model: own("openai/gpt-4o"), prompt: QUESTION });
        equal(reply.text, TEXT);
    });

const failing = (model, maxRetries = 0, provider = openai) => () =>
    generateText({ model: provider(model), prompt: "Hello.", maxRetries });

check("a wrong key", { forwarded: 0 }, async () => {
    const error = await raises(APICallError, failing(
        "openai/gpt-4o", 0, newProvider({ apiKey: WRONG_KEY })),
    { statusCode: 401, isRetryable: false });
    holds(error.message.includes("memory key"), error.message);
});

for (const [status, isRetryable] of [[404, false], [429, true], [500, true]])
    check(`${status} of the vendor`, { sent: 1 }, () => raises(
        APICallError, failing("openai/gpt-fail-" + status),
        { statusCode: status, isRetryable }));

for (const [label, model] of [
    ["responses", openai("openai/gpt-ends-early")],
    ["chat", openai.chat("openai/gpt-ends-early")],
])
    check(`${label}, a stream that breaks off`, { sent: 1 }, async () => {
        const errors = [];
        const reply = streamText(
            { model, prompt: "Hello.", maxRetries: 0, onError() { } });
        for await (const part of reply.fullStream)
            if (part.type === "error")
                errors.push(part.error);
        holds(errors.length, "an error part");
        const text = errors[0].message ?? JSON.stringify(errors[0]);
        holds(text.includes("provider"), text);
    });

check("429 of the vendor, tried again", { sent: 2 }, async () => {
    equal((await failing("openai/gpt-flaky-429", 2)()).text, TEXT);
});

await runAll();
