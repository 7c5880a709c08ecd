// What the Node client programs share; the same as checks.py.
import readline from "node:readline";

export const URL_ = process.env.MEMORYROUTER_URL;
export const MEMORY_KEY = process.env.MEMORY_KEY;
export const WRONG_KEY = "mk_" + "x".repeat(32);
export const QUESTION = "What is my favorite color?";
export const TEXT = "Grüße vom Modell \u{1f389}, that is all.";
export const VECTOR = [0.5, -0.25, 0.125];
export const WEATHER = { city: "Paris", degrees: 21 };
export const AUDIO = Buffer.alloc(256 * 64, Buffer.from(
    Array.from({ length: 256 }, (_, value) => value)));
export const PNG =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADh" +
    "gGAWjR9awAAAABJRU5ErkJggg==";
export const SCHEMA = {
    type: "object",
    properties: { city: { type: "string" }, degrees: { type: "integer" } },
    required: ["city", "degrees"],
    additionalProperties: false,
};
export const PARAMETERS = {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
    additionalProperties: false,
};

// Fails unless both are equal, as JSON writes them.
export function equal(seen, expected, what = "value") {
    const [a, b] = [JSON.stringify(seen), JSON.stringify(expected)];
    if (a !== b)
        throw new Error(`${what}: ${a} instead of ${b}`);
}

// Fails unless it is true.
export function holds(condition, what) {
    if (!condition)
        throw new Error(what);
}

// The error of this class that the call ends with.
export async function raises(kind, call, facts = {}) {
    let error;
    try {
        await call();
    } catch (caught) {
        error = caught;
    }
    holds(error, `no ${kind.name} was raised`);
    holds(error instanceof kind, `${error} is no ${kind.name}`);
    for (const [name, value] of Object.entries(facts))
        equal(error[name], value, name);
    return error;
}

const all = [];

// Adds a check; what `expected` may say stands in checks.py.
export function check(name, expected, run) {
    all.push({ name, expected, run });
}

// Makes all checks; the driver answers each.
export async function runAll() {
    const lines = readline.createInterface({ input: process.stdin })[
        Symbol.asyncIterator]();
    const tell = async (message) => {
        process.stdout.write("@@" + JSON.stringify(message) + "\n");
        if ((await lines.next()).done)
            process.exit(1);
    };
    for (const { name, expected, run } of all) {
        const facts = { ...expected, name, ok: true };
        try {
            await run();
        } catch (error) {
            facts.ok = false;
            facts.note = String(error.stack || error).slice(0, 2000);
        }
        await tell(facts);
    }
    await tell({ end: all.length });
    process.exit(0);
}
