// The official OpenAI client for Node.
import OpenAI, { toFile } from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";
import {
    AUDIO, MEMORY_KEY, PARAMETERS, PNG, QUESTION, TEXT, URL_, VECTOR, WEATHER,
    WRONG_KEY, check, equal, holds, raises, runAll,
} from "./checks.mjs";

const model = "openai/gpt-4o";
const newClient = (more = {}) => new OpenAI(
    { baseURL: URL_ + "/v1", apiKey: MEMORY_KEY, timeout: 120000, ...more });
const client = newClient();
const once = newClient({ maxRetries: 0 });
const user = (text) => [{ role: "user", content: text }];
const ask = (text, more = {}, using = client) =>
    using.chat.completions.create({ model, messages: user(text), ...more });
const said = (completion) => completion.choices[0].message.content;
const Weather = z.object({ city: z.string(), degrees: z.number().int() });
const tools = [{
    type: "function",
    function: { name: "weather", parameters: PARAMETERS, strict: true },
}];
const flatTools = [{
    type: "function", name: "weather", parameters: PARAMETERS, strict: true,
}];

check("plain", { memory: true }, async () => {
    const reply = await ask(QUESTION);
    equal(said(reply), TEXT);
    equal(reply.usage.total_tokens, 18);
    holds(reply._request_id, "a request id");
});

check("stream", { memory: true }, async () => {
    let text = "";
    for await (const chunk of await ask(QUESTION, { stream: true }))
        text += chunk.choices[0].delta.content ?? "";
    equal(text, TEXT);
});

check("stream helper", { memory: true }, async () => {
    const stream = client.chat.completions.stream(
        { model, messages: user(QUESTION) });
    equal(await stream.finalContent(), TEXT);
});

check("tools, round trip", { memory: true, loop: true }, async () => {
    const { message } = (await ask(QUESTION, { tools })).choices[0];
    equal(JSON.parse(message.tool_calls[0].function.arguments),
        { city: "Paris" });
    const second = await client.chat.completions.create({
        model, tools, messages: [...user(QUESTION), message, {
            role: "tool", tool_call_id: message.tool_calls[0].id,
            content: "21 degrees",
        }],
    });
    equal(said(second), "The tool said: 21 degrees.");
});

check("tools, called by the client itself", { memory: true, loop: true },
    async () => {
        const runner = client.chat.completions.runTools({
            model, messages: user(QUESTION), stream: true, tools: [{
                type: "function",
                function: {
                    name: "weather", parameters: PARAMETERS,
                    description: "The weather of a city.",
                    parse: JSON.parse, function: () => "21 degrees",
                },
            }],
        });
        equal(await runner.finalContent(), "The tool said: 21 degrees.");
    });

check("structured output", { memory: true }, async () => {
    const reply = await client.chat.completions.parse({
        model, messages: user(QUESTION),
        response_format: zodResponseFormat(Weather, "weather"),
    });
    equal(reply.choices[0].message.parsed, WEATHER);
});

check("vision", { memory: true }, async () => {
    const reply = await client.chat.completions.create({
        model, messages: [{
            role: "user", content: [
                { type: "text", text: QUESTION },
                {
                    type: "image_url",
                    image_url: { url: "data:image/png;base64," + PNG },
                },
            ],
        }],
    });
    equal(said(reply), TEXT);
});

check("responses, plain", { memory: true }, async () => {
    const reply = await client.responses.create({ model, input: QUESTION });
    equal(reply.output_text, TEXT);
});

check("responses, stream", { memory: true }, async () => {
    let text = "";
    const stream = await client.responses.create(
        { model, input: QUESTION, stream: true });
    for await (const event of stream)
        if (event.type === "response.output_text.delta")
            text += event.delta;
    equal(text, TEXT);
});

check("responses, stream helper", { memory: true }, async () => {
    const stream = client.responses.stream({ model, input: QUESTION });
    equal((await stream.finalResponse()).output_text, TEXT);
});

check("responses, tools round trip", { memory: true, loop: true },
    async () => {
        const first = await client.responses.create(
            { model, input: user(QUESTION), tools: flatTools });
        equal(JSON.parse(first.output[0].arguments), { city: "Paris" });
        const second = await client.responses.create({
            model, tools: flatTools, input: [
                ...user(QUESTION), ...first.output, {
                    type: "function_call_output", output: "21 degrees",
                    call_id: first.output[0].call_id,
                },
            ],
        });
        equal(second.output_text, "The tool said: 21 degrees.");
    });

check("embeddings", { memory: false }, async () => {
    const reply = await client.embeddings.create(
        { model: "openai/text-embedding-3-small", input: ["one", "two"] });
    equal(reply.data.map((one) => one.embedding), [VECTOR, VECTOR]);
});

check("audio speech", { memory: false }, async () => {
    const reply = await client.audio.speech.create(
        { model: "openai/gpt-4o-mini-tts", voice: "alloy", input: "Hello." });
    holds(Buffer.from(await reply.arrayBuffer()).equals(AUDIO), "the bytes");
});

check("audio transcription", { memory: false }, async () => {
    const reply = await client.audio.transcriptions.create({
        model: "whisper-1", file: await toFile(AUDIO, "speech.mp3"),
    });
    equal(reply.text, TEXT);
});

check("X-Memory-Key beside the provider's key",
    { memory: true, key: ["authorization", "Bearer sk-own"] }, async () => {
        equal(said(await ask(QUESTION, {}, newClient({
            apiKey: "sk-own",
            defaultHeaders: { "X-Memory-Key": MEMORY_KEY },
        }))), TEXT);
    });

check("X-Provider-Key beside the memory key",
    { memory: true, key: ["authorization", "Bearer sk-other"] }, async () => {
        equal(said(await ask(QUESTION, {}, newClient({
            defaultHeaders: { "X-Provider-Key": "sk-other" },
        }))), TEXT);
    });

check("a wrong key", { forwarded: 0 }, async () => {
    const error = await raises(OpenAI.AuthenticationError, () => ask(
        "Hello.", {}, newClient({ apiKey: WRONG_KEY })),
    { status: 401, code: "invalid_api_key" });
    holds(error.message.includes("memory key"), error.message);
});

check("404 of the vendor", {}, () => raises(OpenAI.NotFoundError,
    () => ask("Hello.", { model: "openai/gpt-fail-404" }),
    { status: 404, code: "model_not_found" }));

check("429 of the vendor", { sent: 1 }, async () => {
    const error = await raises(OpenAI.RateLimitError, () => ask(
        "Hello.", { model: "openai/gpt-fail-429" }, once), { status: 429 });
    equal(error.headers.get("retry-after"), "1");
});

check("429 of the vendor, tried again", { sent: 2 }, async () => {
    equal(said(await ask("Hello.", { model: "openai/gpt-flaky-429" })), TEXT);
});

check("500 of the vendor", { sent: 1 }, () => raises(
    OpenAI.InternalServerError,
    () => ask("Hello.", { model: "openai/gpt-fail-500" }, once),
    { status: 500 }));

check("a stream that breaks off", {}, () => raises(
    OpenAI.APIError, async () => {
        const model = "openai/gpt-ends-early";
        for await (const _ of await ask("Hello.", { model, stream: true }));
    }));

check("a stream of responses that breaks off", {}, () => raises(
    OpenAI.APIError, async () => {
        for await (const _ of await client.responses.create({
            model: "openai/gpt-ends-early", input: "Hello.", stream: true,
        }));
    }));

check("list of models", { forwarded: 0 }, async () => {
    const found = [];
    for await (const one of client.models.list())
        found.push(one.id);
    holds(found.some((name) => name.endsWith("gpt-4o")),
        `gpt-4o in ${found.slice(0, 5)}`);
});

await runAll();
