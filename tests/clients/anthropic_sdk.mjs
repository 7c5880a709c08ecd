// The official Anthropic client for Node.
import Anthropic from "@anthropic-ai/sdk";
import {
    MEMORY_KEY, PARAMETERS, PNG, QUESTION, SCHEMA, TEXT, URL_, WEATHER,
    WRONG_KEY, check, equal, holds, raises, runAll,
} from "./checks.mjs";

const model = "claude-sonnet-4-5";
const newClient = (more = {}) => new Anthropic(
    { baseURL: URL_, apiKey: MEMORY_KEY, timeout: 120000, ...more });
const client = newClient();
const once = newClient({ maxRetries: 0 });
const user = (content) => [{ role: "user", content }];
const ask = (text, more = {}, using = client) => using.messages.create(
    { model, max_tokens: 200, messages: user(text), ...more });
const said = (message) => message.content.map((one) => one.text).join("");
const tools = [{
    name: "weather", description: "The weather of a city.",
    input_schema: PARAMETERS,
}];
const result = (first) => ({
    model, max_tokens: 200, tools, messages: [
        ...user(QUESTION), { role: "assistant", content: first.content },
        ...user([{
            type: "tool_result", tool_use_id: first.content[0].id,
            content: "21 degrees",
        }]),
    ],
});

check("plain", { memory: true }, async () => {
    const reply = await ask(QUESTION);
    equal(said(reply), TEXT);
    equal(reply._request_id, "req_vendor");
});

check("stream", { memory: true }, async () => {
    let text = "";
    for await (const event of await ask(QUESTION, { stream: true }))
        if (event.type === "content_block_delta")
            text += event.delta.text;
    equal(text, TEXT);
});

check("stream helper", { memory: true }, async () => {
    const stream = client.messages.stream(
        { model, max_tokens: 200, messages: user(QUESTION) });
    equal(await stream.finalText(), TEXT);
});

check("tools, round trip", { memory: true, loop: true }, async () => {
    const first = await ask(QUESTION, { tools });
    equal(first.content[0].input, { city: "Paris" });
    equal(said(await client.messages.create(result(first))),
        "The tool said: 21 degrees.");
});

check("tools, round trip as streams", { memory: true, loop: true },
    async () => {
        const first = await client.messages.stream({
            model, max_tokens: 200, tools, messages: user(QUESTION),
        }).finalMessage();
        equal(first.content[0].input, { city: "Paris" });
        equal(await client.messages.stream(result(first)).finalText(),
            "The tool said: 21 degrees.");
    });

check("structured output", { memory: true }, async () => {
    const reply = await ask(QUESTION, {
        output_config: { format: { type: "json_schema", schema: SCHEMA } },
    });
    equal(JSON.parse(said(reply)), WEATHER);
});

check("vision", { memory: true }, async () => {
    const reply = await ask([
        {
            type: "image", source:
                { type: "base64", media_type: "image/png", data: PNG },
        },
        { type: "text", text: QUESTION },
    ]);
    equal(said(reply), TEXT);
});

check("count tokens", {}, async () => {
    const reply = await client.messages.countTokens(
        { model, messages: user("Hello.") });
    equal(reply.input_tokens, 42);
});

check("X-Memory-Key beside the provider's key",
    { memory: true, key: ["authorization", "Bearer sk-ant-own"] },
    async () => {
        equal(said(await ask(QUESTION, {}, newClient({
            apiKey: "sk-ant-own",
            defaultHeaders: { "X-Memory-Key": MEMORY_KEY },
        }))), TEXT);
    });

check("X-Provider-Key beside the memory key",
    { memory: true, key: ["x-api-key", "sk-ant-other"] }, async () => {
        equal(said(await ask(QUESTION, {}, newClient({
            defaultHeaders: { "X-Provider-Key": "sk-ant-other" },
        }))), TEXT);
    });

check("a wrong key", { forwarded: 0 }, async () => {
    const error = await raises(Anthropic.AuthenticationError, () => ask(
        "Hello.", {}, newClient({ apiKey: WRONG_KEY })), { status: 401 });
    equal(error.error.error.type, "authentication_error");
});

check("404 of the vendor", {}, () => raises(Anthropic.NotFoundError,
    () => ask("Hello.", { model: "claude-fail-404" }), { status: 404 }));

check("429 of the vendor", { sent: 1 }, () => raises(
    Anthropic.RateLimitError,
    () => ask("Hello.", { model: "claude-fail-429" }, once),
    { status: 429 }));

check("429 of the vendor, tried again", { sent: 2 }, async () => {
    equal(said(await ask("Hello.", { model: "claude-flaky-429" })), TEXT);
});

check("500 of the vendor", { sent: 1 }, () => raises(
    Anthropic.InternalServerError,
    () => ask("Hello.", { model: "claude-fail-500" }, once),
    { status: 500 }));

check("529 of the vendor", { sent: 1 }, () => raises(
    Anthropic.InternalServerError,
    () => ask("Hello.", { model: "claude-fail-529" }, once),
    { status: 529 }));

check("a stream that breaks off", {}, () => raises(
    Anthropic.APIError, async () => {
        const model = "claude-ends-early";
        for await (const _ of await ask("Hello.", { model, stream: true }));
    }));

check("list of models", { forwarded: 0 }, async () => {
    const found = [];
    for await (const one of client.models.list())
        found.push(one.id);
    holds(found.some((name) => name.includes("claude")),
        `a claude in ${found.slice(0, 5)}`);
});

await runAll();
